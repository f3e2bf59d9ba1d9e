//===- Requantize.h - From accumulators to quantized values -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How an int32 accumulator becomes a quantized value, in both modes. The mode
// is a property of the network, not of a back end. Scales are f32 values held
// in doubles, as the quantized types of the IR hold them.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_REQUANTIZE_H
#define PARE_NUMERICS_REQUANTIZE_H

#include "pare/Numerics/FixedPoint.h"

#include <cmath>

namespace pare {

/// fixed: int32 multiplier and shift, bit-exact to the TFLite Micro reference
/// kernels. float: one f32 multiply, round to nearest even.
enum class RequantMode : uint8_t { Fixed, Float };

/// An inclusive range of quantized values.
struct QuantRange {
  int32_t lo = -128;
  int32_t hi = 127;

  bool operator==(const QuantRange &other) const {
    return lo == other.lo && hi == other.hi;
  }
};

/// One real factor, prepared for both modes.
struct RequantScale {
  QuantizedMultiplier fixed;
  float f32 = 0.0f;
};

/// Prepares a real factor: fixed = quantizeMultiplier(real), f32 = the nearest
/// float.
inline RequantScale prepareRequantScale(double real) {
  return {quantizeMultiplier(real), static_cast<float>(real)};
}

/// Effective scale of one output channel of conv2d and depthwise_conv2d:
/// double(input) * double(filter) / double(output), as TFLite computes it for
/// per-channel (and int8 per-tensor) filters.
inline double convEffectiveScale(double input, double filter, double output) {
  return input * filter / output;
}

/// Effective scale of a per-tensor fully_connected (and of conv2d on uint8,
/// batch_matmul and the gates of the integer LSTM): the product of the input
/// scales is rounded to f32 before the division in double, as in TFLite. A
/// fully_connected with per-channel filters uses convEffectiveScale.
inline double fullyConnectedEffectiveScale(double input, double filter,
                                           double output) {
  const float product = static_cast<float>(input) * static_cast<float>(filter);
  return static_cast<double>(product) / output;
}

inline int32_t clampTo(int32_t x, QuantRange range) {
  return x < range.lo ? range.lo : (x > range.hi ? range.hi : x);
}

/// f32 value (in units of the output's scale, zero point not yet added) to a
/// quantized value: clamp in f32, round half to even, add the zero point.
/// |range| and zero point must be exact in f32: outputs of at most 16 bits.
/// NaN gives the lower bound (it compares as below it).
inline int32_t roundAndClampF32(float value, int32_t zeroPoint,
                                QuantRange range) {
  const float lo = static_cast<float>(range.lo - zeroPoint);
  const float hi = static_cast<float>(range.hi - zeroPoint);
  // Written so that NaN falls into the first branch, as x86's maxps does.
  const float low = value > lo ? value : lo;
  const float clamped = low < hi ? low : hi;
  return static_cast<int32_t>(std::nearbyintf(clamped)) + zeroPoint;
}

/// Mode `fixed`: clamp(zeroPoint + multiplyByQuantizedMultiplier(acc)).
inline int32_t requantizeFixed(int32_t acc, QuantizedMultiplier factor,
                               int32_t zeroPoint, QuantRange range) {
  return clampTo(
      wrappingAdd(multiplyByQuantizedMultiplier(acc, factor), zeroPoint),
      range);
}

/// Mode `float`: f32(acc) * scale, rounded once, then roundAndClampF32.
inline int32_t requantizeFloat(int32_t acc, float scale, int32_t zeroPoint,
                               QuantRange range) {
  const float value = static_cast<float>(acc) * scale;
  return roundAndClampF32(value, zeroPoint, range);
}

/// The accumulator as a quantized value in the given mode.
inline int32_t requantize(int32_t acc, const RequantScale &scale,
                          RequantMode mode, int32_t zeroPoint,
                          QuantRange range) {
  return mode == RequantMode::Fixed
             ? requantizeFixed(acc, scale.fixed, zeroPoint, range)
             : requantizeFloat(acc, scale.f32, zeroPoint, range);
}

} // namespace pare

#endif // PARE_NUMERICS_REQUANTIZE_H
