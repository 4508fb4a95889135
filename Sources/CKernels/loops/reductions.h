#pragma once
#include "tk_math.h"
#include "vectorize.h"

// Sums may be reordered for vector lanes, but always in the same way for the same length.
static float tk_sum(const float *a, size_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i];
  return sum;
}

static float tk_dot(const float *a, const float *b, size_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static float tk_max(const float *a, size_t n) {
  float lanes[16];
  size_t i = 0;
  for (size_t k = 0; k < 16; k++) lanes[k] = a[0];
  for (; i + 16 <= n; i += 16)
    for (size_t k = 0; k < 16; k++) lanes[k] = tk_larger(a[i + k], lanes[k]);
  float best = lanes[0];
  for (size_t k = 1; k < 16; k++) best = tk_larger(lanes[k], best);
  for (; i < n; i++) best = tk_larger(a[i], best);
  return best;
}

static void tk_column_sums(const float *a, size_t rows, size_t row_step, size_t columns, float *out) {
  for (size_t c = 0; c < columns; c++) out[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *row = a + r * row_step;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) out[c] += row[c];
  }
}

static void tk_column_max(const float *a, size_t rows, size_t row_step, size_t columns, float *out) {
  for (size_t c = 0; c < columns; c++) out[c] = a[c];
  for (size_t r = 1; r < rows; r++) {
    const float *row = a + r * row_step;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) out[c] = tk_larger(row[c], out[c]);
  }
}
