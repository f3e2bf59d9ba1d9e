//===- Packing.h - Weights in the order of their kernel ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Filters rearranged at compile time, and the proofs that cheap arithmetic is
// exact for them. A row is what one output is computed from.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_PACKING_H
#define PARE_LIB_TARGET_C_PACKING_H

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include <optional>
#include <vector>

namespace pare::c {

/// The constant filter of a layer on 8-bit integers, and its bias with the
/// products of the weights, less their zero point, with the zero point of the
/// input in it.
struct ConstantFilter {
  int64_t rows, size;
  int64_t zeroPoint = 0;
  /// weights[row * size + i]
  std::vector<int8_t> weights;
  /// As sums wrap, the lowest 32 bits are what counts.
  std::vector<int32_t> bias;
  /// All bits of it.
  std::vector<int64_t> exactBias;

  /// `filter` has the rows in its first dimension, or in the last one if
  /// `rowsAreInner`. Nothing if it or `bias`, which may be null, is no
  /// constant.
  static std::optional<ConstantFilter> get(mlir::Value filter, mlir::Value bias,
                                           int64_t filterZeroPoint,
                                           int64_t inputZeroPoint,
                                           bool rowsAreInner = false);

  /// The same of compressed weights, which are expanded.
  static std::optional<ConstantFilter> get(kernel::SparseContractOp op);

  /// Puts the products of the weights with the zero point into the bias, which
  /// is `bias` so far; false if that is no constant.
  bool setBias(mlir::Value bias, int64_t inputZeroPoint);

  llvm::ArrayRef<int8_t> getRow(int64_t row) const {
    return llvm::ArrayRef(weights).slice(row * size, size);
  }
  /// The least and the greatest sum of row `row`, without its bias, that any
  /// input of 8 bits gives, for the weights less `less`.
  std::pair<int64_t, int64_t> getRange(int64_t row, int64_t less) const;
};

/// What `narrow` of requantize_fixed.h multiplies the sums of a row by:
/// multiplier * 2^(-32 - shift).
struct RowScale {
  int32_t multiplier, shift;
};

/// The scales of all rows, or the one that they share, with which `narrow`
/// gives what `epilogue` says for all inputs; none in mode `float`, which needs
/// no other. Rows whose output is the same for all inputs, such as those of
/// channels that training left dead, lose their weights. Nothing where a sum
/// may take more than 30 bits and a sign or a factor is 1/2 or more.
std::optional<std::vector<RowScale>> makeNarrow(ConstantFilter &filter,
                                                kernel::EpilogueAttr epilogue);

/// The words of `paired_rows` of dsp_matmul_s8.h: rows by twos, rounded up to
/// groups of four weights. Each of `groups` equal parts of the rows begins with
/// a pair. Nothing if the sum of a second row may take more than 24 bits.
std::optional<std::vector<uint64_t>> pairRows(const ConstantFilter &filter,
                                              int64_t groups = 1);

/// The nonzero weights of rows as `sparse_rows` of dsp_sparse_s8.h wants them.
struct SparseRows {
  std::vector<uint32_t> entries;
  /// Of each row, in words.
  std::vector<uint16_t> lengths;
};

/// Nothing if a row has more weights than a length counts.
std::optional<SparseRows> packSparse(const ConstantFilter &filter);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_PACKING_H
