// JPEG, PNG and, with their traits, TIFF and WebP in memory. libjpeg and libpng report errors by longjmp, which must
// not cross a Swift frame: every function here catches it and returns a status instead. No function keeps or leaks
// memory when it fails.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
  CodecDone = 0,
  CodecDamaged,      // the library's own complaint is in `message`
  CodecTruncated,    // the bytes end before the picture does
  CodecTooLarge,     // more pixels than allowed; `width` and `height` say how many
  CodecUnsupported,  // a valid file of a kind that is not read; `message` says which
  CodecNotIndices,   // indices were wanted, but the picture holds something else; `message` says what
  CodecOutOfMemory,
} CodecCode;

typedef struct {
  CodecCode code;
  uint32_t width, height;
  char message[256];
} CodecStatus;

/// A decoded picture; rows without gaps, channels interleaved, 16-bit samples in the machine's byte order.
typedef struct {
  uint32_t width, height;
  uint32_t fullWidth, fullHeight;  // as stored, where the decoder itself reduced
  uint32_t channels;               // 1 or 3; of a TIFF up to 16
  uint32_t bitDepth;               // 8 or 16
  uint32_t orientation;            // EXIF's 1...8, of a TIFF; of others 0, as their decoders do not know it
  uint8_t *samples;                // from malloc; the caller calls codecFree
  size_t byteCount;
} CodecPicture;

/// Encoded bytes from malloc; the caller calls codecFree.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} CodecBuffer;

void codecFree(void *memory);

/// Decodes a JPEG to gray or RGB. CMYK and YCCK follow Adobe's convention of inverted inks. Where `wantedWidth` and
/// `wantedHeight` are not 0, the decoder itself reduces by 2, 4 or 8, as long as the result is not smaller than wanted.
CodecStatus codecDecodeJPEG(
    const uint8_t *bytes, size_t count, uint32_t wantedWidth, uint32_t wantedHeight, uint64_t pixelLimit,
    CodecPicture *picture);

/// Encodes 8-bit gray (1 channel) or RGB (3); `quality` is libjpeg's 1...100.
CodecStatus codecEncodeJPEG(
    const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, int quality, CodecBuffer *output);

/// Decodes a PNG to gray or RGB of 8 or 16 bits; palettes become colors, fewer than 8 bits are scaled to 8, alpha is
/// dropped.
CodecStatus codecDecodePNG(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture);

/// Decodes the raw indices of a palette PNG or the raw samples of a gray one, unscaled, as 8 or 16 bits. Colors are
/// gray where red = green = blue in all pixels; alpha must be opaque.
CodecStatus codecDecodePNGIndices(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture);

/// How a picture is stored.
typedef struct {
  uint32_t channels;  // that are read
  uint32_t bitDepth;
  int hasPalette, hasInks, hasAlpha;
  uint32_t orientation;  // EXIF's 1...8
} CodecTraits;

/// Decodes the first page of a TIFF to gray, RGB or up to 16 channels of 8 or 16 bits, as it is stored: not turned.
/// Palettes become colors, inks RGB, fewer than 8 bits are scaled to 8, alpha is dropped. Further pages of the same
/// size are further channels. Only with the trait TIFF.
CodecStatus codecDecodeTIFF(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture);

/// Decodes the raw numbers of a TIFF of one page, like codecDecodePNGIndices; of up to 32 bits, signed or not, as long
/// as all lie in 0...65535. Only with the trait TIFF.
CodecStatus codecDecodeTIFFIndices(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture);

/// Reads how a TIFF is stored, without decoding. Only with the trait TIFF.
CodecStatus codecReadTIFFTraits(const uint8_t *bytes, size_t count, CodecTraits *traits);

/// Decodes a WebP to RGB, as it is stored; alpha is dropped. Only with the trait WebP.
CodecStatus codecDecodeWebP(const uint8_t *bytes, size_t count, uint64_t pixelLimit, CodecPicture *picture);

/// Whether a WebP may be transparent. Only with the trait WebP.
int codecWebPHasAlpha(const uint8_t *bytes, size_t count);

/// Inflates zlib data to at most `limit` bytes; data that end early give what they hold. 0 if damaged or longer.
int codecInflate(const uint8_t *bytes, size_t count, size_t limit, CodecBuffer *output);

/// Whether each of `count` bytes is below `limit` or equal to `extra` (-1: no exception).
int codecAllAllowedBytes(const uint8_t *bytes, size_t count, uint32_t limit, int32_t extra);

/// The same for words.
int codecAllAllowedWords(const uint16_t *words, size_t count, uint32_t limit, int32_t extra);

/// What a PNG's rows are predicted from before they are compressed.
typedef enum {
  CodecNoFilter,
  CodecFilterUp,    // the row above
  CodecAllFilters,  // libpng chooses one for each row
} CodecFilter;

/// Encodes gray or RGB of 8 or 16 bits; with `paletteCount` not 0, 8-bit indices into `palette` (red, green, blue
/// each). `level` is zlib's 0...9.
CodecStatus codecEncodePNG(
    const void *samples, uint32_t width, uint32_t height, uint32_t channels, uint32_t bitDepth, const uint8_t *palette,
    uint32_t paletteCount, int level, CodecFilter filter, CodecBuffer *output);
