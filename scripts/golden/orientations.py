"""Records how Pillow turns pictures whose files say in many ways how the camera was held, for TesseraImagingTests.

    python scripts/golden/orientations.py

needs pillow, and `color.jpg` and `rgb.png` of `images.py`. Each case of `orientations.json` is metadata to be put into
one of them (segments after a JPEG's first marker, chunks of a PNG before or after the pixels), and the orientation,
1...8, as which `ImageOps.exif_transpose` took it.
"""

import base64
import io
import json
import struct
import warnings
import zlib

from PIL import Image, ImageOps, __version__

from images import FOLDER, chunk

JPEG = (FOLDER / "color.jpg").read_bytes()
PNG = (FOLDER / "rgb.png").read_bytes()
WAYS = [None, *(Image.Transpose(way) for way in (0, 3, 1, 5, 4, 6, 2))]
FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q"}


def entry(kind, values, order="<", tag=0x0112, place=None, count=None):
    """A directory's entry, and the bytes that do not fit in, which are to lie at `place`."""
    count = len(values) if count is None else count
    if kind in (5, 10):
        data = b"".join(struct.pack(order + ("II" if kind == 5 else "ii"), *value) for value in values)
    elif kind in (2, 7):
        data = bytes(values)
    else:
        data = b"".join(struct.pack(order + FORMATS.get(kind, "H"), value) for value in values)
    head = struct.pack(order + "HHI", tag, kind, count)
    if len(data) > 4:
        return head + struct.pack(order + "I", place), data
    return head + data.ljust(4, b"\0"), b""


def tiff(*entries, order="<", start=None, tail=b""):
    head = start or (b"II*\0" if order == "<" else b"MM\0*")
    body = head + struct.pack(order + "I", 8) + struct.pack(order + "H", len(entries))
    return body + b"".join(entries) + struct.pack(order + "I", 0) + tail


def simple(value=6, kind=3, order="<", **options):
    first, data = entry(kind, [value], order, place=26)
    return tiff(first, order=order, tail=data, **options)


def segment(body):
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def exif(structure):
    return segment(b"Exif\0\0" + structure)


def packet(text):
    return f'<x:xmpmeta><rdf:Description {text}</x:xmpmeta>'.encode()


def xmp(text):
    return segment(b"http://ns.adobe.com/xap/1.0/\0" + packet(text))


def attribute(value):
    return f'tiff:Orientation="{value}"/>'


def international(text, compressed=False, keyword=b"XML:com.adobe.xmp"):
    data = zlib.compress(text) if compressed else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([compressed, 0]) + b"en\0XMP\0" + data)


def profile(structure):
    data = b"Exif\0\0" + structure
    digits = data.hex()
    lines = "\n".join(digits[at:at + 72] for at in range(0, len(digits), 72))
    return f"\nexif\n{len(data):8}\n{lines}\n".encode()


def jpegs():
    for order, name in (("<", "little"), (">", "big")):
        yield f"short, {name} endian", exif(simple(order=order))
        yield f"long, {name} endian", exif(simple(kind=4, order=order))
    for value in range(10):
        yield f"short {value}", exif(simple(value))
    for kind in (1, 6, 8, 9, 11, 12, 13, 16):
        yield f"type {kind}", exif(simple(8, kind))
    for kind in (2, 7):
        yield f"type {kind} with a digit", exif(tiff(entry(kind, b"6\0")[0]))
        yield f"type {kind} with a number", exif(tiff(entry(kind, b"\6")[0]))
    for kind in (5, 10):
        for value in ((6, 1), (12, 2), (13, 2), (6, 0)):
            first, data = entry(kind, [value], place=26)
            yield f"type {kind} of {value}", exif(tiff(first, tail=data))
    yield "signed -6", exif(simple(-6, 8))
    yield "long 65542", exif(simple(65542, 4))
    yield "real 6.5", exif(simple(6.5, 11))
    yield "an unknown type", exif(simple(6, 99)) + xmp(attribute(3))
    yield "no value", exif(tiff(entry(3, [6], count=0)[0])) + xmp(attribute(3))
    yield "two shorts", exif(tiff(entry(3, [6, 3])[0]))
    first, data = entry(3, [8, 3, 1], place=26)
    yield "three shorts", exif(tiff(first, tail=data))
    yield "two entries", exif(tiff(entry(3, [6])[0], entry(3, [3])[0]))
    yield "an unknown type first", exif(tiff(entry(99, [6])[0], entry(3, [3])[0]))
    yield "other entries first", exif(tiff(entry(4, [23], tag=0x100)[0], entry(3, [7])[0]))
    outside = struct.pack("<HHII", 0x010F, 2, 40, 9)
    yield "a text beyond the end first", exif(tiff(outside, entry(3, [6])[0])) + xmp(attribute(3))
    longer = struct.pack("<HHII", 0x010F, 2, 1 << 20, 9)
    yield "a text longer than all first", exif(tiff(longer, entry(3, [6])[0])) + xmp(attribute(3))
    yield "a directory that ends early", exif(simple()[:16]) + xmp(attribute(3))
    yield "a directory beyond the end", exif(b"II*\0\xff\0\0\0") + xmp(attribute(3))
    yield "a mixed header", exif(simple(start=b"II\0*"))
    yield "two headers", exif(b"Exif\0\0" + simple())
    yield "three headers", exif(b"Exif\0\0Exif\0\0" + simple()) + xmp(attribute(3))
    yield "no directory", segment(b"Exif\0\0") + xmp(attribute(3))
    yield "two segments", exif(simple(3)) + exif(simple(6))
    yield "two segments, the second with a tag", exif(tiff()) + exif(simple(6))
    yield "an empty segment first", exif(b"") + exif(simple(6))
    yield "a structure in two segments", exif(simple()[:14]) + exif(simple()[14:])
    yield "a segment of another kind first", segment(b"other\0") + exif(simple())
    yield "fill bytes", b"\xff\xff" + exif(simple())
    for value in range(10):
        yield f"XMP {value}", xmp(attribute(value))
    yield "XMP element", xmp("><tiff:Orientation>8</tiff:Orientation>")
    yield "XMP single quotes", xmp("tiff:Orientation='6'/>")
    yield "XMP letter", xmp('tiff:Orientation="x" tiff:Orientation="6"/>')
    yield "XMP 60", xmp(attribute(60))
    yield "XMP of another name", xmp('exif:Orientation="6"/>')
    yield "XMP first", xmp(attribute(1)) + exif(simple(6))
    yield "XMP after it", exif(simple(6)) + xmp(attribute(3))
    yield "XMP beside 0", exif(simple(0)) + xmp(attribute(3))
    yield "XMP beside 9", exif(simple(9)) + xmp(attribute(3))
    yield "XMP beside a byte", exif(simple(6, 1)) + xmp(attribute(3))
    yield "XMP beside other tags", exif(tiff(entry(4, [23], tag=0x100)[0])) + xmp(attribute(3))
    yield "two XMP packets", xmp(attribute(3)) + xmp(attribute(6))
    yield "two XMP packets, the second without", xmp(attribute(3)) + xmp("/>")


def pngs():
    text = packet(attribute(3))
    yield "eXIf", chunk(b"eXIf", simple(order=">")), b""
    yield "eXIf after the pixels", b"", chunk(b"eXIf", simple())
    yield "eXIf before and after", chunk(b"eXIf", simple(3)), chunk(b"eXIf", simple(6))
    yield "two eXIf", chunk(b"eXIf", simple(3)) + chunk(b"eXIf", simple(8)), b""
    yield "eXIf with a header", chunk(b"eXIf", b"Exif\0\0" + simple()), b""
    yield "eXIf long", chunk(b"eXIf", simple(6, 4)), b""
    yield "eXIf byte", chunk(b"eXIf", simple(6, 1)) + international(text), b""
    yield "eXIf 0 beside XMP", chunk(b"eXIf", simple(0)) + international(text), b""
    yield "eXIf 6 beside XMP", international(text) + chunk(b"eXIf", simple(6)), b""
    yield "eXIf without the tag beside XMP", chunk(b"eXIf", tiff()) + international(text), b""
    yield "XMP", international(text), b""
    yield "XMP after the pixels", b"", international(text)
    yield "XMP before and after", international(text), international(packet(attribute(6)))
    yield "compressed XMP", international(text, True), b""
    yield "XMP of another keyword", international(text, keyword=b"XML:org.adobe.xmp"), b""
    yield "XMP in tEXt", chunk(b"tEXt", b"XML:com.adobe.xmp\0" + text), b""
    yield "XMP in zTXt", chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(text)), b""
    yield "damaged compressed XMP", chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + b"no zlib data"), b""
    yield "shortened compressed XMP", chunk(
        b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(text)[:-6]), b""
    yield "raw profile", chunk(b"tEXt", b"Raw profile type exif\0" + profile(simple())), b""
    yield "compressed raw profile", chunk(
        b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile(simple(8)))), b""
    yield "raw profile beside eXIf", chunk(b"eXIf", simple(3)) + chunk(
        b"tEXt", b"Raw profile type exif\0" + profile(simple())), b""
    yield "exif in tEXt", chunk(b"tEXt", b"exif\0" + simple(5)), b""


def orientation(data, plain):
    """Which of the eight orientations Pillow took for a file, or None if it refuses it."""
    try:
        turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    except Exception as error:
        print("refused:", type(error).__name__, error)
        return None
    for value, way in enumerate(WAYS, 1):
        expected = plain if way is None else plain.transpose(way)
        if (turned.size, turned.tobytes()) == (expected.size, expected.tobytes()):
            return value
    raise AssertionError("turned in an unknown way")


def main():
    warnings.simplefilter("ignore")
    cases = []

    def add(name, file, before, after, data, plain):
        value = orientation(data, plain)
        if value is not None:
            cases.append({"name": name, "file": file, "before": base64.b64encode(before).decode(),
                          "after": base64.b64encode(after).decode(), "orientation": value})

    plain = Image.open(io.BytesIO(JPEG))
    plain.load()
    for name, before in jpegs():
        add(name, "color.jpg", before, b"", JPEG[:2] + before + JPEG[2:], plain)
    plain = Image.open(io.BytesIO(PNG))
    plain.load()
    for name, before, after in pngs():
        add(name, "rgb.png", before, after, PNG[:33] + before + PNG[33:-12] + after + PNG[-12:], plain)
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    (FOLDER / "orientations.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(cases)} cases of Pillow {__version__}")


if __name__ == "__main__":
    main()
