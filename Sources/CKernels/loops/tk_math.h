// exp, log and the normal distribution for vector loops: the C library's cannot be vectorized.
#pragma once
#include "vectorize.h"

// Relative error below 2e-7 over the whole range.
TK_INLINE float tk_expf(float x) {
  // exp(x) = 2^k * exp(r), |r| <= ln(2) / 2, with ln(2) in two parts (Cody and Waite). Clamped to finite results; the
  // lower end gives 2^-126 and less, which does not affect sums of exponentials.
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float k = __builtin_floorf(x * 1.44269504088896341f + 0.5f);
  float r = x - k * 0.693359375f;
  r = r + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  int32_t bits = ((int32_t)k + 127) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

// The larger and the smaller of two; a NaN on either side wins, so that a diverged network is noticed.
TK_INLINE float tk_larger(float x, float y) {
  return ((x > y) | (x != x)) ? x : y;
}

TK_INLINE float tk_smaller(float x, float y) {
  return ((x < y) | (x != x)) ? x : y;
}

TK_INLINE float tk_sigmoidf(float x) {
  return 1.0f / (1.0f + tk_expf(-x));
}

// For positive normal numbers; absolute error below 1e-7 relative to max(1, |log x|). Polynomial of Cephes' logf.
TK_INLINE float tk_logf(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  // x = m * 2^e with m in sqrt(1/2)..sqrt(2).
  int32_t e = (int32_t)((bits - 0x3F3504F3u) >> 23);
  e = e > 127 ? e - 512 : e;
  bits -= (uint32_t)e << 23;
  float m;
  memcpy(&m, &bits, sizeof m);
  float r = m - 1.0f, z = r * r;
  float p = 7.0376836292e-2f;
  p = p * r - 1.1514610310e-1f;
  p = p * r + 1.1676998740e-1f;
  p = p * r - 1.2420140846e-1f;
  p = p * r + 1.4249322787e-1f;
  p = p * r - 1.6668057665e-1f;
  p = p * r + 2.0000714765e-1f;
  p = p * r - 2.4999993993e-1f;
  p = p * r + 3.3333331174e-1f;
  float k = (float)e;
  float tail = p * r * z - 2.12194440e-4f * k - 0.5f * z;
  return r + tail + 0.693359375f * k;
}

// The normal distribution function; `power` is exp(-x^2 / 2), which its density needs too. Below 0 it is power * u *
// p(u) with u = 1 / (1 + 0.35 |x|), to a relative error of 1e-6, so nothing cancels there.
// scripts/activations/normal_tail.py derives the polynomial.
TK_INLINE float tk_normal_distribution(float x, float power) {
  float u = 1.0f / (1.0f + 0.35f * __builtin_fabsf(x));
  float p = -2.91459393e-02f;
  p = p * u + 1.43971741e-01f;
  p = p * u - 2.55714357e-01f;
  p = p * u + 1.59174263e-01f;
  p = p * u - 2.31099036e-02f;
  p = p * u + 1.05508029e-01f;
  p = p * u + 1.19832858e-01f;
  p = p * u + 1.39861867e-01f;
  p = p * u + 1.39621407e-01f;
  float tail = power * (u * p);
  return x < 0 ? tail : 1.0f - tail;
}
