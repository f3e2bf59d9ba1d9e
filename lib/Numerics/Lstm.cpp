//===- Lstm.cpp - Preparing the integer LSTM ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Lstm.h"

#include <algorithm>

using namespace pare;

SigmoidTable pare::buildSigmoidTable() {
  constexpr double step = 1.0 / 24;
  SigmoidTable table;
  for (int i = 0; i < 255; ++i) {
    const double y = 1 / (1 + std::exp(-i * step));
    // A chord is below the curve by step^2 / 8 times the second derivative.
    const double curvature = y * (1 - y) * (2 * y - 1);
    const double centred = y + 0.5 * step * step / 8 * curvature;
    table[i] = static_cast<uint16_t>(std::round(65536 * centred));
  }
  table[255] = 65535;
  return table;
}

std::optional<LstmScales> pare::prepareLstm(double inputScale,
                                            const double *weights,
                                            const double *recurrent,
                                            const QuantParams &hidden,
                                            double cellScale, double cellClip) {
  int exponent = 0;
  // frexp gives 1/2 exactly for the powers of two.
  if (!(cellScale > 0) || std::frexp(cellScale, &exponent) != 0.5 ||
      exponent - 1 < -15 || exponent - 1 > -9)
    return std::nullopt;

  const double gateScale = std::ldexp(1.0, -12);
  const double activated = std::ldexp(1.0, -15);
  LstmScales scales;
  for (size_t gate = 0; gate < 4; ++gate) {
    scales.input[gate] = quantizeMultiplier(
        fullyConnectedEffectiveScale(inputScale, weights[gate], gateScale));
    scales.recurrent[gate] = quantizeMultiplier(
        fullyConnectedEffectiveScale(hidden.scale, recurrent[gate], gateScale));
  }
  scales.forgetCell = quantizeMultiplier(activated);
  scales.inputCell = quantizeMultiplier(activated * activated / cellScale);
  scales.hidden = quantizeMultiplier(activated * activated / hidden.scale);
  scales.table = buildSigmoidTable();
  scales.hiddenZero = hidden.zeroPoint;
  scales.tanhShift = exponent - 1 + 12;
  if (cellClip > 0)
    scales.cellClip =
        static_cast<int16_t>(std::min(cellClip / cellScale, 32767.0));
  return scales;
}
