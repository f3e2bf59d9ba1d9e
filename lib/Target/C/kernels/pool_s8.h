//===- pool_s8.h - Pools of int8 ----------------------------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "fixed_point.h"
#include "window.h"

// The average over each window, halves away from zero. The padding counts, as
// the zero point, if `count_padding`.
static void average_pool_s8(const window *s, const int8_t *input,
                            int32_t count_padding, int32_t zero_point,
                            int32_t low, int32_t high, int8_t *output) {
  const int32_t whole = s->kernel_height * s->kernel_width;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky = taps_inside(top, s->in_height, s->kernel_height, 1);
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx = taps_inside(left, s->in_width, s->kernel_width, 1);
        const int32_t inside = (ky.end - ky.begin) * (kx.end - kx.begin);
        const int32_t count = count_padding ? whole : inside;
        for (int32_t c = 0; c < s->in_channels; ++c) {
          int32_t sum = (count - inside) * zero_point;
          for (int32_t i = ky.begin; i < ky.end; ++i)
            for (int32_t j = kx.begin; j < kx.end; ++j)
              sum +=
                  input[((top + i) * s->in_width + left + j) * s->in_channels +
                        c];
          const int32_t half = sum > 0 ? count / 2 : -(count / 2);
          *output++ = (int8_t)clamp_s32((sum + half) / count, low, high);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}

// The greatest element of each window; the padding does not count.
static void max_pool_s8(const window *s, const int8_t *input, int32_t low,
                        int32_t high, int8_t *output) {
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky = taps_inside(top, s->in_height, s->kernel_height, 1);
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx = taps_inside(left, s->in_width, s->kernel_width, 1);
        for (int32_t c = 0; c < s->in_channels; ++c) {
          int32_t greatest = INT32_MIN;
          for (int32_t i = ky.begin; i < ky.end; ++i) {
            for (int32_t j = kx.begin; j < kx.end; ++j) {
              const int32_t value =
                  input[((top + i) * s->in_width + left + j) * s->in_channels +
                        c];
              if (value > greatest)
                greatest = value;
            }
          }
          *output++ = (int8_t)clamp_s32(greatest, low, high);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
