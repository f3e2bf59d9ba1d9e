//===- mve_requantize.h - From sums to integers, four at once -----*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "mve.h"
#include "requantize_fixed.h"

// requantize() of four sums of one channel, of which `multiplier` and `shift`
// are; all shifts are from -31 to -1.
static inline lanes_s32 requantize_channel(const requantization *r,
                                           lanes_s32 sums, int32_t multiplier,
                                           int32_t shift) {
#if defined(__ARM_FEATURE_MVE)
  int32x4_t x = vqrdmulhq_n_s32(sums, multiplier);
  // VRSHL rounds halves up. Those below zero must go down, unless all of them
  // end at the lower bound anyway.
  if (r->low < r->zero_point)
    x = vqaddq_s32(x, vshrq_n_s32(x, 31));
  x = vaddq_n_s32(vrshlq_n_s32(x, shift), r->zero_point);
  return vminq_s32(vmaxq_s32(x, vdupq_n_s32(r->low)), vdupq_n_s32(r->high));
#else
  for (int32_t i = 0; i < 4; ++i) {
    const int32_t scaled = multiply_fixed(sums.lane[i], multiplier, shift);
    sums.lane[i] =
        clamp_s32(add_wrapping(scaled, r->zero_point), r->low, r->high);
  }
  return sums;
#endif
}

// The scales of four channels.
#if defined(__ARM_FEATURE_MVE)
typedef struct scales_4 {
  int32x4_t multipliers;
  int32x4_t powers; // 2^(31 + shift)
  int32x4_t low, high;
  int32_t zero_point, rounds_below_zero;
} scales_4;

static inline scales_4 load_scales(const requantization *r, int32_t channel) {
  scales_4 s;
  int32x4_t shifts;
  if (r->channel_step != 0) {
    s.multipliers = vldrwq_s32(r->multipliers + channel);
    shifts = vldrbq_s32(r->shifts + channel);
  } else {
    s.multipliers = vdupq_n_s32(r->multipliers[0]);
    shifts = vdupq_n_s32(r->shifts[0]);
  }
  s.powers = vshlq_s32(vdupq_n_s32(1), vaddq_n_s32(shifts, 31));
  s.low = vdupq_n_s32(r->low);
  s.high = vdupq_n_s32(r->high);
  s.zero_point = r->zero_point;
  s.rounds_below_zero = r->low < r->zero_point;
  return s;
}
#else
typedef struct scales_4 {
  const requantization *result;
  int32_t channel;
} scales_4;

static inline scales_4 load_scales(const requantization *r, int32_t channel) {
  const scales_4 s = {r, channel};
  return s;
}
#endif

// requantize() of a sum of each of four channels; all shifts are from -31 to
// -1.
static inline lanes_s32 requantize_4(const scales_4 *s, lanes_s32 sums) {
#if defined(__ARM_FEATURE_MVE)
  (void)requantize; // the twin alone calls it
  int32x4_t x = vqrdmulhq_s32(sums, s->multipliers);
  if (s->rounds_below_zero)
    x = vqaddq_s32(x, vshrq_n_s32(x, 31));
  // VQRDMLASH: x * power / 2^31, halves up, and the zero point.
  x = vqrdmlashq_n_s32(x, s->powers, s->zero_point);
  return vminq_s32(vmaxq_s32(x, s->low), s->high);
#else
  for (int32_t i = 0; i < 4; ++i)
    sums.lane[i] = requantize(s->result, sums.lane[i], s->channel + i);
  return sums;
#endif
}
