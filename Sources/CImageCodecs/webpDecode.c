#ifdef TESSERA_WEBP

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

#include "buffer.h"

static void explain(VP8StatusCode code, CodecStatus *status) {
  switch (code) {
    case VP8_STATUS_NOT_ENOUGH_DATA: codecSetMessage(status, CodecTruncated, "the data ends early"); break;
    case VP8_STATUS_OUT_OF_MEMORY: codecSetMessage(status, CodecOutOfMemory, "out of memory"); break;
    case VP8_STATUS_UNSUPPORTED_FEATURE: codecSetMessage(status, CodecUnsupported, "a WebP of an unknown kind"); break;
    default: codecSetMessage(status, CodecDamaged, "its data are not a WebP's");
  }
}

// Whether the container is longer than the file.
static int endsEarly(const uint8_t *bytes, size_t count) {
  if (count < 12) return 1;
  uint64_t length = bytes[4] | (uint64_t)bytes[5] << 8 | (uint64_t)bytes[6] << 16 | (uint64_t)bytes[7] << 24;
  return length + 8 > count;
}

static void readPicture(
    const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture, CodecStatus *status) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    return codecSetMessage(status, CodecUnsupported, "a WebP, for another libwebp than this one");
  }
  if (endsEarly(bytes, count)) return codecSetMessage(status, CodecTruncated, "the data ends early");
  VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
  if (code != VP8_STATUS_OK) return explain(code, status);
  status->width = (uint32_t)config.input.width;
  status->height = (uint32_t)config.input.height;
  if ((uint64_t)status->width * status->height > pixelLimit) {
    return codecSetMessage(status, CodecTooLarge, "too many pixels");
  }
  if (config.input.has_animation) return codecSetMessage(status, CodecUnsupported, "an animated WebP");
  *picture = (CodecPicture){
      .width = status->width, .height = status->height, .fullWidth = status->width, .fullHeight = status->height,
      .channels = 3, .bitDepth = 8};
  if (!codecAllocate(picture)) return codecSetMessage(status, CodecOutOfMemory, "out of memory");
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = picture->samples;
  config.output.u.RGBA.stride = (int)(3 * picture->width);
  config.output.u.RGBA.size = picture->byteCount;
  code = WebPDecode(bytes, count, &config);
  WebPFreeDecBuffer(&config.output);
  if (code != VP8_STATUS_OK) explain(code, status);
}

CodecStatus codecDecodeWebP(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture) {
  CodecStatus status = {.code = CodecDone};
  memset(picture, 0, sizeof *picture);
  readPicture(bytes, count, pixelLimit, picture, &status);
  if (status.code != CodecDone) {
    free(picture->samples);
    memset(picture, 0, sizeof *picture);
  }
  return status;
}

int codecWebPHasAlpha(const uint8_t *bytes, size_t count) {
  WebPBitstreamFeatures features;
  return WebPGetFeatures(bytes, count, &features) == VP8_STATUS_OK && features.has_alpha;
}

#endif
