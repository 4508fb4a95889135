// Convolution with few multiplications: Winograd's F(m x m, r x r) for channels-last pictures.
//
//   y = A' [ (G g G') * (B' d B) ] A      Lavin and Gray 2015, arXiv:1509.09308
//
// A tile d of size x size input pixels, size = m + r - 1, gives m x m outputs. Transformed tiles and filters meet in
// size x size positions; summing over channels makes each position a matrix product (panel_product.h). The gradient
// with respect to the filter runs the same steps backwards: dg = G' [ (B' d B) * (A dy A') ] G.
//
// All loops here are one matrix applied from both sides to a vector of channels in each cell.
#pragma once
#include "vector.h"
#include "winograd_matrices.h"

#define TK_MOST_POINTS 8

// Rows of the matrices belong to points. Those of p and -p, which follow each other, differ by the sign of some numbers.
TK_INLINE int tk_mirrored(int points, int columns, const float *t, int row) {
  if (row < 0 || row + 1 >= points) return 0;
  TK_UNROLL for (int k = 0; k < columns; k++) {
    const float here = t[row * columns + k], next = t[(row + 1) * columns + k];
    if (here != next && here != -next) return 0;
  }
  return 1;
}

// out = T in: from `columns` numbers to one per point. The sums of a mirrored pair are e + o and e - o.
TK_INLINE void tk_expand(
  int points, int columns, const float *t, const tk_vector *in, tk_vector *out, int out_step) {
  TK_UNROLL for (int p = 0; p < points; p++) {
    if (tk_mirrored(points, columns, t, p - 1)) continue;
    const int pair = tk_mirrored(points, columns, t, p);
    const float *row = t + p * columns, *next = pair ? row + columns : row;
    tk_vector even = {0}, odd = {0};
    int evens = 0, odds = 0;
    TK_UNROLL for (int k = 0; k < columns; k++) {
      if (row[k] == 0) continue;
      if (row[k] == next[k]) {
        even = evens++ ? even + row[k] * in[k] : row[k] * in[k];
      } else {
        odd = odds++ ? odd + row[k] * in[k] : row[k] * in[k];
      }
    }
    out[p * out_step] = pair ? even + odd : even;
    if (pair) out[(p + 1) * out_step] = even - odd;
  }
}

// out = T' in: back from points to `columns` numbers. A mirrored pair enters as its sum and its difference.
TK_INLINE void tk_contract(
  int points, int columns, const float *t, const tk_vector *in, tk_vector *out, int out_step) {
  TK_UNROLL for (int k = 0; k < columns; k++) {
    tk_vector total = {0};
    int terms = 0;
    TK_UNROLL for (int p = 0; p < points; p++) {
      const float *row = t + p * columns;
      if (row[k] == 0 || tk_mirrored(points, columns, t, p - 1)) continue;
      tk_vector value = in[p];
      if (tk_mirrored(points, columns, t, p)) value = row[k] == row[columns + k] ? value + in[p + 1] : value - in[p + 1];
      total = terms++ ? total + row[k] * value : row[k] * value;
    }
    out[k * out_step] = total;
  }
}

// A vector of channels of each pixel, where some pixels lie outside the picture or channels end within the vector.
typedef struct {
  tk_vector cells[TK_MOST_POINTS][TK_MOST_POINTS];
} tk_patch;

static void tk_fill_patch(tk_patch *patch, int side, const float *source, const tk_pixels *pixels) {
  for (int row = 0; row < side; row++) {
    const int outside = row < pixels->top || row >= pixels->bottom;
    for (int column = 0; column < side; column++)
      patch->cells[row][column] = outside || column < pixels->left || column >= pixels->right
        ? (tk_vector){0}
        : tk_load(source + row * pixels->row_step + column * pixels->column_step);
  }
}

static void tk_empty_patch(const tk_patch *patch, float *result, const tk_pixels *pixels, size_t left) {
  for (int row = pixels->top; row < pixels->bottom; row++) {
    for (int column = pixels->left; column < pixels->right; column++)
      tk_store_up_to(result + row * pixels->row_step + column * pixels->column_step, patch->cells[row][column], left);
  }
}

TK_INLINE int tk_is_whole(const tk_pixels *pixels, int side) {
  return pixels->top <= 0 && pixels->left <= 0 && pixels->bottom >= side && pixels->right >= side;
}

// B' d B or A dy A': pixels outside the picture count as zeros.
TK_INLINE void tk_expand_pixels(
  int points, int side, const float *t, const float *source, const tk_pixels *pixels, size_t channels, float *out,
  size_t position_step) {
  tk_patch patch;
  const int whole = tk_is_whole(pixels, side);
  const float *pixel = source;
  ptrdiff_t row_step = pixels->row_step, column_step = pixels->column_step;
  if (!whole) {
    pixel = (const float *)&patch;
    row_step = TK_MOST_POINTS * TK_LANES;
    column_step = TK_LANES;
  }
  for (size_t c = 0; c < channels; c += TK_LANES) {
    if (!whole) tk_fill_patch(&patch, side, source + c, pixels);
    const float *first = whole ? pixel + c : pixel;
    tk_vector cells[TK_MOST_POINTS][TK_MOST_POINTS];
    TK_UNROLL for (int column = 0; column < side; column++) {
      tk_vector line[TK_MOST_POINTS];
      TK_UNROLL for (int row = 0; row < side; row++) line[row] = tk_load(first + row * row_step + column * column_step);
      tk_expand(points, side, t, line, &cells[0][column], TK_MOST_POINTS);
    }
    TK_UNROLL for (int row = 0; row < points; row++) {
      tk_vector line[TK_MOST_POINTS];
      tk_expand(points, side, t, cells[row], line, 1);
      TK_UNROLL for (int column = 0; column < points; column++)
        tk_store(out + (row * points + column) * position_step + c, line[column]);
    }
  }
}

// A' M A, bias and ReLU: only pixels inside the picture are written.
TK_INLINE void tk_contract_to_pixels(
  int points, int side, const float *t, const float *products, size_t position_step, const float *bias, int relu,
  float *result, const tk_pixels *pixels, size_t channels) {
  tk_patch patch;
  for (size_t c = 0; c < channels; c += TK_LANES) {
    const int whole = tk_is_whole(pixels, side) && channels - c >= TK_LANES;
    float *first = whole ? result + c : (float *)&patch;
    const ptrdiff_t row_step = whole ? pixels->row_step : TK_MOST_POINTS * TK_LANES;
    const ptrdiff_t column_step = whole ? pixels->column_step : TK_LANES;
    tk_vector cells[TK_MOST_POINTS][TK_MOST_POINTS];
    TK_UNROLL for (int column = 0; column < points; column++) {
      tk_vector line[TK_MOST_POINTS];
      TK_UNROLL for (int row = 0; row < points; row++)
        line[row] = tk_load(products + (row * points + column) * position_step + c);
      tk_contract(points, side, t, line, &cells[0][column], TK_MOST_POINTS);
    }
    const tk_vector shift = bias ? tk_load(bias + c) : (tk_vector){0};
    TK_UNROLL for (int row = 0; row < side; row++) {
      tk_vector line[TK_MOST_POINTS];
      tk_contract(points, side, t, cells[row], line, 1);
      TK_UNROLL for (int column = 0; column < side; column++) {
        const tk_vector value = line[column] + shift;
        tk_store(first + row * row_step + column * column_step, relu ? tk_positive_part(value) : value);
      }
    }
    if (!whole) tk_empty_patch(&patch, result + c, pixels, channels - c);
  }
}

// G g G': `count` filters side by side in each of taps x taps rows, `count` a multiple of the register's length.
TK_INLINE void tk_expand_filters(
  int points, int taps, const float *t, const float *filters, size_t count, float *out, size_t position_step) {
  for (size_t i = 0; i < count; i += TK_LANES) {
    tk_vector cells[TK_MOST_POINTS][TK_MOST_POINTS];
    TK_UNROLL for (int column = 0; column < taps; column++) {
      tk_vector line[TK_MOST_POINTS];
      TK_UNROLL for (int row = 0; row < taps; row++) line[row] = tk_load(filters + (row * taps + column) * count + i);
      tk_expand(points, taps, t, line, &cells[0][column], TK_MOST_POINTS);
    }
    TK_UNROLL for (int row = 0; row < points; row++) {
      tk_vector line[TK_MOST_POINTS];
      tk_expand(points, taps, t, cells[row], line, 1);
      TK_UNROLL for (int column = 0; column < points; column++)
        tk_store(out + (row * points + column) * position_step + i, line[column]);
    }
  }
}

// G' dU G, the reverse.
TK_INLINE void tk_contract_filters(
  int points, int taps, const float *t, const float *products, size_t position_step, size_t count, float *filters) {
  for (size_t i = 0; i < count; i += TK_LANES) {
    tk_vector cells[TK_MOST_POINTS][TK_MOST_POINTS];
    TK_UNROLL for (int column = 0; column < points; column++) {
      tk_vector line[TK_MOST_POINTS];
      TK_UNROLL for (int row = 0; row < points; row++)
        line[row] = tk_load(products + (row * points + column) * position_step + i);
      tk_contract(points, taps, t, line, &cells[0][column], TK_MOST_POINTS);
    }
    TK_UNROLL for (int row = 0; row < taps; row++) {
      tk_vector line[TK_MOST_POINTS];
      tk_contract(points, taps, t, cells[row], line, 1);
      TK_UNROLL for (int column = 0; column < taps; column++)
        tk_store(filters + (row * taps + column) * count + i, line[column]);
    }
  }
}

#define TK_WINOGRAD(m, r) \
  static void tk_winograd_input_##m##_##r( \
    const float *source, const tk_pixels *pixels, size_t channels, float *out, size_t position_step) { \
    tk_expand_pixels(m + r - 1, m + r - 1, &tk_winograd_Bt_##m##_##r[0][0], source, pixels, channels, out, \
                     position_step); \
  } \
  static void tk_winograd_output_##m##_##r( \
    const float *products, size_t position_step, const float *bias, int relu, float *result, \
    const tk_pixels *pixels, size_t channels) { \
    tk_contract_to_pixels(m + r - 1, m, &tk_winograd_A_##m##_##r[0][0], products, position_step, bias, relu, result, \
                          pixels, channels); \
  } \
  static void tk_winograd_output_adjoint_##m##_##r( \
    const float *source, const tk_pixels *pixels, size_t channels, float *out, size_t position_step) { \
    tk_expand_pixels(m + r - 1, m, &tk_winograd_A_##m##_##r[0][0], source, pixels, channels, out, position_step); \
  } \
  static void tk_winograd_filter_##m##_##r( \
    const float *filters, size_t count, float *out, size_t position_step) { \
    tk_expand_filters(m + r - 1, r, &tk_winograd_G_##m##_##r[0][0], filters, count, out, position_step); \
  } \
  static void tk_winograd_filter_adjoint_##m##_##r( \
    const float *products, size_t position_step, size_t count, float *filters) { \
    tk_contract_filters(m + r - 1, r, &tk_winograd_G_##m##_##r[0][0], products, position_step, count, filters); \
  }
TK_WINOGRAD(2, 3)
TK_WINOGRAD(4, 3)
TK_WINOGRAD(6, 3)
TK_WINOGRAD(3, 2)
TK_WINOGRAD(4, 2)
