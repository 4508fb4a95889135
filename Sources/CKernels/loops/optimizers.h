#pragma once
#include "vectorize.h"

// Keras keeps velocity = momentum * velocity - rate * g and adds it; PyTorch keeps velocity = momentum * velocity + g
// and subtracts rate * velocity. They differ when the rate changes.
static void tk_sgd(float *w, const float *g, float *velocity, size_t n, float rate, float momentum, float dampening,
                      int nesterov, int keras, float decay, float shrink) {
  if (!velocity) {
    TK_VECTORIZE for (size_t i = 0; i < n; i++) w[i] = w[i] * shrink - rate * (g[i] + decay * w[i]);
  } else if (keras) {
    TK_VECTORIZE for (size_t i = 0; i < n; i++) {
      float d = g[i] + decay * w[i];
      float v = momentum * velocity[i] - rate * d;
      velocity[i] = v;
      w[i] = w[i] * shrink + (nesterov ? momentum * v - rate * d : v);
    }
  } else {
    TK_VECTORIZE for (size_t i = 0; i < n; i++) {
      float d = g[i] + decay * w[i];
      float v = momentum * velocity[i] + (1 - dampening) * d;
      velocity[i] = v;
      w[i] = w[i] * shrink - rate * (nesterov ? d + momentum * v : v);
    }
  }
}

static void tk_adam(float *w, const float *g, float *m, float *v, size_t n, float rate, float beta1, float rest1,
                       float beta2, float rest2, float epsilon, float correction2, float shrink) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    float first = beta1 * m[i] + rest1 * g[i];
    float second = beta2 * v[i] + rest2 * (g[i] * g[i]);
    m[i] = first;
    v[i] = second;
    w[i] = w[i] * shrink - rate * first / (__builtin_elementwise_sqrt(second) * correction2 + epsilon);
  }
}

// Inlined with constants for `has_mean`, `has_velocity` and `keras`, so that each case is a loop without branches.
TK_INLINE void rmsprop_loop(float *w, const float *g, float *square, float *mean, float *velocity, size_t n, float rate,
                            float rho, float rest, float epsilon, float momentum, int has_mean, int has_velocity,
                            int keras) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    float s = rho * square[i] + rest * (g[i] * g[i]);
    square[i] = s;
    if (has_mean) {
      float mu = rho * mean[i] + rest * g[i];
      mean[i] = mu;
      s -= mu * mu;
      s = s > 0 ? s : 0;  // rounding can make a variance negative
    }
    float step = g[i] / (keras ? __builtin_elementwise_sqrt(s + epsilon) : __builtin_elementwise_sqrt(s) + epsilon);
    if (!has_velocity) {
      w[i] -= rate * step;
    } else if (keras) {
      velocity[i] = momentum * velocity[i] + rate * step;
      w[i] -= velocity[i];
    } else {
      velocity[i] = momentum * velocity[i] + step;
      w[i] -= rate * velocity[i];
    }
  }
}

#define TK_RMSPROP(has_mean, has_velocity, keras) \
  rmsprop_loop(w, g, square, mean, velocity, n, rate, rho, rest, epsilon, momentum, has_mean, has_velocity, keras)
static void tk_rmsprop(float *w, const float *g, float *square, float *mean, float *velocity, size_t n, float rate,
                          float rho, float rest, float epsilon, float momentum, int keras) {
  if (keras) {
    if (mean && velocity) TK_RMSPROP(1, 1, 1);
    else if (mean) TK_RMSPROP(1, 0, 1);
    else if (velocity) TK_RMSPROP(0, 1, 1);
    else TK_RMSPROP(0, 0, 1);
  } else {
    if (mean && velocity) TK_RMSPROP(1, 1, 0);
    else if (mean) TK_RMSPROP(1, 0, 0);
    else if (velocity) TK_RMSPROP(0, 1, 0);
    else TK_RMSPROP(0, 0, 0);
  }
}

static void tk_move_average(float *average, const float *w, size_t n, float share) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) average[i] += share * (w[i] - average[i]);
}

static double tk_sum_of_squares(const float *a, size_t n) {
  // Sixteen sums side by side: the order of the additions is fixed, and no instruction waits for the previous one.
  double lanes[16] = {0};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (size_t lane = 0; lane < 16; lane++) lanes[lane] += (double)a[i + lane] * a[i + lane];
  for (size_t lane = 0; i < n; i++, lane++) lanes[lane] += (double)a[i] * a[i];
  double sum = 0;
  for (size_t lane = 0; lane < 16; lane++) sum += lanes[lane];
  return sum;
}
