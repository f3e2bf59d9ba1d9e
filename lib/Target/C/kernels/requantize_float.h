//===- requantize_float.h - From sums to integers, by f32 ---------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "fixed_point.h"

#include <string.h>

// Halves to the even integer; |x| < 2^22. Adding 1.5 * 2^23 leaves no bits for
// a fraction, so the FPU rounds, and the integer is in the low bits.
static inline int32_t round_to_even(float x) {
  const float shifted = x + 12582912.0f;
  int32_t bits;
  memcpy(&bits, &shifted, sizeof(bits));
  return bits - 0x4b400000;
}

// Clamps before it rounds, so that all that is rounded fits. NaN becomes `low`.
static inline int32_t clamp_and_round(float x, float low, float high) {
  const float above = x > low ? x : low;
  return round_to_even(above < high ? above : high);
}

// How a sum becomes an integer of the output: multiplied by a factor, rounded,
// moved to the zero point.
typedef struct requantization {
  const float *factors;
  int32_t channel_step; // 1, or 0 if all channels share one factor
  int32_t zero_point;
  float low, high; // bounds of the result less the zero point
} requantization;

static inline int32_t requantize(const requantization *r, int32_t sum,
                                 int32_t channel) {
  const float scaled = (float)sum * r->factors[channel * r->channel_step];
  return clamp_and_round(scaled, r->low, r->high) + r->zero_point;
}

// The same for results of 8 bits.
typedef struct narrowing {
  const float *factors;
  int32_t channel_step;
  int32_t zero_point;
  float low, high;
} narrowing;

// What `narrowing` is for one channel.
typedef struct channel_narrowing {
  float factor;
  int32_t zero_point;
  float low, high;
} channel_narrowing;

static inline channel_narrowing narrowing_of(const narrowing *r,
                                             int32_t channel) {
  const channel_narrowing one = {r->factors[channel * r->channel_step],
                                 r->zero_point, r->low, r->high};
  return one;
}

static inline int8_t narrow_channel(const channel_narrowing *r, int32_t sum) {
  const float scaled = (float)sum * r->factor;
  return (int8_t)(clamp_and_round(scaled, r->low, r->high) + r->zero_point);
}

static inline int8_t narrow(const narrowing *r, int32_t sum, int32_t channel) {
  const channel_narrowing one = narrowing_of(r, channel);
  return narrow_channel(&one, sum);
}

// The same for the channels from `channel` on.
static inline narrowing narrowing_from(const narrowing *r, int32_t channel) {
  narrowing rest = *r;
  rest.factors += channel * r->channel_step;
  return rest;
}

// How the sum of two quantized numbers becomes one.
typedef struct addition {
  int32_t lhs_zero_point, rhs_zero_point;
  float lhs_factor, rhs_factor;
  int32_t zero_point;
  float low, high; // bounds of the result less the zero point
} addition;

static inline int32_t add_quantized(const addition *a, int32_t lhs,
                                    int32_t rhs) {
  const float x = (float)(lhs - a->lhs_zero_point) * a->lhs_factor;
  const float y = (float)(rhs - a->rhs_zero_point) * a->rhs_factor;
  return clamp_and_round(x + y, a->low, a->high) + a->zero_point;
}

static inline int32_t subtract_quantized(const addition *a, int32_t lhs,
                                         int32_t rhs) {
  const float x = (float)(lhs - a->lhs_zero_point) * a->lhs_factor;
  const float y = (float)(rhs - a->rhs_zero_point) * a->rhs_factor;
  return clamp_and_round(x - y, a->low, a->high) + a->zero_point;
}
