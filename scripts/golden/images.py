"""Makes small synthetic JPEG and PNG files and what Pillow reads from them, for TesseraImagingTests.

    python scripts/golden/images.py

needs pillow and numpy. Every `NAME.png` or `NAME.jpg` in the Golden folder has a `NAME.pnm` next to it: the expected
picture as binary PGM or PPM (16-bit samples big-endian). `resize-WxH.pnm` and `draft-WxH.pnm` are Pillow's BILINEAR
resizes of `rgb.png` and its scaled decodings of `large.jpg`. `versions.txt` says what made them.
"""

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageOps, features

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "TesseraImagingTests" / "Golden"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6


def scene(width, height):
    """A smooth background with a disc and a bar, [height, width, 3] of uint8."""
    y, x = numpy.mgrid[0:height, 0:width] / max(width, height)
    picture = numpy.stack([255 * x, 255 * y, 127 + 120 * numpy.sin(7 * x + 4 * y)], axis=-1)
    picture[(x - 0.6) ** 2 + (y - 0.35) ** 2 < 0.04] = (230, 60, 40)
    picture[(abs(x - 0.2) < 0.08) & (y > 0.2)] = (20, 90, 200)
    return picture.round().clip(0, 255).astype(numpy.uint8)


def write_pnm(name, samples):
    samples = numpy.asarray(samples)
    kind = b"P5" if samples.ndim == 2 else b"P6"
    deep = samples.dtype == numpy.uint16
    header = b"%s\n%d %d\n%d\n" % (kind, samples.shape[1], samples.shape[0], 65535 if deep else 255)
    (FOLDER / f"{name}.pnm").write_bytes(header + samples.astype(">u2" if deep else "u1").tobytes())


def chunk(kind, data, checksum=None):
    checksum = zlib.crc32(kind + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def packed_rows(samples, depth):
    """Unfiltered scan lines of [height, width] or [height, width, channels] samples."""
    if samples.size == 0:
        return b""
    rows = samples.reshape(samples.shape[0], -1)
    lines = []
    for row in rows:
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype("u1").tobytes()
        else:
            bits = "".join(format(int(value), f"0{depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            line = int(bits, 2).to_bytes(len(bits) // 8, "big")
        lines.append(b"\0" + line)
    return b"".join(lines)


def png_bytes(samples, color, depth, palette=None, interlaced=False, extra=b""):
    """A PNG written from the specification: Pillow writes neither Adam7 nor 16-bit RGB."""
    height, width = samples.shape[:2]
    if interlaced:
        data = b"".join(packed_rows(samples[y::dy, x::dx], depth) for x, y, dx, dy in ADAM7)
    else:
        data = packed_rows(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    table = chunk(b"PLTE", bytes(palette)) if palette is not None else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + table + extra + chunk(b"IDAT", zlib.compress(data))
            + chunk(b"IEND", b""))


def make_png(name, *args, expected=None, **options):
    path = FOLDER / f"{name}.png"
    path.write_bytes(png_bytes(*args, **options))
    read = Image.open(path)
    if expected is None:
        mode = "L" if read.mode in ("1", "L", "LA") else "RGB"
        expected = numpy.asarray(read.convert(mode))
    write_pnm(name, expected)
    return read


def make_pngs():
    rgb = scene(23, 17)
    grey = rgb[:, :, 1]
    indices = (rgb[:, :, 0] // 8 + rgb[:, :, 2] // 16).astype(numpy.uint8)
    palette = [(37 * i + 11 * c * i + 90 * c) % 256 for i in range(48) for c in range(3)]
    deep = (rgb.astype(numpy.uint16) * 257 + numpy.arange(17, dtype=numpy.uint16)[:, None, None] * 5) % 65521

    for suffix, interlaced in (("", False), ("-interlaced", True)):
        make_png(f"grey{suffix}", grey, GREY, 8, interlaced=interlaced)
        make_png(f"rgb{suffix}", rgb, RGB, 8, interlaced=interlaced)
        read = make_png(f"palette{suffix}", indices, PALETTE, 8, palette=palette, interlaced=interlaced)
        assert numpy.array_equal(numpy.asarray(read), indices)
        read = make_png(f"grey16{suffix}", deep[:, :, 1], GREY, 16, interlaced=interlaced, expected=deep[:, :, 1])
        assert numpy.array_equal(numpy.asarray(read), deep[:, :, 1])
        make_png(f"rgb16{suffix}", deep, RGB, 16, interlaced=interlaced, expected=deep)
    write_pnm("palette-indices", indices)
    for depth in (1, 2, 4):
        low = grey >> (8 - depth)
        make_png(f"grey{depth}", low, GREY, depth, expected=low * (255 // (2 ** depth - 1)))
        write_pnm(f"grey{depth}-indices", low)
        # Pillow widens only 1-bit pictures; for 2 and 4 bits the PNG specification's scaling is the expectation.
        if depth == 1:
            assert numpy.array_equal(numpy.asarray(Image.open(FOLDER / "grey1.png").convert("L")), low * 255)
    make_png("palette4", indices % 16, PALETTE, 4, palette=palette[:48])
    write_pnm("palette4-indices", indices % 16)
    alpha = (255 - grey)[:, :, None]
    make_png("rgb-alpha", numpy.concatenate([rgb, alpha], axis=-1), RGB_ALPHA, 8)
    make_png("grey-alpha", numpy.concatenate([grey[:, :, None], alpha], axis=-1), GREY_ALPHA, 8)
    # A text chunk with a wrong checksum: libpng warns and continues, Pillow refuses, so the source is the expectation.
    damaged = chunk(b"tEXt", b"Comment\0hello", checksum=7)
    (FOLDER / "warning.png").write_bytes(png_bytes(rgb, RGB, 8, extra=damaged))
    write_pnm("warning", rgb)
    for width, height in ((7, 5), (46, 34), (12, 17), (23, 40), (1, 1), (3, 60)):
        write_pnm(f"resize-{width}x{height}",
                  numpy.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR)))


def exif(orientation, little_endian):
    order = "<" if little_endian else ">"
    start = b"II*\0\x08\0\0\0" if little_endian else b"MM\0*\0\0\0\x08"
    # An unrelated tag (Software's neighbor, image width) comes before the orientation.
    entries = struct.pack(order + "HHII", 0x0100, 4, 1, 23) + struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + start + struct.pack(order + "H", 2) + entries + struct.pack(order + "I", 0)


def make_jpeg(name, picture, upright=False, **options):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=92, **options)
    (FOLDER / f"{name}.jpg").write_bytes(data.getvalue())
    expect_jpeg(name, upright)


def expect_jpeg(name, upright=False):
    read = Image.open(FOLDER / f"{name}.jpg")
    if upright:
        read = ImageOps.exif_transpose(read)
    write_pnm(name, numpy.asarray(read if read.mode == "L" else read.convert("RGB")))


def make_jpegs():
    rgb = Image.fromarray(scene(23, 17))
    make_jpeg("luma", rgb.convert("L"))
    make_jpeg("color", rgb)
    make_jpeg("color444", rgb, subsampling=0)
    make_jpeg("stored-rgb", rgb, keep_rgb=True)
    make_jpeg("progressive", rgb, progressive=True)
    make_jpeg("restarts", rgb, restart_marker_blocks=1)
    make_jpeg("cmyk", rgb.convert("CMYK"))
    # The same inks declared as YCCK: other colors, but the same ones to every decoder.
    data = (FOLDER / "cmyk.jpg").read_bytes()
    adobe = data.index(b"Adobe")
    (FOLDER / "ycck.jpg").write_bytes(data[:adobe + 11] + b"\x02" + data[adobe + 12:])
    expect_jpeg("ycck")
    for orientation in range(1, 9):
        make_jpeg(f"exif{orientation}", rgb, upright=True, exif=exif(orientation, orientation % 2 == 1))
    large = Image.fromarray(scene(150, 100))
    make_jpeg("large", large)
    for reduction in (2, 4, 8):
        read = Image.open(FOLDER / "large.jpg")
        read.draft("RGB", (150 // reduction, 100 // reduction))
        assert read.size == (-(-150 // reduction), -(-100 // reduction)), read.size
        write_pnm(f"draft-{read.size[0]}x{read.size[1]}", numpy.asarray(read))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_pngs()
    make_jpegs()
    versions = (f"python {sys.version.split()[0]}, pillow {Image.__version__}, numpy {numpy.__version__}, "
                f"libjpeg-turbo {features.version('libjpeg_turbo')}, zlib {features.version('zlib')}\n")
    (FOLDER / "versions.txt").write_text(versions)
    print(versions, end="")


if __name__ == "__main__":
    main()
