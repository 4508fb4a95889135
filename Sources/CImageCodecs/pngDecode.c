#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "greyIndices.h"
#include "pngErrors.h"
#include "pngIndices.h"

typedef struct {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t left;
  png_bytep *rows;
} Decoder;

static void readBytes(png_structp png, png_bytep target, size_t count) {
  Decoder *decoder = png_get_io_ptr(png);
  if (count > decoder->left) codecStopPNGWithCode(png, CodecTruncated, "the data ends early");
  memcpy(target, decoder->bytes, count);
  decoder->bytes += count;
  decoder->left -= count;
}

static void chooseColors(Decoder *decoder) {
  png_structp png = decoder->png;
  int color = png_get_color_type(png, decoder->info);
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_alpha(png);
}

// Colors and alpha are kept to check whether a pixel says more than one number.
static void chooseIndices(Decoder *decoder) { png_set_packing(decoder->png); }

static void readPicture(Decoder *decoder, int wantsIndices, uint64_t pixelLimit, CodecPicture *picture) {
  png_structp png = decoder->png;
  CodecStatus *status = png_get_error_ptr(png);
  // The picture's size is checked below, where the message can name it.
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, 1 << 23);
  png_set_read_fn(png, decoder, readBytes);
  png_read_info(png, decoder->info);
  status->width = png_get_image_width(png, decoder->info);
  status->height = png_get_image_height(png, decoder->info);
  if ((uint64_t)status->width * status->height > pixelLimit) {
    codecStopPNGWithCode(png, CodecTooLarge, "too many pixels");
  }
  if (wantsIndices) chooseIndices(decoder); else chooseColors(decoder);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (png_get_bit_depth(png, decoder->info) == 16) png_set_swap(png);
#endif
  png_set_interlace_handling(png);
  png_read_update_info(png, decoder->info);
  picture->width = picture->fullWidth = status->width;
  picture->height = picture->fullHeight = status->height;
  picture->channels = png_get_channels(png, decoder->info);
  picture->bitDepth = png_get_bit_depth(png, decoder->info);
  decoder->rows = malloc(sizeof(png_bytep) * picture->height);
  if (!decoder->rows || !codecAllocate(picture)) codecStopPNGWithCode(png, CodecOutOfMemory, "out of memory");
  size_t stride = picture->byteCount / picture->height;
  for (uint32_t y = 0; y < picture->height; y++) decoder->rows[y] = picture->samples + stride * y;
  png_read_image(png, decoder->rows);
  png_read_end(png, NULL);
  if (wantsIndices) {
    const char *fault = codecJoinChannels(picture);
    if (fault) codecStopPNGWithCode(png, CodecNotIndices, fault);
  }
}

// setjmp has a function to itself, so that its callers' local variables survive the jump.
static void attempt(Decoder *decoder, int wantsIndices, uint64_t pixelLimit, CodecPicture *picture) {
  if (setjmp(png_jmpbuf(decoder->png)) == 0) readPicture(decoder, wantsIndices, pixelLimit, picture);
}

static CodecStatus decode(
    const uint8_t *bytes, size_t count, int wantsIndices, uint64_t pixelLimit, CodecPicture *picture) {
  CodecStatus status = {.code = CodecDone};
  Decoder decoder = {.bytes = bytes, .left = count};
  memset(picture, 0, sizeof *picture);
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &status, codecStopPNG, codecIgnorePNGWarning);
  decoder.info = decoder.png ? png_create_info_struct(decoder.png) : NULL;
  if (decoder.info) {
    attempt(&decoder, wantsIndices, pixelLimit, picture);
  } else {
    codecSetMessage(&status, CodecOutOfMemory, "out of memory");
  }
  if (status.code != CodecDone) {
    free(picture->samples);
    memset(picture, 0, sizeof *picture);
  }
  free(decoder.rows);
  png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
  return status;
}

CodecStatus codecDecodePNG(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture) {
  return decode(bytes, count, 0, pixelLimit, picture);
}

CodecStatus codecDecodePNGIndices(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture) {
  if (codecReadPlainIndices(bytes, count, pixelLimit, picture)) return (CodecStatus){.code = CodecDone};
  return decode(bytes, count, 1, pixelLimit, picture);
}
