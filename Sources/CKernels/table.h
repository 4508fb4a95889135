// All loops and the table of them. Each variant includes this once, with TK_NAME (its name) and TK_LANES (floats in a
// vector register) defined and its instruction set chosen for all functions that follow.
#pragma once
#include "loops/activations.h"
#include "loops/depthwise.h"
#include "loops/gather.h"
#include "loops/losses.h"
#include "loops/mixing.h"
#include "loops/normalization.h"
#include "loops/optimizers.h"
#include "loops/panel_product.h"
#include "loops/pointwise.h"
#include "loops/pooling.h"
#include "loops/random.h"
#include "loops/reductions.h"
#include "loops/softmax.h"
#include "loops/winograd.h"

#define TK_JOIN(prefix, name) prefix##name
#define TK_TABLE(name) TK_JOIN(tk_kernels_, name)
#define TK_QUOTE(name) #name
#define TK_STRING(name) TK_QUOTE(name)
#define TK_BINARY_ENTRY(name) .name = {tk_##name##_vv, tk_##name##_vs, tk_##name##_sv}
#define TK_ENTRY(name) .name = tk_##name
#define TK_WINOGRAD_ENTRY(m, r) .winograd_##m##_##r = { \
  m, r, tk_winograd_input_##m##_##r, tk_winograd_output_##m##_##r, tk_winograd_output_adjoint_##m##_##r, \
  tk_winograd_filter_##m##_##r, tk_winograd_filter_adjoint_##m##_##r}

const tk_kernels TK_TABLE(TK_NAME) = {
  .name = TK_STRING(TK_NAME),
  .lanes = TK_LANES,
  TK_BINARY_ENTRY(add),
  TK_BINARY_ENTRY(subtract),
  TK_BINARY_ENTRY(multiply),
  TK_BINARY_ENTRY(divide),
  TK_BINARY_ENTRY(maximum),
  TK_BINARY_ENTRY(minimum),
  TK_ENTRY(negate),
  TK_ENTRY(absolute),
  TK_ENTRY(square),
  TK_ENTRY(square_root),
  TK_ENTRY(exponential),
  TK_ENTRY(logarithm),
  TK_ENTRY(add_scaled),
  TK_ENTRY(mix),
  TK_ENTRY(dropout),
  TK_ENTRY(uniform),
  TK_ENTRY(truncated_normal),
  TK_ENTRY(activate),
  TK_ENTRY(activate_backward),
  TK_ENTRY(bias_activate),
  TK_ENTRY(sum),
  TK_ENTRY(dot),
  TK_ENTRY(max),
  TK_ENTRY(column_sums),
  TK_ENTRY(column_max),
  TK_ENTRY(column_moments),
  TK_ENTRY(normalize_rows),
  TK_ENTRY(normalize_sums),
  TK_ENTRY(normalize_backward),
  TK_ENTRY(layer_normalize),
  TK_ENTRY(layer_normalize_backward),
  TK_ENTRY(softmax_rows),
  TK_ENTRY(softmax_backward_rows),
  TK_ENTRY(cross_entropy_rows),
  TK_ENTRY(labeled_softmax),
  TK_ENTRY(listed_probabilities),
  TK_ENTRY(labeled_softmax_backward),
  TK_ENTRY(distillation_rows),
  TK_ENTRY(argmax_rows),
  TK_ENTRY(gather),
  TK_ENTRY(depthwise),
  TK_ENTRY(depthwise_filter),
  TK_ENTRY(max_into),
  TK_ENTRY(max_backward),
  TK_ENTRY(sgd),
  TK_ENTRY(adam),
  TK_ENTRY(rmsprop),
  TK_ENTRY(move_average),
  TK_ENTRY(sum_of_squares),
  TK_ENTRY(panel_product),
  TK_ENTRY(panel_product_transposed),
  TK_ENTRY(pack_rows),
  TK_ENTRY(pack_columns),
  TK_WINOGRAD_ENTRY(2, 3),
  TK_WINOGRAD_ENTRY(4, 3),
  TK_WINOGRAD_ENTRY(6, 3),
  TK_WINOGRAD_ENTRY(3, 2),
  TK_WINOGRAD_ENTRY(4, 2),
};
