#pragma once
#include "tk_math.h"
#include "vectorize.h"

#define TK_BINARY(name, expression) \
  static void tk_##name##_vv(const float *a, const float *b, float *out, size_t n) { \
    TK_VECTORIZE for (size_t i = 0; i < n; i++) { float x = a[i], y = b[i]; out[i] = expression; } \
  } \
  static void tk_##name##_vs(const float *a, const float *b, float *out, size_t n) { \
    const float y = *b; \
    TK_VECTORIZE for (size_t i = 0; i < n; i++) { float x = a[i]; out[i] = expression; } \
  } \
  static void tk_##name##_sv(const float *a, const float *b, float *out, size_t n) { \
    const float x = *a; \
    TK_VECTORIZE for (size_t i = 0; i < n; i++) { float y = b[i]; out[i] = expression; } \
  }

TK_BINARY(add, x + y)
TK_BINARY(subtract, x - y)
TK_BINARY(multiply, x * y)
TK_BINARY(divide, x / y)
TK_BINARY(maximum, tk_larger(x, y))
TK_BINARY(minimum, tk_smaller(x, y))

#define TK_UNARY(name, expression) \
  static void tk_##name(const float *a, float *out, size_t n) { \
    TK_VECTORIZE for (size_t i = 0; i < n; i++) { float x = a[i]; out[i] = expression; } \
  }

TK_UNARY(negate, -x)
TK_UNARY(absolute, x < 0 ? -x : x)
TK_UNARY(square, x * x)
TK_UNARY(square_root, __builtin_elementwise_sqrt(x))
// The C library's, not tk_expf: overflow, underflow and NaN behave as everywhere else.
static void tk_exponential(const float *a, float *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = expf(a[i]);
}

static void tk_logarithm(const float *a, float *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = logf(a[i]);
}

static void tk_add_scaled(const float *a, float scale, float *out, size_t n) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) out[i] += scale * a[i];
}
