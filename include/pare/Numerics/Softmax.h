//===- Softmax.h - Integer softmax ------------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// TFLite's reference softmax for 8-bit inputs, prepared: since the argument of
// exp is always (greatest - x) in [0, 255], all exponentials are tabulated
// once. A kernel needs the table, one sum, one reciprocal a row and one
// multiply with rounding an element. The same arithmetic serves both modes.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_SOFTMAX_H
#define PARE_NUMERICS_SOFTMAX_H

#include "pare/Numerics/FixedPointMath.h"
#include "pare/Numerics/Requantize.h"

#include <array>

namespace pare {

/// Longest row: a sum of more exponentials could overflow Q12.19.
constexpr int64_t kSoftmaxMaxRow = 4095;

/// exps[d] is exp(-d * scale * beta) in Q0.31, or 0 where TFLite drops the
/// term (d > diffMax).
struct SoftmaxTable {
  std::array<int32_t, 256> exps{};
};

/// `inputScale` and `beta` > 0.
SoftmaxTable prepareSoftmax(double inputScale, double beta = 1.0);

/// What one exponential adds to the row's sum (Q12.19).
inline int32_t softmaxTerm(int32_t exp) {
  return roundingDivideByPowerOfTwo(exp, 12);
}

/// What a row needs besides the table: the reciprocal of its sum.
struct SoftmaxRow {
  int32_t mantissa;
  /// Right shift of mantissa * exp; above 31 every output is the lowest.
  int32_t shift;
};

/// `sum` > 0 is the sum of softmaxTerm over the row; `outputBits` is 8 or 16.
inline SoftmaxRow softmaxRow(int32_t sum, int32_t outputBits = 8) {
  const fixed::Reciprocal r = fixed::reciprocal(sum, 12);
  return {r.mantissa, r.bitsOver + 31 - outputBits};
}

/// One output: scale 2^-outputBits, zero point = range.lo (-128 for int8).
inline int32_t softmaxOutput(int32_t exp, const SoftmaxRow &row,
                             QuantRange range = {-128, 127}) {
  if (row.shift > 31)
    return range.lo;
  const int32_t product = saturatingRoundingDoublingHighMul(row.mantissa, exp);
  return clampTo(roundingDivideByPowerOfTwo(product, row.shift) + range.lo,
                 range);
}

/// A whole row of 8-bit values, 1 <= count <= kSoftmaxMaxRow. `In` and `Out`
/// are int8_t or uint8_t (Out may be int16_t); the output's zero point is the
/// least value of Out.
template <typename In, typename Out>
inline void softmax(const In *input, Out *output, int64_t count,
                    const SoftmaxTable &table) {
  int32_t greatest = input[0];
  for (int64_t i = 1; i < count; ++i)
    greatest = input[i] > greatest ? input[i] : greatest;
  int32_t sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += softmaxTerm(table.exps[greatest - input[i]]);
  const SoftmaxRow row = softmaxRow(sum, sizeof(Out) * 8);
  const QuantRange range = {std::numeric_limits<Out>::min(),
                            std::numeric_limits<Out>::max()};
  for (int64_t i = 0; i < count; ++i)
    output[i] = static_cast<Out>(
        softmaxOutput(table.exps[greatest - input[i]], row, range));
}

} // namespace pare

#endif // PARE_NUMERICS_SOFTMAX_H
