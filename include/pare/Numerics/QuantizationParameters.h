//===- QuantizationParameters.h - Choosing and using scales -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantization parameters after the public TFLite 8-bit specification:
//   real = scale * (quantized - zeroPoint)
// Every scale that leaves this header is a positive normal f32 value held in
// a double, so that writing it to a model file and reading it back changes
// nothing.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_QUANTIZATIONPARAMETERS_H
#define PARE_NUMERICS_QUANTIZATIONPARAMETERS_H

#include "pare/Numerics/Requantize.h"

#include <functional>
#include <optional>
#include <vector>

namespace pare {

/// Scale and zero point of one tensor (or of one channel).
struct QuantParams {
  double scale = 1.0;
  int32_t zeroPoint = 0;

  bool operator==(const QuantParams &other) const {
    return scale == other.scale && zeroPoint == other.zeroPoint;
  }
};

/// What a signed or unsigned integer of `bits` (2..32) holds; unsigned 32-bit
/// is cut at INT32_MAX.
QuantRange storageRange(unsigned bits, bool isSigned);

/// The range of symmetric weights: [-127, 127] for 8 bits.
QuantRange narrowRange(unsigned bits);

/// Asymmetric parameters for activations with values in [min, max]. The range
/// is widened to hold 0, the scale rounded to f32, and the zero point is the
/// nearest integer to range.lo - min/scale, so that 0.0 is exact. An empty
/// range (min == max == 0) gives scale 1 and the zero point nearest to 0.
/// nullopt if a bound is not finite, min > max, or the range has no two values.
std::optional<QuantParams> chooseAsymmetric(double min, double max,
                                            QuantRange range = {-128, 127});

/// Symmetric parameters for values of magnitude up to `maxAbs`: zero point 0,
/// scale = f32(maxAbs / range.hi). All zeros give scale 1. nullopt if `maxAbs`
/// is negative or not finite, or range.hi < 1.
std::optional<QuantParams> chooseSymmetric(double maxAbs,
                                           QuantRange range = {-127, 127});

/// Symmetric parameters of a weight tensor: one for all of `weights`.
std::optional<QuantParams> chooseWeights(const float *weights, size_t count,
                                         QuantRange range = {-127, 127});

/// One scale per index of axis `axis` of a dense row-major tensor of `shape`;
/// nullopt on a bad axis, a non-finite weight, or an empty tensor.
std::optional<std::vector<double>>
chooseWeightsPerAxis(const float *weights, const std::vector<int64_t> &shape,
                     unsigned axis, QuantRange range = {-127, 127});

/// The scale of an int32 bias: the f32 product of the two scales, as TFLite
/// writes it to model files.
double biasScale(double inputScale, double filterScale);

/// round_half_away(real / scale), saturated to int32: for biases. NaN gives 0.
int32_t quantizeBias(double real, double scale);

/// Quantizes one f32 value: clamp(round_half_away(x / f32(scale)) + zeroPoint)
/// with one f32 division. NaN gives the zero point. For outputs of at most 16
/// bits; infinities saturate.
inline int32_t quantizeF32(float x, const QuantParams &params,
                           QuantRange range) {
  if (x != x)
    return clampTo(params.zeroPoint, range);
  const float rounded = std::round(x / static_cast<float>(params.scale));
  // Clamp before the conversion, which is undefined beyond int32.
  const float lo = static_cast<float>(range.lo - params.zeroPoint);
  const float hi = static_cast<float>(range.hi - params.zeroPoint);
  const float clamped = rounded < lo ? lo : (rounded > hi ? hi : rounded);
  return static_cast<int32_t>(clamped) + params.zeroPoint;
}

/// The real value of q: f32(scale) * f32(q - zeroPoint), one f32 multiply.
inline float dequantizeF32(int32_t q, const QuantParams &params) {
  return static_cast<float>(params.scale) *
         static_cast<float>(static_cast<int64_t>(q) - params.zeroPoint);
}

/// The quantized bounds of a clamp to [lo, hi] in real units (either may be
/// absent) on a tensor with `params` and `storage`: zeroPoint +
/// round_half_away(f32(bound) / f32(scale)), intersected with `storage`.
QuantRange activationRange(std::optional<double> lo, std::optional<double> hi,
                           const QuantParams &params, QuantRange storage);

/// The table of a unary function on an 8-bit input: entry i belongs to the
/// input value inputRange.lo + i; each is clamp(round_half_away(
/// f(inScale * (q - inZero)) / outScale) + outZero), all in double. 256 entries
/// for 8-bit ranges. A NaN result gives the output's zero point.
std::vector<int32_t> buildTable(const std::function<double(double)> &function,
                                const QuantParams &input, QuantRange inputRange,
                                const QuantParams &output,
                                QuantRange outputRange);

/// Output parameters that the 8-bit specification fixes.
inline QuantParams softmaxOutputParams() { return {1.0 / 256, -128}; }
inline QuantParams logisticOutputParams() { return {1.0 / 256, -128}; }
inline QuantParams tanhOutputParams() { return {1.0 / 128, 0}; }

} // namespace pare

#endif // PARE_NUMERICS_QUANTIZATIONPARAMETERS_H
