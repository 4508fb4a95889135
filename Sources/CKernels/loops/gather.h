#pragma once
#include "vectorize.h"

static void tk_gather(
  const float *source, const tk_gather_geometry *g, const tk_tap_run *runs, size_t run_count, size_t first_pixel,
  size_t pixel_count, float *out) {
  const size_t per_picture = g->grid_height * g->grid_width, taken = g->channel_count;
  const int height = (int)g->height, width = (int)g->width;
  for (size_t pixel = first_pixel; pixel < first_pixel + pixel_count; pixel++) {
    size_t within = pixel % per_picture;
    int origin_row = (int)(within / g->grid_width * g->row_step);
    int origin_column = (int)(within % g->grid_width * g->column_step);
    const float *picture =
      source + pixel / per_picture * g->height * g->width * g->channels + g->first_channel;
    for (size_t r = 0; r < run_count; r++) {
      int row = origin_row + runs[r].row, column = origin_column + runs[r].column, length = runs[r].length;
      if (row < 0 || row >= height) {
        memset(out, 0, (size_t)length * taken * sizeof(float));
      } else if (column >= 0 && column + length <= width) {
        memcpy(out, picture + ((size_t)row * width + column) * g->channels, (size_t)length * taken * sizeof(float));
      } else {
        for (int k = 0; k < length; k++) {
          int c = column + k;
          if (c < 0 || c >= width) memset(out + k * taken, 0, taken * sizeof(float));
          else memcpy(out + k * taken, picture + ((size_t)row * width + c) * g->channels, taken * sizeof(float));
        }
      }
      out += (size_t)length * taken;
    }
  }
}
