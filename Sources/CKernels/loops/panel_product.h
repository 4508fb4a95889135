// C = A B or C += A B for a B that lies in panels of TK_PANEL columns, packed by the caller. A BLAS packs both sides of
// every product that it is asked for. Here weights are packed once for all pixels, or for all passes with the same
// weights; a transform that writes B anyway writes it packed; and rows of A are read where they lie.
#pragma once
#include "vector.h"

#define TK_PANEL 32

// A tile of C stays in registers over the whole inner length: as many registers as the instruction set has, two per row
// of B, or one where no more columns are left.
#if TK_LANES == 16
#define TK_TILE_ROWS 14
#else
#define TK_TILE_ROWS 6
#endif
#define TK_TILE_COLUMNS (2 * TK_LANES)

TK_INLINE void tk_product_tile(
  int rows, int vectors, size_t inner, const float *a, size_t a_row_step, size_t a_step, const float *b, size_t b_step,
  size_t columns, float *c, size_t c_row_step, int accumulates) {
  tk_vector sums[TK_TILE_ROWS][2];
  TK_UNROLL for (int row = 0; row < rows; row++) {
    TK_UNROLL for (int v = 0; v < vectors; v++)
      sums[row][v] = accumulates ? tk_load(c + row * c_row_step + v * TK_LANES) : (tk_vector){0};
  }
  for (size_t k = 0; k < inner; k++) {
    tk_vector right[2];
    TK_UNROLL for (int v = 0; v < vectors; v++) right[v] = tk_load(b + k * b_step + v * TK_LANES);
    TK_UNROLL for (int row = 0; row < rows; row++) {
      const float factor = a[row * a_row_step + k * a_step];
      TK_UNROLL for (int v = 0; v < vectors; v++) sums[row][v] += factor * right[v];
    }
  }
  TK_UNROLL for (int row = 0; row < rows; row++) {
    float *out = c + row * c_row_step;
    if (vectors == 2) tk_store(out, sums[row][0]);
    const int last = vectors - 1;
    tk_store_up_to(out + last * TK_LANES, sums[row][last], columns - last * TK_LANES);
  }
}

// Rows are dealt out evenly to tiles: 20 rows are two tiles of 10 rather than one of 14 and one of 6, which would keep
// the arithmetic units waiting for each other's results.
TK_INLINE void tk_product_columns(
  int vectors, size_t rows, size_t inner, const float *a, size_t a_row_step, size_t a_step, const float *b,
  size_t b_step, size_t columns, float *c, size_t c_row_step, int accumulates) {
  const size_t tiles = (rows + TK_TILE_ROWS - 1) / TK_TILE_ROWS;
  for (size_t tile = 0, row = 0; tile < tiles; tile++) {
    const size_t count = (rows - row + tiles - tile - 1) / (tiles - tile);
    const float *left = a + row * a_row_step;
    float *target = c + row * c_row_step;
    switch (count) {
#define TK_TILE(count) \
  case count: \
    tk_product_tile( \
      count, vectors, inner, left, a_row_step, a_step, b, b_step, columns, target, c_row_step, accumulates); \
    break;
      TK_TILE(1) TK_TILE(2) TK_TILE(3) TK_TILE(4) TK_TILE(5) TK_TILE(6)
#if TK_TILE_ROWS == 14
      TK_TILE(7) TK_TILE(8) TK_TILE(9) TK_TILE(10) TK_TILE(11) TK_TILE(12) TK_TILE(13) TK_TILE(14)
#endif
    }
    row += count;
  }
}

TK_INLINE void tk_product(
  size_t rows, size_t inner, const float *a, size_t a_row_step, size_t a_step, const float *b, size_t b_step,
  size_t columns, float *c, size_t c_row_step, int accumulates) {
  for (size_t column = 0; column < columns; column += TK_TILE_COLUMNS) {
    const size_t left = columns - column;
    if (left >= TK_TILE_COLUMNS) {
      tk_product_columns(
        2, rows, inner, a, a_row_step, a_step, b + column, b_step, TK_TILE_COLUMNS, c + column, c_row_step,
        accumulates);
    } else if (left > TK_LANES) {
      tk_product_columns(
        2, rows, inner, a, a_row_step, a_step, b + column, b_step, left, c + column, c_row_step, accumulates);
    } else {
      tk_product_columns(
        1, rows, inner, a, a_row_step, a_step, b + column, b_step, left, c + column, c_row_step, accumulates);
    }
  }
}

static void tk_panel_product(
  size_t rows, size_t inner, const float *a, size_t a_row_step, const float *panel, size_t columns, float *c,
  size_t c_row_step, int accumulates) {
  tk_product(rows, inner, a, a_row_step, 1, panel, TK_PANEL, columns, c, c_row_step, accumulates);
}

static void tk_panel_product_transposed(
  size_t rows, size_t inner, const float *a, size_t a_step, const float *b, size_t b_step, size_t columns, float *c,
  size_t c_row_step, int accumulates) {
  tk_product(rows, inner, a, 1, a_step, b, b_step, columns, c, c_row_step, accumulates);
}

static void tk_pack_rows(const float *const *rows, size_t count, size_t columns, float *out) {
  for (size_t row = 0; row < count; row++, out += TK_PANEL) {
    // Rows lie a whole matrix row apart, which the hardware prefetcher does not predict.
    if (row + 8 < count && rows[row + 8]) {
      __builtin_prefetch(rows[row + 8]);
      __builtin_prefetch(rows[row + 8] + TK_PANEL / 2);
    }
    for (size_t column = 0; column < TK_PANEL; column++)
      out[column] = rows[row] && column < columns ? rows[row][column] : 0;
  }
}

static void tk_pack_columns(
  const float *const *columns, size_t column_count, size_t first, size_t count, float *out) {
  for (size_t column = 0; column < TK_PANEL; column++) {
    const float *source = column < column_count ? columns[column] : 0;
    if (column + 4 < column_count && columns[column + 4]) {
      for (size_t row = 0; row < count; row += 16) __builtin_prefetch(columns[column + 4] + first + row);
    }
    for (size_t row = 0; row < count; row++) out[row * TK_PANEL + column] = source ? source[first + row] : 0;
  }
}
