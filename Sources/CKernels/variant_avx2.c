#include "variant.h"

#if defined(__x86_64__)
#define TK_NAME avx2
#define TK_LANES 8
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "table.h"
#pragma clang attribute pop
#endif
