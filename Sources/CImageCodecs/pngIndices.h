#pragma once

#include "CImageCodecs.h"

/// Reads the PNGs that most masks are: 8 bits, gray or palette, not interlaced. 0 for every other file, damaged ones
/// included, with nothing kept: libpng then reads it or says what is wrong.
int codecReadPlainIndices(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture);
