// How the loops are marked.
#pragma once
// The arrays of one call are the same or disjoint: without this promise an update in place runs one element at a time.
#define TK_VECTORIZE _Pragma("clang loop vectorize(assume_safety) interleave(enable)")
#define TK_INLINE static inline __attribute__((always_inline))
