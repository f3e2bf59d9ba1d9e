//===- RowTerms.h - Weights of a row alone as bytes -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row of bytes by full-range weights: each weight is read once, so what
// counts are the instructions that meet it. Sign extension takes three for 16
// weights, vpmaddubsw with what widens its sums three for 32, and with `depth`
// steps added in 16 bits (TermGroups.h) 2 + 1 / depth. Weights of several
// vectors of columns share the broadcast of four terms, so steps stand in one
// order for all columns, the order of the row.
//
// Where the weights of a lane come to too much for 16 bits, there are two ways
// out. A term may be turned, u * w = 255 * w + (255 - u) * -w, which changes
// the sign of its weights in all columns: as the row is made unsigned anyway,
// that costs nothing. What is still too much becomes weights of extra steps,
// that the four columns of vectors have each from a place of their own.
//
// Weights that fill their 8 bits leave much. Then each vector of columns has an
// order of its own, which the row is shuffled into (TermOrder.h).
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_ROWTERMS_H
#define PARE_LIB_TARGET_CPU_CONTRACT_ROWTERMS_H

#include "Contract/TermGroups.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Target/CPU/TargetInfo.h"

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace pare::cpu {

class Layer;
struct Residual;

/// How the product of one row is computed: by panels of columns, which take
/// groups of steps of the row, then their extra steps.
struct RowPlan {
  /// Vectors of columns of a panel.
  static constexpr int64_t kVectors = 4;
  static constexpr int64_t kPanelWidth = kVectors * TermStep::kColumns;

  int64_t inputZero = 0;
  /// Whether weights come from beyond the L2 cache.
  bool isFar = false;
  /// Terms of the row.
  int64_t terms = 0, columns = 0;
  /// Steps that are added in 16 bits.
  int64_t depth = 1;
  /// Whether terms change places in blocks of 16, for each vector of columns.
  /// Then `depth` is 2.
  bool shuffles = false;
  /// Of those blocks, whether only two of the four steps are added.
  bool halves = false;
  /// Steps of each vector of columns that take their terms from anywhere.
  int64_t extraSteps = 0;

  /// The steps of the groups of one iteration: of one group, or of a block.
  llvm::SmallVector<int64_t, 3> groups() const;
  int64_t iterationSteps() const;
  /// Steps in the order of the row, whole iterations.
  int64_t steps() const;
  int64_t rowBytes() const { return steps() * TermStep::kTerms; }
  /// Bytes of a row in the order of a vector of columns, so many that no store
  /// crosses a cache line.
  int64_t orderedBytes() const;
  int64_t numVectors() const;
  int64_t numPanels() const;
  /// Vectors of panel `panel`: the last one may have fewer.
  int64_t vectorsOf(int64_t panel) const;
  /// Where the weights of a panel begin.
  int64_t panelBytes() const;
  /// The column at each place of per-column data, -1 for none.
  llvm::SmallVector<int64_t> columnOrder() const;

  /// The plan of an operation of one row that kernel-pack-weights gave an order
  /// (kernel.term_order), if it did.
  static std::optional<RowPlan> of(kernel::ContractOp op,
                                   const TargetInfo &target);
  /// What kernel.term_order says of it.
  std::array<int64_t, 3> termOrder() const;
};

/// Packed weights, and what says how the row meets them.
struct RowWeights {
  RowPlan plan;
  /// [panels][steps][vectors][kColumns][kTerms], of each panel its extra steps
  /// behind the others.
  llvm::SmallVector<int8_t> filter;
  /// [panels][kPanelWidth]; less what the row has too much, as it is unsigned
  /// and has terms that are turned.
  llvm::SmallVector<int32_t> bias;
  /// [rowBytes]: the bits to invert of each term. If terms change places,
  /// [vectors][2][rowBytes]: for each place the one in its block that it comes
  /// from, and the bits to invert of what comes.
  llvm::SmallVector<int8_t> order;
  /// [panels][extraSteps][kVectors]: where the terms of an extra step begin.
  llvm::SmallVector<int32_t> places;
};

/// The weights of an 8-bit contraction of one row, if the target multiplies
/// bytes and it is worth it. `filter` and `bias` (which may be empty) are the
/// operation's; `bytePairs` says that bytes can be multiplied in any case, step
/// by step.
std::optional<RowWeights> packRow(kernel::ContractOp op,
                                  const TargetInfo &target,
                                  llvm::ArrayRef<int8_t> filter,
                                  llvm::ArrayRef<int32_t> bias, bool bytePairs);

/// The contraction, shared by threads; `packed` names the parts of its
/// RowWeights, `residual` may be null.
void lowerRowContract(Layer &e, kernel::ContractOp op, const RowPlan &plan,
                      llvm::ArrayRef<llvm::StringRef> packed,
                      const Residual *residual);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_ROWTERMS_H
