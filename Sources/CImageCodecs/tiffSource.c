#ifdef TESSERA_TIFF

#include "tiffSource.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"

// More than a row or a tile of any sensible file.
enum { greatestAllocation = 1 << 28 };

static tmsize_t readBytes(thandle_t handle, void *target, tmsize_t count) {
  TIFFSource *source = handle;
  if (count < 0 || source->position >= source->count) return 0;
  uint64_t left = source->count - source->position;
  size_t taken = (uint64_t)count < left ? (size_t)count : (size_t)left;
  memcpy(target, source->bytes + source->position, taken);
  source->position += taken;
  return (tmsize_t)taken;
}

static tmsize_t writeNothing(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle;
  (void)bytes;
  (void)count;
  return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
  TIFFSource *source = handle;
  uint64_t start = origin == SEEK_CUR ? source->position : origin == SEEK_END ? source->count : 0;
  return source->position = start + offset;
}

static int closeNothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size(thandle_t handle) { return ((TIFFSource *)handle)->count; }

// Compressed data are read where they lie.
static int map(thandle_t handle, void **base, toff_t *count) {
  TIFFSource *source = handle;
  *base = (void *)source->bytes;
  *count = source->count;
  return 1;
}

static void unmap(thandle_t handle, void *base, toff_t count) {
  (void)handle;
  (void)base;
  (void)count;
}

// The first counts: what follows is mostly its consequence.
static int keepError(TIFF *tiff, void *source, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  CodecStatus *status = ((TIFFSource *)source)->status;
  if (status->code == CodecDone) {
    char text[sizeof status->message];
    vsnprintf(text, sizeof text, format, arguments);
    codecSetMessage(status, CodecDamaged, text);
  }
  return 1;
}

// libjpeg continues with invented pixels after a warning, except for bytes between segments. Others concern tags: without
// those that lie behind the end, such as a palette, the picture would be another one.
static int keepWarning(TIFF *tiff, void *source, const char *module, const char *format, va_list arguments) {
  char text[sizeof ((CodecStatus *)0)->message];
  va_list copy;
  va_copy(copy, arguments);
  vsnprintf(text, sizeof text, format, copy);
  va_end(copy);
  if (strstr(text, "IO error")) codecSetMessage(((TIFFSource *)source)->status, CodecTruncated, "the data ends early");
  int isLoss = module && strcmp(module, "JPEGLib") == 0 && !strstr(text, "extraneous");
  return isLoss ? keepError(tiff, source, module, format, arguments) : 1;
}

int codecForgiveTIFF(CodecStatus *status) {
  if (status->code == CodecTruncated) return 0;
  status->code = CodecDone;
  return 1;
}

// Whether the first directory begins behind the end of the bytes, as in most files that were cut off.
static int endsEarly(const uint8_t *bytes, size_t count) {
  if (count < 16) return 1;
  int isBig = bytes[2] == 43 || bytes[3] == 43;
  uint64_t offset = 0;
  int first = isBig ? 8 : 4, length = isBig ? 8 : 4;
  for (int i = 0; i < length; i++) offset = offset << 8 | bytes[first + (bytes[0] == 'I' ? length - 1 - i : i)];
  return offset + 2 > count;
}

TIFF *codecOpenTIFF(TIFFSource *source, const uint8_t *bytes, size_t count, CodecStatus *status) {
  *source = (TIFFSource){.bytes = bytes, .count = count, .status = status};
  if (endsEarly(bytes, count)) {
    codecSetMessage(status, CodecTruncated, "the data ends early");
    return NULL;
  }
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  TIFF *tiff = NULL;
  if (options) {
    TIFFOpenOptionsSetErrorHandlerExtR(options, keepError, source);
    TIFFOpenOptionsSetWarningHandlerExtR(options, keepWarning, source);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, greatestAllocation);
    tiff = TIFFClientOpenExt(
        "picture", "r", source, readBytes, writeNothing, seek, closeNothing, size, map, unmap, options);
    TIFFOpenOptionsFree(options);
  }
  if (tiff) {
    if (codecForgiveTIFF(status)) return tiff;
    TIFFClose(tiff);
  } else if (status->code == CodecDone) {
    codecSetMessage(status, CodecOutOfMemory, "out of memory");
  }
  return NULL;
}

#endif
