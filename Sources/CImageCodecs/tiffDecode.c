#ifdef TESSERA_TIFF

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "greyIndices.h"
#include "tiffPages.h"

typedef struct {
  TIFF *tiff;
  CodecStatus *status;
  CodecPicture *picture;
  /// A row or a tile as it is stored.
  uint8_t *block;
  /// A number that 16 bits do not hold was found.
  int exceeds;
} Decoder;

static int fail(Decoder *decoder, CodecCode code, const char *message) {
  if (decoder->status->code == CodecDone) codecSetMessage(decoder->status, code, message);
  return 0;
}

// Some of `count` pixels of a row that lie next to each other, one sample of each.
typedef struct {
  const uint8_t *row;
  uint32_t samples, sample;  // of a pixel in the row, and which of them
  uint32_t count;
  size_t target;  // of the first in the picture's samples
} Run;

#define DEFINE_COPY(NAME, SOURCE, TARGET, KNOWN)                                              \
  static void NAME(Decoder *decoder, const Run *run) {                                        \
    const SOURCE *source = (const SOURCE *)run->row + run->sample;                            \
    TARGET *target = (TARGET *)decoder->picture->samples + run->target;                       \
    uint32_t channels = decoder->picture->channels;                                           \
    int exceeds = 0;                                                                          \
    for (uint32_t x = 0; x < run->count; x++) {                                               \
      SOURCE value = source[(size_t)x * run->samples];                                        \
      exceeds |= !(KNOWN);                                                                    \
      target[(size_t)x * channels] = (TARGET)value;                                           \
    }                                                                                         \
    decoder->exceeds |= exceeds;                                                              \
  }

DEFINE_COPY(copyBytes, uint8_t, uint8_t, 1)
DEFINE_COPY(copySignedBytes, int8_t, uint8_t, value >= 0)
DEFINE_COPY(copyWords, uint16_t, uint16_t, 1)
DEFINE_COPY(copySignedWords, int16_t, uint16_t, value >= 0)
DEFINE_COPY(copyLongs, uint32_t, uint16_t, value <= UINT16_MAX)
DEFINE_COPY(copySignedLongs, int32_t, uint16_t, value >= 0 && value <= UINT16_MAX)

static void copyBits(Decoder *decoder, const Run *run, unsigned bits) {
  uint8_t *target = decoder->picture->samples + run->target;
  for (uint32_t x = 0; x < run->count; x++) {
    size_t bit = ((size_t)x * run->samples + run->sample) * bits;
    target[(size_t)x * decoder->picture->channels] =
        (uint8_t)(run->row[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1));
  }
}

static void copyRun(Decoder *decoder, const TIFFPage *page, const Run *run) {
  switch (page->bits) {
    case 8: (page->isSigned ? copySignedBytes : copyBytes)(decoder, run); break;
    case 16: (page->isSigned ? copySignedWords : copyWords)(decoder, run); break;
    case 32: (page->isSigned ? copySignedLongs : copyLongs)(decoder, run); break;
    default: copyBits(decoder, run, page->bits);
  }
}

// Copies all samples that are kept of pixels at column `x` of row `y`; of planar pages, those of one plane.
static void copyPixels(
    Decoder *decoder, const TIFFPage *page, uint32_t firstChannel, int plane, const uint8_t *row, uint32_t x,
    uint32_t y, uint32_t count) {
  size_t target = ((size_t)y * page->width + x) * decoder->picture->channels + firstChannel;
  int isWhole = !page->isPlanar && page->keptCount == page->samples && page->samples == decoder->picture->channels;
  if (isWhole && !page->isSigned && (page->bits == 8 || page->bits == 16)) {
    size_t bytes = page->bits / 8;
    memcpy(decoder->picture->samples + target * bytes, row, (size_t)count * page->samples * bytes);
    return;
  }
  for (uint16_t channel = 0; channel < page->keptCount; channel++) {
    uint16_t sample = page->kept[channel];
    if (page->isPlanar && sample != plane) continue;
    Run run = {row, page->isPlanar ? 1 : page->samples, page->isPlanar ? 0 : sample, count, target + channel};
    copyRun(decoder, page, &run);
  }
}

static int isKept(const TIFFPage *page, int plane) {
  for (uint16_t channel = 0; channel < page->keptCount; channel++) {
    if (page->kept[channel] == plane) return 1;
  }
  return 0;
}

static int readRows(Decoder *decoder, const TIFFPage *page, uint32_t firstChannel, int plane) {
  for (uint32_t y = 0; y < page->height; y++) {
    int isRead = TIFFReadScanline(decoder->tiff, decoder->block, y, (uint16_t)plane) == 1;
    if (!isRead || decoder->status->code != CodecDone) return fail(decoder, CodecDamaged, "a row cannot be decoded");
    copyPixels(decoder, page, firstChannel, plane, decoder->block, 0, y, page->width);
  }
  return 1;
}

static int readTiles(Decoder *decoder, const TIFFPage *page, uint32_t firstChannel, int plane) {
  uint32_t width = 0, height = 0;
  TIFFGetField(decoder->tiff, TIFFTAG_TILEWIDTH, &width);
  TIFFGetField(decoder->tiff, TIFFTAG_TILELENGTH, &height);
  tmsize_t rowBytes = TIFFTileRowSize(decoder->tiff), size = TIFFTileSize(decoder->tiff);
  if (width == 0 || height == 0 || rowBytes <= 0) return fail(decoder, CodecDamaged, "it has no tiles");
  for (uint32_t y = 0; y < page->height; y += height) {
    for (uint32_t x = 0; x < page->width; x += width) {
      uint32_t tile = TIFFComputeTile(decoder->tiff, x, y, 0, (uint16_t)plane);
      tmsize_t read = TIFFReadEncodedTile(decoder->tiff, tile, decoder->block, size);
      if (read != size || decoder->status->code != CodecDone) {
        return fail(decoder, CodecDamaged, "a tile cannot be decoded");
      }
      uint32_t columns = page->width - x < width ? page->width - x : width;
      uint32_t rows = page->height - y < height ? page->height - y : height;
      for (uint32_t row = 0; row < rows; row++) {
        copyPixels(decoder, page, firstChannel, plane, decoder->block + (size_t)row * rowBytes, x, y + row, columns);
      }
      if (page->width - x <= width) break;
    }
    if (page->height - y <= height) break;
  }
  return 1;
}

// Whether the file has all bytes of the page's data.
static int isComplete(TIFF *tiff, uint64_t count) {
  uint32_t blocks = TIFFIsTiled(tiff) ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  for (uint32_t block = 0; block < blocks; block++) {
    uint64_t offset = TIFFGetStrileOffset(tiff, block), length = TIFFGetStrileByteCount(tiff, block);
    if (offset > count || length > count - offset) return 0;
  }
  return 1;
}

static int readPage(Decoder *decoder, const TIFFPage *page, uint32_t firstChannel, uint64_t byteCount) {
  TIFF *tiff = decoder->tiff;
  if (!isComplete(tiff, byteCount)) return fail(decoder, CodecTruncated, "the data ends early");
  int isTiled = TIFFIsTiled(tiff);
  // Tiles may be larger than the picture; what is absurd would only be known to be so after decoding.
  tmsize_t size = isTiled ? TIFFTileSize(tiff) : TIFFScanlineSize(tiff);
  uint64_t limit = ((uint64_t)1 << 26) + decoder->picture->byteCount;
  if (size <= 0 || (uint64_t)size > limit) return fail(decoder, CodecDamaged, "its tiles or rows have an absurd size");
  // A scan line has at least the page's samples; decoders write whole ones.
  decoder->block = calloc(1, (size_t)size);
  if (!decoder->block) return fail(decoder, CodecOutOfMemory, "out of memory");
  int planes = page->isPlanar ? page->samples : 1, isRead = 1;
  uint64_t rowBits = (uint64_t)page->width * (page->isPlanar ? 1 : page->samples) * page->bits;
  if (!isTiled && (uint64_t)size * 8 < rowBits) isRead = fail(decoder, CodecDamaged, "its rows are too short");
  for (int plane = 0; isRead && plane < planes; plane++) {
    if (page->isPlanar && !isKept(page, plane)) continue;
    isRead = (isTiled ? readTiles : readRows)(decoder, page, firstChannel, plane);
  }
  free(decoder->block);
  decoder->block = NULL;
  return isRead;
}

static void invert(CodecPicture *picture, unsigned bits) {
  size_t count = (size_t)picture->width * picture->height * picture->channels;
  if (picture->bitDepth == 16) {
    uint16_t *words = (uint16_t *)picture->samples;
    for (size_t i = 0; i < count; i++) words[i] = (uint16_t)~words[i];
  } else {
    uint8_t white = (uint8_t)((1u << bits) - 1);
    for (size_t i = 0; i < count; i++) picture->samples[i] = white - picture->samples[i];
  }
}

// Replaces each pixel's samples by red, green and blue.
static int convert(Decoder *decoder, void (*color)(const uint8_t *, uint8_t *, const uint8_t *), const uint8_t *table) {
  CodecPicture *picture = decoder->picture, colored = *picture;
  colored.channels = 3;
  if (!codecAllocate(&colored)) return fail(decoder, CodecOutOfMemory, "out of memory");
  size_t count = (size_t)picture->width * picture->height;
  for (size_t i = 0; i < count; i++) color(picture->samples + i * picture->channels, colored.samples + 3 * i, table);
  free(picture->samples);
  *picture = colored;
  return 1;
}

static void colorOfInks(const uint8_t *inks, uint8_t *color, const uint8_t *table) {
  (void)table;
  for (int c = 0; c < 3; c++) color[c] = (uint8_t)(((255 - inks[c]) * (255 - inks[3]) + 127) / 255);
}

static void colorOfIndex(const uint8_t *index, uint8_t *color, const uint8_t *table) {
  memcpy(color, table + 3 * (size_t)*index, 3);
}

// Colors have 16 bits; some programs write 8.
static int applyPalette(Decoder *decoder, const TIFFPage *page) {
  uint16_t *parts[3] = {NULL, NULL, NULL};
  uint8_t table[3 * 256] = {0};
  if (!TIFFGetField(decoder->tiff, TIFFTAG_COLORMAP, &parts[0], &parts[1], &parts[2])) {
    return fail(decoder, CodecDamaged, "it has no palette");
  }
  size_t count = (size_t)1 << page->bits;
  unsigned greatest = 0;
  for (size_t i = 0; i < count; i++) for (int c = 0; c < 3; c++) greatest |= parts[c][i];
  for (size_t i = 0; i < count; i++) {
    for (int c = 0; c < 3; c++) table[3 * i + c] = (uint8_t)(greatest > 255 ? parts[c][i] >> 8 : parts[c][i]);
  }
  return convert(decoder, colorOfIndex, table);
}

// From stored samples to gray or colors.
static int finish(Decoder *decoder, const TIFFPage *page) {
  CodecPicture *picture = decoder->picture;
  if (page->photometric == PHOTOMETRIC_PALETTE) return applyPalette(decoder, page);
  if (page->photometric == PHOTOMETRIC_SEPARATED) return convert(decoder, colorOfInks, NULL);
  if (page->bits < 8) {
    size_t count = (size_t)picture->width * picture->height * picture->channels;
    uint8_t scale = (uint8_t)(255 / ((1u << page->bits) - 1));
    for (size_t i = 0; i < count; i++) picture->samples[i] *= scale;
  }
  return 1;
}

static int readPicture(Decoder *decoder, int wantsIndices, uint64_t byteCount, uint64_t pixelLimit) {
  TIFFPages pages;
  CodecPicture *picture = decoder->picture;
  if (!codecFindTIFFPages(decoder->tiff, wantsIndices, pixelLimit, &pages, decoder->status)) return 0;
  const TIFFPage *first = &pages.pages[0];
  if (wantsIndices && pages.count > 1) return fail(decoder, CodecNotIndices, "holds several pages");
  if (wantsIndices && first->orientation != ORIENTATION_TOPLEFT) {
    return fail(decoder, CodecNotIndices, "says that it lies on its side or is mirrored");
  }
  // One number, a color, or either with alpha.
  int isPixel = first->keptCount == 1 || first->keptCount == 3 || (first->keptCount <= 4 && first->hasAlpha);
  if (wantsIndices && !isPixel) return fail(decoder, CodecNotIndices, "holds several channels");
  *picture = (CodecPicture){
      .width = first->width, .height = first->height, .fullWidth = first->width, .fullHeight = first->height,
      .channels = pages.channels, .bitDepth = first->bits > 8 ? 16 : 8, .orientation = first->orientation};
  if (!codecAllocate(picture)) return fail(decoder, CodecOutOfMemory, "out of memory");
  uint32_t channel = 0;
  for (uint32_t i = 0; i < pages.count; i++) {
    // Looking for pages ends at the last one, kept or not.
    int isThere = TIFFCurrentDirectory(decoder->tiff) == pages.numbers[i];
    if (!isThere && !TIFFSetDirectory(decoder->tiff, pages.numbers[i])) return 0;
    if (!codecForgiveTIFF(decoder->status)) return 0;
    if (pages.pages[i].photometric == PHOTOMETRIC_YCBCR) {
      TIFFSetField(decoder->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    if (!readPage(decoder, &pages.pages[i], channel, byteCount)) return 0;
    channel += pages.pages[i].keptCount;
  }
  if (first->photometric == PHOTOMETRIC_MINISWHITE && first->bits <= 16) invert(picture, first->bits);
  if (!wantsIndices) return finish(decoder, first);
  if (decoder->exceeds) return fail(decoder, CodecNotIndices, "holds numbers outside 0...65535");
  const char *fault = codecJoinChannels(picture);
  return fault ? fail(decoder, CodecNotIndices, fault) : 1;
}

static CodecStatus decode(
    const uint8_t *bytes, size_t count, int wantsIndices, uint64_t pixelLimit, CodecPicture *picture) {
  CodecStatus status = {.code = CodecDone};
  TIFFSource source;
  memset(picture, 0, sizeof *picture);
  Decoder decoder = {.tiff = codecOpenTIFF(&source, bytes, count, &status), .status = &status, .picture = picture};
  if (!decoder.tiff) return status;
  int isRead = readPicture(&decoder, wantsIndices, count, pixelLimit);
  if (!isRead) {
    fail(&decoder, CodecDamaged, "it cannot be decoded");
    free(picture->samples);
    memset(picture, 0, sizeof *picture);
  }
  TIFFClose(decoder.tiff);
  if (isRead) status.code = CodecDone;
  return status;
}

CodecStatus codecDecodeTIFF(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture) {
  return decode(bytes, count, 0, pixelLimit, picture);
}

CodecStatus codecDecodeTIFFIndices(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture) {
  return decode(bytes, count, 1, pixelLimit, picture);
}

CodecStatus codecReadTIFFTraits(const uint8_t *bytes, size_t count, CodecTraits *traits) {
  CodecStatus status = {.code = CodecDone};
  TIFFSource source;
  TIFFPages pages;
  TIFF *tiff = codecOpenTIFF(&source, bytes, count, &status);
  if (!tiff) return status;
  if (codecFindTIFFPages(tiff, 0, UINT64_MAX / 64, &pages, &status)) {
    const TIFFPage *first = &pages.pages[0];
    status.code = CodecDone;
    *traits = (CodecTraits){
        .channels = pages.channels, .bitDepth = first->bits, .hasPalette = first->photometric == PHOTOMETRIC_PALETTE,
        .hasInks = first->photometric == PHOTOMETRIC_SEPARATED, .hasAlpha = first->hasAlpha,
        .orientation = first->orientation};
  } else if (status.code == CodecDone) {
    codecSetMessage(&status, CodecDamaged, "it cannot be read");
  }
  TIFFClose(tiff);
  return status;
}

#endif
