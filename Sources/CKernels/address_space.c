#define _DEFAULT_SOURCE
#include "CKernels.h"
#include <sys/mman.h>

#if defined(MAP_ANONYMOUS)
#define TK_ANONYMOUS MAP_ANONYMOUS
#else
#define TK_ANONYMOUS MAP_ANON
#endif

bool tk_can_map(size_t bytes) {
  void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | TK_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return false;
  munmap(start, bytes);
  return true;
}

bool tk_is_first_product(void) {
  static _Thread_local bool has_multiplied = false;
  if (has_multiplied) return false;
  has_multiplied = true;
  return true;
}
