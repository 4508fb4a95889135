// Activations that are bounds, in registers.
#pragma once
#include "activations.h"
#include "vector.h"

// The bounds that ReLU, ReLU6 and the identity are; other activations take a second look at a tile.
typedef struct { float low, high; int is_all; } tk_bounds;

TK_INLINE tk_bounds tk_bounds_of(tk_activation kind) {
  return (tk_bounds){
    kind == TK_RELU || kind == TK_RELU6 ? 0 : -INFINITY, kind == TK_RELU6 ? 6 : INFINITY,
    kind == TK_IDENTITY || kind == TK_RELU || kind == TK_RELU6};
}

TK_INLINE tk_vector tk_choose(tk_vector_bits first, tk_vector a, tk_vector b) {
  return (tk_vector)((first & (tk_vector_bits)a) | (~first & (tk_vector_bits)b));
}

// A NaN stays one.
TK_INLINE tk_vector tk_clamp(tk_vector value, float low, float high) {
  const tk_vector lowest = (tk_vector){0} + low, highest = (tk_vector){0} + high;
  value = tk_choose(value < lowest, lowest, value);
  return tk_choose(value > highest, highest, value);
}
