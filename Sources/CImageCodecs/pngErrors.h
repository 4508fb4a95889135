#pragma once

#include <png.h>

#include "CImageCodecs.h"

/// libpng's error callback: fills the `CodecStatus` that the error pointer refers to, unless it is already set, and
/// jumps.
_Noreturn void codecStopPNG(png_structp png, png_const_charp message);

/// libpng's warning callback: does nothing.
void codecIgnorePNGWarning(png_structp png, png_const_charp message);

/// Fills the status with `code` and jumps.
_Noreturn void codecStopPNGWithCode(png_structp png, CodecCode code, const char *message);
