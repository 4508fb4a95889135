// What losses of a softmax need: facts about each row, and the gradient of whatever follows from them. Probabilities are
// computed twice rather than written and read: exponentials in registers cost less than memory.
#pragma once
#include "softmax.h"

// Rows that will be read or written soon are fetched meanwhile: the processor by itself fetches to a page's end only.
#define TK_FETCH_ROW(row, columns, is_written) \
  for (size_t i = 0; i < columns; i += TK_LINE) __builtin_prefetch((row) + TK_FETCHED_AHEAD + i, is_written)
enum { TK_FETCHED_AHEAD = 1024 };

// peaks = max(peaks, a scale), whole registers of them: a rest of a row of few classes takes longer one by one.
TK_INLINE void tk_raise(float *peaks, const float *a, float scale, size_t columns) {
  const size_t n = (columns + TK_REST - 1) / TK_REST * TK_REST;
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    const float p = a[i] * scale;
    peaks[i] = p > peaks[i] ? p : peaks[i];
  }
}

static int64_t tk_labeled_softmax(
  const float *logits, const int32_t *labels, size_t rows, size_t columns, int32_t ignored, const tk_row_facts *facts,
  const tk_softmax_totals *totals, float *scratch) {
  int64_t correct = 0;
  float *sums = totals->sums;
  if (sums) {
    for (size_t i = 0; i < columns; i++) sums[i] = totals->overlaps[i] = 0;
  }
  for (size_t r = 0; r < rows; r++) {
    const float *z = logits + r * columns;
    const int32_t label = labels[r];
    float *peaks = totals->peaks ? totals->peaks + r / totals->tile_rows * totals->peak_step : 0;
    if (peaks && r % totals->tile_rows == 0) memset(peaks, 0, totals->peak_step * sizeof(float));
    if (label == ignored) {
      facts->tops[r] = facts->scales[r] = facts->logs[r] = 0;
      if (facts->mean_logs) facts->mean_logs[r] = 0;
      if (facts->owns) facts->owns[r] = 0;
      continue;
    }
    TK_FETCH_ROW(z, columns, 0);
    const float top = tk_max(z, columns), sum = tk_exponentials(z, top, scratch, columns, true);
    const float scale = 1.0f / sum, log_sum = logf(sum);
    facts->tops[r] = top;
    facts->scales[r] = scale;
    facts->logs[r] = z[label] - top - log_sum;
    if (facts->mean_logs) facts->mean_logs[r] = tk_sum(z, columns) / (float)columns - top - log_sum;
    if (sums) {
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) sums[i] += scratch[i] * scale;
      totals->overlaps[label] += scratch[label] * scale;
    }
    if (facts->owns) facts->owns[r] = scratch[label] * scale;
    if (peaks) {
      // Put back, rather than left out: a vector with a number that was just written by itself is read late.
      const float others = peaks[label];
      tk_raise(peaks, scratch, scale, columns);
      peaks[label] = others;
    }
    correct += tk_is_prediction(z, label, top);
  }
  return correct;
}

static void tk_listed_probabilities(
  const float *logits, size_t rows, size_t columns, const tk_row_facts *facts, const int32_t *listed, size_t count,
  float *scratch, float *out, size_t step) {
  // Results of a class may lie a multiple of a page from those of the next, so that their cache lines evict each other:
  // each is written once, whole.
  for (size_t start = 0; start < rows; start += TK_LINE) {
    const size_t n = rows - start < TK_LINE ? rows - start : TK_LINE;
    const float *scales = facts->scales + start;
    for (size_t r = 0; r < n; r++)
      tk_shifted_exponentials(logits + (start + r) * columns, facts->tops[start + r], scratch + r * columns, columns);
    for (size_t k = 0; k < count; k++) {
      const float *p = scratch + listed[k];
      float *result = out + k * step + start;
      TK_VECTORIZE for (size_t r = 0; r < n; r++) result[r] = p[r * columns] * scales[r];
    }
  }
}

static void tk_labeled_softmax_backward(
  const float *logits, const int32_t *labels, size_t rows, size_t columns, int32_t ignored, const tk_row_facts *facts,
  const tk_loss_slopes *slopes, float *scratch, float *gradient) {
  for (size_t r = 0; r < rows; r++) {
    const int32_t label = labels[r];
    float *g = gradient + r * columns;
    if (label == ignored) {
      memset(g, 0, columns * sizeof(float));
      continue;
    }
    const float scale = facts->scales[r], pull = slopes->pulls ? slopes->pulls[r] : 0;
    const float floor = slopes->floors ? slopes->floors[r] : 0;
    TK_FETCH_ROW(logits + r * columns, columns, 0);
    TK_FETCH_ROW(g, columns, 1);
    const float by_own = slopes->owns ? slopes->owns[r] : 0;
    // What is there already are the slopes by probabilities of other classes.
    float *p = slopes->adds ? scratch : g;
    tk_shifted_exponentials(logits + r * columns, facts->tops[r], p, columns);
    const float at_label = p[label];
    float inner = 0, own = 0;
    if (slopes->sums) {
      own = slopes->overlaps[label] * at_label * scale;
      inner = tk_dot(p, slopes->sums, columns) * scale + own;
    }
    if (slopes->adds) {
      g[label] += by_own;
      inner += tk_dot(p, g, columns) * scale;
    } else if (slopes->owns) {
      inner += at_label * by_own * scale;
    }
    // With slopes D of the probabilities p, the gradient is p (D - sum of p D); a mean of logarithms adds its own.
    const float factor = (pull - inner) * scale;
    if (slopes->adds && slopes->sums) {
      TK_VECTORIZE for (size_t i = 0; i < columns; i++)
        g[i] = p[i] * (factor + scale * (slopes->sums[i] + g[i])) - floor;
    } else if (slopes->adds) {
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) g[i] = p[i] * (factor + scale * g[i]) - floor;
    } else if (slopes->sums) {
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) g[i] = p[i] * (factor + scale * slopes->sums[i]) - floor;
    } else {
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) g[i] = p[i] * factor - floor;
    }
    if (slopes->owns && !slopes->adds)
      g[label] = at_label * (factor + scale * ((slopes->sums ? slopes->sums[label] : 0) + by_own)) - floor;
    g[label] += own - (pull - floor * (float)columns);
  }
}

// Differences to the largest first: where the probabilities p are large, both are small.
TK_INLINE float tk_mean_gap(const float *p, const float *a, float a_top, const float *b, float b_top, size_t n) {
#pragma clang fp reassociate(on)
  float sum = 0;
  TK_VECTORIZE for (size_t i = 0; i < n; i++) sum += p[i] * ((a[i] - a_top) - (b[i] - b_top));
  return sum;
}

static double tk_distillation_rows(
  const float *logits, const float *teacher, const int32_t *labels, size_t rows, const tk_distillation *how,
  float *scratch, float *gradient) {
  const size_t n = how->columns;
  const float inverse = 1.0f / how->temperature, kept = how->kept;
  float *own = scratch, *other = scratch + n, *given = scratch + 2 * n;
  double total = 0;
  for (size_t r = 0; r < rows; r++) {
    const int32_t label = labels[r];
    if (label == how->ignored) continue;
    const float *z = logits + r * n, *t = teacher + r * how->teacher_columns;
    TK_VECTORIZE for (size_t i = 0; i < n; i++) own[i] = z[i] * inverse;
    if (how->places) {
      // So small that its exponential times anything is nothing, and still a number.
      for (size_t i = 0; i < n; i++) other[i] = how->places[i] < 0 ? -1e20f : t[how->places[i]] * inverse;
    } else {
      TK_VECTORIZE for (size_t i = 0; i < n; i++) other[i] = t[i] * inverse;
    }
    const float top = tk_max(own, n), other_top = tk_max(other, n);
    const float other_sum = tk_shifted_exponentials(other, other_top, given, n);
    // log(p / q) = (other - other_top) - (own - top) - log(other_sum) + log(sum), its mean by p.
    const float gap = tk_mean_gap(given, other, other_top, own, top, n) / other_sum;
    const float sum = tk_shifted_exponentials(own, top, own, n);
    const float weight = how->weights ? how->weights[label] : 1.0f;
    total += (double)(weight * (gap + logf(sum) - logf(other_sum)));
    if (gradient) {
      float *g = gradient + r * n;
      const float slope = how->scale * weight, factor = slope / sum, other_factor = slope / other_sum;
      TK_VECTORIZE for (size_t i = 0; i < n; i++) g[i] = kept * g[i] + (own[i] * factor - given[i] * other_factor);
    }
  }
  return total;
}
