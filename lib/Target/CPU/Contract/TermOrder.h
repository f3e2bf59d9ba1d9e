//===- TermOrder.h - Terms in an order that bytes allow ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// vpmaddubsw multiplies 32 bytes where vpmaddwd multiplies 16, but saturates
// where two products of an unsigned byte and a weight leave 16 bits: where two
// weights of one sign, side by side, come to more than 128. Where that holds
// for the sums of more than two weights, products of several steps are added in
// 16 bits, before they are widened (TermGroups.h). Which terms stand side by
// side, and which steps are added together, is free: steps are broadcasts of
// four bytes from anywhere in a row. For every panel of columns this finds
// groups of steps that fit for any input, in all of its columns, so that
// weights of 8 full bits are multiplied as bytes, exactly.
//
// Large weights need other neighbours besides. Then the code puts the terms of
// a tile into the panel's order before it multiplies them, by one shuffle for
// each 32 bytes. A shuffle takes 16 bytes from 16 bytes: terms change places
// within blocks of 16. A term that has no partner there gets a neighbour of
// weight 0, and the partner it would have had a step more, which takes its
// terms from the row as it comes.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_TERMORDER_H
#define PARE_LIB_TARGET_CPU_CONTRACT_TERMORDER_H

#include "Contract/ContractPlan.h"
#include "Contract/TermBlocks.h"

#include "llvm/Support/MathExtras.h"

namespace pare::cpu {

class Layer;
struct Residual;

/// How a contraction with ordered terms is cut: blocks of rows, of these panels
/// of columns, of these tiles.
struct OrderedPlan {
  /// Terms that change places with each other.
  static constexpr int64_t kBlock = TermBlock::kTerms;
  /// Terms of a step.
  static constexpr int64_t kStep = TermStep::kTerms;

  ConvShape shape;
  int64_t inputZero = 0;
  int64_t rows = 0, depth = 0, columns = 0;
  /// Whether the terms of a tile change places.
  bool shuffles = false;
  /// Steps of the panel that has most.
  int64_t steps = 0;
  /// Bit d: some panels add d steps together. Bit 0: some have steps that take
  /// terms from rows that were not shuffled.
  int64_t depths = 0;
  int64_t tileRows = 1, blockRows = 1;
  /// Of the arena, while the operation runs, if that is known.
  std::optional<int64_t> freeBytes;

  bool hasDepth(int64_t depth) const { return depths >> depth & 1; }
  bool hasExtraSteps() const { return hasDepth(0); }
  int64_t mostDepth() const;

  /// Bytes of a row as it comes, whole blocks.
  int64_t rowBytes() const { return llvm::alignTo(depth, kBlock); }
  /// Bytes of a row in order, so many that no store crosses a cache line.
  int64_t orderedBytes() const { return llvm::alignTo(depth, 2 * kBlock); }

  /// Bytes of the packed weights, and of the rows of a tile in order.
  int64_t filterBytes() const {
    return numPanels() * steps * int64_t(sizeof(TermStep::weights));
  }
  int64_t tileBytes() const { return shuffles ? tileRows * orderedBytes() : 0; }

  static constexpr int64_t panelWidth() { return TermStep::kColumns; }
  int64_t numPanels() const {
    return (columns + panelWidth() - 1) / panelWidth();
  }
  /// Blocks of an image for windows, otherwise of all rows.
  int64_t numBlocks() const {
    const int64_t all = isWindow() ? rows / shape.batch : rows;
    return (all + blockRows - 1) / blockRows;
  }
  int64_t blockTiles() const { return (blockRows + tileRows - 1) / tileRows; }
  /// Whether rows are gathered, from some lines of an image with the padding
  /// around them. Blocks are whole lines of the output then.
  bool isWindow() const { return !shape.isPointwise(); }
  int64_t bandWidth() const {
    return (shape.outWidth - 1) * shape.strideWidth +
           (shape.kernelWidth - 1) * shape.dilationWidth + 1;
  }
  int64_t bandLines() const {
    return (blockRows / shape.outWidth - 1) * shape.strideHeight +
           (shape.kernelHeight - 1) * shape.dilationHeight + 1;
  }
  /// Terms that lie side by side in the image, a row of taps or one tap, and
  /// how many such runs there are.
  bool joinsTaps() const {
    return shape.dilationWidth == 1 || shape.kernelWidth == 1;
  }
  int64_t runs() const {
    return shape.kernelHeight * (joinsTaps() ? 1 : shape.kernelWidth);
  }
  int64_t runTerms() const { return depth / runs(); }

  /// The channel at each place of per-channel data, -1 for none.
  llvm::SmallVector<int64_t> channelOrder() const;

  /// Numbers of a panel in the table of steps: groups of one step, of two ...
  /// and steps from rows as they come, which are last; then the place in the
  /// row of the first term of each step, the deepest groups first.
  static constexpr int64_t kCounts = TermGroups::kMostDepth + 1;
  int64_t tableNumbers() const { return kCounts + steps; }

  /// How many rows a tile can have, the number with the least estimated time
  /// first.
  llvm::SmallVector<int64_t> tileRowsByCost(const TargetInfo &target) const;

  /// The plan of an operation that kernel-pack-weights gave an order
  /// (kernel.term_order), if it did.
  static std::optional<OrderedPlan> of(kernel::ContractOp op,
                                       const TargetInfo &target);
};

/// Packed weights, and what says how rows meet them.
struct OrderedWeights {
  OrderedPlan plan;
  /// [panels][steps][panel width][kStep].
  llvm::SmallVector<int8_t> filter;
  /// By column; less what the input has too much, as it is unsigned.
  llvm::SmallVector<int32_t> bias;
  /// [panels][tableNumbers].
  llvm::SmallVector<int32_t> table;
  /// [panels][2][rowBytes]: for each place of a block the place it comes from,
  /// and the bits to invert of what comes. Empty if terms do not change places.
  llvm::SmallVector<int8_t> order;
};

/// An order for the weights of an 8-bit contraction, if the target multiplies
/// bytes and it is worth it, or if the operation asks for it (kernel.order).
/// `filter` and `bias` (which may be empty) are the operation's; `bytePairs`
/// says that bytes can be multiplied in any case, step by step.
std::optional<OrderedWeights> orderTerms(kernel::ContractOp op,
                                         const TargetInfo &target,
                                         llvm::ArrayRef<int8_t> filter,
                                         llvm::ArrayRef<int32_t> bias,
                                         bool bytePairs);

/// The contraction, shared by threads; `packed` names the parts of its
/// OrderedWeights, `residual` may be null.
void lowerOrderedContract(Layer &e, kernel::ContractOp op,
                          const OrderedPlan &plan,
                          llvm::ArrayRef<llvm::StringRef> packed,
                          const Residual *residual);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_TERMORDER_H
