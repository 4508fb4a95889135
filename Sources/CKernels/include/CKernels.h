// The loops that Swift cannot compile for the machine at hand: one C source, compiled for several instruction sets, and
// a table of the functions for each of them.
// All arrays are dense; `n` counts floats. An output may be the same array as an input, but must not overlap it
// otherwise.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef enum {
  TK_IDENTITY, TK_RELU, TK_LEAKY_RELU, TK_RELU6, TK_SIGMOID, TK_HARD_SIGMOID, TK_TANH, TK_GELU, TK_SILU, TK_HARD_SWISH
} tk_activation;

typedef struct {
  double loss;      // sum over counted rows of weight * cross-entropy
  int64_t counted;  // rows that are not void
  int64_t correct;  // counted rows whose largest logit is the label
} tk_cross_entropy_sums;

// Of each row of logits, one number a row; those of ignored rows are 0.
typedef struct {
  float *tops;                  // the largest logit
  float *scales;                // 1 / the sum of exp(logit - top)
  float *logs;                  // the logarithm of the label's probability
  float *_Nullable mean_logs;   // the mean of all classes' logarithms
  float *_Nullable owns;        // the label's probability
} tk_row_facts;

// Floats of a cache line.
enum { TK_LINE = 16 };

// Of each class, over the rows that count; what is NULL is not needed.
typedef struct {
  float *_Nullable sums;      // its probabilities, added up
  float *_Nullable overlaps;  // those of the rows with its label; present with `sums`
  float *_Nullable peaks;     // the largest in rows with other labels, for each `tile_rows` rows; present with `owns`
  size_t tile_rows, peak_step; // floats from one tile's peaks to the next: the columns, to a multiple of TK_LINE
} tk_softmax_totals;

// How a loss changes with the facts; what is NULL is 0.
typedef struct {
  const float *_Nullable pulls;      // a row's: how much the loss falls as the label's logarithm rises, that of the mean included
  const float *_Nullable floors;     // a row's: the part of it that the mean of logarithms has, divided by the classes
  const float *_Nullable sums;       // a class's: by the sum of its probabilities
  const float *_Nullable overlaps;   // a class's: by that sum over the rows whose label it is; present with `sums`
  const float *_Nullable owns;       // a row's: by the probability of its label
  bool adds;                         // whether the gradient's memory holds slopes by probabilities of other classes
} tk_loss_slopes;

// What rows of logits learn from those of another network.
typedef struct {
  const int32_t *_Nullable places;   // which of the teacher's logits each column is, -1 for one that it never gives; NULL if all are its own
  const float *_Nullable weights;    // of labels; NULL if all are 1
  size_t columns, teacher_columns;
  int32_t ignored;
  float temperature;
  float kept;                        // what the gradient that is there is multiplied by
  float scale;                       // what the slopes that are added to it are multiplied by
} tk_distillation;

// `length` adjacent taps, the first at (row, column) relative to the pixel's origin.
typedef struct { int32_t row, column, length; } tk_tap_run;
typedef struct {
  size_t height, width, channels;      // of the source, [batch, height, width, channels]
  size_t first_channel, channel_count; // the channels taken; runs longer than 1 need all channels
  size_t grid_height, grid_width;      // output pixels per picture
  size_t row_step, column_step;        // how far the origin moves in the source from one output pixel to the next
} tk_gather_geometry;

// A row of windows over a picture, of which only the taps' rows that lie on it are counted.
typedef struct {
  ptrdiff_t width, channels;                           // source columns, and floats from one to the next
  ptrdiff_t results, result_step;                      // windows, and floats from one result to the next
  ptrdiff_t origin, step;                              // the source column of window 0, and columns to the next window
  ptrdiff_t tap_rows, source_row, filter_row;          // floats from one row of taps to the next in source and filter
  ptrdiff_t tap_columns, tap_step, filter_column;      // source columns and filter's floats from one tap to the next
} tk_window_row;

// A pixel or row of a source, and its weight in a sum.
typedef struct { ptrdiff_t index; float weight; } tk_part;

// A normalization of each column, and the bounds of a ReLU or ReLU6 that follows it.
typedef struct {
  const float *mean, *factor, *offset;
  float low, high;
  int is_bounded;
} tk_normalization;

// Rows of a panel that will be needed next, to be fetched meanwhile; they may be NULL.
typedef struct { const float *_Nullable panel; size_t rows; } tk_ahead;

// What becomes of sums that have all their terms: f(sum + bias + addend), where f is the identity, a ReLU, a ReLU6 or a
// hard swish. Reads of bias and addend may run past the end by less than a register.
typedef struct {
  const float *_Nullable bias;
  const float *_Nullable addend;
  size_t addend_row_step;
  tk_activation kind;
} tk_finish;

// out = a op b over two arrays (vv), an array and a number (vs), a number and an array (sv).
typedef void tk_binary_loop(const float *a, const float *b, float *out, size_t n);
typedef struct __attribute__((swift_attr("@Sendable"))) { tk_binary_loop *vv, *vs, *sv; } tk_binary_loops;

typedef void tk_unary_loop(const float *a, float *out, size_t n);

// winograd.h: which pixels of a square around a tile exist, and how far apart they are. Rows are valid from `top` to
// before `bottom`, columns from `left` to before `right`.
typedef struct {
  int32_t top, bottom, left, right;
  ptrdiff_t row_step, column_step;
} tk_pixels;

// F(m x m, r x r) with size = m + r - 1: `size * size` positions lie `position_step` floats apart in the transformed
// data. Reads of channels and bias may run past the end by less than a register (64 bytes).
typedef struct __attribute__((swift_attr("@Sendable"))) {
  int32_t m, r;
  // out = B' d B for the size x size pixels starting at `source`.
  void (*input)(
    const float *source, const tk_pixels *pixels, size_t channels, float *out, size_t position_step);
  // result = f(A' M A + bias) for m x m pixels; bias may be NULL; f is ReLU or the identity.
  void (*output)(
    const float *products, size_t position_step, const float *_Nullable bias, int relu, float *result,
    const tk_pixels *pixels, size_t channels);
  // out = A dy A' for the m x m pixels starting at `source`.
  void (*output_adjoint)(
    const float *source, const tk_pixels *pixels, size_t channels, float *out, size_t position_step);
  // out = G g G' for `count` filters that lie side by side in r * r rows; `count` is a multiple of the panel's 32.
  void (*filter)(const float *filters, size_t count, float *out, size_t position_step);
  // filters = G' dU G.
  void (*filter_adjoint)(const float *products, size_t position_step, size_t count, float *filters);
} tk_winograd;

// The functions as compiled for one instruction set. Sums differ between them by rounding: their order follows the
// width of the registers.
typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;  // of the instruction set: "avx512", "avx2", "plain"
  size_t lanes;      // floats in a vector register

  // pointwise.h
  tk_binary_loops add, subtract, multiply, divide, maximum, minimum;
  tk_unary_loop *negate, *absolute, *square, *square_root, *exponential, *logarithm;
  // out += scale * a
  void (*add_scaled)(const float *a, float scale, float *out, size_t n);

  // mixing.h: result x of `channels` floats = sum of weight * source[index] over the parts from starts[x] to before
  // starts[x + 1]. Reads may run past the end by less than a register.
  void (*mix)(
    const float *source, const tk_part *parts, const ptrdiff_t *starts, size_t results, size_t channels, float *out);

  // random.h: element `first + i` of a whole tensor always has the same random bits for a given key. out = random >=
  // rate ? a / (1 - rate) : 0
  void (*dropout)(const float *a, float *out, size_t first, size_t n, uint64_t key, float rate);
  void (*uniform)(float *out, size_t first, size_t n, uint64_t key, float low, float high);
  // A normal distribution truncated at two standard deviations; `deviation` is that of the untruncated one.
  void (*truncated_normal)(float *out, size_t first, size_t n, uint64_t key, float deviation);

  // activations.h
  void (*activate)(const float *a, float *out, size_t n, tk_activation kind, float slope);
  // dx = dy * f'(...): `reference` is f's output, but for GELU, SiLU and hard swish its input.
  void (*activate_backward)(
    const float *reference, const float *dy, float *dx, size_t n, tk_activation kind, float slope);
  // In place on `columns` of each of `rows` rows that lie `stride` apart: y = f(y + bias); bias may be NULL.
  void (*bias_activate)(
    float *y, size_t rows, size_t columns, size_t stride, const float *_Nullable bias, tk_activation kind, float slope);

  // reductions.h
  float (*sum)(const float *a, size_t n);
  float (*dot)(const float *a, const float *b, size_t n);
  // Of at least one number.
  float (*max)(const float *a, size_t n);
  // out[c] = sum over rows of a[r * row_step + c]
  void (*column_sums)(const float *a, size_t rows, size_t row_step, size_t columns, float *out);
  // The same for the largest, of at least one row.
  void (*column_max)(const float *a, size_t rows, size_t row_step, size_t columns, float *out);

  // normalization.h: rows of channels; per-channel arrays have `columns` elements. The mean of a - shift over at least
  // one row, and the sum of squared deviations from it.
  void (*column_moments)(
    const float *a, const float *shift, size_t rows, size_t columns, float *mean, float *deviations);
  // y = (x - mean) factor + offset, or the nearer bound
  void (*normalize_rows)(const float *x, const tk_normalization *map, float *y, size_t rows, size_t columns);
  // The sums over rows of dy, and of dy (x - mean); dy counts as 0 where y is not between the bounds.
  void (*normalize_sums)(
    const float *dy, const float *x, const tk_normalization *map, size_t rows, size_t columns, float *sums,
    float *products);
  // dx = dy factor + (x - mean) slope + shift, with the same dy
  void (*normalize_backward)(
    const float *dy, const float *x, const tk_normalization *map, const float *slope, const float *shift, float *dx,
    size_t rows, size_t columns);
  // y = (x - mean of the row) / sqrt(variance of the row + epsilon) scale + offset
  void (*layer_normalize)(
    const float *x, const float *scale, const float *offset, float epsilon, float *y, size_t rows, size_t columns);
  // The gradients of that: dx, and sums over rows for the scale and the offset.
  void (*layer_normalize_backward)(
    const float *dy, const float *x, const float *scale, float epsilon, float *dx, float *scale_sums,
    float *offset_sums, size_t rows, size_t columns);

  // softmax.h
  void (*softmax_rows)(const float *a, float *out, size_t rows, size_t columns);
  // dx = y * (dy - sum(y * dy)) per row
  void (*softmax_backward_rows)(const float *y, const float *dy, float *dx, size_t rows, size_t columns);
  // Cross-entropy of rows of logits with labels, in one pass that also gives the gradient. `weights` (one per class)
  // may be NULL; a label equal to `ignored` is not counted; `gradient` may be NULL, and is scale * weight * (softmax -
  // smoothed one-hot).
  void (*cross_entropy_rows)(
    const float *logits, const int32_t *labels, const float *_Nullable weights, float *_Nullable gradient, size_t rows,
    size_t columns, int32_t ignored, float smoothing, float scale, tk_cross_entropy_sums *sums);
  // losses.h
  // The facts and the totals; returns the rows whose largest logit is the label. `scratch` holds a row and a line.
  int64_t (*labeled_softmax)(
    const float *logits, const int32_t *labels, size_t rows, size_t columns, int32_t ignored,
    const tk_row_facts *facts, const tk_softmax_totals *totals, float *scratch);
  // Row k of `out`, `step` floats long, gets the probabilities of class listed[k]. `scratch` holds TK_LINE rows.
  void (*listed_probabilities)(
    const float *logits, size_t rows, size_t columns, const tk_row_facts *facts, const int32_t *listed, size_t count,
    float *scratch, float *out, size_t step);
  // The gradient with respect to the logits; 0 in ignored rows.
  void (*labeled_softmax_backward)(
    const float *logits, const int32_t *labels, size_t rows, size_t columns, int32_t ignored,
    const tk_row_facts *facts, const tk_loss_slopes *slopes, float *scratch, float *gradient);
  // The sum over rows, of each its label's weight times the divergence of the softmax from the teacher's, both at the
  // temperature; `gradient` may be NULL, or gets the slopes by the logits times the temperature. Ignored rows count nothing
  // and keep their gradient. `scratch` holds three rows.
  double (*distillation_rows)(
    const float *logits, const float *teacher, const int32_t *labels, size_t rows, const tk_distillation *how,
    float *scratch, float *_Nullable gradient);
  void (*argmax_rows)(const float *a, int32_t *out, size_t rows, size_t columns);

  // gather.h: im2col for one block of output pixels.
  // out is [pixel_count, taps * channel_count]; taps outside the picture give zeros.
  void (*gather)(
    const float *source, const tk_gather_geometry *geometry, const tk_tap_run *runs, size_t run_count,
    size_t first_pixel, size_t pixel_count, float *out);

  // depthwise.h: `source` is column 0 of the row under the first row of taps, `filter` the first tap; bias may be NULL.
  // Reads of channels may run past the end by less than a register. result = f(sum over taps of source * filter + bias)
  void (*depthwise)(
    const float *source, const float *filter, const float *_Nullable bias, const tk_window_row *windows,
    size_t channels, float *result, tk_activation kind, float slope);
  // sums[tap] += sum over windows of gradient * source, where `gradient` lies as a result does and `sums` as a filter.
  void (*depthwise_filter)(
    const float *source, const float *gradient, const tk_window_row *windows, size_t channels, float *sums);

  // pooling.h: one output row [out_width, channels] of a window that was clipped to the picture.
  void (*max_into)(const float *a, float *out, size_t n);
  // dx += (x == y and not yet taken) ? dy : 0; `taken` marks the outputs whose maximum was already found.
  void (*max_backward)(
    const float *x, const float *y, const float *dy, unsigned char *taken, float *dx, size_t n);

  // optimizers.h: each makes one pass over a parameter. `decay` adds decay * w to the gradient, `shrink` multiplies w
  // itself first; `velocity` is NULL without momentum.
  void (*sgd)(
    float *w, const float *g, float *_Nullable velocity, size_t n, float rate, float momentum, float dampening,
    int nesterov, int keras, float decay, float shrink);
  // `rest1` and `rest2` are 1 - beta, which loses digits when computed from a float; `rate` and `correction2`, which
  // scales sqrt(v), hold the bias corrections; `shrink` is the decoupled decay.
  void (*adam)(
    float *w, const float *g, float *m, float *v, size_t n, float rate, float beta1, float rest1, float beta2,
    float rest2, float epsilon, float correction2, float shrink);
  // Keras adds epsilon under the root and multiplies by the rate before the momentum; PyTorch does both afterwards.
  // `mean` (centered) and `velocity` (momentum) may be NULL; `rest` is 1 - rho.
  void (*rmsprop)(
    float *w, const float *g, float *square, float *_Nullable mean, float *_Nullable velocity, size_t n, float rate,
    float rho, float rest, float epsilon, float momentum, int keras);
  // average += share * (w - average)
  void (*move_average)(float *average, const float *w, size_t n, float share);
  // In double, in a fixed order.
  double (*sum_of_squares)(const float *a, size_t n);

  // panel_product.h: products with 32 columns, or the first `columns` of a panel.
  // c[row, j] = or += sum over k < inner of a[row * a_row_step + k] * panel[32 k + j]; then finished, if that is not NULL
  void (*panel_product)(
    size_t rows, size_t inner, const float *a, size_t a_row_step, const float *panel, size_t columns, float *c,
    size_t c_row_step, int accumulates, tk_ahead ahead, const tk_finish *_Nullable finish);
  // c[row, j] = or += sum over k < inner of a[k * a_step + row] * b[k * b_step + j]
  void (*panel_product_transposed)(
    size_t rows, size_t inner, const float *a, size_t a_step, const float *b, size_t b_step, size_t columns, float *c,
    size_t c_row_step, int accumulates);
  // out[32 k + j] = rows[k][j]; zero where a row is NULL or past `columns`.
  void (*pack_rows)(const float *_Nullable const *_Nonnull rows, size_t count, size_t columns, float *out);
  // out[32 k + j] = columns[j][first + k] for k < count; zero where a column is NULL or past `column_count`.
  void (*pack_columns)(
    const float *_Nullable const *_Nonnull columns, size_t column_count, size_t first, size_t count, float *out);

  // winograd.h
  tk_winograd winograd_2_3, winograd_4_3, winograd_6_3, winograd_3_2, winograd_4_2;
} tk_kernels;

// The tables whose instructions this machine supports, fastest first and the plain one last; NULL past the end.
const tk_kernels *_Nullable tk_runnable_kernels(size_t index);

// The fastest of them.
const tk_kernels *tk_best_kernels(void);

// Makes OpenBLAS map workspaces of this many bytes for up to `count` products at a time, as long as the system grants
// them and `headroom` more. Returns their number.
size_t tk_reserve_workspaces(size_t count, size_t bytes, size_t headroom);

// OpenBLAS's name for the kernels that it computes with, and for those that it chose by itself.
const char *tk_openblas_core(void);
const char *tk_openblas_own_core(void);

#pragma clang assume_nonnull end
