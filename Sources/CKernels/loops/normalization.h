// Normalization of rows of channels by moments of each channel.
#pragma once
#include "vectorize.h"

// Two sweeps, and differences from a row of the same array: nothing cancels, however far the mean is from zero. A
// caller's block of rows stays in cache between the sweeps.
static void tk_column_moments(
  const float *a, const float *shift, size_t rows, size_t columns, float *mean, float *deviations) {
  for (size_t c = 0; c < columns; c++) mean[c] = deviations[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *row = a + r * columns;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) mean[c] += row[c] - shift[c];
  }
  const float share = 1.0f / (float)rows;
  for (size_t c = 0; c < columns; c++) mean[c] *= share;
  for (size_t r = 0; r < rows; r++) {
    const float *row = a + r * columns;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      float deviation = row[c] - shift[c] - mean[c];
      deviations[c] += deviation * deviation;
    }
  }
}

static void tk_normalize_rows(
  const float *x, const float *mean, const float *factor, const float *offset, float *y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) y[c] = (x[c] - mean[c]) * factor[c] + offset[c];
  }
}

static void tk_normalize_sums(
  const float *dy, const float *x, const float *mean, size_t rows, size_t columns, float *sums, float *products) {
  for (size_t c = 0; c < columns; c++) sums[c] = products[c] = 0;
  for (size_t r = 0; r < rows; r++, dy += columns, x += columns) {
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      sums[c] += dy[c];
      products[c] += dy[c] * (x[c] - mean[c]);
    }
  }
}

static void tk_normalize_backward(
  const float *dy, const float *x, const float *mean, const float *factor, const float *slope, const float *shift,
  float *dx, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, dy += columns, x += columns, dx += columns) {
    TK_VECTORIZE for (size_t c = 0; c < columns; c++)
      dx[c] = dy[c] * factor[c] + ((x[c] - mean[c]) * slope[c] + shift[c]);
  }
}
