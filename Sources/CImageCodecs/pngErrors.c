#include "pngErrors.h"

#include "buffer.h"

void codecStopPNG(png_structp png, png_const_charp message) {
  CodecStatus *status = png_get_error_ptr(png);
  if (status->code == CodecDone) codecSetMessage(status, CodecDamaged, message);
  png_longjmp(png, 1);
}

void codecIgnorePNGWarning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

void codecStopPNGWithCode(png_structp png, CodecCode code, const char *message) {
  codecSetMessage(png_get_error_ptr(png), code, message);
  png_longjmp(png, 1);
}
