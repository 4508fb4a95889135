// What losses of a softmax need: facts about each row, and the gradient of whatever follows from them. Probabilities are
// computed twice rather than written and read: exponentials in registers cost less than memory.
#pragma once
#include "softmax.h"

static int64_t tk_labeled_softmax(
  const float *logits, const int32_t *labels, size_t rows, size_t columns, int32_t ignored, const tk_row_facts *facts,
  float *sums, float *overlaps, float *scratch) {
  int64_t correct = 0;
  if (sums) {
    for (size_t i = 0; i < columns; i++) sums[i] = overlaps[i] = 0;
  }
  for (size_t r = 0; r < rows; r++) {
    const float *z = logits + r * columns;
    const int32_t label = labels[r];
    if (label == ignored) {
      facts->tops[r] = facts->scales[r] = facts->logs[r] = 0;
      if (facts->mean_logs) facts->mean_logs[r] = 0;
      continue;
    }
    const float top = tk_max(z, columns), sum = tk_shifted_exponentials(z, top, scratch, columns);
    const float scale = 1.0f / sum, log_sum = logf(sum);
    facts->tops[r] = top;
    facts->scales[r] = scale;
    facts->logs[r] = z[label] - top - log_sum;
    if (facts->mean_logs) facts->mean_logs[r] = tk_sum(z, columns) / (float)columns - top - log_sum;
    if (sums) {
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) sums[i] += scratch[i] * scale;
      overlaps[label] += scratch[label] * scale;
    }
    correct += tk_is_prediction(z, label, top);
  }
  return correct;
}

static void tk_listed_probabilities(
  const float *logits, size_t rows, size_t columns, const tk_row_facts *facts, const int32_t *listed, size_t count,
  float *scratch, float *out, size_t step) {
  for (size_t r = 0; r < rows; r++) {
    tk_shifted_exponentials(logits + r * columns, facts->tops[r], scratch, columns);
    for (size_t k = 0; k < count; k++) out[k * step + r] = scratch[listed[k]] * facts->scales[r];
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
    const float scale = facts->scales[r], pull = slopes->pulls[r];
    const float floor = slopes->floors ? slopes->floors[r] : 0;
    // What is there already are the slopes of single probabilities.
    float *p = slopes->adds ? scratch : g;
    tk_shifted_exponentials(logits + r * columns, facts->tops[r], p, columns);
    float inner = 0, own = 0;
    if (slopes->sums) {
      own = slopes->overlaps[label] * p[label] * scale;
      inner = tk_dot(p, slopes->sums, columns) * scale + own;
    }
    if (slopes->adds) inner += tk_dot(p, g, columns) * scale;
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
    g[label] += own - (pull - floor * (float)columns);
  }
}
