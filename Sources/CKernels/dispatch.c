#include "variant.h"

const tk_kernels *tk_runnable_kernels(size_t index) {
  const tk_kernels *runnable[3];
  size_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) runnable[count++] = &tk_kernels_avx512;
  if (__builtin_cpu_supports("x86-64-v3")) runnable[count++] = &tk_kernels_avx2;
#endif
  runnable[count++] = &tk_kernels_plain;
  return index < count ? runnable[index] : NULL;
}

const tk_kernels *tk_best_kernels(void) {
  return tk_runnable_kernels(0);
}
