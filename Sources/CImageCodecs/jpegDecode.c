#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "jpegErrors.h"

typedef struct {
  struct jpeg_decompress_struct info;
  JPEGErrors errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  int ended;  // the decoder asked for bytes beyond the last one
  uint8_t *inkRow;
} Decoder;

static void startSource(j_decompress_ptr info) { (void)info; }

// A missing end marker by itself does no harm, so one is inserted; the decoder warns if it needed real data instead.
static boolean fillSource(j_decompress_ptr info) {
  static const JOCTET endMarker[2] = {0xFF, JPEG_EOI};
  ((Decoder *)info->client_data)->ended = 1;
  info->src->next_input_byte = endMarker;
  info->src->bytes_in_buffer = 2;
  return TRUE;
}

static void skipSource(j_decompress_ptr info, long count) {
  while (count > (long)info->src->bytes_in_buffer) {
    count -= (long)info->src->bytes_in_buffer;
    fillSource(info);
  }
  if (count > 0) {
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
  }
}

// Every scan passes over the whole picture, but may take a few bytes: a small file could keep the decoder busy for hours.
// Encoders write about ten; one for each bit of each coefficient of four components, which nobody writes, would be 3328.
static const int scanLimit = 100;

static void checkScans(j_common_ptr info) {
  if (((j_decompress_ptr)info)->input_scan_number > scanLimit) {
    char message[64];
    snprintf(message, sizeof message, "a JPEG of more than %d scans", scanLimit);
    codecStopJPEG(info, CodecUnsupported, message);
  }
}

static void chooseReduction(j_decompress_ptr info, uint32_t wantedWidth, uint32_t wantedHeight) {
  info->scale_num = 1;
  info->scale_denom = 1;
  if (wantedWidth == 0 || wantedHeight == 0) return;
  for (unsigned reduction = 8; reduction > 1; reduction /= 2) {
    info->scale_denom = reduction;
    jpeg_calc_output_dimensions(info);
    if (info->output_width >= wantedWidth && info->output_height >= wantedHeight) return;
  }
  info->scale_denom = 1;
}

// Adobe stores inks inverted (255 = no ink), so paper shows through as the product.
static void convertInks(const uint8_t *inks, uint8_t *colors, uint32_t width) {
  for (uint32_t x = 0; x < width; x++) {
    unsigned black = inks[4 * x + 3];
    for (int c = 0; c < 3; c++) colors[3 * x + c] = (uint8_t)((inks[4 * x + c] * black + 127) / 255);
  }
}

static void readPicture(
    Decoder *decoder, uint32_t wantedWidth, uint32_t wantedHeight, uint64_t pixelLimit, CodecPicture *picture) {
  j_decompress_ptr info = &decoder->info;
  CodecStatus *status = decoder->errors.status;
  jpeg_read_header(info, TRUE);
  status->width = info->image_width;
  status->height = info->image_height;
  // Newer libraries read headers of files that their 8-bit functions then refuse.
  if (info->data_precision != 8) {
    char message[64];
    snprintf(message, sizeof message, "a JPEG of %d bits per sample", info->data_precision);
    codecStopJPEG((j_common_ptr)info, CodecUnsupported, message);
  }
  if ((uint64_t)info->image_width * info->image_height > pixelLimit) {
    codecStopJPEG((j_common_ptr)info, CodecTooLarge, "too many pixels");
  }
  switch (info->jpeg_color_space) {
    case JCS_GRAYSCALE: info->out_color_space = JCS_GRAYSCALE; break;
    case JCS_YCbCr:
    case JCS_RGB: info->out_color_space = JCS_RGB; break;
    case JCS_CMYK:
    case JCS_YCCK: info->out_color_space = JCS_CMYK; break;
    default: codecStopJPEG((j_common_ptr)info, CodecUnsupported, "a JPEG in an unknown color space");
  }
  chooseReduction(info, wantedWidth, wantedHeight);
  jpeg_start_decompress(info);
  if (decoder->ended && jpeg_has_multiple_scans(info)) {
    codecStopJPEG((j_common_ptr)info, CodecTruncated, "scans are missing");
  }
  picture->width = info->output_width;
  picture->height = info->output_height;
  picture->fullWidth = info->image_width;
  picture->fullHeight = info->image_height;
  picture->channels = info->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  picture->bitDepth = 8;
  int isInk = info->out_color_space == JCS_CMYK;
  if (isInk) decoder->inkRow = malloc((size_t)info->output_width * 4);
  if (!codecAllocate(picture) || (isInk && !decoder->inkRow)) {
    codecStopJPEG((j_common_ptr)info, CodecOutOfMemory, "out of memory");
  }
  size_t stride = (size_t)picture->width * picture->channels;
  while (info->output_scanline < info->output_height) {
    uint8_t *target = picture->samples + stride * info->output_scanline;
    JSAMPROW row = isInk ? decoder->inkRow : target;
    if (jpeg_read_scanlines(info, &row, 1) == 1 && isInk) convertInks(decoder->inkRow, target, picture->width);
  }
}

// setjmp has a function to itself, so that its callers' local variables survive the jump.
static void attempt(
    Decoder *decoder, uint32_t wantedWidth, uint32_t wantedHeight, uint64_t pixelLimit, CodecPicture *picture) {
  if (setjmp(decoder->errors.jump) != 0) return;
  jpeg_create_decompress(&decoder->info);
  decoder->info.client_data = decoder;
  decoder->info.src = &decoder->source;
  decoder->progress.progress_monitor = checkScans;
  decoder->info.progress = &decoder->progress;
  readPicture(decoder, wantedWidth, wantedHeight, pixelLimit, picture);
}

CodecStatus codecDecodeJPEG(
    const uint8_t *bytes, size_t count, uint32_t wantedWidth, uint32_t wantedHeight, uint64_t pixelLimit,
    CodecPicture *picture) {
  CodecStatus status = {.code = CodecDone};
  Decoder decoder = {
      .source = {
          .next_input_byte = bytes, .bytes_in_buffer = count, .init_source = startSource, .term_source = startSource,
          .fill_input_buffer = fillSource, .skip_input_data = skipSource, .resync_to_restart = jpeg_resync_to_restart}};
  memset(picture, 0, sizeof *picture);
  decoder.info.err = codecInstallJPEGErrors(&decoder.errors, &status);
  attempt(&decoder, wantedWidth, wantedHeight, pixelLimit, picture);
  if (status.code != CodecDone) {
    if (status.code == CodecDamaged && decoder.ended) status.code = CodecTruncated;
    free(picture->samples);
    memset(picture, 0, sizeof *picture);
  }
  free(decoder.inkRow);
  jpeg_destroy_decompress(&decoder.info);
  return status;
}
