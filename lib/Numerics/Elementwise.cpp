//===- Elementwise.cpp - Preparing element-wise layers --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Elementwise.h"

#include <algorithm>

using namespace pare;

AddScales pare::prepareAdd(const QuantParams &a, const QuantParams &b,
                           const QuantParams &output, unsigned outputBits) {
  AddScales scales;
  scales.leftShift = outputBits == 16 ? 15 : 20;
  const double twiceMax = 2 * std::max(a.scale, b.scale);
  // Each mode has factors of its own: the fixed one rescales both inputs to a
  // common scale first, the float one goes straight to the output's.
  scales.input[0] = {quantizeMultiplier(a.scale / twiceMax),
                     static_cast<float>(a.scale / output.scale)};
  scales.input[1] = {quantizeMultiplier(b.scale / twiceMax),
                     static_cast<float>(b.scale / output.scale)};
  scales.output = quantizeMultiplier(
      twiceMax / (double(int64_t(1) << scales.leftShift) * output.scale));
  scales.inputZero[0] = a.zeroPoint;
  scales.inputZero[1] = b.zeroPoint;
  scales.outputZero = output.zeroPoint;
  return scales;
}

MulScales pare::prepareMul(const QuantParams &a, const QuantParams &b,
                           const QuantParams &output) {
  MulScales scales;
  scales.scale = prepareRequantScale(a.scale * b.scale / output.scale);
  scales.inputZero[0] = a.zeroPoint;
  scales.inputZero[1] = b.zeroPoint;
  scales.outputZero = output.zeroPoint;
  return scales;
}

RescaleScales pare::prepareRescale(const QuantParams &input,
                                   const QuantParams &output,
                                   unsigned outputBits) {
  RescaleScales scales;
  scales.scale = prepareRequantScale(input.scale / output.scale);
  scales.inputZero = input.zeroPoint;
  scales.outputZero = output.zeroPoint;
  scales.identity = input.scale == output.scale;
  scales.wide = outputBits > 16;
  return scales;
}

/// What mean and sum have in common.
static ReduceScales prepareReduce(const QuantParams &input,
                                  const QuantParams &output, int64_t count,
                                  double real) {
  ReduceScales scales;
  scales.scale = prepareRequantScale(real);
  scales.sumOffset = static_cast<int32_t>(
      static_cast<uint32_t>(input.zeroPoint) * static_cast<uint32_t>(count));
  scales.outputZero = output.zeroPoint;
  return scales;
}

ReduceScales pare::prepareSum(const QuantParams &input,
                              const QuantParams &output, int64_t count) {
  return prepareReduce(input, output, count, input.scale / output.scale);
}

ReduceScales pare::prepareMean(const QuantParams &input,
                               const QuantParams &output, int64_t count) {
  ReduceScales scales = prepareSum(input, output, count);
  scales.scale.f32 = static_cast<float>(
      input.scale / (output.scale * static_cast<double>(count)));
  // Scale the multiplier up by as many bits as the division by the count will
  // take away, within what a right shift of 31 allows.
  QuantizedMultiplier &fixed = scales.scale.fixed;
  int32_t shift = 63 - __builtin_clzll(static_cast<uint64_t>(count));
  shift = std::min(shift, 32);
  shift = std::min(shift, 31 + fixed.shift);
  fixed.multiplier = static_cast<int32_t>(
      (static_cast<int64_t>(fixed.multiplier) << shift) / count);
  fixed.shift -= shift;
  return scales;
}
