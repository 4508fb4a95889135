#ifdef TESSERA_TIFF

#include "tiffPages.h"

#include <stdio.h>
#include <string.h>

#include "buffer.h"

// Pages beyond these are not looked at: a chain of them may be endless.
enum { greatestPageCount = 256 };

static int refuse(CodecStatus *status, const char *format, unsigned value) {
  char message[sizeof status->message];
  snprintf(message, sizeof message, format, value);
  codecSetMessage(status, CodecUnsupported, message);
  return 0;
}

static int isKnownCompression(uint16_t method) {
  switch (method) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD:
    case COMPRESSION_WEBP: return TIFFIsCODECConfigured(method);
    default: return 0;
  }
}

// The samples of a pixel that are no color: alpha is not read, all others are channels like colors.
static int chooseSamples(TIFF *tiff, TIFFPage *page, uint16_t colors, int wantsIndices, CodecStatus *status) {
  uint16_t extraCount = 0, *extras = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extraCount, &extras);
  if (page->samples < colors) return refuse(status, "a TIFF of %u samples per pixel, too few", page->samples);
  page->keptCount = 0;
  for (uint16_t sample = 0; sample < page->samples; sample++) {
    // Of fewer declarations than samples, the last ones count.
    int place = (int)sample - ((int)page->samples - extraCount);
    int isAlpha = sample >= colors && place >= 0 && extras &&
                  (extras[place] == EXTRASAMPLE_ASSOCALPHA || extras[place] == EXTRASAMPLE_UNASSALPHA);
    page->hasAlpha |= isAlpha;
    if (isAlpha && !wantsIndices) continue;
    if (page->keptCount == greatestChannelCount) {
      return refuse(status, "a TIFF of more than %u channels", greatestChannelCount);
    }
    page->kept[page->keptCount++] = sample;
  }
  return 1;
}

static int readPage(TIFF *tiff, int wantsIndices, TIFFPage *page, CodecStatus *status) {
  uint16_t format, planar, compression;
  memset(page, 0, sizeof *page);
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page->width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page->height);
  if (page->width == 0 || page->height == 0) {
    codecSetMessage(status, CodecDamaged, "it has no size");
    return 0;
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &page->orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page->photometric)) page->photometric = PHOTOMETRIC_MINISBLACK;
  page->isPlanar = planar == PLANARCONFIG_SEPARATE && page->samples > 1;
  page->isSigned = format == SAMPLEFORMAT_INT;
  if (!isKnownCompression(compression)) return refuse(status, "a TIFF compressed by method %u", compression);
  if (format == SAMPLEFORMAT_IEEEFP) return refuse(status, "a TIFF of %u-bit floats", page->bits);
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID && !(page->isSigned && wantsIndices)) {
    return refuse(status, page->isSigned ? "a TIFF of signed %u-bit numbers" : "a TIFF of complex numbers", page->bits);
  }
  int isIndexed = page->photometric == PHOTOMETRIC_PALETTE;
  switch (page->bits) {
    case 16: if (!isIndexed || wantsIndices) break; return refuse(status, "a TIFF with a palette of %u bits", 16);
    case 1: case 2: case 4: case 8: break;
    case 32: if (wantsIndices) break;  // fallthrough
    default: return refuse(status, "a TIFF of %u bits per sample", page->bits);
  }
  uint16_t colors = 1;
  switch (page->photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_PALETTE: break;
    case PHOTOMETRIC_RGB: colors = 3; break;
    case PHOTOMETRIC_SEPARATED:
      if (page->bits != 8 || page->samples < 4) return refuse(status, "a TIFF in inks of %u bits", page->bits);
      colors = 4;
      break;
    case PHOTOMETRIC_YCBCR:
      // libjpeg itself converts what it has compressed.
      if (compression != COMPRESSION_JPEG || page->isPlanar || page->samples != 3) {
        return refuse(status, "a TIFF in YCbCr compressed by method %u", compression);
      }
      TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      colors = 3;
      break;
    default: return refuse(status, "a TIFF in color space %u", page->photometric);
  }
  if (!chooseSamples(tiff, page, colors, wantsIndices, status)) return 0;
  if (colors == 4) page->keptCount = 4;
  if (isIndexed && !wantsIndices) page->keptCount = 1;
  return 1;
}

static int isOverview(TIFF *tiff) {
  uint32_t kind = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &kind);
  return (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
}

static int hasSize(TIFF *tiff, const TIFFPage *page) {
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  return width == page->width && height == page->height;
}

// Whether a page can be one of several that together are the channels of a picture.
static int isChannel(const TIFFPage *page) {
  return page->photometric == PHOTOMETRIC_MINISBLACK || page->photometric == PHOTOMETRIC_MINISWHITE ||
         page->photometric == PHOTOMETRIC_RGB;
}

int codecFindTIFFPages(TIFF *tiff, int wantsIndices, uint64_t pixelLimit, TIFFPages *pages, CodecStatus *status) {
  memset(pages, 0, sizeof *pages);
  const TIFFPage *first = &pages->pages[0];
  for (uint16_t number = 0; number < greatestPageCount; number++) {
    if (number > 0) {
      if (TIFFLastDirectory(tiff)) break;
      if (!TIFFReadDirectory(tiff) || !codecForgiveTIFF(status)) return 0;
      if (isOverview(tiff) || !hasSize(tiff, first)) continue;
      if (pages->count == greatestChannelCount) {
        return refuse(status, "a TIFF of more than %u pages", greatestChannelCount);
      }
    }
    TIFFPage *page = &pages->pages[pages->count];
    if (!readPage(tiff, wantsIndices, page, status)) return 0;
    if (number == 0) {
      status->width = page->width;
      status->height = page->height;
      if ((uint64_t)page->width * page->height > pixelLimit) {
        codecSetMessage(status, CodecTooLarge, "too many pixels");
        return 0;
      }
    } else if (page->bits != first->bits || !isChannel(page) || !isChannel(first)) {
      return refuse(status, "a TIFF whose page %u is stored otherwise than the first", number + 1u);
    }
    pages->numbers[pages->count++] = number;
    pages->channels += page->keptCount;
  }
  if (pages->channels > greatestChannelCount) return refuse(status, "a TIFF of %u channels", pages->channels);
  // As much memory as the most pixels of three channels take.
  if ((uint64_t)first->width * first->height * pages->channels > 3 * pixelLimit) {
    return refuse(status, "a TIFF of that size with %u channels", pages->channels);
  }
  return 1;
}

#endif
