//===- mve_add_s8.h - Sums of two int8 by vectors -----------------*- C -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#pragma once

#include "mve.h"
#include "requantize_fixed.h"

// One operand brought to the scale of the sum; the shift is from -31 to 0.
#if defined(__ARM_FEATURE_MVE)
static inline int32x4_t scale_operand(int32x4_t x, int32_t zero_point,
                                      int32_t left_shift, int32_t multiplier,
                                      int32_t shift) {
  x = vshlq_r_s32(vsubq_n_s32(x, zero_point), left_shift);
  x = vqrdmulhq_n_s32(x, multiplier);
  if (shift == 0)
    return x;
  return vrshlq_n_s32(vqaddq_s32(x, vshrq_n_s32(x, 31)), shift);
}
#endif

// add_quantized() of `count` elements; the shifts of the operands are from -31
// to 0, that of the sum from -31 to -1.
static inline void add_mve_s8(int32_t count, const int8_t *lhs,
                              const int8_t *rhs, const addition *sum,
                              int8_t *output) {
  const addition a = *sum;
#if defined(__ARM_FEATURE_MVE)
  const int32x4_t power = vdupq_n_s32((int32_t)(UINT32_C(1) << (31 + a.shift)));
  const int32x4_t low = vdupq_n_s32(a.low), high = vdupq_n_s32(a.high);
  for (; count >= 4; count -= 4) {
    const int32x4_t x =
        scale_operand(vldrbq_s32(lhs), a.lhs_zero_point, a.left_shift,
                      a.lhs_multiplier, a.lhs_shift);
    const int32x4_t y =
        scale_operand(vldrbq_s32(rhs), a.rhs_zero_point, a.left_shift,
                      a.rhs_multiplier, a.rhs_shift);
    int32x4_t z = vqrdmulhq_n_s32(vaddq_s32(x, y), a.multiplier);
    z = vqaddq_s32(z, vshrq_n_s32(z, 31));
    z = vqrdmlashq_n_s32(z, power, a.zero_point);
    vstrbq_s32(output, vminq_s32(vmaxq_s32(z, low), high));
    lhs += 4;
    rhs += 4;
    output += 4;
  }
#endif
  for (int32_t i = 0; i < count; ++i)
    output[i] = (int8_t)add_quantized(&a, lhs[i], rhs[i]);
}
