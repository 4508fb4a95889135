// What every variant starts with. System headers are here rather than among the loops, because those are read inside a
// region that gives each function the variant's instruction set.
#pragma once
#include "CKernels.h"
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
extern const tk_kernels tk_kernels_avx512, tk_kernels_avx2;
#endif
extern const tk_kernels tk_kernels_plain;
