// Normalization of rows of channels by moments of each channel, or of each row.
#pragma once
#include "reductions.h"
#include "vector.h"

// Vectors of columns whose sums stay in registers while all rows pass. Their parts of rows lie apart, so the next ones are
// fetched some rows ahead.
#define TK_SUMMED (TK_LANES == 16 ? 4 : 2)
#define TK_ROWS_AHEAD 8

// Calls `part` with all columns, as many vectors at once as it can.
#define TK_BY_COLUMNS(columns, part, ...)                                                             \
  for (size_t c = 0; c < columns;) {                                                                  \
    const int whole = c + TK_SUMMED * TK_LANES <= columns;                                            \
    if (whole) part(TK_SUMMED, c, __VA_ARGS__); else part(1, c, __VA_ARGS__);                          \
    c += whole ? TK_SUMMED * TK_LANES : TK_LANES;                                                     \
  }

TK_INLINE void tk_column_moments_of(
  int vectors, size_t first, const float *a, const float *shift, size_t rows, size_t columns, float *mean,
  float *deviations) {
  tk_vector shifts[TK_SUMMED], means[TK_SUMMED], squares[TK_SUMMED];
  TK_UNROLL for (int v = 0; v < vectors; v++) {
    shifts[v] = tk_load(shift + first + v * TK_LANES);
    means[v] = squares[v] = (tk_vector){0};
  }
  const float *row = a + first;
  for (size_t r = 0; r < rows; r++, row += columns) {
    TK_UNROLL for (int v = 0; v < vectors; v++) {
      __builtin_prefetch(row + TK_ROWS_AHEAD * columns + v * TK_LANES);
      means[v] += tk_load(row + v * TK_LANES) - shifts[v];
    }
  }
  TK_UNROLL for (int v = 0; v < vectors; v++) means[v] *= 1.0f / (float)rows;
  row = a + first;
  for (size_t r = 0; r < rows; r++, row += columns) {
    TK_UNROLL for (int v = 0; v < vectors; v++) {
      const tk_vector deviation = tk_load(row + v * TK_LANES) - shifts[v] - means[v];
      squares[v] += deviation * deviation;
    }
  }
  TK_UNROLL for (int v = 0; v < vectors; v++) {
    const size_t column = first + v * TK_LANES;
    tk_store_up_to(mean + column, means[v], columns - column);
    tk_store_up_to(deviations + column, squares[v], columns - column);
  }
}

// Two sweeps, and differences from a row of the same array: nothing cancels, however far the mean is from zero. A
// caller's block of rows stays in cache between the sweeps.
static void tk_column_moments(
  const float *a, const float *shift, size_t rows, size_t columns, float *mean, float *deviations) {
  TK_BY_COLUMNS(columns, tk_column_moments_of, a, shift, rows, columns, mean, deviations)
}

TK_INLINE float tk_normalized(const tk_normalization *map, const float *x, size_t c) {
  return (x[c] - map->mean[c]) * map->factor[c] + map->offset[c];
}

// Written so that a NaN stays one.
static void tk_normalize_rows(const float *x, const tk_normalization *map, float *y, size_t rows, size_t columns) {
  const float low = map->low, high = map->high;
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      const float value = tk_normalized(map, x, c);
      y[c] = value < low ? low : value > high ? high : value;
    }
  }
}

// Where the normalized value lies between the bounds is found from x again: nothing but x is kept for it.
TK_INLINE void tk_normalize_sums_of(
  int vectors, size_t first, int is_bounded, const float *dy, const float *x, const tk_normalization *map, size_t rows,
  size_t columns, float *sums, float *products) {
  tk_vector sum[TK_SUMMED], product[TK_SUMMED], mean[TK_SUMMED], factor[TK_SUMMED], offset[TK_SUMMED];
  TK_UNROLL for (int v = 0; v < vectors; v++) {
    sum[v] = product[v] = (tk_vector){0};
    mean[v] = tk_load(map->mean + first + v * TK_LANES);
    factor[v] = tk_load(map->factor + first + v * TK_LANES);
    offset[v] = tk_load(map->offset + first + v * TK_LANES);
  }
  const float low = map->low, high = map->high;
  const size_t ahead = TK_ROWS_AHEAD * columns;
  dy += first;
  x += first;
  for (size_t r = 0; r < rows; r++, dy += columns, x += columns) {
    TK_UNROLL for (int v = 0; v < vectors; v++) {
      __builtin_prefetch(x + ahead + v * TK_LANES);
      __builtin_prefetch(dy + ahead + v * TK_LANES);
      const tk_vector deviation = tk_load(x + v * TK_LANES) - mean[v];
      tk_vector g = tk_load(dy + v * TK_LANES);
      if (is_bounded) {
        const tk_vector y = deviation * factor[v] + offset[v];
        g = (tk_vector)((y > low) & (y < high) & (tk_vector_bits)g);
      }
      sum[v] += g;
      product[v] += g * deviation;
    }
  }
  TK_UNROLL for (int v = 0; v < vectors; v++) {
    const size_t column = first + v * TK_LANES;
    tk_store_up_to(sums + column, sum[v], columns - column);
    tk_store_up_to(products + column, product[v], columns - column);
  }
}

static void tk_normalize_sums(
  const float *dy, const float *x, const tk_normalization *map, size_t rows, size_t columns, float *sums,
  float *products) {
  if (map->is_bounded) {
    TK_BY_COLUMNS(columns, tk_normalize_sums_of, 1, dy, x, map, rows, columns, sums, products)
  } else {
    TK_BY_COLUMNS(columns, tk_normalize_sums_of, 0, dy, x, map, rows, columns, sums, products)
  }
}

// The gradient before the bounds.
TK_INLINE float tk_gradient_inside(
  const tk_normalization *map, int is_bounded, const float *dy, const float *x, size_t c) {
  if (!is_bounded) return dy[c];
  const float y = tk_normalized(map, x, c);
  return y > map->low && y < map->high ? dy[c] : 0;
}

TK_INLINE void tk_normalize_backward_of(
  int is_bounded, const float *dy, const float *x, const tk_normalization *map, const float *slope,
  const float *shift, float *dx, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, dy += columns, x += columns, dx += columns) {
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      const float g = tk_gradient_inside(map, is_bounded, dy, x, c);
      dx[c] = g * map->factor[c] + ((x[c] - map->mean[c]) * slope[c] + shift[c]);
    }
  }
}

static void tk_normalize_backward(
  const float *dy, const float *x, const tk_normalization *map, const float *slope, const float *shift, float *dx,
  size_t rows, size_t columns) {
  if (map->is_bounded) tk_normalize_backward_of(1, dy, x, map, slope, shift, dx, rows, columns);
  else tk_normalize_backward_of(0, dy, x, map, slope, shift, dx, rows, columns);
}

// The mean of a row and 1 / sqrt(variance + epsilon), in two sweeps over what is in the core's nearest cache.
TK_INLINE float tk_row_moments(const float *x, float epsilon, size_t columns, float *mean) {
#pragma clang fp reassociate(on)
  const float share = 1.0f / (float)columns;
  *mean = tk_sum(x, columns) * share;
  const float center = *mean;
  float squares = 0;
  for (size_t c = 0; c < columns; c++) squares += (x[c] - center) * (x[c] - center);
  return 1.0f / sqrtf(squares * share + epsilon);
}

static void tk_layer_normalize(
  const float *x, const float *scale, const float *offset, float epsilon, float *y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    float mean;
    const float factor = tk_row_moments(x, epsilon, columns, &mean);
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) y[c] = (x[c] - mean) * factor * scale[c] + offset[c];
  }
}

// With g = dy scale and u the normalized row: dx = (g - mean(g) - u mean(g u)) / deviation.
static void tk_layer_normalize_backward(
  const float *dy, const float *x, const float *scale, float epsilon, float *dx, float *scale_sums, float *offset_sums,
  size_t rows, size_t columns) {
#pragma clang fp reassociate(on)
  for (size_t c = 0; c < columns; c++) scale_sums[c] = offset_sums[c] = 0;
  const float share = 1.0f / (float)columns;
  for (size_t r = 0; r < rows; r++, dy += columns, x += columns, dx += columns) {
    float mean, sum = 0, product = 0;
    const float factor = tk_row_moments(x, epsilon, columns, &mean);
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      float unit = (x[c] - mean) * factor, g = dy[c] * scale[c];
      sum += g;
      product += g * unit;
      scale_sums[c] += dy[c] * unit;
      offset_sums[c] += dy[c];
    }
    sum *= share;
    product *= share;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      float unit = (x[c] - mean) * factor;
      dx[c] = (dy[c] * scale[c] - sum - unit * product) * factor;
    }
  }
}
