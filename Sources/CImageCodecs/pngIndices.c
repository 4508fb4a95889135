#include "pngIndices.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Masks are the slowest part of reading a sample with libpng, which removes filters pixel by pixel and checksums all
// bytes a second time. Here long runs of exact predictions are copied, eight pixels at once. The chunks' checksums are
// verified.

enum { ChunkOverhead = 12, WordLength = 8 };

static uint32_t bigEndian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

typedef struct {
  const uint8_t *type, *data;
  uint32_t length;
} Chunk;

static int nextChunk(const uint8_t **bytes, size_t *count, Chunk *chunk) {
  if (*count < ChunkOverhead) return 0;
  chunk->length = bigEndian(*bytes);
  if (chunk->length > *count - ChunkOverhead) return 0;
  chunk->type = *bytes + 4;
  chunk->data = *bytes + 8;
  if (crc32(0, chunk->type, chunk->length + 4) != bigEndian(chunk->data + chunk->length)) return 0;
  *bytes += ChunkOverhead + chunk->length;
  *count -= ChunkOverhead + chunk->length;
  return 1;
}

static int isType(const Chunk *chunk, const char *type) { return memcmp(chunk->type, type, 4) == 0; }

// Appends one chunk's share of the compressed rows; the first begins with zlib's two bytes.
static int inflateChunk(z_stream *stream, const Chunk *chunk, int *isStarted) {
  stream->next_in = (Bytef *)chunk->data;
  stream->avail_in = chunk->length;
  if (!*isStarted) {
    if (chunk->length < 2 || (chunk->data[0] & 0x0F) != Z_DEFLATED || chunk->data[0] >> 4 > 7 ||
        chunk->data[1] & 0x20 || (chunk->data[0] << 8 | chunk->data[1]) % 31 != 0) {
      return 0;
    }
    stream->next_in += 2;
    stream->avail_in -= 2;
    *isStarted = 1;
  }
  int result = inflate(stream, Z_NO_FLUSH);
  return result == Z_OK || result == Z_STREAM_END || (result == Z_BUF_ERROR && stream->avail_in <= 4);
}

// All rows, each preceded by its filter, from the chunks after the header.
static int inflateRows(const uint8_t *bytes, size_t count, int needsPalette, uint8_t *rows, size_t rowBytes) {
  // Without zlib's own checksum, which the chunks' checksums make redundant: it takes half the time.
  z_stream stream = {.next_out = rows, .avail_out = (uInt)rowBytes};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 0;
  int isStarted = 0, hasPalette = 0, hasEnd = 0;
  Chunk chunk;
  while (!hasEnd && nextChunk(&bytes, &count, &chunk)) {
    if (isType(&chunk, "IDAT")) {
      if (!inflateChunk(&stream, &chunk, &isStarted)) break;
    } else if (isType(&chunk, "PLTE")) {
      hasPalette = 1;
    } else if (isType(&chunk, "IEND")) {
      hasEnd = 1;
    } else if (!(chunk.type[0] & 0x20)) {
      break;  // an unknown critical chunk
    }
  }
  inflateEnd(&stream);
  return hasEnd && stream.avail_out == 0 && (hasPalette || !needsPalette);
}

static int isZero(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, WordLength);
  return word == 0;
}

// Filters are undone in place: a target precedes its source, by one byte in the first row and one more in each further
// row. Words are therefore read before they are written.

static void undoSub(const uint8_t *source, uint8_t *target, size_t width) {
  uint8_t left = 0;
  for (size_t x = 0; x < width;) {
    if (x + WordLength <= width && isZero(source + x)) {
      memset(target + x, left, WordLength);
      x += WordLength;
    } else {
      target[x] = left = (uint8_t)(left + source[x]);
      x++;
    }
  }
}

static void undoUp(const uint8_t *source, const uint8_t *above, uint8_t *target, size_t width) {
  for (size_t x = 0; x < width;) {
    if (x + WordLength <= width && isZero(source + x)) {
      memcpy(target + x, above + x, WordLength);
      x += WordLength;
    } else {
      target[x] = (uint8_t)(source[x] + above[x]);
      x++;
    }
  }
}

static void undoAverage(const uint8_t *source, const uint8_t *above, uint8_t *target, size_t width) {
  uint8_t left = 0;
  for (size_t x = 0; x < width; x++) target[x] = left = (uint8_t)(source[x] + (left + above[x]) / 2);
}

static uint8_t paeth(int left, int above, int corner) {
  int estimate = left + above - corner;
  int toLeft = abs(estimate - left), toAbove = abs(estimate - above), toCorner = abs(estimate - corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return (uint8_t)left;
  return (uint8_t)(toAbove <= toCorner ? above : corner);
}

static void undoPaeth(const uint8_t *source, const uint8_t *above, uint8_t *target, size_t width) {
  uint8_t left = 0, corner = 0;
  for (size_t x = 0; x < width;) {
    // Where the left pixel equals the corner, the prediction is the pixel above, and remains so while it is exact.
    if (left == corner && x + WordLength <= width && isZero(source + x)) {
      memcpy(target + x, above + x, WordLength);
      x += WordLength;
      left = corner = above[x - 1];
    } else {
      target[x] = left = (uint8_t)(source[x] + paeth(left, above[x], corner));
      corner = above[x];
      x++;
    }
  }
}

// Turns `samples`, which holds rows with their filters, into pixels without gaps.
static int undoFilters(uint8_t *samples, size_t width, size_t height) {
  uint8_t *nothing = calloc(width, 1);
  int isKnown = nothing != NULL;
  const uint8_t *above = nothing;
  for (size_t y = 0; isKnown && y < height; y++) {
    const uint8_t *source = samples + y * (width + 1) + 1;
    uint8_t *target = samples + y * width;
    switch (source[-1]) {
      case 0: memmove(target, source, width); break;
      case 1: undoSub(source, target, width); break;
      case 2: undoUp(source, above, target, width); break;
      case 3: undoAverage(source, above, target, width); break;
      case 4: undoPaeth(source, above, target, width); break;
      default: isKnown = 0;
    }
    above = target;
  }
  free(nothing);
  return isKnown;
}

int codecReadPlainIndices(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture) {
  static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  Chunk header;
  memset(picture, 0, sizeof *picture);
  if (count < sizeof signature || memcmp(bytes, signature, sizeof signature) != 0) return 0;
  bytes += sizeof signature;
  count -= sizeof signature;
  if (!nextChunk(&bytes, &count, &header) || !isType(&header, "IHDR") || header.length != 13) return 0;
  uint32_t width = bigEndian(header.data), height = bigEndian(header.data + 4);
  const uint8_t *kind = header.data + 8;  // depth, color type, compression, filters, interlacing
  int isPalette = kind[1] == 3;
  if (kind[0] != 8 || (kind[1] != 0 && !isPalette) || kind[2] || kind[3] || kind[4]) return 0;
  if (!width || !height || (uint64_t)width * height > pixelLimit || (uint64_t)(width + 1) * height > UINT32_MAX) {
    return 0;
  }
  *picture = (CodecPicture){
      .width = width, .height = height, .fullWidth = width, .fullHeight = height, .channels = 1, .bitDepth = 8,
      .byteCount = (size_t)width * height};
  size_t rowBytes = ((size_t)width + 1) * height;
  picture->samples = malloc(rowBytes);
  int isRead = picture->samples && inflateRows(bytes, count, isPalette, picture->samples, rowBytes) &&
               undoFilters(picture->samples, width, height);
  if (!isRead) {
    free(picture->samples);
    memset(picture, 0, sizeof *picture);
  }
  return isRead;
}
