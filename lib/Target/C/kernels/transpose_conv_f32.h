//===- transpose_conv_f32.h - Transposed convolutions of f32 ------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "matmul_f32.h"
#include "window.h"

// A transposed convolution: output (y, x) gathers the inputs whose windows,
// `stride` apart, cover it. `bias` may be null.
static void transpose_conv_f32(const window *s, const float *input,
                               const float *filter, const float *bias,
                               float low, float high, float *output) {
  const int32_t inputs = s->in_channels;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      for (int32_t x = 0; x < s->out_width; ++x) {
        for (int32_t o = 0; o < s->out_channels; ++o) {
          float sum = bias ? bias[o] : 0.0f;
          for (int32_t ky = 0; ky < s->kernel_height; ++ky) {
            const int32_t in_y = y + s->pad_top - ky;
            if (in_y < 0 || in_y % s->stride_y != 0 ||
                in_y / s->stride_y >= s->in_height)
              continue;
            for (int32_t kx = 0; kx < s->kernel_width; ++kx) {
              const int32_t in_x = x + s->pad_left - kx;
              if (in_x < 0 || in_x % s->stride_x != 0 ||
                  in_x / s->stride_x >= s->in_width)
                continue;
              const int32_t pixel =
                  in_y / s->stride_y * s->in_width + in_x / s->stride_x;
              const int32_t tap =
                  (o * s->kernel_height + ky) * s->kernel_width + kx;
              sum += dot_f32(input + pixel * inputs, filter + tap * inputs,
                             inputs);
            }
          }
          *output++ = clamp_f32(sum, low, high);
        }
      }
    }
    input += s->in_height * s->in_width * inputs;
  }
}
