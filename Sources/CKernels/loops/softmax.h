#pragma once
#include "reductions.h"
#include "tk_math.h"
#include "vectorize.h"

TK_INLINE float tk_shifted_exponentials_of(const float *a, float shift, float *out, size_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    float e = tk_expf(a[i] - shift);
    out[i] = e;
    sum += e;
  }
  return sum;
}

// Fewer numbers than this would be computed one by one, which for a few classes takes longer than all others do.
#define TK_REST (TK_LANES == 4 ? 4 : TK_LANES / 2)

// Writes exp(a - shift) to out (which may be a) and returns the sum: that of whole vectors, then number by number.
// Where `runs_over`, whole registers are written.
TK_INLINE float tk_exponentials(const float *a, float shift, float *out, size_t n, const bool runs_over) {
  const size_t rest = n % TK_REST, whole = n - rest;
  float sum = tk_shifted_exponentials_of(a, shift, out, whole), last[TK_REST];
  if (rest == 0) return sum;
  TK_VECTORIZE for (size_t i = 0; i < TK_REST; i++) last[i] = tk_expf(a[whole + i] - shift);
  if (runs_over) {
    memcpy(out + whole, last, sizeof last);
    for (size_t i = 0; i < rest; i++) sum += last[i];
  } else {
    for (size_t i = 0; i < rest; i++) sum += out[whole + i] = last[i];
  }
  return sum;
}

TK_INLINE float tk_shifted_exponentials(const float *a, float shift, float *out, size_t n) {
  return tk_exponentials(a, shift, out, n, false);
}

static void tk_softmax_rows(const float *a, float *out, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    float *y = out + r * columns;
    float scale = 1.0f / tk_shifted_exponentials(a + r * columns, tk_max(a + r * columns, columns), y, columns);
    TK_VECTORIZE for (size_t i = 0; i < columns; i++) y[i] *= scale;
  }
}

static void tk_softmax_backward_rows(
  const float *y, const float *dy, float *dx, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *p = y + r * columns, *g = dy + r * columns;
    float *out = dx + r * columns;
    float inner = tk_dot(p, g, columns);
    TK_VECTORIZE for (size_t i = 0; i < columns; i++) out[i] = p[i] * (g[i] - inner);
  }
}

// The first of equal logits counts as the prediction, as in argmax.
TK_INLINE int tk_is_prediction(const float *z, int32_t label, float top) {
  if (z[label] != top) return 0;
  // Counted, because that is done in vectors.
  int32_t before = 0;
  TK_VECTORIZE for (int32_t i = 0; i < label; i++) before += z[i] == top;
  return before == 0;
}

static void tk_cross_entropy_rows(
  const float *logits, const int32_t *labels, const float *weights, float *gradient, size_t rows, size_t columns,
  int32_t ignored, float smoothing, float scale, tk_cross_entropy_sums *sums) {
  float scratch[1024];  // exponentials of one row where no gradient is kept
  // Here rather than in memory: sums of other rows, which other cores add to, lie beside these.
  tk_cross_entropy_sums total = {0};
  for (size_t r = 0; r < rows; r++) {
    const float *z = logits + r * columns;
    float *g = gradient ? gradient + r * columns : 0;
    int32_t label = labels[r];
    if (label == ignored) {
      if (g) memset(g, 0, columns * sizeof(float));
      continue;
    }
    float top = tk_max(z, columns), sum = 0;
    if (g) {
      sum = tk_shifted_exponentials(z, top, g, columns);
    } else {
      for (size_t i = 0; i < columns; i += 1024) {
        size_t n = columns - i < 1024 ? columns - i : 1024;
        sum += tk_shifted_exponentials(z + i, top, scratch, n);
      }
    }
    float weight = weights ? weights[label] : 1.0f;
    // With targets t = (1 - s) onehot + s / columns: loss = log(sum) - sum over i of t_i (z_i - top).
    float loss = logf(sum) - (1 - smoothing) * (z[label] - top);
    if (smoothing > 0) loss -= smoothing * (tk_sum(z, columns) / (float)columns - top);
    total.loss += (double)weight * loss;
    total.counted += 1;
    total.correct += tk_is_prediction(z, label, top);
    if (g) {
      float slope = scale * weight, factor = slope / sum, floor = slope * smoothing / (float)columns;
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) g[i] = g[i] * factor - floor;
      g[label] -= slope * (1 - smoothing);
    }
  }
  *sums = total;
}

static void tk_argmax_rows(const float *a, int32_t *out, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = a + r * columns;
    float top = tk_max(row, columns);
    int32_t best = 0;
    // Where the largest is a NaN, the first NaN: a diverged row must not look like a class by accident.
    while (best + 1 < (int32_t)columns && row[best] != top && row[best] == row[best]) best++;
    out[r] = best;
  }
}
