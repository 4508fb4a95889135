// Which of OpenBLAS's kernels compute: a library that is older than the processor takes it for the oldest one that it
// knows, a Prescott of 2004, and is then several times slower than it could be.
#define _DEFAULT_SOURCE
#include "CKernels.h"
#include <stdlib.h>
#include <strings.h>

// OpenBLAS's own functions: those that choose are there if it was built for several processors.
extern char *openblas_get_corename(void) __attribute__((weak));
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static const char *own;

const char *tk_openblas_core(void) {
  return openblas_get_corename ? openblas_get_corename() : "unknown";
}

const char *tk_openblas_own_core(void) {
  return own ? own : tk_openblas_core();
}

#if defined(__x86_64__)
static const char variable[] = "OPENBLAS_CORETYPE";

// The kernels for what this processor has; NULL if those that were chosen are not for processors before AVX2.
static const char *tk_better_core(void) {
  static const char *const old[] = {
    "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Sandybridge", "Atom", "Nano", "Athlon", "Opteron",
    "Opteron_SSE3", "Barcelona", "Bobcat", "Bulldozer", "Piledriver", "Steamroller", "Excavator"};
  bool is_old = false;
  for (size_t i = 0; i < sizeof old / sizeof *old; i++) is_old |= strcasecmp(own, old[i]) == 0;
  __builtin_cpu_init();
  if (!is_old || !__builtin_cpu_supports("x86-64-v3")) return NULL;
  return __builtin_cpu_supports("x86-64-v4") ? "SKYLAKEX" : "HASWELL";
}

// Before main, as no other thread may look at the environment meanwhile; OpenBLAS has been loaded by then. Who sets the
// variable has chosen.
__attribute__((constructor)) static void tk_choose_core(void) {
  own = tk_openblas_core();
  if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv(variable)) return;
  const char *better = tk_better_core();
  if (!better || setenv(variable, better, 1) != 0) return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(variable);
}
#endif
