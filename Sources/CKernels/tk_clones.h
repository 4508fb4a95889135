// SwiftPM builds for the baseline instruction set, and a library may not pass flags of its own. So the compiler makes
// each hot function several times and the loader picks the best one for the machine.
#pragma once
#if defined(__x86_64__) && defined(__linux__)
#define TK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TK_CLONES
#endif
// The arrays of one call are the same or disjoint: without this promise an update in place runs one element at a time.
#define TK_VECTORIZE _Pragma("clang loop vectorize(assume_safety) interleave(enable)")
#define TK_INLINE static inline __attribute__((always_inline))
