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

/// tanh(x * 2^(shift - 12)), result in Q0.15; -3 <= shift <= 3. Shift 0 reads
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

/// The rows of the four gates in weights and bias.
enum LstmGate { kInputGate, kForgetGate, kCellGate, kOutputGate };

/// Prepared LSTM.
struct LstmScales {
  /// From the int32 sums of each gate to Q3.12.
  std::array<QuantizedMultiplier, 4> input, recurrent;
  /// forget * cell state -> cell state, input * cell gate -> cell state,
  /// output * tanh(cell state) -> hidden state.
  QuantizedMultiplier forgetCell, inputCell, hidden;
  int32_t hiddenZero = 0;
  /// Cell state times 2^(tanhShift - 12) is its real value.
  int32_t tanhShift = 0;
  /// The cell state is clamped to [-cellClip, cellClip]; 0: not clamped.
  int16_t cellClip = 0;
  SigmoidTable table;
};

/// `weights` and `recurrent` are one filter scale for each gate; `hidden` is
/// the type of the hidden state. `cellClip` is in real units; 0 or less: no
/// clamp. nullopt if `cellScale` is not a power of two from 2^-15 to 2^-9.
std::optional<LstmScales> prepareLstm(double inputScale, const double *weights,
                                      const double *recurrent,
                                      const QuantParams &hidden,
                                      double cellScale, double cellClip = 0);

inline int16_t saturate16(int32_t x) {
  return static_cast<int16_t>(clampTo(x, kInt16Range));
}

/// A gate after its activation (tanh for the cell gate, else logistic), Q0.15.
/// `inputSum` is sum (x - x's zero point) * w + bias, `recurrentSum` is
/// sum (h - hiddenZero) * r without a bias. Each is brought to 16 bits by
/// itself, then they are added with saturation.
inline int16_t lstmGate(int32_t inputSum, int32_t recurrentSum,
                        const LstmScales &scales, int64_t gate) {
  const int16_t sum = saturate16(
      requantizeFixed(inputSum, scales.input[gate], 0, kInt16Range) +
      requantizeFixed(recurrentSum, scales.recurrent[gate], 0, kInt16Range));
  return gate == kCellGate ? tanh16(sum, 0, scales.table)
                           : logistic16(sum, scales.table);
}

/// The new cell state from the four gates and the old one.
inline int16_t lstmCell(const int16_t *gates, int16_t cell,
                        const LstmScales &scales) {
  const int32_t kept = requantizeFixed(gates[kForgetGate] * cell,
                                       scales.forgetCell, 0, kInt16Range);
  const int32_t added = requantizeFixed(gates[kInputGate] * gates[kCellGate],
                                        scales.inputCell, 0, kInt16Range);
  const int16_t sum = saturate16(kept + added);
  if (scales.cellClip == 0)
    return sum;
  return static_cast<int16_t>(
      clampTo(sum, {-scales.cellClip, scales.cellClip}));
}

/// The new hidden state, within `range`, from the new cell state.
inline int32_t lstmHidden(int16_t outputGate, int16_t cell,
                          const LstmScales &scales,
                          QuantRange range = {-128, 127}) {
  const int32_t product =
      outputGate * tanh16(cell, scales.tanhShift, scales.table);
  return requantizeFixed(product, scales.hidden, scales.hiddenZero, range);
}

} // namespace pare

#endif // PARE_NUMERICS_LSTM_H
