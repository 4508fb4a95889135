"""The same as segment.c with nothing but Python's standard library.

    python3 segment.py CHECKPOINT PICTURE.ppm MASK.pgm

TESSERA_LIBRARY names the library where the system does not find libtessera.so.0 itself.
"""

import ctypes
import os
import re
import sys
from collections import Counter
from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_uint16, c_void_p

library = ctypes.CDLL(os.environ.get("TESSERA_LIBRARY", "libtessera.so.0"))
library.tessera_load.restype = c_void_p
library.tessera_load.argtypes = [c_char_p, c_void_p, c_char_p, c_size_t]
library.tessera_free.argtypes = [c_void_p]
library.tessera_class_count.argtypes = [c_void_p]
library.tessera_class_name.restype = c_char_p
library.tessera_class_name.argtypes = [c_void_p, c_int32]
library.tessera_predict.argtypes = [
    c_void_p, c_char_p, c_size_t, c_size_t, c_size_t, POINTER(c_uint16), c_char_p, c_size_t]


class Network:
    """A trained network."""

    def __init__(self, path):
        message = ctypes.create_string_buffer(512)
        self.handle = library.tessera_load(os.fsencode(path), None, message, len(message))
        if not self.handle:
            raise OSError(message.value.decode())
        count = library.tessera_class_count(self.handle)
        self.classes = [library.tessera_class_name(self.handle, index).decode() for index in range(count)]

    def __del__(self):
        library.tessera_free(self.handle)

    def predict(self, pixels, width, height):
        """The class of each pixel of a picture, whose red, green and blue are in `pixels` (bytes), row by row."""
        if len(pixels) != width * height * 3:
            raise ValueError(f"{width} x {height} pixels have {width * height * 3} bytes, not {len(pixels)}")
        mask = (c_uint16 * (width * height))()
        message = ctypes.create_string_buffer(512)
        if library.tessera_predict(self.handle, pixels, width, height, 0, mask, message, len(message)) != 0:
            raise ValueError(message.value.decode())
        return mask


def main(checkpoint, picture, result):
    network = Network(checkpoint)
    with open(picture, "rb") as file:
        data = file.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    if header is None:
        raise ValueError(f"{picture} is no PPM of 8 bits")
    width, height = int(header[1]), int(header[2])
    mask = network.predict(data[header.end():], width, height)
    with open(result, "wb") as file:
        file.write(b"P5 %d %d 65535\n" % (width, height))
        file.write(b"".join(index.to_bytes(2, "big") for index in mask))
    counts = Counter(mask)
    for index in sorted(counts):
        print(f"{100 * counts[index] / len(mask):5.1f} % {network.classes[index]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
