#pragma once
#include "tk_math.h"
#include "vector.h"

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

TK_INLINE tk_vector tk_larger_each(tk_vector x, tk_vector y) {
  const tk_vector_bits first = (x > y) | (x != x);
  return (tk_vector)((first & (tk_vector_bits)x) | (~first & (tk_vector_bits)y));
}

// Of sixteen or more numbers, the last sixteen are looked at together, though some of them were before: one by one, the
// rest of a row of few classes would take longer than all others.
static float tk_max(const float *a, size_t n) {
  if (n < 16) {
    float best = a[0];
    for (size_t i = 1; i < n; i++) best = tk_larger(a[i], best);
    return best;
  }
  enum { vectors = 16 / TK_LANES };
  tk_vector largest[vectors];
  float lanes[16];
  TK_UNROLL for (int v = 0; v < vectors; v++) largest[v] = tk_load(a + n - 16 + v * TK_LANES);
  for (size_t i = 0; i + 16 < n; i += 16) {
    TK_UNROLL for (int v = 0; v < vectors; v++)
      largest[v] = tk_larger_each(tk_load(a + i + v * TK_LANES), largest[v]);
  }
  TK_UNROLL for (int v = 0; v < vectors; v++) tk_store(lanes + v * TK_LANES, largest[v]);
  TK_UNROLL for (int half = 8; half > 0; half /= 2) {
    for (int k = 0; k < half; k++) lanes[k] = tk_larger(lanes[k + half], lanes[k]);
  }
  return lanes[0];
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
