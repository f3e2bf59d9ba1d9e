//===- requantize_fixed.h - From sums to integers, in fixed point -*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "dsp.h"
#include "fixed_point.h"

// How a sum becomes an integer of the output: multiplied by
// multiplier * 2^(shift - 31), moved to the zero point, clamped.
typedef struct requantization {
  const int32_t *multipliers;
  const int8_t *shifts;
  int32_t channel_step; // 1, or 0 if all channels share one multiplier
  int32_t zero_point;
  int32_t low, high;
} requantization;

static inline int32_t requantize(const requantization *r, int32_t sum,
                                 int32_t channel) {
  const int32_t i = channel * r->channel_step;
  const int32_t scaled = multiply_fixed(sum, r->multipliers[i], r->shifts[i]);
  return clamp_s32(add_wrapping(scaled, r->zero_point), r->low, r->high);
}

// Clamps what has 8 bits: constant bounds of int8 need no code.
static inline int8_t clamp_s8(int32_t x, int32_t low, int32_t high) {
  if (low > -128 && x < low)
    return (int8_t)low;
  if (high < 127 && x > high)
    return (int8_t)high;
  return (int8_t)x;
}

// As `requantize`, in few instructions, for sums of at most 30 bits and a sign,
// which are multiplied by multiplier * 2^(-32 - shift). `offset` is 2 *
// zero_point + 1.
typedef struct narrowing {
  const int32_t *multipliers;
  const uint8_t *shifts;
  int32_t channel_step; // 1, or 0 if all channels share one multiplier
  int32_t offset;
  int32_t low, high;
} narrowing;

// What `narrowing` is for one channel, where stores of outputs would have a
// compiler read it again and again.
typedef struct channel_narrowing {
  int32_t multiplier, shift, offset;
  int32_t low, high;
} channel_narrowing;

static inline channel_narrowing narrowing_of(const narrowing *r,
                                             int32_t channel) {
  const int32_t i = channel * r->channel_step;
  const channel_narrowing one = {r->multipliers[i], r->shifts[i], r->offset,
                                 r->low, r->high};
  return one;
}

// The last bit of the shift comes behind the addition of the zero point, so
// that the 1 in `offset` is the half which rounds.
static inline int8_t narrow_channel(const channel_narrowing *r, int32_t sum) {
  const int32_t high = multiply_to_high(sum * 2, r->multiplier);
  const int32_t away_from_zero = high - (high < 0);
  const int32_t twice = shift_right_s32(away_from_zero, r->shift);
  return clamp_s8(saturate_half_s8(twice + r->offset), r->low, r->high);
}

static inline int8_t narrow(const narrowing *r, int32_t sum, int32_t channel) {
  const channel_narrowing one = narrowing_of(r, channel);
  return narrow_channel(&one, sum);
}

// The same for the channels from `channel` on.
static inline narrowing narrowing_from(const narrowing *r, int32_t channel) {
  narrowing rest = *r;
  rest.multipliers += channel * r->channel_step;
  rest.shifts += channel * r->channel_step;
  return rest;
}

// How the sum of two quantized numbers becomes one. Both are brought to one
// scale, `left_shift` bits finer than that of the result, and added there.
typedef struct addition {
  int32_t left_shift;
  int32_t lhs_zero_point, rhs_zero_point;
  int32_t lhs_multiplier, lhs_shift;
  int32_t rhs_multiplier, rhs_shift;
  int32_t multiplier, shift;
  int32_t zero_point;
  int32_t low, high;
} addition;

static inline int32_t add_scaled(const addition *a, int32_t lhs, int32_t rhs) {
  const int32_t sum = add_wrapping(lhs, rhs);
  const int32_t scaled = multiply_fixed(sum, a->multiplier, a->shift);
  return clamp_s32(add_wrapping(scaled, a->zero_point), a->low, a->high);
}

static inline int32_t scale_lhs(const addition *a, int32_t x) {
  const uint32_t centered = (uint32_t)(x - a->lhs_zero_point);
  return multiply_fixed((int32_t)(centered << a->left_shift), a->lhs_multiplier,
                        a->lhs_shift);
}

static inline int32_t scale_rhs(const addition *a, int32_t x) {
  const uint32_t centered = (uint32_t)(x - a->rhs_zero_point);
  return multiply_fixed((int32_t)(centered << a->left_shift), a->rhs_multiplier,
                        a->rhs_shift);
}

static inline int32_t add_quantized(const addition *a, int32_t lhs,
                                    int32_t rhs) {
  return add_scaled(a, scale_lhs(a, lhs), scale_rhs(a, rhs));
}

static inline int32_t subtract_quantized(const addition *a, int32_t lhs,
                                         int32_t rhs) {
  const uint32_t negated = 0 - (uint32_t)scale_rhs(a, rhs);
  return add_scaled(a, scale_lhs(a, lhs), (int32_t)negated);
}

// A summand of 8 bits, `x` less its zero point, with 20 more bits: as
// multiply_fixed, for a factor of at most 1/2.
static inline int32_t scale_summand(int32_t x, int32_t multiplier,
                                    int32_t shift) {
  const int32_t high = multiply_to_high(x * (INT32_C(1) << 21), multiplier);
  if (shift == 0)
    return high;
  const int32_t half = INT32_C(1) << (-shift - 1);
  return shift_right_s32(high - (high < 0) + half, -shift);
}

// add_quantized of 8 bits in few instructions, for scales that make summands
// and the sum smaller.
static inline int8_t add_narrow(const addition *a, int32_t lhs, int32_t rhs) {
  const int32_t sum =
      scale_summand(lhs - a->lhs_zero_point, a->lhs_multiplier, a->lhs_shift) +
      scale_summand(rhs - a->rhs_zero_point, a->rhs_multiplier, a->rhs_shift);
  const int32_t high = multiply_to_high(sum * 2, a->multiplier);
  const int32_t twice = shift_right_s32(high - (high < 0), -a->shift - 1);
  const int32_t q = saturate_half_s8(twice + 2 * a->zero_point + 1);
  return clamp_s8(q, a->low, a->high);
}
