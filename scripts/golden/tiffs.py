"""Makes small TIFF and WebP files for TesseraImagingTests.

    python scripts/golden/tiffs.py

needs pillow, numpy, tifffile and imagecodecs. What lossless files hold is a formula that the tests compute, too; files with
loss have a `NAME.pnm` next to them, the picture as Pillow reads it. `tiff-versions.txt` says what made them.
"""

import struct
import sys

import imagecodecs
import numpy
import tifffile
from PIL import Image, ImageOps, features

from images import FOLDER, exif, scene, write_pnm

WIDTH, HEIGHT = 23, 17


def samples(channels, deep=False):
    """[height, width, channels] without symmetries, 8 or 16 bits."""
    y, x, c = numpy.mgrid[0:HEIGHT, 0:WIDTH, 0:channels]
    if deep:
        return ((x * 701 + y * 1303 + c * 5003 + (x * y) % 5) % 65536).astype(numpy.uint16)
    return ((x * 7 + y * 13 + c * 50 + (x * y) % 5) % 256).astype(numpy.uint8)


def write(name, picture, **options):
    tifffile.imwrite(FOLDER / f"tiff-{name}.tif", picture, metadata=None, software=None, **options)


def make_pictures():
    rgb, gray = samples(3), samples(1)[:, :, 0]
    write("rgb", rgb, photometric="rgb")
    write("gray", gray)
    for method in ("lzw", "deflate", "packbits", "zstd", "lzma"):
        write(method, rgb, photometric="rgb", compression=method, predictor=method in ("lzw", "deflate"), rowsperstrip=5)
    write("big-endian", samples(3, True), photometric="rgb", byteorder=">")
    write("bigtiff", rgb, photometric="rgb", bigtiff=True)
    write("tiled", rgb, photometric="rgb", tile=(16, 16), compression="lzw")
    write("planar", rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
    write("planar-tiled", rgb.transpose(2, 0, 1), photometric="rgb", planarconfig="separate", tile=(16, 16),
          compression="deflate")
    write("gray16", samples(1, True)[:, :, 0])
    write("rgb16", samples(3, True), photometric="rgb", compression="lzw", predictor=True)
    write("white", 255 - gray, photometric="miniswhite")
    write("alpha", samples(4), photometric="rgb", extrasamples=["unassalpha"])
    write("gray-alpha", samples(2), photometric="minisblack", extrasamples=["unassalpha"])
    # Rows 0...16 are bits of the sample's parity.
    Image.fromarray((gray % 2 * 255).astype(numpy.uint8)).convert("1").save(FOLDER / "tiff-bits.tif")
    Image.fromarray((gray % 2 * 255).astype(numpy.uint8)).convert("1").save(
        FOLDER / "tiff-group4.tif", compression="group4")
    write("bits4", gray // 16, bitspersample=4)


def make_lossy():
    picture = Image.fromarray(scene(WIDTH, HEIGHT))
    for name, options in [("jpeg", {"compression": "jpeg", "quality": 90})]:
        picture.save(FOLDER / f"tiff-{name}.tif", **options)
        write_pnm(f"tiff-{name}", numpy.asarray(Image.open(FOLDER / f"tiff-{name}.tif").convert("RGB")))
    picture.convert("CMYK").save(FOLDER / "tiff-cmyk.tif")
    write_pnm("tiff-cmyk", numpy.asarray(Image.open(FOLDER / "tiff-cmyk.tif").convert("RGB")))
    for name, options in [("lossy", {"quality": 90}), ("lossless", {"lossless": True}),
                          ("turned", {"lossless": True, "exif": exif(6, True)})]:
        picture.save(FOLDER / f"webp-{name}.webp", **options)
        read = ImageOps.exif_transpose(Image.open(FOLDER / f"webp-{name}.webp"))
        write_pnm(f"webp-{name}", numpy.asarray(read.convert("RGB")))
    clear = numpy.concatenate([scene(WIDTH, HEIGHT), samples(1)], axis=-1)
    Image.fromarray(clear, "RGBA").save(FOLDER / "webp-alpha.webp", lossless=True, exact=True)
    write_pnm("webp-alpha", clear[:, :, :3])
    frames = [picture, ImageOps.mirror(picture)]
    frames[0].save(FOLDER / "webp-animated.webp", save_all=True, append_images=frames[1:], lossless=True)


def make_orientations():
    for orientation in range(1, 9):
        write(f"turned{orientation}", samples(3), photometric="rgb",
              extratags=[(274, "H", 1, orientation, True)])


def make_masks():
    gray = samples(1)[:, :, 0]
    write("mask", gray % 7)
    write("mask16", (samples(1, True)[:, :, 0] % 700).astype(numpy.uint16), compression="deflate")
    write("mask32", (gray % 7).astype(numpy.int32), compression="lzw")
    write("mask-below", (gray % 7).astype(numpy.int32) - 1)
    write("mask-rgb", numpy.stack([gray % 7] * 3, axis=-1), photometric="rgb")
    image = Image.fromarray(gray % 7, "P")
    image.putpalette([(37 * i + 11 * c * i + 90 * c) % 256 for i in range(256) for c in range(3)])
    image.save(FOLDER / "tiff-palette.tif", compression="tiff_lzw")
    write_pnm("tiff-palette", numpy.asarray(Image.open(FOLDER / "tiff-palette.tif").convert("RGB")))


def make_channels():
    write("bands4", samples(4), photometric="rgb", extrasamples=["unspecified"])
    write("bands5-16", samples(5, True), photometric="minisblack", planarconfig="contig", compression="lzw", predictor=True)
    write("bands13-16", samples(13, True).transpose(2, 0, 1), photometric="minisblack", planarconfig="separate")
    write("bands7-tiled", samples(7).transpose(2, 0, 1), photometric="minisblack", planarconfig="separate", tile=(16, 16),
          compression="deflate")
    write("bands2", samples(2), photometric="minisblack", planarconfig="contig")
    pages = samples(6, True).transpose(2, 0, 1)
    with tifffile.TiffWriter(FOLDER / "tiff-pages6-16.tif") as file:
        for page in pages:
            file.write(page, metadata=None, software=None, contiguous=False)
        # An overview, which is no channel.
        file.write(pages[0, ::2, ::2], metadata=None, software=None, subfiletype=1)
    for name, tile in (("pyramid", None), ("pyramid-tiled", (16, 16))):
        with tifffile.TiffWriter(FOLDER / f"tiff-{name}.tif") as file:
            file.write(samples(3), photometric="rgb", tile=tile, metadata=None, software=None)
            file.write(samples(3)[::2, ::2], photometric="rgb", tile=tile, metadata=None, software=None, subfiletype=1)
    with tifffile.TiffWriter(FOLDER / "tiff-bands17.tif") as file:
        for page in samples(17).transpose(2, 0, 1):
            file.write(page, metadata=None, software=None, contiguous=False)


def make_unsupported():
    gray = samples(1)[:, :, 0]
    write("float", gray.astype(numpy.float32))
    write("signed", gray.astype(numpy.int16))
    write("lab", samples(3), photometric="cielab")


def main():
    make_pictures()
    make_lossy()
    make_orientations()
    make_masks()
    make_channels()
    make_unsupported()
    versions = (f"python {sys.version.split()[0]}, pillow {Image.__version__}, numpy {numpy.__version__}, "
                f"tifffile {tifffile.__version__}, imagecodecs {imagecodecs.__version__}, "
                f"libtiff {features.version('libtiff')}, libwebp {features.version('webp')}\n")
    (FOLDER / "tiff-versions.txt").write_text(versions)
    print(versions, end="")


if __name__ == "__main__":
    main()
