//===- Elementwise.h - Integer add, mul, pools, mean ------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The integer arithmetic of the layers that are not contractions. Each has a
// prepare function, which a compiler runs once from the scales of the types,
// and an inline evaluation for one element. Quantized values are passed
// widened to int32; results are within `range`.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_ELEMENTWISE_H
#define PARE_NUMERICS_ELEMENTWISE_H

#include "pare/Numerics/QuantizationParameters.h"

// A compiler that contracts a*x + b*y into a fused multiply-add would change
// the result of mode `float`.
#if defined(__clang__)
#define PARE_NO_FP_CONTRACTION _Pragma("clang fp contract(off)")
#else
#define PARE_NO_FP_CONTRACTION
#endif

namespace pare {

//===----------------------------------------------------------------------===//
// add, sub
//===----------------------------------------------------------------------===//

/// Prepared add or sub.
struct AddScales {
  /// Inputs are shifted left by this many bits before they are rescaled: 20
  /// for 8-bit outputs, 15 for 16-bit.
  int32_t leftShift = 20;
  /// Fixed: s_i / (2 max(s_0, s_1)), at most 1/2. f32: s_i / s_out.
  RequantScale input[2];
  /// Fixed only: 2 max(s_0, s_1) / (2^leftShift s_out).
  QuantizedMultiplier output;
  int32_t inputZero[2] = {0, 0};
  int32_t outputZero = 0;
};

/// `outputBits` is 8 or 16.
AddScales prepareAdd(const QuantParams &a, const QuantParams &b,
                     const QuantParams &output, unsigned outputBits = 8);

/// One element of add (`subtract` false) or sub.
inline int32_t evalAdd(int32_t a, int32_t b, const AddScales &scales,
                       RequantMode mode, QuantRange range,
                       bool subtract = false) {
  PARE_NO_FP_CONTRACTION
  const int32_t da = a - scales.inputZero[0];
  const int32_t db = b - scales.inputZero[1];
  if (mode == RequantMode::Float) {
    const float fa = static_cast<float>(da) * scales.input[0].f32;
    const float fb = static_cast<float>(db) * scales.input[1].f32;
    const float sum = subtract ? fa - fb : fa + fb;
    return roundAndClampF32(sum, scales.outputZero, range);
  }
  const int32_t ra = multiplyByQuantizedMultiplier(
      wrappingShiftLeft(da, scales.leftShift), scales.input[0].fixed);
  const int32_t rb = multiplyByQuantizedMultiplier(
      wrappingShiftLeft(db, scales.leftShift), scales.input[1].fixed);
  const int32_t sum = wrappingAdd(ra, subtract ? -rb : rb);
  return requantizeFixed(sum, scales.output, scales.outputZero, range);
}

//===----------------------------------------------------------------------===//
// mul
//===----------------------------------------------------------------------===//

/// Prepared mul: scale = s_0 * s_1 / s_out, products in double.
struct MulScales {
  RequantScale scale;
  int32_t inputZero[2] = {0, 0};
  int32_t outputZero = 0;
};

MulScales prepareMul(const QuantParams &a, const QuantParams &b,
                     const QuantParams &output);

inline int32_t evalMul(int32_t a, int32_t b, const MulScales &scales,
                       RequantMode mode, QuantRange range) {
  const int32_t product = (a - scales.inputZero[0]) * (b - scales.inputZero[1]);
  return requantize(product, scales.scale, mode, scales.outputZero, range);
}

//===----------------------------------------------------------------------===//
// requantize, quantize between integer types
//===----------------------------------------------------------------------===//

/// Prepared change of scale and zero point between integer types.
struct RescaleScales {
  RequantScale scale;
  int32_t inputZero = 0;
  int32_t outputZero = 0;
  /// The scales are equal: only the zero points differ and no rounding takes
  /// place, in either mode.
  bool identity = false;
  /// Outputs wider than 16 bits always take the fixed path: their bounds are
  /// not exact in f32.
  bool wide = false;
};

RescaleScales prepareRescale(const QuantParams &input,
                             const QuantParams &output,
                             unsigned outputBits = 8);

inline int32_t evalRescale(int32_t q, const RescaleScales &scales,
                           RequantMode mode, QuantRange range) {
  const int32_t difference = wrappingAdd(q, wrappingAdd(~scales.inputZero, 1));
  if (scales.identity)
    return clampTo(wrappingAdd(difference, scales.outputZero), range);
  return requantize(difference, scales.scale,
                    scales.wide ? RequantMode::Fixed : mode, scales.outputZero,
                    range);
}

//===----------------------------------------------------------------------===//
// Pools. Input and output have the same scale and zero point, so the same
// integer arithmetic serves both modes.
//===----------------------------------------------------------------------===//

/// The rounded average of `count` > 0 values with sum `sum`: half the count is
/// added away from zero, the division truncates. `count` is the number of
/// elements of the window inside the input. Ties depend on where zero lies:
/// unsigned values are averaged as the signed values that are `offset` less
/// (128 for u8), so that moving a network to signed values changes nothing.
inline int32_t evalAveragePool(int32_t sum, int32_t count, QuantRange range,
                               int32_t offset = 0) {
  const int32_t moved = sum - offset * count;
  const int32_t average =
      moved > 0 ? (moved + count / 2) / count : (moved - count / 2) / count;
  return clampTo(average + offset, range);
}

/// The greatest of the values inside the input, clamped.
inline int32_t evalMaxPool(int32_t greatest, QuantRange range) {
  return clampTo(greatest, range);
}

//===----------------------------------------------------------------------===//
// reduce_mean, reduce_sum
//===----------------------------------------------------------------------===//

/// Prepared mean or sum over `count` elements.
struct ReduceScales {
  RequantScale scale;
  /// inputZero * count: what the sum holds too much (modulo 2^32).
  int32_t sumOffset = 0;
  int32_t outputZero = 0;
};

/// Fixed: the multiplier of s_in / s_out with 1/count folded in by an integer
/// division, as TFLite Micro's reference kernel does. f32: s_in / (s_out *
/// count). count > 0.
ReduceScales prepareMean(const QuantParams &input, const QuantParams &output,
                         int64_t count);
ReduceScales prepareSum(const QuantParams &input, const QuantParams &output,
                        int64_t count);

/// `sum` is the int32 sum of the quantized values, zero points included.
inline int32_t evalReduce(int32_t sum, const ReduceScales &scales,
                          RequantMode mode, QuantRange range) {
  const int32_t shifted = wrappingAdd(sum, wrappingAdd(~scales.sumOffset, 1));
  return requantize(shifted, scales.scale, mode, scales.outputZero, range);
}

} // namespace pare

#endif // PARE_NUMERICS_ELEMENTWISE_H
