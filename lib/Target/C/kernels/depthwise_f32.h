//===- depthwise_f32.h - Depthwise convolutions of f32 ------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "real.h"
#include "window.h"

// A convolution of every channel by itself. The channels of the output are
// in_channels x (out_channels / in_channels), and the filter has kernel_height
// x kernel_width x out_channels elements; `bias` may be null.
static void depthwise_f32(const window *s, const float *input,
                          const float *filter, const float *bias, float low,
                          float high, float *output) {
  const int32_t multiplier = s->out_channels / s->in_channels;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky =
          taps_inside(top, s->in_height, s->kernel_height, s->dilation_y);
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx =
            taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
        for (int32_t o = 0; o < s->out_channels; ++o) {
          float sum = bias ? bias[o] : 0.0f;
          for (int32_t i = ky.begin; i < ky.end; ++i) {
            const int32_t in_y = top + i * s->dilation_y;
            for (int32_t j = kx.begin; j < kx.end; ++j) {
              const int32_t in_x = left + j * s->dilation_x;
              const int32_t pixel = in_y * s->in_width + in_x;
              const int32_t tap = i * s->kernel_width + j;
              sum += input[pixel * s->in_channels + o / multiplier] *
                     filter[tap * s->out_channels + o];
            }
          }
          *output++ = clamp_f32(sum, low, high);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
