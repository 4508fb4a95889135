#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "pngErrors.h"

static void writeBytes(png_structp png, png_bytep bytes, size_t count) {
  if (!codecAppend(png_get_io_ptr(png), bytes, count)) codecStopPNGWithCode(png, CodecOutOfMemory, "out of memory");
}

static void flushNothing(png_structp png) { (void)png; }

typedef struct {
  const void *samples;
  uint32_t width, height, channels, bitDepth;
  const uint8_t *palette;
  uint32_t paletteCount;
  int level;
  CodecFilter filter;
} Source;

static void setPalette(png_structp png, png_infop info, const uint8_t *palette, uint32_t count) {
  png_color entries[PNG_MAX_PALETTE_LENGTH];
  for (uint32_t i = 0; i < count; i++) {
    entries[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
  }
  png_set_PLTE(png, info, entries, (int)count);
}

static void writePicture(png_structp png, png_infop info, const Source *source, CodecBuffer *output) {
  int color = source->paletteCount    ? PNG_COLOR_TYPE_PALETTE
              : source->channels == 1 ? PNG_COLOR_TYPE_GRAY
                                      : PNG_COLOR_TYPE_RGB;
  png_set_write_fn(png, output, writeBytes, flushNothing);
  // libpng's own limit of a million pixels per side is meant for reading untrusted files.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(
      png, info, source->width, source->height, (int)source->bitDepth, color, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, source->level);
  png_set_filter(
      png, PNG_FILTER_TYPE_BASE,
      source->filter == CodecNoFilter   ? PNG_FILTER_NONE
      : source->filter == CodecFilterUp ? PNG_FILTER_UP
                                        : PNG_ALL_FILTERS);
  if (source->paletteCount) setPalette(png, info, source->palette, source->paletteCount);
  png_write_info(png, info);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (source->bitDepth == 16) png_set_swap(png);
#endif
  size_t stride = (size_t)source->width * source->channels * (source->bitDepth / 8);
  for (uint32_t y = 0; y < source->height; y++) {
    png_write_row(png, (png_const_bytep)source->samples + stride * y);
  }
  png_write_end(png, info);
}

// setjmp has a function to itself, so that its callers' local variables survive the jump.
static void attempt(png_structp png, png_infop info, const Source *source, CodecBuffer *output) {
  if (setjmp(png_jmpbuf(png)) == 0) writePicture(png, info, source, output);
}

CodecStatus codecEncodePNG(
    const void *samples, uint32_t width, uint32_t height, uint32_t channels, uint32_t bitDepth, const uint8_t *palette,
    uint32_t paletteCount, int level, CodecFilter filter, CodecBuffer *output) {
  CodecStatus status = {.code = CodecDone};
  memset(output, 0, sizeof *output);
  if (paletteCount > PNG_MAX_PALETTE_LENGTH) {
    codecSetMessage(&status, CodecUnsupported, "a palette holds at most 256 colors");
    return status;
  }
  Source source = {samples, width, height, channels, bitDepth, palette, paletteCount, level, filter};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &status, codecStopPNG, codecIgnorePNGWarning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (info) {
    attempt(png, info, &source, output);
  } else {
    codecSetMessage(&status, CodecOutOfMemory, "out of memory");
  }
  if (status.code != CodecDone) {
    free(output->bytes);
    memset(output, 0, sizeof *output);
  }
  png_destroy_write_struct(&png, &info);
  return status;
}
