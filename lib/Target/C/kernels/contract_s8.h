//===- contract_s8.h - Convolutions of int8 ------------------------*- C
//-*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "matmul_s8.h"
#include "window.h"

// Copies what is under the window of output (y, x) of an image, in the channels
// of one group. The padding is the zero point.
static inline void gather_patch(const window *s, const int8_t *image,
                                int32_t group, int32_t y, int32_t x,
                                int32_t zero_point, int8_t *patch) {
  const int32_t inputs = s->in_channels / s->groups;
  const int32_t top = y * s->stride_y - s->pad_top;
  const int32_t left = x * s->stride_x - s->pad_left;
  const taps kx =
      taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
  for (int32_t i = 0; i < s->kernel_height; ++i) {
    const int32_t in_y = top + i * s->dilation_y;
    const int32_t row_size = s->kernel_width * inputs;
    if (in_y < 0 || in_y >= s->in_height || kx.begin >= kx.end) {
      memset(patch, zero_point, (size_t)row_size);
      patch += row_size;
      continue;
    }
    if (kx.begin > 0 || kx.end < s->kernel_width)
      memset(patch, zero_point, (size_t)row_size);
    const int8_t *row = image + in_y * s->in_width * s->in_channels;
    const int32_t first = left + kx.begin * s->dilation_x;
    const int8_t *from = row + first * s->in_channels + group * inputs;
    int8_t *to = patch + kx.begin * inputs;
    if (s->groups == 1 && s->dilation_x == 1) { // neighbors in one run
      memcpy(to, from, (size_t)((kx.end - kx.begin) * inputs));
    } else {
      for (int32_t j = kx.begin; j < kx.end; ++j) {
        memcpy(to, from, (size_t)inputs);
        from += s->dilation_x * s->in_channels;
        to += inputs;
      }
    }
    patch += row_size;
  }
}

// A convolution, two outputs of an image's row at a time. The filter has a row
// of kernel_height x kernel_width x inputs of the group for each output.
// `patches` is room for two patches of 16 bits and behind them one of 8.
static void contract_s8(const window *s, const int8_t *input,
                        int32_t input_zero_point, const filter_s8 *filter,
                        const requantization *result, int16_t *patches,
                        int8_t *output) {
  int8_t *const bytes = (int8_t *)(patches + 2 * filter->size);
  const int32_t group_outputs = s->out_channels / s->groups;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x < s->out_width; x += 2) {
        const int32_t count = x + 1 < s->out_width ? 2 : 1;
        for (int32_t group = 0; group < s->groups; ++group) {
          filter_s8 part = *filter;
          part.first = group * group_outputs;
          part.last = part.first + group_outputs;
          for (int32_t i = 0; i < count; ++i) {
            gather_patch(s, input, group, y, x + i, input_zero_point, bytes);
            center_s8(bytes, input_zero_point, filter->size,
                      patches + i * filter->size);
          }
          multiply_patches(patches, count, &part, result, output,
                           s->out_channels);
        }
        output += count * s->out_channels;
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
