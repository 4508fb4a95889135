#pragma once
#include "tk_math.h"
#include "vectorize.h"

static void tk_max_into(const float *a, float *out, size_t n) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) out[i] = tk_larger(a[i], out[i]);
}

static void tk_max_backward(
  const float *x, const float *y, const float *dy, unsigned char *taken, float *dx, size_t n) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    int hit = (x[i] == y[i]) & !taken[i];
    dx[i] += hit ? dy[i] : 0.0f;
    taken[i] |= (unsigned char)hit;
  }
}
