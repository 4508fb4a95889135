#pragma once
#ifdef TESSERA_TIFF

#include <tiffio.h>

#include "CImageCodecs.h"

// Handlers of a file's own, and a limit of what it may allocate.
#if TIFFLIB_VERSION < 20221213
#error "Tessera's trait TIFF needs libtiff 4.5 or later"
#endif

/// A TIFF file in memory. libtiff's errors fill `status`, and nothing is ever printed.
typedef struct {
  const uint8_t *bytes;
  uint64_t count, position;
  CodecStatus *status;
} TIFFSource;

/// Opens the first page; NULL with the status filled if there is none.
TIFF *codecOpenTIFF(TIFFSource *source, const uint8_t *bytes, size_t count, CodecStatus *status);

/// Forgets what was complained about in a directory that has been read; 0 if a part of it lies behind the end.
int codecForgiveTIFF(CodecStatus *status);

#endif
