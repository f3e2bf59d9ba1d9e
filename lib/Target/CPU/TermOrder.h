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
// weights of one sign, side by side, come to more than 128. Which terms stand
// side by side is free. For every panel of columns this finds an order of the
// terms in which no two neighbours saturate for any input, in any of its
// columns, so that weights of 8 full bits are multiplied as bytes, exactly. The
// code puts the terms of a tile into the panel's order before it multiplies
// them, by one shuffle for each 32 bytes.
//
// A shuffle takes 16 bytes from 16 bytes: terms change places within blocks of
// 16. A term that has no partner there gets a neighbour of weight 0, and the
// partner it would have had a place behind the blocks. For this there are a few
// steps more.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_TERMORDER_H
#define PARE_LIB_TARGET_CPU_TERMORDER_H

#include "ContractPlan.h"

#include "llvm/Support/MathExtras.h"

namespace pare::cpu {

class Layer;
struct Residual;

/// How a contraction with ordered terms is cut: blocks of rows, of these panels
/// of columns, of these tiles.
struct OrderedPlan {
  /// Terms that change places with each other.
  static constexpr int64_t kBlock = 16;
  /// Terms of a step.
  static constexpr int64_t kStep = 4;

  ConvShape shape;
  int64_t inputZero = 0;
  int64_t rows = 0, depth = 0, columns = 0;
  int64_t lanes = 8;
  /// Vectors of a panel; of two, columns stand as packing wants them.
  int64_t vectors = 1;
  /// Steps behind the blocks, of the panel that has most.
  int64_t extraSteps = 0;
  int64_t tileRows = 1, blockRows = 1;

  /// Bytes of a row as it comes, whole blocks.
  int64_t rowBytes() const { return (depth + kBlock - 1) / kBlock * kBlock; }
  /// Steps of the blocks; the last block has as many as its terms need.
  int64_t blockSteps() const { return (depth + kStep - 1) / kStep; }
  int64_t steps() const { return blockSteps() + extraSteps; }
  /// Bytes of a row in order, so many that no store crosses a cache line.
  int64_t orderedBytes() const {
    return llvm::alignTo(std::max(rowBytes(), steps() * kStep), 2 * kBlock);
  }

  int64_t panelWidth() const { return vectors * lanes; }
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

  /// The column at a place of the packed layout, which may not exist.
  int64_t columnAt(int64_t place) const;
  /// The channel at each place of per-channel data, -1 for none.
  llvm::SmallVector<int64_t> channelOrder() const;

  /// Numbers of a panel in the table of extra steps: how many it has, then the
  /// places in the row of the two terms of each.
  int64_t extraNumbers() const { return 1 + 2 * extraSteps; }

  /// The plan of an operation that kernel-pack-weights gave an order
  /// (kernel.term_order), if it did.
  static std::optional<OrderedPlan> of(kernel::ContractOp op,
                                       const TargetInfo &target);
};

/// Packed weights, and what puts the terms of rows into the order of each
/// panel.
struct OrderedWeights {
  OrderedPlan plan;
  /// [panels][steps][panel width][kStep].
  llvm::SmallVector<int8_t> filter;
  /// By place; less what the input has too much, as it is unsigned.
  llvm::SmallVector<int32_t> bias;
  /// [panels][rowBytes]: for each place of a block the place it comes from.
  llvm::SmallVector<int8_t> order;
  /// [panels][extraNumbers]; empty if there are no extra steps.
  llvm::SmallVector<int32_t> extra;
};

/// An order for the weights of an 8-bit contraction, if the target multiplies
/// bytes and it is worth it. `filter` and `bias` (which may be empty) are the
/// operation's.
std::optional<OrderedWeights> orderTerms(kernel::ContractOp op,
                                         const TargetInfo &target,
                                         llvm::ArrayRef<int8_t> filter,
                                         llvm::ArrayRef<int32_t> bias);

/// The contraction, shared by threads; `packed` names the parts of its
/// OrderedWeights, `residual` may be null.
void lowerOrderedContract(Layer &e, kernel::ContractOp op,
                          const OrderedPlan &plan,
                          llvm::ArrayRef<llvm::StringRef> packed,
                          const Residual *residual);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_TERMORDER_H
