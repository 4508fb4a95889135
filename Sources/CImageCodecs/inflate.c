#include <string.h>
#include <zlib.h>

#include "buffer.h"

// A stream that ends early gives what it has: the picture is read anyway, so its metadata are worth a try.
int codecInflate(const uint8_t *bytes, size_t count, size_t limit, CodecBuffer *output) {
  memset(output, 0, sizeof *output);
  z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)count};
  if (count > UINT32_MAX || inflateInit(&stream) != Z_OK) return 0;
  uint8_t block[4096];
  int result = Z_OK, isDone = 0;
  while (!isDone) {
    stream.next_out = block;
    stream.avail_out = sizeof block;
    result = inflate(&stream, Z_NO_FLUSH);
    size_t produced = sizeof block - stream.avail_out;
    int isSound = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
    if (!isSound || output->count + produced > limit || !codecAppend(output, block, produced)) {
      codecFree(output->bytes);
      memset(output, 0, sizeof *output);
      inflateEnd(&stream);
      return 0;
    }
    isDone = result == Z_STREAM_END || produced == 0;
  }
  inflateEnd(&stream);
  return 1;
}
