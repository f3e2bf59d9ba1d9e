//===- mve_contract_s8.h - Convolutions of int8 by vectors --------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "mve_matmul_s8.h"
#include "window.h"

// Copies what is under the window of output (y, x) of an image. The padding is
// the zero point.
SPECIALIZED void gather_window(const window *s, const int8_t *image, int32_t y,
                               int32_t x, int32_t zero_point, int8_t *to) {
  const int32_t channels = s->in_channels;
  const int32_t row_size = s->kernel_width * channels;
  const int32_t top = y * s->stride_y - s->pad_top;
  const int32_t left = x * s->stride_x - s->pad_left;
  const taps kx =
      taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
  for (int32_t i = 0; i < s->kernel_height; ++i) {
    const int32_t in_y = top + i * s->dilation_y;
    const int32_t in_x = left + kx.begin * s->dilation_x;
    const int32_t is_inside =
        in_y >= 0 && in_y < s->in_height && kx.begin < kx.end;
    if (!is_inside || kx.end - kx.begin < s->kernel_width)
      memset(to, zero_point, (size_t)row_size);
    if (is_inside) {
      const int8_t *from = image + (in_y * s->in_width + in_x) * channels;
      if (s->dilation_x == 1)
        copy_s8(to + kx.begin * channels, from, (kx.end - kx.begin) * channels);
      for (int32_t j = kx.begin; s->dilation_x != 1 && j < kx.end; ++j) {
        copy_s8(to + j * channels, from, channels);
        from += s->dilation_x * channels;
      }
    }
    to += row_size;
  }
}

// A convolution without groups, four pixels at a time, which are gathered
// first. A row of weights has kernel_height x kernel_width x in_channels
// elements. `patches` is room for four of them.
SPECIALIZED void contract_mve_s8(const window *s, const int8_t *input,
                                 int32_t input_zero_point,
                                 const dense_rows *weights,
                                 const requantization *result, int8_t *patches,
                                 int8_t *output) {
  int32_t gathered = 0;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x < s->out_width; ++x) {
        gather_window(s, input, y, x, input_zero_point,
                      patches + gathered * weights->size);
        if (++gathered < 4)
          continue;
        multiply_four_mve(patches, weights, result, output);
        output += 4 * weights->count;
        gathered = 0;
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
  matmul_mve_s8(gathered, patches, weights, result, output);
}

// The same for layers that are too small for code of their own.
LAYER void shared_contract_mve_s8(const window *s, const int8_t *input,
                                  int32_t input_zero_point,
                                  const dense_rows *weights,
                                  const requantization *result, int8_t *patches,
                                  int8_t *output) {
  contract_mve_s8(s, input, input_zero_point, weights, result, patches, output);
}
