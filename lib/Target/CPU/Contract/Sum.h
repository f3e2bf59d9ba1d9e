//===- Sum.h - Sums of two stored values ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of kernel.binary add and sub, and of the residual of
// kernel.contract, to the bit.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_SUM_H
#define PARE_LIB_TARGET_CPU_CONTRACT_SUM_H

#include "Emit/Requantize.h"
#include "pare/Numerics/ElementwiseByProducts.h"

#include <optional>

namespace pare::cpu {

class SumOfTwo {
public:
  /// `zeroPoints` are those of the two summands.
  SumOfTwo(Layer &layer, kernel::EpilogueAttr attribute, Type outElement,
           std::pair<int64_t, int64_t> zeroPoints, bool subtracts = false);

  /// The stored result for vectors of stored values.
  Value apply(Value x, Value y) const;

  bool isLong() const { return epilogue.isLong(); }

  /// For sums of bytes with a first summand that is in registers less its zero
  /// point, as f32 (Epilogue::applyAsFloats): finds factors for `addToFloats`.
  void takeFloats() { floatFactors = findFactors(int32_t(zeroPoints.first)); }
  /// Whether there are any, on a target with fused products.
  bool takesFloats() const { return floatFactors.has_value(); }
  /// The sum of such values and vectors of stored values but for rounding and
  /// clamping, with its zero point.
  Value addToFloats(Value x, Value y) const;
  /// The bounds of the result.
  std::pair<int64_t, int64_t> bounds() const {
    return integerBounds(attr, outElement);
  }

  /// Elements that are added at once where there are as many.
  int64_t width() const;

private:
  std::optional<AddFactors> findFactors(int32_t offset) const;
  Value realOf(Value stored) const;
  Value addByFactors(const AddFactors &found, Value x, Value y) const;
  Value combine(Value x, Value y) const;
  Value centered(Value x, int64_t zero) const;
  Value rescaledSum(Value x, Value y) const;
  Value sumByProducts(Value x, Value y) const;
  bool packs(int64_t width) const;
  Value packedSum(Value x, Value y) const;

  Layer &e;
  kernel::EpilogueAttr attr;
  Type outElement;
  std::pair<int64_t, int64_t> zeroPoints;
  bool subtracts;
  /// Of bytes, where they are exact.
  std::optional<AddFactors> factors, floatFactors;
  /// What happens to sums of floats.
  Epilogue epilogue;
};

/// What a contraction adds to its results.
struct Residual {
  Value buffer;
  SumOfTwo sum;

  static std::optional<Residual> of(Layer &layer, kernel::ContractOp op);
  static std::optional<Residual> of(Layer &layer, kernel::SparseContractOp op);

  /// The sums of `stored`, equal parts of which belong to the places `at`, with
  /// the residual; of each part the first `valid`.
  Value addTo(Layer &e, Value stored, int64_t valid,
              llvm::ArrayRef<Value> at) const;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_SUM_H
