#pragma once
#include "tk_math.h"
#include "vectorize.h"

// A counter-based generator small enough for a vector loop: a 64-bit mixer (Stafford's variant 13 of MurmurHash3's
// finalizer) over key and index. The same key and index give the same bits in every block and on every thread.
TK_INLINE uint32_t tk_random(uint64_t key, uint64_t index) {
  uint64_t z = key + index * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return (uint32_t)((z ^ (z >> 31)) >> 32);
}

// In the open interval (0, 1), never at its ends: the middle of one of 2^23 equal parts.
TK_INLINE float tk_open_uniform(uint64_t key, uint64_t index) {
  return ((float)(int32_t)(tk_random(key, index) >> 9) + 0.5f) * 0x1p-23f;
}

static void tk_dropout(const float *a, float *out, size_t first, size_t n, uint64_t key, float rate) {
  const uint32_t threshold = (uint32_t)((double)rate * 4294967296.0);
  const float scale = 1.0f / (1.0f - rate);
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    float kept = tk_random(key, first + i) >= threshold ? scale : 0.0f;
    out[i] = a[i] * kept;
  }
}

static void tk_uniform(float *out, size_t first, size_t n, uint64_t key, float low, float high) {
  const float span = high - low;
  TK_VECTORIZE for (size_t i = 0; i < n; i++) out[i] = low + span * tk_open_uniform(key, first + i);
}

static void tk_truncated_normal(float *out, size_t first, size_t n, uint64_t key, float deviation) {
  const float share = 0.95449973610364158f;  // of a normal distribution within two standard deviations
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    // The inverse of the distribution function, sqrt(2) erfinv(x), by Giles' approximation in single precision (2010):
    // its central polynomial covers two standard deviations.
    float x = share * (2.0f * tk_open_uniform(key, first + i) - 1.0f);
    float w = -tk_logf((1.0f - x) * (1.0f + x)) - 2.5f;
    float p = 2.81022636e-08f;
    p = p * w + 3.43273939e-07f;
    p = p * w - 3.5233877e-06f;
    p = p * w - 4.39150654e-06f;
    p = p * w + 0.00021858087f;
    p = p * w - 0.00125372503f;
    p = p * w - 0.00417768164f;
    p = p * w + 0.246640727f;
    p = p * w + 1.50140941f;
    out[i] = deviation * 1.41421356237f * p * x;
  }
}
