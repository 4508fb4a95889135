#pragma once
#ifdef TESSERA_TIFF

#include "tiffSource.h"

enum { greatestChannelCount = 16 };

/// How a page stores its pixels.
typedef struct {
  uint32_t width, height;
  uint16_t samples;  // of a pixel
  uint16_t bits;     // of a sample: 1, 2, 4, 8 or 16; of numbers also 32
  uint16_t photometric;
  uint16_t orientation;
  int isSigned, isPlanar, hasAlpha;
  /// The samples that are read: without alpha, unless numbers are.
  uint16_t kept[greatestChannelCount];
  uint16_t keptCount;
} TIFFPage;

/// The pages of one picture: all that have the first one's size, except for overviews.
typedef struct {
  uint16_t numbers[greatestChannelCount];
  TIFFPage pages[greatestChannelCount];
  uint32_t count;
  /// Of all pages: 1 or 3 of one page may still be a palette's or inks.
  uint32_t channels;
} TIFFPages;

/// Examines all pages; 0 with the status filled if there is something that is not read.
///
/// - Parameter wantsIndices: whether samples are numbers: of 32 bits, too, and alpha is kept to check it.
int codecFindTIFFPages(TIFF *tiff, int wantsIndices, uint64_t pixelLimit, TIFFPages *pages, CodecStatus *status);

#endif
