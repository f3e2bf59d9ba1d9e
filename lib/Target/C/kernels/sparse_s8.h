//===- sparse_s8.h - Convolutions of int8 with sparse filters -----*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "requantize.h"
#include "window.h"

// The nonzero blocks of a filter seen as a matrix with a row for each output
// and a column for each of kernel_height x kernel_width x inputs. Blocks of
// rows begin at positions[i] of `columns` (in blocks) and `values`.
typedef struct sparse_filter_s8 {
  const int32_t *positions;
  const int32_t *columns;
  const int8_t *values;
  int32_t block_rows, block_columns;
} sparse_filter_s8;

// Every row of `input` (`inputs` elements) times every row of a sparse filter.
// `bias` may be null.
static void sparse_matmul_s8(int32_t rows, int32_t inputs, int32_t outputs,
                             const int8_t *input, int32_t input_zero_point,
                             const sparse_filter_s8 *f, const int32_t *bias,
                             const requantization *result, int8_t *output) {
  const int32_t block_size = f->block_rows * f->block_columns;
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t o = 0; o < outputs; ++o) {
      const int32_t block_row = o / f->block_rows;
      const int32_t last = f->positions[block_row + 1];
      uint32_t sum = bias ? (uint32_t)bias[o] : 0;
      for (int32_t k = f->positions[block_row]; k < last; ++k) {
        const int8_t *x = input + f->columns[k] * f->block_columns;
        const int8_t *w =
            f->values + k * block_size + o % f->block_rows * f->block_columns;
        for (int32_t i = 0; i < f->block_columns; ++i)
          sum += (uint32_t)((x[i] - input_zero_point) * w[i]);
      }
      *output++ = (int8_t)requantize(result, (int32_t)sum, o);
    }
    input += inputs;
  }
}

// The input under column `column` of the filter, less its zero point.
static inline int32_t input_under_s8(const window *s, const int8_t *image,
                                     int32_t zero_point, int32_t top,
                                     int32_t left, int32_t column) {
  const int32_t tap = column / s->in_channels;
  const int32_t y = top + tap / s->kernel_width * s->dilation_y;
  const int32_t x = left + tap % s->kernel_width * s->dilation_x;
  if (y < 0 || y >= s->in_height || x < 0 || x >= s->in_width)
    return 0;
  const int32_t pixel = y * s->in_width + x;
  return image[pixel * s->in_channels + column % s->in_channels] - zero_point;
}

// A convolution with a sparse filter. `bias` may be null.
static void sparse_contract_s8(const window *s, const int8_t *input,
                               int32_t input_zero_point,
                               const sparse_filter_s8 *f, const int32_t *bias,
                               const requantization *result, int8_t *output) {
  const int32_t block_size = f->block_rows * f->block_columns;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        for (int32_t o = 0; o < s->out_channels; ++o) {
          const int32_t block_row = o / f->block_rows;
          const int32_t row_in_block = o % f->block_rows;
          uint32_t sum = bias ? (uint32_t)bias[o] : 0;
          for (int32_t k = f->positions[block_row];
               k < f->positions[block_row + 1]; ++k) {
            const int8_t *w =
                f->values + k * block_size + row_in_block * f->block_columns;
            for (int32_t i = 0; i < f->block_columns; ++i)
              sum +=
                  (uint32_t)(w[i] * input_under_s8(
                                        s, input, input_zero_point, top, left,
                                        f->columns[k] * f->block_columns + i));
          }
          *output++ = (int8_t)requantize(result, (int32_t)sum, o);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
