// The variant's vector register as a type, for loops that manage registers themselves.
#pragma once
#include "vectorize.h"

#define TK_UNROLL _Pragma("clang loop unroll(full)")

// Rows of channels start at any float.
typedef float tk_vector __attribute__((vector_size(4 * TK_LANES), aligned(4), may_alias));
typedef int32_t tk_vector_bits __attribute__((vector_size(4 * TK_LANES)));

// A load may run past the last channel: tensors are allocated with room for it (see BufferPool). What it reads there is
// never used.
TK_INLINE tk_vector tk_load(const float *from) { return *(const tk_vector *)from; }
TK_INLINE void tk_store(float *to, tk_vector value) { *(tk_vector *)to = value; }

// A store must not: it writes only the rest of the row.
TK_INLINE void tk_store_up_to(float *to, tk_vector value, size_t left) {
  if (left >= TK_LANES) {
    tk_store(to, value);
  } else {
    for (size_t lane = 0; lane < left; lane++) to[lane] = value[lane];
  }
}

// 0 for negative numbers; a NaN stays one.
TK_INLINE tk_vector tk_positive_part(tk_vector value) { return (tk_vector)(~(value < 0) & (tk_vector_bits)value); }
