//===- kernels.c - Random calls of the vector kernels ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled twice: RUN is the name of the function, whose code has vectors, or
// the portable twins if __ARM_FEATURE_MVE is undefined.
//
//===----------------------------------------------------------------------===//

#include "kernels.h"
#include "mve_add_s8.h"
#include "mve_contract_s8.h"
#include "mve_depthwise_s8.h"
#include "mve_pool_s8.h"

enum { MAX_CHANNELS = 40, MAX_BYTES = 8192 };

static uint32_t state;

// From low to high.
static int32_t draw(int32_t low, int32_t high) {
  state = state * 1664525 + 1013904223;
  return low + (int32_t)((state >> 8) % (uint32_t)(high - low + 1));
}

static void fill(int8_t *to, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    to[i] = (int8_t)draw(-128, 127);
}

static int32_t draw_multiplier(void) {
  return (INT32_C(1) << 30) + draw(0, (1 << 24) - 1) * 64 + draw(0, 63);
}

static int32_t multipliers[MAX_CHANNELS], bias[MAX_CHANNELS];
static int8_t shifts[MAX_CHANNELS];

static requantization draw_requantization(void) {
  for (int32_t i = 0; i < MAX_CHANNELS; ++i) {
    multipliers[i] = draw(0, 20) == 0 ? 0 : draw_multiplier();
    shifts[i] = (int8_t)draw(draw(0, 4) == 0 ? -31 : -12, -1);
    bias[i] = draw(-30000, 30000);
    // Ties, and sums that wrap.
    if (draw(0, 3) == 0)
      multipliers[i] = INT32_C(1) << 30;
    if (draw(0, 20) == 0)
      bias[i] = draw(0, 1) ? INT32_MAX : INT32_MIN;
  }
  requantization r = {multipliers, shifts, draw(0, 3) != 0, 0, -128, 127};
  r.zero_point = draw(0, 1) ? -128 : draw(-128, 127);
  if (draw(0, 2) == 0) {
    r.low = draw(-128, 20);
    r.high = draw(r.low, 127);
  }
  return r;
}

static window draw_window(void) {
  window s;
  s.images = draw(1, 2);
  s.groups = 1;
  s.kernel_height = draw(1, 4);
  s.kernel_width = draw(1, 4);
  s.dilation_y = draw(1, 2);
  s.dilation_x = draw(1, 2);
  s.stride_y = draw(1, 2);
  s.stride_x = draw(1, 2);
  s.in_channels = draw(1, 20);
  s.out_channels = draw(4, MAX_CHANNELS);
  s.out_height = draw(1, 3);
  s.out_width = draw(1, 10);
  s.pad_top = draw(0, s.kernel_height - 1);
  s.pad_left = draw(0, s.kernel_width - 1);
  // Some rows and columns may be below and right of the image.
  const int32_t height = (s.out_height - 1) * s.stride_y +
                         (s.kernel_height - 1) * s.dilation_y + 1 - s.pad_top;
  const int32_t width = (s.out_width - 1) * s.stride_x +
                        (s.kernel_width - 1) * s.dilation_x + 1 - s.pad_left;
  s.in_height = draw(0, 1) && height > 1 ? height - 1 : height;
  s.in_width = draw(0, 1) && width > 1 ? width - 1 : width;
  s.in_height = maximum_s32(s.in_height, 1);
  s.in_width = maximum_s32(s.in_width, 1);
  return s;
}

int32_t RUN(uint32_t seed, int8_t *output) {
  static int8_t input[MAX_BYTES], weights[MAX_BYTES];
  static uint64_t room[MAX_BYTES];
  state = seed;
  fill(input, MAX_BYTES);
  fill(weights, MAX_BYTES);
  requantization r = draw_requantization();
  window s = draw_window();
  const int32_t zero_point = draw(-128, 127);
  const int32_t pixels = s.images * s.out_height * s.out_width;
  switch (seed % 5) {
  case 0: {
    const dense_rows f = {weights, bias, draw(1, 100), s.out_channels};
    const int32_t rows = draw(1, 9);
    matmul_mve_s8(rows, input, &f, &r, output);
    return rows * f.count;
  }
  case 1: {
    s.in_channels = minimum_s32(s.in_channels, 8);
    const dense_rows f = {weights, bias,
                          s.kernel_height * s.kernel_width * s.in_channels,
                          s.out_channels};
    contract_mve_s8(&s, input, zero_point, &f, &r, (int8_t *)room, output);
    return pixels * f.count;
  }
  case 2: {
    s.in_channels = s.out_channels = minimum_s32(s.out_channels, 12);
    const channel_taps f = {weights, bias, s.in_channels, s.kernel_height,
                            s.kernel_width};
    depthwise_mve_s8(&s, input, zero_point, &f, &r, (int8_t *)room, output);
    return pixels * s.out_channels;
  }
  case 3: {
    const addition sum = {20,
                          draw(-128, 127),
                          draw(-128, 127),
                          draw_multiplier(),
                          draw(-4, 0),
                          draw_multiplier(),
                          draw(-4, 0),
                          draw_multiplier(),
                          draw(-22, -15),
                          r.zero_point,
                          r.low,
                          r.high};
    const int32_t count = draw(1, 70);
    add_mve_s8(count, input, weights, &sum, output);
    return count;
  }
  default:
    s.dilation_y = s.dilation_x = 1;
    s.pad_top = minimum_s32(s.pad_top, s.kernel_height - 1);
    s.in_channels = s.out_channels = minimum_s32(s.out_channels, 12);
    s.in_height = (s.out_height - 1) * s.stride_y + s.kernel_height - s.pad_top;
    s.in_width = (s.out_width - 1) * s.stride_x + s.kernel_width - s.pad_left;
    average_pool_mve_s8(&s, input, draw(0, 1), zero_point, r.low, r.high,
                        output);
    return pixels * s.out_channels;
  }
}
