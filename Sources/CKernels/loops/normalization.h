// Normalization of rows of channels by moments of each channel, or of each row.
#pragma once
#include "reductions.h"
#include "vectorize.h"

// Two sweeps, and differences from a row of the same array: nothing cancels, however far the mean is from zero. A
// caller's block of rows stays in cache between the sweeps.
static void tk_column_moments(
  const float *a, const float *shift, size_t rows, size_t columns, float *mean, float *deviations) {
  for (size_t c = 0; c < columns; c++) mean[c] = deviations[c] = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *row = a + r * columns;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) mean[c] += row[c] - shift[c];
  }
  const float share = 1.0f / (float)rows;
  for (size_t c = 0; c < columns; c++) mean[c] *= share;
  for (size_t r = 0; r < rows; r++) {
    const float *row = a + r * columns;
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      float deviation = row[c] - shift[c] - mean[c];
      deviations[c] += deviation * deviation;
    }
  }
}

TK_INLINE float tk_normalized(const tk_normalization *map, const float *x, size_t c) {
  return (x[c] - map->mean[c]) * map->factor[c] + map->offset[c];
}

// The gradient before the bounds. Where y lies between them is found from x again: nothing but x is kept for it.
TK_INLINE float tk_gradient_inside(
  const tk_normalization *map, int is_bounded, const float *dy, const float *x, size_t c) {
  if (!is_bounded) return dy[c];
  const float y = tk_normalized(map, x, c);
  return y > map->low && y < map->high ? dy[c] : 0;
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

TK_INLINE void tk_normalize_sums_of(
  int is_bounded, const float *dy, const float *x, const tk_normalization *map, size_t rows, size_t columns,
  float *sums, float *products) {
  for (size_t c = 0; c < columns; c++) sums[c] = products[c] = 0;
  for (size_t r = 0; r < rows; r++, dy += columns, x += columns) {
    TK_VECTORIZE for (size_t c = 0; c < columns; c++) {
      const float g = tk_gradient_inside(map, is_bounded, dy, x, c);
      sums[c] += g;
      products[c] += g * (x[c] - map->mean[c]);
    }
  }
}

static void tk_normalize_sums(
  const float *dy, const float *x, const tk_normalization *map, size_t rows, size_t columns, float *sums,
  float *products) {
  if (map->is_bounded) tk_normalize_sums_of(1, dy, x, map, rows, columns, sums, products);
  else tk_normalize_sums_of(0, dy, x, map, rows, columns, sums, products);
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
