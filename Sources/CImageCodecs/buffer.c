#include "buffer.h"

#include <stdlib.h>
#include <string.h>

void codecFree(void *memory) { free(memory); }

int codecReserve(CodecBuffer *buffer, size_t extra) {
  if (extra > SIZE_MAX / 4 - buffer->count) return 0;
  size_t needed = buffer->count + extra;
  if (needed <= buffer->capacity) return 1;
  size_t capacity = needed > 2 * buffer->capacity ? needed : 2 * buffer->capacity;
  uint8_t *bytes = realloc(buffer->bytes, capacity);
  if (!bytes) return 0;
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return 1;
}

int codecAppend(CodecBuffer *buffer, const uint8_t *bytes, size_t count) {
  if (!codecReserve(buffer, count)) return 0;
  memcpy(buffer->bytes + buffer->count, bytes, count);
  buffer->count += count;
  return 1;
}

int codecAllocate(CodecPicture *picture) {
  picture->byteCount = (size_t)picture->width * picture->height * picture->channels * (picture->bitDepth / 8);
  picture->samples = malloc(picture->byteCount);
  return picture->samples != NULL;
}

void codecSetMessage(CodecStatus *status, CodecCode code, const char *message) {
  status->code = code;
  strncpy(status->message, message, sizeof status->message - 1);
  status->message[sizeof status->message - 1] = 0;
}
