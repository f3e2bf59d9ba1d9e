//===- TableByProducts.h - Tables of bytes by fused products ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions of 8-bit integers are tables of 256 entries. Many of the functions
// are a product of their operand with a gate, which is linear between two
// bounds. With x = q - zeroPoint, a small integer, their tables are
//
//   x * clamp(fma(x, slope, offset), low, high) + constant
//
// rounded once, half to even, and clamped to the least and the greatest entry:
// a few instructions for values that are in registers, where looking up bytes
// takes dozens. Whether floats are found with which that is so is tried with
// all 256 entries.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_TABLEBYPRODUCTS_H
#define PARE_NUMERICS_TABLEBYPRODUCTS_H

#include "pare/Numerics/ElementwiseByProducts.h"
#include "pare/Numerics/QuantizationParameters.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace pare {

/// The function r * clamp(slope * r + offset, low, high) of real numbers. An
/// infinite slope is a step at r = 0.
struct GatedFunction {
  double slope = 0.0, offset = 0.0, low = 0.0, high = 0.0;
};

/// 1.5 * 2^23: a sum with it that is rounded once is rounded to an integer,
/// half to even, which its low bits are; for what is less than 2^22.
inline constexpr float kRoundingFloat = 12582912.0f;

/// What stands for a table. A gate that is one number has `slope` 0 and equal
/// bounds. `constant` is an integer.
struct TableProducts {
  int32_t zeroPoint = 0;
  float slope = 0.0f, offset = 0.0f, low = 0.0f, high = 0.0f, constant = 0.0f;

  bool isLinear() const { return low == high; }
  float gate(float x) const {
    return std::min(std::max(std::fma(x, slope, offset), low), high);
  }
};

/// What code computes for entry `q`, in [-128, 127]; `range` is that of the
/// entries.
inline int32_t tableByProducts(int32_t q, const TableProducts &products,
                               QuantRange range) {
  const float x = static_cast<float>(q - products.zeroPoint);
  const float sum =
      std::fma(x, products.gate(x), kRoundingFloat + products.constant);
  return clampAndRoundByte(sum - kRoundingFloat, range);
}

/// The least and the greatest of the entries.
QuantRange rangeOfTable(const std::vector<int32_t> &entries);

/// Whether tableByProducts gives all of the 256 entries, of the bytes from -128
/// on.
bool giveTable(const TableProducts &products,
               const std::vector<int32_t> &entries);

/// Products that give the 256 entries, which are those of `function` for
/// operands and results with these parameters; nullopt where none were found.
std::optional<TableProducts>
findTableProducts(const GatedFunction &function, const QuantParams &input,
                  const QuantParams &output,
                  const std::vector<int32_t> &entries);

/// Whether every x beyond that of byte `end`, above or below, gives the entry
/// of that byte: x need not be clamped there. `range` is that of the entries
/// which are reached.
bool extendsBeyond(const TableProducts &products, QuantRange range, int32_t end,
                   bool above);

} // namespace pare

#endif // PARE_NUMERICS_TABLEBYPRODUCTS_H
