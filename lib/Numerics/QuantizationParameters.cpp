//===- QuantizationParameters.cpp - Choosing and using scales -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/QuantizationParameters.h"

#include <algorithm>
#include <cfloat>

using namespace pare;

QuantRange pare::storageRange(unsigned bits, bool isSigned) {
  bits = std::clamp(bits, 2u, 32u);
  if (isSigned)
    return {static_cast<int32_t>(-(int64_t(1) << (bits - 1))),
            static_cast<int32_t>((int64_t(1) << (bits - 1)) - 1)};
  return {0, static_cast<int32_t>(
                 std::min<int64_t>((int64_t(1) << bits) - 1, INT32_MAX))};
}

QuantRange pare::narrowRange(unsigned bits) {
  QuantRange range = storageRange(bits, /*isSigned=*/true);
  ++range.lo;
  return range;
}

/// The f32 value nearest to `scale`, kept positive and normal; nullopt if it
/// is beyond f32.
static std::optional<double> roundScale(double scale) {
  if (!(scale <= static_cast<double>(FLT_MAX)))
    return std::nullopt;
  return static_cast<double>(std::max(static_cast<float>(scale), FLT_MIN));
}

std::optional<QuantParams> pare::chooseAsymmetric(double min, double max,
                                                  QuantRange range) {
  if (!std::isfinite(min) || !std::isfinite(max) || min > max ||
      range.lo >= range.hi)
    return std::nullopt;
  min = std::min(min, 0.0);
  max = std::max(max, 0.0);
  if (min == max)
    return QuantParams{1.0, clampTo(0, range)};
  const double steps = static_cast<double>(range.hi) - range.lo;
  // Divide before subtracting: max - min could overflow.
  std::optional<double> scale = roundScale(max / steps - min / steps);
  if (!scale)
    return std::nullopt;
  const double zero = std::round(range.lo - min / *scale);
  return QuantParams{*scale, static_cast<int32_t>(
                                 std::clamp<double>(zero, range.lo, range.hi))};
}

std::optional<QuantParams> pare::chooseSymmetric(double maxAbs,
                                                 QuantRange range) {
  if (!std::isfinite(maxAbs) || maxAbs < 0 || range.hi < 1)
    return std::nullopt;
  if (maxAbs == 0)
    return QuantParams{};
  std::optional<double> scale = roundScale(maxAbs / range.hi);
  if (!scale)
    return std::nullopt;
  return QuantParams{*scale, 0};
}

std::optional<QuantParams> pare::chooseWeights(const float *weights,
                                               size_t count, QuantRange range) {
  float maxAbs = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(weights[i]))
      return std::nullopt;
    maxAbs = std::max(maxAbs, std::fabs(weights[i]));
  }
  return chooseSymmetric(maxAbs, range);
}

std::optional<std::vector<double>>
pare::chooseWeightsPerAxis(const float *weights,
                           const std::vector<int64_t> &shape, unsigned axis,
                           QuantRange range) {
  if (axis >= shape.size())
    return std::nullopt;
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] <= 0)
      return std::nullopt;
    if (i < axis)
      outer *= shape[i];
    else if (i > axis)
      inner *= shape[i];
  }
  const int64_t channels = shape[axis];
  std::vector<float> maxAbs(channels, 0.0f);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t i = 0; i < inner; ++i) {
        const float w = weights[(o * channels + c) * inner + i];
        if (!std::isfinite(w))
          return std::nullopt;
        maxAbs[c] = std::max(maxAbs[c], std::fabs(w));
      }
  std::vector<double> scales;
  scales.reserve(channels);
  for (float m : maxAbs) {
    std::optional<QuantParams> params = chooseSymmetric(m, range);
    if (!params)
      return std::nullopt;
    scales.push_back(params->scale);
  }
  return scales;
}

double pare::biasScale(double inputScale, double filterScale) {
  return static_cast<float>(inputScale) * static_cast<float>(filterScale);
}

int32_t pare::quantizeBias(double real, double scale) {
  const double rounded = std::round(real / scale);
  if (rounded != rounded)
    return 0;
  return static_cast<int32_t>(
      std::clamp<double>(rounded, INT32_MIN, INT32_MAX));
}

QuantRange pare::activationRange(std::optional<double> lo,
                                 std::optional<double> hi,
                                 const QuantParams &params,
                                 QuantRange storage) {
  auto quantizeBound = [&](double bound) {
    const float steps = std::round(static_cast<float>(bound) /
                                   static_cast<float>(params.scale));
    // In double every int32 is exact, so that the clamp is too.
    const double q = static_cast<double>(steps) + params.zeroPoint;
    return static_cast<int32_t>(std::clamp<double>(q, storage.lo, storage.hi));
  };
  QuantRange range = storage;
  if (lo)
    range.lo = quantizeBound(*lo);
  if (hi)
    range.hi = quantizeBound(*hi);
  return range;
}

std::vector<int32_t>
pare::buildTable(const std::function<double(double)> &function,
                 const QuantParams &input, QuantRange inputRange,
                 const QuantParams &output, QuantRange outputRange) {
  std::vector<int32_t> table;
  for (int64_t q = inputRange.lo; q <= inputRange.hi; ++q) {
    const double x = input.scale * static_cast<double>(q - input.zeroPoint);
    const double steps = std::round(function(x) / output.scale);
    if (steps != steps) {
      table.push_back(clampTo(output.zeroPoint, outputRange));
      continue;
    }
    table.push_back(static_cast<int32_t>(std::clamp<double>(
        steps + output.zeroPoint, outputRange.lo, outputRange.hi)));
  }
  return table;
}
