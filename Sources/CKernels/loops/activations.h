#pragma once
#include "tk_math.h"
#include "vectorize.h"

// Written so that a NaN stays one.
TK_INLINE float tk_relu(float x) { return x < 0 ? 0 : x; }
TK_INLINE float tk_leaky(float x, float slope) { return x > 0 ? x : x * slope; }
TK_INLINE float tk_relu6(float x) { return x < 0 ? 0 : x > 6 ? 6 : x; }
TK_INLINE float tk_hard_sigmoid(float x) { return tk_relu6(x + 3) * (1.0f / 6); }
TK_INLINE float tk_hard_swish(float x) { return x * tk_hard_sigmoid(x); }
TK_INLINE float tk_silu(float x) { return x * tk_sigmoidf(x); }
TK_INLINE float tk_gelu(float x) { return x * tk_normal_distribution(x, tk_expf(-0.5f * x * x)); }

// One loop for each kind, so that each vectorizes without an inner branch.
#define TK_EACH(expression) TK_VECTORIZE TK_EACH_SCALAR(expression)
// tanh is the C library's, which no compiler vectorizes.
#define TK_EACH_SCALAR(expression) \
  for (size_t i = 0; i < n; i++) { float x = a[i]; out[i] = expression; } \
  break

static void tk_activate(const float *a, float *out, size_t n, tk_activation kind, float slope) {
  switch (kind) {
  case TK_IDENTITY: TK_EACH(x);
  case TK_RELU: TK_EACH(tk_relu(x));
  case TK_LEAKY_RELU: TK_EACH(tk_leaky(x, slope));
  case TK_SIGMOID: TK_EACH(tk_sigmoidf(x));
  case TK_TANH: TK_EACH_SCALAR(tanhf(x));
  case TK_RELU6: TK_EACH(tk_relu6(x));
  case TK_HARD_SIGMOID: TK_EACH(tk_hard_sigmoid(x));
  case TK_HARD_SWISH: TK_EACH(tk_hard_swish(x));
  case TK_SILU: TK_EACH(tk_silu(x));
  case TK_GELU: TK_EACH(tk_gelu(x));
  }
}

#define TK_EACH_BACKWARD(expression) \
  TK_VECTORIZE for (size_t i = 0; i < n; i++) { float r = reference[i], g = dy[i]; dx[i] = expression; } \
  break

TK_INLINE float tk_hard_swish_slope(float x) {
  float inside = x * (1.0f / 3) + 0.5f;
  return x <= -3 ? 0 : x >= 3 ? 1 : inside;
}

TK_INLINE float tk_silu_slope(float x) {
  float share = tk_sigmoidf(x);
  return share * (1 + x * (1 - share));
}

TK_INLINE float tk_gelu_slope(float x) {
  float power = tk_expf(-0.5f * x * x);
  return tk_normal_distribution(x, power) + 0.39894228040143268f * x * power;
}

static void tk_activate_backward(
  const float *reference, const float *dy, float *dx, size_t n, tk_activation kind, float slope) {
  switch (kind) {
  case TK_IDENTITY: TK_EACH_BACKWARD(g + 0 * r);
  case TK_RELU: TK_EACH_BACKWARD(r > 0 ? g : 0);
  case TK_LEAKY_RELU: TK_EACH_BACKWARD(r > 0 ? g : g * slope);
  case TK_SIGMOID: TK_EACH_BACKWARD(g * r * (1 - r));
  case TK_TANH: TK_EACH_BACKWARD(g * (1 - r * r));
  case TK_RELU6: TK_EACH_BACKWARD(r > 0 && r < 6 ? g : 0);
  case TK_HARD_SIGMOID: TK_EACH_BACKWARD(r > 0 && r < 1 ? g * (1.0f / 6) : 0);
  case TK_HARD_SWISH: TK_EACH_BACKWARD(g * tk_hard_swish_slope(r));
  case TK_SILU: TK_EACH_BACKWARD(g * tk_silu_slope(r));
  case TK_GELU: TK_EACH_BACKWARD(g * tk_gelu_slope(r));
  }
}

// One loop over all rows for each kind.
#define TK_EACH_ROW(expression) \
  for (size_t row = 0; row < rows; row++, y += stride) { \
    if (bias) { \
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) { const float x = y[i] + bias[i]; y[i] = expression; } \
    } else { \
      TK_VECTORIZE for (size_t i = 0; i < columns; i++) { const float x = y[i]; y[i] = expression; } \
    } \
  } \
  break

static void tk_bias_activate(
  float *y, size_t rows, size_t columns, size_t stride, const float *bias, tk_activation kind, float slope) {
  switch (kind) {
  case TK_IDENTITY: TK_EACH_ROW(x);
  case TK_RELU: TK_EACH_ROW(tk_relu(x));
  case TK_LEAKY_RELU: TK_EACH_ROW(tk_leaky(x, slope));
  case TK_SIGMOID: TK_EACH_ROW(tk_sigmoidf(x));
  case TK_RELU6: TK_EACH_ROW(tk_relu6(x));
  case TK_HARD_SIGMOID: TK_EACH_ROW(tk_hard_sigmoid(x));
  case TK_HARD_SWISH: TK_EACH_ROW(tk_hard_swish(x));
  case TK_SILU: TK_EACH_ROW(tk_silu(x));
  case TK_GELU: TK_EACH_ROW(tk_gelu(x));
  case TK_TANH:
    for (size_t row = 0; row < rows; row++, y += stride) {
      for (size_t i = 0; i < columns; i++) y[i] = tanhf(y[i] + (bias ? bias[i] : 0));
    }
  }
}
