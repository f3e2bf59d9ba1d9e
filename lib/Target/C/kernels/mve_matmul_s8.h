//===- mve_matmul_s8.h - Matrix products of int8 by vectors -------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "layer.h"
#include "mve_requantize.h"
#include "specialize.h"

// Rows of weights, `size` elements each, one behind the other. The bias has the
// products of the weights with the zero point of the input in it.
typedef struct dense_rows {
  const int8_t *weights;
  const int32_t *bias;
  int32_t size;
  int32_t count; // 4 or more
} dense_rows;

// Four rows of input times all rows of weights, a row of weights at a time.
SPECIALIZED void multiply_four_mve(const int8_t *input, const dense_rows *f,
                                   const requantization *result,
                                   int8_t *output) {
  const places_4 places = every(f->count);
  const int8_t *w = f->weights;
  const int32_t *bias = f->bias, *multiplier = result->multipliers;
  const int8_t *shift = result->shifts;
  const short_rows rows = load_short_rows(input, f->size);
  for (const int8_t *end = output + f->count; output != end; ++output) {
    const lanes_s32 sums =
        is_short(f->size) ? dot_short_1x4_s8(&w, &rows, f->size, *bias++)
                          : dot_1x4_s8(&w, input, f->size, f->size, *bias++);
    scatter_s8(output, places,
               requantize_channel(result, sums, *multiplier, *shift));
    multiplier += result->channel_step;
    shift += result->channel_step;
  }
}

// One row of input times all rows of weights, four rows of weights at a time.
SPECIALIZED void multiply_one_mve(const int8_t *input, const dense_rows *f,
                                  const requantization *result,
                                  int8_t *output) {
  for (int32_t next = 0; next < f->count; next += 4) {
    // The last four may be in part the four before.
    const int32_t o = next + 4 <= f->count ? next : f->count - 4;
    const scales_4 scales = load_scales(result, o);
    const int8_t *x = input;
    const lanes_s32 sums =
        dot_1x4_s8(&x, f->weights + o * f->size, f->size, f->size, 0);
    store_s8(output + o,
             requantize_4(&scales, add_lanes(sums, load_lanes(f->bias + o))));
  }
}

// Every row of `input` times every row of the weights.
SPECIALIZED void matmul_mve_s8(int32_t rows, const int8_t *input,
                               const dense_rows *weights,
                               const requantization *result, int8_t *output) {
  for (; rows >= 4; rows -= 4) {
    multiply_four_mve(input, weights, result, output);
    input += 4 * weights->size;
    output += 4 * weights->count;
  }
  for (; rows > 0; --rows) {
    multiply_one_mve(input, weights, result, output);
    input += weights->size;
    output += weights->count;
  }
}

// The same for layers that are too small for code of their own.
LAYER void shared_matmul_mve_s8(int32_t rows, const int8_t *input,
                                const dense_rows *weights,
                                const requantization *result, int8_t *output) {
  matmul_mve_s8(rows, input, weights, result, output);
}
