//===- depthwise_s8.h - Depthwise convolutions of int8 ------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "dsp.h"
#include "requantize.h"
#include "window.h"

// Adds the products of one tap to the sums of `count` channels.
static inline void add_tap_s8(const int8_t *x, int32_t x_zero_point,
                              const int8_t *w, int32_t w_zero_point,
                              int32_t count, uint32_t *sums) {
  for (int32_t i = 0; i < count; ++i)
    sums[i] += (uint32_t)((x[i] - x_zero_point) * (w[i] - w_zero_point));
}

// The same for four channels.
#if defined(__ARM_FEATURE_DSP)
static inline void add_tap4_s8(const int8_t *x, int32_t x_zero_point,
                               const int8_t *w, int32_t w_zero_point,
                               uint32_t *sums) {
  const uint32_t minus_x = (uint32_t)-x_zero_point & 0xffff;
  const uint32_t minus_w = (uint32_t)-w_zero_point & 0xffff;
  const int16x2_t both_x = (int16x2_t)(minus_x << 16 | minus_x);
  const int16x2_t both_w = (int16x2_t)(minus_w << 16 | minus_w);
  uint32_t u, v;
  memcpy(&u, x, sizeof(u));
  memcpy(&v, w, sizeof(v));
  int16x2_t a = __sxtab16(both_x, (int8x4_t)u);
  int16x2_t b = __sxtab16(both_w, (int8x4_t)v);
  sums[0] = (uint32_t)__smlabb(a, b, (int32_t)sums[0]);
  sums[2] = (uint32_t)__smlatt(a, b, (int32_t)sums[2]);
  a = __sxtab16(both_x, (int8x4_t)rotate_8(u));
  b = __sxtab16(both_w, (int8x4_t)rotate_8(v));
  sums[1] = (uint32_t)__smlabb(a, b, (int32_t)sums[1]);
  sums[3] = (uint32_t)__smlatt(a, b, (int32_t)sums[3]);
}
#else
static inline void add_tap4_s8(const int8_t *x, int32_t x_zero_point,
                               const int8_t *w, int32_t w_zero_point,
                               uint32_t *sums) {
  add_tap_s8(x, x_zero_point, w, w_zero_point, 4, sums);
}
#endif

// A convolution of every channel by itself, four channels at a time. The filter
// has kernel_height x kernel_width x channels elements; `bias` may be null.
static void depthwise_s8(const window *s, const int8_t *input,
                         int32_t input_zero_point, const int8_t *filter,
                         int32_t filter_zero_point, const int32_t *bias,
                         const requantization *result, int8_t *output) {
  const int32_t channels = s->in_channels;
  for (int32_t n = 0; n < s->images; ++n) {
    for (int32_t y = 0; y < s->out_height; ++y) {
      const int32_t top = y * s->stride_y - s->pad_top;
      const taps ky =
          taps_inside(top, s->in_height, s->kernel_height, s->dilation_y);
      for (int32_t x = 0; x < s->out_width; ++x) {
        const int32_t left = x * s->stride_x - s->pad_left;
        const taps kx =
            taps_inside(left, s->in_width, s->kernel_width, s->dilation_x);
        for (int32_t c = 0; c < channels; c += 4) {
          const int32_t count = channels - c < 4 ? channels - c : 4;
          uint32_t sums[4] = {0, 0, 0, 0};
          for (int32_t i = 0; bias && i < count; ++i)
            sums[i] = (uint32_t)bias[c + i];
          for (int32_t i = ky.begin; i < ky.end; ++i) {
            const int32_t in_y = top + i * s->dilation_y;
            for (int32_t j = kx.begin; j < kx.end; ++j) {
              const int32_t in_x = left + j * s->dilation_x;
              const int32_t pixel = in_y * s->in_width + in_x;
              const int32_t tap = i * s->kernel_width + j;
              const int8_t *from = input + pixel * channels + c;
              const int8_t *w = filter + tap * channels + c;
              if (count == 4)
                add_tap4_s8(from, input_zero_point, w, filter_zero_point, sums);
              else
                add_tap_s8(from, input_zero_point, w, filter_zero_point, count,
                           sums);
            }
          }
          for (int32_t i = 0; i < count; ++i)
            *output++ = (int8_t)requantize(result, (int32_t)sums[i], c + i);
        }
      }
    }
    input += s->in_height * s->in_width * channels;
  }
}

// The same where each input channel has several outputs: the channels of the
// output are in_channels x (out_channels / in_channels).
static void
depthwise_multiplied_s8(const window *s, const int8_t *input,
                        int32_t input_zero_point, const int8_t *filter,
                        int32_t filter_zero_point, const int32_t *bias,
                        const requantization *result, int8_t *output) {
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
          uint32_t sum = bias ? (uint32_t)bias[o] : 0;
          for (int32_t i = ky.begin; i < ky.end; ++i) {
            const int32_t in_y = top + i * s->dilation_y;
            for (int32_t j = kx.begin; j < kx.end; ++j) {
              const int32_t in_x = left + j * s->dilation_x;
              const int32_t pixel = in_y * s->in_width + in_x;
              const int32_t tap = i * s->kernel_width + j;
              const int8_t *from =
                  input + pixel * s->in_channels + o / multiplier;
              add_tap_s8(from, input_zero_point,
                         filter + tap * s->out_channels + o, filter_zero_point,
                         1, &sum);
            }
          }
          *output++ = (int8_t)requantize(result, (int32_t)sum, o);
        }
      }
    }
    input += s->in_height * s->in_width * s->in_channels;
  }
}
