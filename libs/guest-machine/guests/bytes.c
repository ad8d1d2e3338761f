#include "guest.h"

/* The compiler calls these by itself; nothing here may be turned back into such a call. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *memcpy(void *to, const void *from, __SIZE_TYPE__ length) {
  u8 *t = to;
  const u8 *f = from;
  if (((__UINTPTR_TYPE__)t & 3) == ((__UINTPTR_TYPE__)f & 3)) {
    for (; length > 0 && ((__UINTPTR_TYPE__)t & 3) != 0; length--) *t++ = *f++;
    for (; length >= 4; length -= 4, t += 4, f += 4) *(u32 *)t = *(const u32 *)f;
  }
  for (; length > 0; length--) *t++ = *f++;
  return to;
}

void *memset(void *to, int byte, __SIZE_TYPE__ length) {
  u8 *t = to;
  for (; length > 0; length--) *t++ = (u8)byte;
  return to;
}

int memcmp(const void *a, const void *b, __SIZE_TYPE__ length) {
  const u8 *x = a, *y = b;
  for (; length > 0; length--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}
