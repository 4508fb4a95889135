#define _DEFAULT_SOURCE
#include "CKernels.h"
#include <sys/mman.h>

#if defined(MAP_ANONYMOUS)
#define TK_ANONYMOUS MAP_ANONYMOUS
#else
#define TK_ANONYMOUS MAP_ANON
#endif

static bool tk_can_map(size_t bytes) {
  void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | TK_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return false;
  munmap(start, bytes);
  return true;
}

// OpenBLAS's own functions, which its LAPACK interface calls too.
extern void *blas_memory_alloc(int position) __attribute__((weak));
extern void blas_memory_free(void *workspace) __attribute__((weak));

size_t tk_reserve_workspaces(size_t count, size_t bytes, size_t headroom) {
  enum { MOST = 64 };
  void *held[MOST];
  size_t found = 0;
  if (count > MOST) count = MOST;
  if (!blas_memory_alloc || !blas_memory_free) return tk_can_map(bytes * count + headroom) ? count : 0;
  // All are held at once, so that each is another one; OpenBLAS keeps what is given back.
  while (found < count && tk_can_map(bytes + headroom)) held[found++] = blas_memory_alloc(0);
  for (size_t i = 0; i < found; i++) blas_memory_free(held[i]);
  return found;
}
