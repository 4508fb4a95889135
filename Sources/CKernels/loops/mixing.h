// Weighted sums of pixels or of rows: interpolation and its adjoint.
#pragma once
#include "vector.h"

TK_INLINE void tk_mix_pixel(
  const float *source, const tk_part *parts, size_t count, size_t channels, float *out, size_t room) {
  for (size_t c = 0; c < channels; c += TK_LANES) {
    tk_vector sum = {0};
    for (size_t k = 0; k < count; k++) sum += parts[k].weight * tk_load(source + parts[k].index * channels + c);
    // What a whole vector writes beyond the pixel, the next one replaces.
    tk_store_up_to(out + c, sum, room - c);
  }
}

static void tk_mix(
  const float *source, const tk_part *parts, const ptrdiff_t *starts, size_t results, size_t channels, float *out) {
  for (size_t x = 0; x < results; x++, out += channels) {
    const tk_part *first = parts + starts[x];
    const size_t count = starts[x + 1] - starts[x], room = (results - x) * channels;
    // The compiler then keeps the weights in registers.
    switch (count) {
      case 1: tk_mix_pixel(source, first, 1, channels, out, room); break;
      case 2: tk_mix_pixel(source, first, 2, channels, out, room); break;
      default: tk_mix_pixel(source, first, count, channels, out, room);
    }
  }
}
