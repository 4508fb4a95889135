#include "variant.h"

#if defined(__x86_64__)
#define TK_NAME avx512
#define TK_LANES 16
// Tuned for no particular CPU: tuning for those of this level would choose 256-bit registers.
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,tune=x86-64"))), apply_to = function)
#include "table.h"
#pragma clang attribute pop
#endif
