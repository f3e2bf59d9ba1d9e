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
SPECIALIZED void gather_mve(const window *s, const int8_t *image, int32_t y,
                            int32_t x, int32_t zero_point, int8_t *to) {
  const int32_t channels = s->in_channels;
  const int32_t size = s->kernel_width * channels;
  const int32_t step = s->dilation_y * s->in_width * channels;
  const int32_t top = y * s->stride_y - s->pad_top;
  const int32_t left = x * s->stride_x - s->pad_left;
  const int32_t first = (top * s->in_width + left) * channels;
  const int32_t bottom = top + (s->kernel_height - 1) * s->dilation_y;
  if (s->dilation_x == 1 && top >= 0 && bottom < s->in_height && left >= 0 &&
      left + s->kernel_width <= s->in_width) {
    for (int32_t i = 0; i < s->kernel_height; ++i)
      copy_s8(to + i * size, image + first + i * step, size);
    return;
  }
  const taps kx =
      taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
  const taps ky =
      taps_inside(top, s->in_height, s->kernel_height, s->dilation_y);
  memset(to, zero_point, (size_t)(s->kernel_height * size));
  for (int32_t i = ky.begin; i < ky.end && kx.begin < kx.end; ++i) {
    // Neighbors lie in one run.
    const int32_t run = s->dilation_x == 1 ? kx.end - kx.begin : 1;
    for (int32_t j = kx.begin; j < kx.end; j += run)
      copy_s8(to + i * size + j * channels,
              image + first + i * step + j * s->dilation_x * channels,
              run * channels);
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
        gather_mve(s, input, y, x, input_zero_point,
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
