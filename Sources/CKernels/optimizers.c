#include "CKernels.h"
#include "tk_clones.h"

// Keras keeps velocity = momentum * velocity - rate * g and adds it; PyTorch keeps velocity = momentum * velocity + g and
// subtracts rate * velocity. They differ when the rate changes.
TK_CLONES void tk_sgd(float *w, const float *g, float *velocity, size_t n, float rate, float momentum, float dampening,
                      int nesterov, int keras, float decay) {
  if (!velocity) {
    TK_VECTORIZE for (size_t i = 0; i < n; i++) w[i] -= rate * (g[i] + decay * w[i]);
  } else if (keras) {
    TK_VECTORIZE for (size_t i = 0; i < n; i++) {
      float d = g[i] + decay * w[i];
      float v = momentum * velocity[i] - rate * d;
      velocity[i] = v;
      w[i] += nesterov ? momentum * v - rate * d : v;
    }
  } else {
    TK_VECTORIZE for (size_t i = 0; i < n; i++) {
      float d = g[i] + decay * w[i];
      float v = momentum * velocity[i] + (1 - dampening) * d;
      velocity[i] = v;
      w[i] -= rate * (nesterov ? d + momentum * v : v);
    }
  }
}

// `rate` holds the bias corrections of the form at hand; `correction2` scales sqrt(v); `shrink` is the decoupled decay.
TK_CLONES void tk_adam(float *w, const float *g, float *m, float *v, size_t n, float rate, float beta1, float beta2,
                       float epsilon, float correction2, float shrink) {
  TK_VECTORIZE for (size_t i = 0; i < n; i++) {
    float first = beta1 * m[i] + (1 - beta1) * g[i];
    float second = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    m[i] = first;
    v[i] = second;
    w[i] = w[i] * shrink - rate * first / (__builtin_elementwise_sqrt(second) * correction2 + epsilon);
  }
}

// Keras adds epsilon under the root, PyTorch behind it. `mean` (centered) and `velocity` (momentum) may be NULL.
TK_CLONES void tk_rmsprop(float *w, const float *g, float *square, float *mean, float *velocity, size_t n, float rate,
                          float rho, float epsilon, float momentum, int epsilon_inside) {
  for (size_t i = 0; i < n; i++) {
    float s = rho * square[i] + (1 - rho) * g[i] * g[i];
    square[i] = s;
    if (mean) {
      float mu = rho * mean[i] + (1 - rho) * g[i];
      mean[i] = mu;
      s -= mu * mu;
    }
    float root = epsilon_inside ? __builtin_elementwise_sqrt(s + epsilon) : __builtin_elementwise_sqrt(s) + epsilon;
    float step = g[i] / root;
    if (velocity) {
      step = momentum * velocity[i] + rate * step;
      velocity[i] = step;
      w[i] -= step;
    } else {
      w[i] -= rate * step;
    }
  }
}
