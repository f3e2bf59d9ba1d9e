//===- contract_s8.h - Convolutions of int8 -----------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "matmul_s8.h"
#include "window.h"

// The part of the input under one window: `rows` rows, each of `runs` runs of
// `length` consecutive elements. In a filter, rows and runs lie back to back.
typedef struct patch {
  const int8_t *input;
  int32_t filter_offset;
  int32_t rows, input_row, filter_row;
  int32_t runs, input_run, filter_run;
  int32_t length;
} patch;

// The patch under the window of output (y, x) of an image. The padding is left
// out: it counts as the zero point, which adds nothing to a sum.
static inline patch patch_under(const window *s, const int8_t *image, int32_t y,
                                int32_t x) {
  const int32_t top = y * s->stride_y - s->pad_top;
  const int32_t left = x * s->stride_x - s->pad_left;
  const taps ky =
      taps_inside(top, s->in_height, s->kernel_height, s->dilation_y);
  const taps kx =
      taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
  const int32_t inputs = s->in_channels / s->groups;
  const int32_t first_y = top + ky.begin * s->dilation_y;
  const int32_t first_x = left + kx.begin * s->dilation_x;
  const int32_t columns = kx.end > kx.begin ? kx.end - kx.begin : 0;
  patch p;
  p.input = image;
  if (columns > 0 && ky.end > ky.begin)
    p.input += (first_y * s->in_width + first_x) * s->in_channels;
  p.filter_offset = (ky.begin * s->kernel_width + kx.begin) * inputs;
  p.rows = ky.end - ky.begin;
  p.input_row = s->dilation_y * s->in_width * s->in_channels;
  p.filter_row = s->kernel_width * inputs;
  p.runs = columns;
  p.input_run = s->dilation_x * s->in_channels;
  p.filter_run = inputs;
  p.length = inputs;
  if (s->groups == 1 && s->dilation_x == 1) { // neighbors make one long run
    p.runs = columns > 0;
    p.length = columns * inputs;
  }
  return p;
}

static inline uint32_t dot_patch_s8(const patch *p, int32_t input_offset,
                                    int32_t input_zero_point,
                                    const int8_t *filter) {
  uint32_t sum = 0;
  for (int32_t row = 0; row < p->rows; ++row) {
    const int8_t *x = p->input + input_offset + row * p->input_row;
    const int8_t *w = filter + p->filter_offset + row * p->filter_row;
    for (int32_t run = 0; run < p->runs; ++run)
      sum += dot_s8(x + run * p->input_run, input_zero_point,
                    w + run * p->filter_run, p->length);
  }
  return sum;
}

static inline uint32_t sum_patch_s8(const patch *p, int32_t input_offset,
                                    int32_t input_zero_point) {
  uint32_t sum = 0;
  for (int32_t row = 0; row < p->rows; ++row) {
    const int8_t *x = p->input + input_offset + row * p->input_row;
    for (int32_t run = 0; run < p->runs; ++run)
      sum += sum_s8(x + run * p->input_run, input_zero_point, p->length);
  }
  return sum;
}

// A convolution. The filter has a row of kernel_height x kernel_width x inputs
// of the group for each output; `bias` may be null.
static void contract_s8(const window *s, const int8_t *input,
                        int32_t input_zero_point, const int8_t *filter,
                        int32_t filter_zero_point, const int32_t *bias,
                        const requantization *result, int8_t *output) {
  const int32_t group_inputs = s->in_channels / s->groups;
  const int32_t group_outputs = s->out_channels / s->groups;
  const int32_t filter_size = s->kernel_height * s->kernel_width * group_inputs;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x < s->out_width; ++x) {
        const patch p = patch_under(s, input, y, x);
        for (int32_t o = 0; o < s->out_channels; ++o) {
          const int32_t input_offset = o / group_outputs * group_inputs;
          uint32_t sum = bias ? (uint32_t)bias[o] : 0;
          sum += dot_patch_s8(&p, input_offset, input_zero_point,
                              filter + o * filter_size);
          if (filter_zero_point != 0)
            sum -= (uint32_t)filter_zero_point *
                   sum_patch_s8(&p, input_offset, input_zero_point);
          *output++ = (int8_t)requantize(result, (int32_t)sum, o);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
