// Depthwise convolution: each channel by itself, vectors of channels at a time. A call computes one row of results from
// those rows of the window that lie on the picture; here only columns may lie beside it.
#pragma once
#include "bounds.h"
#include "vector.h"

// Adjacent results whose sums stay in registers together: each row of weights is then loaded once for all of them.
#if TK_LANES == 16
#define TK_RESULTS 8
#else
#define TK_RESULTS 4
#endif

// Loops whose bodies are long already.
#define TK_ROLLED _Pragma("clang loop unroll(disable)")

// From `first` to before `end`.
typedef struct { ptrdiff_t first, end; } tk_range;

// The taps of a window's row that lie on the picture, for result number `x`.
TK_INLINE tk_range tk_taps_inside(const tk_window_row *w, ptrdiff_t x) {
  const ptrdiff_t origin = w->origin + x * w->step;
  tk_range taps = {0, w->tap_columns};
  while (taps.first < taps.end && origin + taps.first * w->tap_step < 0) taps.first++;
  while (taps.end > taps.first && origin + (taps.end - 1) * w->tap_step >= w->width) taps.end--;
  return taps;
}

// The results all of whose taps lie inside. A window without taps has none outside.
TK_INLINE tk_range tk_whole_windows(const tk_window_row *w) {
  tk_range whole = {0, w->results};
  const ptrdiff_t last = w->origin + (w->tap_columns - 1) * w->tap_step;
  if (w->tap_columns == 0) return whole;
  while (whole.first < whole.end && w->origin + whole.first * w->step < 0) whole.first++;
  while (whole.end > whole.first && last + (whole.end - 1) * w->step >= w->width) whole.end--;
  return whole;
}

// `results` adjacent results of `vectors` vectors of channels, or of the first `left` channels.
TK_INLINE void tk_depthwise_tile(
  int results, int vectors, const float *source, const float *filter, const float *bias, const tk_window_row *w,
  ptrdiff_t tap_columns, tk_bounds bounds, float *result, size_t left) {
  tk_vector sums[TK_RESULTS][2];
  TK_UNROLL for (int v = 0; v < vectors; v++) {
    const tk_vector start = bias ? tk_load(bias + v * TK_LANES) : (tk_vector){0};
    TK_UNROLL for (int x = 0; x < results; x++) sums[x][v] = start;
  }
  const ptrdiff_t pixel = w->step * w->channels, tap = w->tap_step * w->channels;
  for (ptrdiff_t row = 0; row < w->tap_rows; row++) {
    const float *taken = source + row * w->source_row, *weights = filter + row * w->filter_row;
    TK_ROLLED for (ptrdiff_t column = 0; column < tap_columns; column++, taken += tap, weights += w->filter_column) {
      TK_UNROLL for (int v = 0; v < vectors; v++) {
        const tk_vector weight = tk_load(weights + v * TK_LANES);
        TK_UNROLL for (int x = 0; x < results; x++) sums[x][v] += weight * tk_load(taken + x * pixel + v * TK_LANES);
      }
    }
  }
  TK_UNROLL for (int x = 0; x < results; x++) {
    TK_UNROLL for (int v = 0; v < vectors; v++)
      tk_store_up_to(
        result + x * w->result_step + v * TK_LANES, tk_clamp(sums[x][v], bounds.low, bounds.high), left);
  }
}

TK_INLINE void tk_depthwise_results(
  int results, const float *source, const float *filter, const float *bias, const tk_window_row *w,
  ptrdiff_t tap_columns, tk_bounds bounds, float *result, size_t channels) {
  size_t c = 0;
#define TK_TILE_AT(vectors, left) \
  tk_depthwise_tile( \
    results, vectors, source + c, filter + c, bias ? bias + c : bias, w, tap_columns, bounds, result + c, left)
  for (; c + 2 * TK_LANES <= channels; c += 2 * TK_LANES) TK_TILE_AT(2, TK_LANES);
  for (; c + TK_LANES <= channels; c += TK_LANES) TK_TILE_AT(1, TK_LANES);
  if (c < channels && channels >= TK_LANES) {
    // A whole vector that ends with the last channel computes a few of them again, which costs less than single stores.
    c = channels - TK_LANES;
    TK_TILE_AT(1, TK_LANES);
  } else if (c < channels) {
    TK_TILE_AT(1, channels);
  }
#undef TK_TILE_AT
}

static void tk_depthwise(
  const float *source, const float *filter, const float *bias, const tk_window_row *w, size_t channels, float *result,
  tk_activation kind, float slope) {
  const tk_range whole = tk_whole_windows(w);
  const tk_bounds bounds = tk_bounds_of(kind);
  for (ptrdiff_t x = 0, count; x < w->results; x += count) {
    tk_range taps = {0, w->tap_columns};
    count = 1;
    if (x >= whole.first && x < whole.end) {
      // Results are dealt out evenly to tiles, as in panel_product.h.
      const ptrdiff_t rest = whole.end - x, tiles = (rest + TK_RESULTS - 1) / TK_RESULTS;
      count = (rest + tiles - 1) / tiles;
    } else {
      taps = tk_taps_inside(w, x);
    }
    const float *taken = source + (w->origin + x * w->step + taps.first * w->tap_step) * w->channels;
    const float *weights = filter + taps.first * w->filter_column;
    float *out = result + x * w->result_step;
    switch (count) {
#define TK_COUNT(count) \
  case count: \
    tk_depthwise_results(count, taken, weights, bias, w, taps.end - taps.first, bounds, out, channels); \
    break;
      TK_COUNT(1) TK_COUNT(2) TK_COUNT(3) TK_COUNT(4)
#if TK_RESULTS == 8
      TK_COUNT(5) TK_COUNT(6) TK_COUNT(7) TK_COUNT(8)
#endif
#undef TK_COUNT
    }
    // While the tile is in cache.
    if (!bounds.is_all) tk_bias_activate(out, count, channels, w->result_step, NULL, kind, slope);
  }
}

// Taps of a window's row whose sums stay in registers together, two vectors of each.
#define TK_TAPS 5

// Over `pixels` windows that lie inside: sums[tap] += dy * x for `taps` adjacent taps of a window's row.
TK_INLINE void tk_depthwise_products(
  int taps, int vectors, const float *source, const float *gradient, const tk_window_row *w, ptrdiff_t pixels,
  float *sums, size_t left) {
  tk_vector products[TK_TAPS][2] = {0};
  const ptrdiff_t pixel = w->step * w->channels, step = w->tap_step * w->channels;
  TK_ROLLED for (ptrdiff_t x = 0; x < pixels; x++, source += pixel, gradient += w->result_step) {
    TK_UNROLL for (int v = 0; v < vectors; v++) {
      const tk_vector dy = tk_load(gradient + v * TK_LANES);
      TK_UNROLL for (int tap = 0; tap < taps; tap++)
        products[tap][v] += dy * tk_load(source + tap * step + v * TK_LANES);
    }
  }
  TK_UNROLL for (int tap = 0; tap < taps; tap++) {
    TK_UNROLL for (int v = 0; v < vectors; v++) {
      float *sum = sums + tap * w->filter_column + v * TK_LANES;
      // Beyond the last channel lie another task's sums.
      for (size_t lane = 0; lane < TK_LANES && lane < left; lane++) sum[lane] += products[tap][v][lane];
    }
  }
}

TK_INLINE void tk_depthwise_taps(
  int taps, const float *source, const float *gradient, const tk_window_row *w, ptrdiff_t pixels, float *sums,
  size_t channels) {
  size_t c = 0;
#define TK_TAPS_AT(vectors, left) \
  tk_depthwise_products(taps, vectors, source + c, gradient + c, w, pixels, sums + c, left)
  for (; c + 2 * TK_LANES <= channels; c += 2 * TK_LANES) TK_TAPS_AT(2, TK_LANES);
  for (; c < channels; c += TK_LANES) TK_TAPS_AT(1, channels - c);
#undef TK_TAPS_AT
}

static void tk_depthwise_filter(
  const float *source, const float *gradient, const tk_window_row *w, size_t channels, float *sums) {
  // So many pixels that adding up their sums costs little, and so few that their rows stay in cache.
  const ptrdiff_t segment = 32;
  const tk_range whole = tk_whole_windows(w);
  for (ptrdiff_t x = 0, count; x < w->results; x += count) {
    tk_range taps = {0, w->tap_columns};
    count = 1;
    if (x >= whole.first && x < whole.end) {
      count = whole.end - x < segment ? whole.end - x : segment;
    } else {
      taps = tk_taps_inside(w, x);
    }
    const float *taken = source + (w->origin + x * w->step) * w->channels, *dy = gradient + x * w->result_step;
    for (ptrdiff_t row = 0; row < w->tap_rows; row++) {
      const float *line = taken + row * w->source_row;
      float *line_sums = sums + row * w->filter_row;
      for (ptrdiff_t tap = taps.first, together; tap < taps.end; tap += together) {
        const ptrdiff_t rest = taps.end - tap, parts = (rest + TK_TAPS - 1) / TK_TAPS;
        together = (rest + parts - 1) / parts;
        const float *first = line + tap * w->tap_step * w->channels;
        float *target = line_sums + tap * w->filter_column;
        switch (together) {
#define TK_COUNT(taps) \
  case taps: tk_depthwise_taps(taps, first, dy, w, count, target, channels); break;
          TK_COUNT(1) TK_COUNT(2) TK_COUNT(3) TK_COUNT(4) TK_COUNT(5)
#undef TK_COUNT
        }
      }
    }
  }
}
