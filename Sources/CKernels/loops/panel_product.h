// C = A B or C += A B for a B that lies in panels of TK_PANEL columns, packed by the caller. A BLAS packs both sides of
// every product that it is asked for. Here weights are packed once for all pixels, or for all passes with the same
// weights; a transform that writes B anyway writes it packed; and rows of A are read where they lie.
#pragma once
#include "bounds.h"
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

// How many terms ahead rows of B are fetched.
#define TK_TERMS_AHEAD 16

// A tile would wait for what comes from far away. Where A has few rows that is B: each tile of one panel's product fetches
// its part of the next panel, a row of it every `pace` terms. Otherwise a tile fetches the next tile's rows of A, a cache
// line of each at a time; sums that the next tile adds to; and rows of a B that is not packed. The hardware's prefetchers
// follow none of these.
typedef struct {
  const float *b, *ahead;
  size_t b_step, pace;
  float *c;
  size_t c_row_step, columns;
  int accumulates;
  const tk_finish *finish;
  const float *bias, *addend;
} tk_tile_place;

// Sums that have all their terms: with bias and addend, then the activation.
TK_INLINE tk_vector tk_finished(const tk_tile_place *p, int row, int v, tk_vector sum, tk_bounds bounds) {
  if (p->bias) sum += tk_load(p->bias + v * TK_LANES);
  if (p->addend) sum += tk_load(p->addend + row * p->finish->addend_row_step + v * TK_LANES);
  if (p->finish->kind == TK_HARD_SWISH) return sum * (tk_clamp(sum + 3.0f, 0, 6) * (1.0f / 6));
  return tk_clamp(sum, bounds.low, bounds.high);
}

TK_INLINE void tk_product_tile(
  int rows, int vectors, size_t inner, const float *a, size_t a_row_step, size_t a_step, const tk_tile_place *p) {
  tk_vector sums[TK_TILE_ROWS][2];
  TK_UNROLL for (int row = 0; row < rows; row++) {
    TK_UNROLL for (int v = 0; v < vectors; v++)
      sums[row][v] = p->accumulates ? tk_load(p->c + row * p->c_row_step + v * TK_LANES) : (tk_vector){0};
  }
  if (p->accumulates) {
    TK_UNROLL for (int row = 0; row < rows; row++) {
      for (size_t column = 0; column < vectors * TK_LANES; column += TK_LINE)
        __builtin_prefetch(p->c + (rows + row) * p->c_row_step + column, 1);
    }
  }
  const float *b = p->b, *ahead = p->ahead;
  const size_t b_step = p->b_step, pace = p->pace;
  for (size_t k = 0; k < inner;) {
    size_t end = inner;
    if (ahead && inner - k > pace) {
      for (size_t line = 0; line < TK_PANEL; line += TK_LINE) __builtin_prefetch(ahead + line, 0, 2);
      ahead += TK_PANEL;
      end = k + pace;
    } else if (a_step == 1) {
      TK_UNROLL for (int row = 0; row < rows; row++) __builtin_prefetch(a + (rows + row) * a_row_step + k);
      if (inner - k > TK_LINE) end = k + TK_LINE;
    }
    for (; k < end; k++) {
      if (b_step != TK_PANEL) {
        for (size_t column = 0; column < vectors * TK_LANES; column += TK_LINE)
          __builtin_prefetch(b + (k + TK_TERMS_AHEAD) * b_step + column);
      }
      tk_vector right[2];
      TK_UNROLL for (int v = 0; v < vectors; v++) right[v] = tk_load(b + k * b_step + v * TK_LANES);
      TK_UNROLL for (int row = 0; row < rows; row++) {
        const float factor = a[row * a_row_step + k * a_step];
        TK_UNROLL for (int v = 0; v < vectors; v++) sums[row][v] += factor * right[v];
      }
    }
  }
  if (p->finish) {
    const tk_bounds bounds = tk_bounds_of(p->finish->kind);
    TK_UNROLL for (int row = 0; row < rows; row++) {
      TK_UNROLL for (int v = 0; v < vectors; v++) sums[row][v] = tk_finished(p, row, v, sums[row][v], bounds);
    }
  }
  TK_UNROLL for (int row = 0; row < rows; row++) {
    float *out = p->c + row * p->c_row_step;
    if (vectors == 2) tk_store(out, sums[row][0]);
    const int last = vectors - 1;
    tk_store_up_to(out + last * TK_LANES, sums[row][last], p->columns - last * TK_LANES);
  }
}

// Rows are dealt out evenly to tiles: 20 rows are two tiles of 10 rather than one of 14 and one of 6, which would keep
// the arithmetic units waiting for each other's results.
TK_INLINE void tk_product_columns(
  int vectors, size_t rows, size_t inner, const float *a, size_t a_row_step, size_t a_step, tk_tile_place place,
  size_t ahead_rows) {
  if (rows == 0) return;
  const size_t tiles = (rows + TK_TILE_ROWS - 1) / TK_TILE_ROWS, share = (ahead_rows + tiles - 1) / tiles;
  place.pace = share > 0 && share < inner ? inner / share : 1;
  for (size_t tile = 0, row = 0; tile < tiles; tile++) {
    const size_t count = (rows - row + tiles - tile - 1) / (tiles - tile);
    switch (count) {
#define TK_TILE(count) \
  case count: tk_product_tile(count, vectors, inner, a, a_row_step, a_step, &place); break;
      TK_TILE(1) TK_TILE(2) TK_TILE(3) TK_TILE(4) TK_TILE(5) TK_TILE(6)
#if TK_TILE_ROWS == 14
      TK_TILE(7) TK_TILE(8) TK_TILE(9) TK_TILE(10) TK_TILE(11) TK_TILE(12) TK_TILE(13) TK_TILE(14)
#endif
    }
    row += count;
    a += count * a_row_step;
    place.c += count * place.c_row_step;
    if (place.ahead) place.ahead += share * TK_PANEL;
    if (place.addend) place.addend += count * place.finish->addend_row_step;
  }
}

TK_INLINE void tk_product(
  size_t rows, size_t inner, const float *a, size_t a_row_step, size_t a_step, const float *b, size_t b_step,
  size_t columns, float *c, size_t c_row_step, int accumulates, tk_ahead ahead, const tk_finish *finish) {
  for (size_t column = 0; column < columns; column += TK_TILE_COLUMNS) {
    const size_t left = columns - column;
    const tk_tile_place place = {
      .b = b + column, .ahead = column == 0 ? ahead.panel : NULL, .b_step = b_step,
      .c = c + column, .c_row_step = c_row_step, .columns = left, .accumulates = accumulates, .finish = finish,
      .bias = finish && finish->bias ? finish->bias + column : NULL,
      .addend = finish && finish->addend ? finish->addend + column : NULL};
    if (left > TK_LANES) {
      tk_product_columns(2, rows, inner, a, a_row_step, a_step, place, ahead.rows);
    } else {
      tk_product_columns(1, rows, inner, a, a_row_step, a_step, place, ahead.rows);
    }
  }
}

static void tk_panel_product(
  size_t rows, size_t inner, const float *a, size_t a_row_step, const float *panel, size_t columns, float *c,
  size_t c_row_step, int accumulates, tk_ahead ahead, const tk_finish *finish) {
  tk_product(rows, inner, a, a_row_step, 1, panel, TK_PANEL, columns, c, c_row_step, accumulates, ahead, finish);
}

static void tk_panel_product_transposed(
  size_t rows, size_t inner, const float *a, size_t a_step, const float *b, size_t b_step, size_t columns, float *c,
  size_t c_row_step, int accumulates) {
  tk_product(
    rows, inner, a, 1, a_step, b, b_step, columns, c, c_row_step, accumulates, (tk_ahead){NULL, 0}, NULL);
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
