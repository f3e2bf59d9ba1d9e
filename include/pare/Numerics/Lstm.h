//===- Lstm.h - Integer long short-term memory ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of TFLite Micro's 8x8_16 LSTM, for one cell of one step: int8
// input and hidden state, gates in Q3.12 before and Q0.15 after their
// activation, an int16 cell state whose scale is a power of two. The same
// arithmetic serves both modes.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_LSTM_H
#define PARE_NUMERICS_LSTM_H

#include "pare/Numerics/QuantizationParameters.h"

#include <array>
#include <optional>

namespace pare {

constexpr QuantRange kInt16Range = {-32768, 32767};

/// The logistic function in 256 points, entry i at i/24 in Q0.16. Since
/// tanh(x) = 2 logistic(2x) - 1, it serves both, and symmetry gives the
/// negative half.
using SigmoidTable = std::array<uint16_t, 256>;

/// Each entry lies above the curve by half of what a chord falls short of it,
/// so that interpolation errs to both sides alike; the last is the greatest
/// number, which is also the value of everything beyond.
SigmoidTable buildSigmoidTable();

/// 1 / (1 + exp(-x)), x in Q3.12, result in Q0.15.
inline int16_t logistic16(int16_t x, const SigmoidTable &table) {
  // 4096 / 24 * 3 = 512 units are one step of the table.
  const int32_t scaled = x * 3;
  const uint32_t magnitude =
      static_cast<uint32_t>(scaled < 0 ? -scaled : scaled);
  const uint32_t index = magnitude >> 9;
  uint32_t y = 0x7fffu << 10;
  if (index < 255) {
    const uint32_t low = table[index], high = table[index + 1];
    y = (low << 9) + (magnitude & 0x1ff) * (high - low);
  }
  y = scaled >= 0 ? y + (1u << 9) : (1u << 25) - y + (1u << 9) - 1;
  return static_cast<int16_t>(y >> 10);
}

/// tanh(x * 2^(shift - 12)), result in Q0.15; -15 <= shift <= 12. Shift 0 reads
/// x as Q3.12.
inline int16_t tanh16(int16_t x, int32_t shift, const SigmoidTable &table) {
  int32_t scaled;
  if (shift >= 0)
    scaled = x * (3 << shift);
  else
    scaled = (x * 3 + (1 << (-shift - 1))) >> -shift;
  const uint32_t magnitude =
      static_cast<uint32_t>(scaled < 0 ? -scaled : scaled);
  const uint32_t index = magnitude >> 8;
  int32_t y = 0xffff << 8;
  if (index < 255) {
    const uint32_t low = table[index], high = table[index + 1];
    y = static_cast<int32_t>((low << 8) + (magnitude & 0xff) * (high - low));
  }
  y = scaled >= 0 ? y - (1 << 23) + (1 << 7) : -y + (1 << 23) + (1 << 7) - 1;
  return static_cast<int16_t>(y >> 8);
}

/// The factors of one gate: from int32 sums to Q3.12.
struct LstmGateScales {
  QuantizedMultiplier input;
  QuantizedMultiplier recurrent;
};

/// Prepared LSTM. Gates stand in the order input, forget, cell, output.
struct LstmScales {
  std::array<LstmGateScales, 4> gates;
  /// forget * cell state -> cell state, input * cell gate -> cell state,
  /// output * tanh(cell state) -> hidden state.
  QuantizedMultiplier forgetCell, inputCell, hidden;
  int32_t inputZero = 0;
  int32_t hiddenZero = 0;
  /// Cell state times 2^(tanhShift - 12) is its real value.
  int32_t tanhShift = 0;
  /// The cell state is clamped to [-cellClip, cellClip]; 0: not clamped.
  int16_t cellClip = 0;
};

/// nullopt if `cellScale` is not a power of two from 2^-27 to 1. `cellClip` is
/// in real units; 0 or less: no clamp.
std::optional<LstmScales>
prepareLstm(const QuantParams &input, const std::array<double, 4> &weights,
            const std::array<double, 4> &recurrent, double cellScale,
            const QuantParams &hidden, double cellClip = 0);

inline int16_t saturate16(int32_t x) {
  return static_cast<int16_t>(clampTo(x, kInt16Range));
}

/// The argument of a gate's activation in Q3.12. `inputSum` holds
/// sum (x - inputZero) * w + bias, `recurrentSum` sum (h - hiddenZero) * r
/// without a bias. Each is brought to 16 bits by itself, then they are added
/// with saturation.
inline int16_t lstmGate(int32_t inputSum, int32_t recurrentSum,
                        const LstmGateScales &scales) {
  return saturate16(
      requantizeFixed(inputSum, scales.input, 0, kInt16Range) +
      requantizeFixed(recurrentSum, scales.recurrent, 0, kInt16Range));
}

/// The new cell state. `input`, `forget` and `gate` are activated, Q0.15.
inline int16_t lstmCell(int16_t input, int16_t forget, int16_t gate,
                        int16_t cell, const LstmScales &scales) {
  const int32_t kept =
      requantizeFixed(forget * cell, scales.forgetCell, 0, kInt16Range);
  const int32_t added =
      requantizeFixed(input * gate, scales.inputCell, 0, kInt16Range);
  const int16_t sum = saturate16(kept + added);
  if (scales.cellClip == 0)
    return sum;
  return static_cast<int16_t>(
      clampTo(sum, {-scales.cellClip, scales.cellClip}));
}

/// The new hidden state, within `range`. `output` is activated, Q0.15.
inline int32_t lstmHidden(int16_t output, int16_t cell,
                          const LstmScales &scales, const SigmoidTable &table,
                          QuantRange range = {-128, 127}) {
  const int32_t product = output * tanh16(cell, scales.tanhShift, table);
  return requantizeFixed(product, scales.hidden, scales.hiddenZero, range);
}

} // namespace pare

#endif // PARE_NUMERICS_LSTM_H
