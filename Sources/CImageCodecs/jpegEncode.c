#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "jpegErrors.h"

enum { growth = 1 << 16 };

typedef struct {
  struct jpeg_compress_struct info;
  JPEGErrors errors;
  struct jpeg_destination_mgr destination;
  CodecBuffer *output;
} Encoder;

static void offerRoom(j_compress_ptr info) {
  CodecBuffer *output = ((Encoder *)info->client_data)->output;
  if (!codecReserve(output, growth)) codecStopJPEG((j_common_ptr)info, CodecOutOfMemory, "out of memory");
  info->dest->next_output_byte = output->bytes + output->count;
  info->dest->free_in_buffer = output->capacity - output->count;
}

// libjpeg calls this when the buffer is completely full.
static boolean growDestination(j_compress_ptr info) {
  CodecBuffer *output = ((Encoder *)info->client_data)->output;
  output->count = output->capacity;
  offerRoom(info);
  return TRUE;
}

static void finishDestination(j_compress_ptr info) {
  CodecBuffer *output = ((Encoder *)info->client_data)->output;
  output->count = output->capacity - info->dest->free_in_buffer;
}

static void writePicture(
    Encoder *encoder, const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, int quality) {
  j_compress_ptr info = &encoder->info;
  info->image_width = width;
  info->image_height = height;
  info->input_components = (int)channels;
  info->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  jpeg_start_compress(info, TRUE);
  while (info->next_scanline < info->image_height) {
    // libjpeg takes a pointer to writable rows and only reads them.
    JSAMPROW row = (JSAMPROW)(samples + (size_t)info->next_scanline * width * channels);
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
}

// setjmp has a function to itself, so that its callers' local variables survive the jump.
static void attempt(
    Encoder *encoder, const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, int quality) {
  if (setjmp(encoder->errors.jump) != 0) return;
  jpeg_create_compress(&encoder->info);
  encoder->info.client_data = encoder;
  encoder->info.dest = &encoder->destination;
  writePicture(encoder, samples, width, height, channels, quality);
}

CodecStatus codecEncodeJPEG(
    const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, int quality, CodecBuffer *output) {
  CodecStatus status = {.code = CodecDone};
  Encoder encoder = {
      .output = output,
      .destination = {
          .init_destination = offerRoom, .empty_output_buffer = growDestination,
          .term_destination = finishDestination}};
  memset(output, 0, sizeof *output);
  encoder.info.err = codecInstallJPEGErrors(&encoder.errors, &status);
  attempt(&encoder, samples, width, height, channels, quality);
  if (status.code != CodecDone) {
    free(output->bytes);
    memset(output, 0, sizeof *output);
  }
  jpeg_destroy_compress(&encoder.info);
  return status;
}
