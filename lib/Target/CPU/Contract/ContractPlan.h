//===- ContractPlan.h - Tiles and packed layouts ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a windowed contraction is cut into register tiles and blocks for the
// caches, and the layout of its weights that follows. kernel-pack-weights and
// the lowering both compute the plan from the operation and the target, so that
// they agree.
//
// A contraction is, per group, a matrix product of `rows` output pixels by
// `columns` output channels over `depth` = KH * KW * I terms in the order
// (ky, kx, i). Terms that lie side by side in memory, a row of taps or one tap,
// are a run; each run is filled up with zeros to whole steps of the inner loop.
// The columns stand in panels of `panelWidth()`; the last panel of a group is
// only as wide as whole vectors make it. A packed panel is
//
//   f32: [steps][width]        8 bit: [steps][width][2]
//   8 bit, with products of bytes: [steps][width][4]
//
// Where such products take the input as unsigned, 128 is added to it, and what
// that adds to the sum is taken from the bias.
//
// Columns that fill no more than half of the last vector leave room in it for
// another pixel. A row is a pair of pixels of a line then, and of two columns
// side by side one belongs to each: a step has the terms of both pixels side by
// side in memory and brings them into all lanes by one load.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTPLAN_H
#define PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTPLAN_H

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Target/CPU/TargetInfo.h"

#include <algorithm>

namespace pare::cpu {

/// The sizes of a convolution, in elements.
struct ConvShape {
  int64_t batch, inHeight, inWidth, inChannels;
  int64_t outHeight, outWidth, outChannels;
  int64_t kernelHeight, kernelWidth;
  int64_t strideHeight, strideWidth, dilationHeight, dilationWidth;
  int64_t padTop, padLeft;

  static ConvShape of(kernel::ContractOp op);
  static ConvShape of(kernel::DepthwiseOp op);

  /// One tap, and every window inside the input.
  bool isPointwise() const;
};

/// Rows by vectors of sums that are in registers at the same time.
struct TileShape {
  int64_t rows = 1, vectors = 1;
};

/// How the inner loop finds the terms of a row.
enum class TermSource {
  /// In the input.
  Direct,
  /// Gathered, one row after the other.
  Rows,
  /// In a copy of some lines of the image with the padding around them, so that
  /// windows overlap in it as they do in the image.
  Band
};

struct ContractPlan {
  ConvShape shape;
  /// The filter is 1xKHxKWxO: a depthwise convolution of one channel.
  bool depthwiseFilter = false;
  /// 8-bit operands, in pairs of 16-bit factors or in quads of bytes.
  bool integer = false;
  bool quads = false;
  /// Sums of two products of bytes fit 16 bits, and the target gains by that.
  bool smallQuads = false;
  /// A step takes pairs of rows by pairs of columns. The sums of two rows and a
  /// vector of columns are two matrices instead of two vectors meanwhile. Rows
  /// of a tile are even in number.
  bool matrices = false;
  /// What is added to the input: 128 where quads are unsigned.
  int64_t inputOffset = 0;
  /// Packed 8-bit weights have 16 bits and no zero point, since they are
  /// widened anyway when they are packed at run time. Others are bytes with the
  /// zero point that the filter has: where they are widened it is taken off;
  /// quads take them as they are, and sums begin with what that adds.
  bool wideWeights = false;
  bool packsAtRunTime = false;
  int64_t inputZero = 0, filterZero = 0;

  int64_t groups = 1, rows = 0, depth = 0, columns = 0;
  /// Pixels of a row, 1 or 2. Of f32 in a band.
  int64_t pixels = 1;
  /// Rows of a line of the image.
  int64_t lineRows = 0;
  /// depth = runs * runTerms.
  int64_t runs = 1, runTerms = 0;
  int64_t lanes = 4;
  TileShape tile;
  /// The two vectors of a pair hold columns in the order in which the target
  /// packs two vectors to one of narrower elements.
  bool packedColumns = false;

  //===--------------------------------------------------------------------===//
  // Loops: for each block of rows, a panel after the other is multiplied with
  // all tiles of the block (`panelsOutside`), or a tile with all panels.
  //===--------------------------------------------------------------------===//
  TermSource source = TermSource::Direct;
  bool panelsOutside = false;
  /// Weights are widened to 16 bits in the scratch memory: what is read of a
  /// panel at a time, or all of them, if panels are inside.
  bool widens = false;
  /// Rows of a block; the last block overlaps the one before. Of a band, whole
  /// lines of one image.
  int64_t blockRows = 1;
  /// All rows are in one tile, and a large filter passes by once: its weights
  /// are asked for ahead of the loop.
  bool streams = false;
  /// Steps of a panel that stay in the L1 cache while a block passes by; parts
  /// of a run or whole runs. Sums wait in the scratch memory meanwhile.
  int64_t blockSteps = 0;
  /// Halves of the rows of a block, of panels in pairs and of steps are
  /// multiplied by Strassen's algorithm (Strassen.cpp).
  bool strassen = false;
  /// Tiles of each half of a block then. The halves leave some rows at the end,
  /// or overlap by some.
  int64_t halfTiles = 0;
  /// Of the four sums of rows 4, 2 or 1 are in the scratch memory at a time,
  /// for so many tiles of a half: all of them, unless it is one sum. With less
  /// than 4, sums of products wait in the output.
  int64_t rowSums = 4, sumTiles = 0;

  int64_t panelWidth() const { return tile.vectors * lanes; }
  int64_t fullPanels() const { return columns / panelWidth(); }
  /// Vectors of the last, narrower panel; 0 if there is none.
  int64_t tailVectors() const {
    return (columns % panelWidth() + lanes - 1) / lanes;
  }
  int64_t numPanels() const { return fullPanels() + (tailVectors() != 0); }
  int64_t paddedColumns() const {
    return fullPanels() * panelWidth() + tailVectors() * lanes;
  }
  /// The column of the group at a place of the packed layout, which may be one
  /// that does not exist.
  int64_t columnAt(int64_t place) const;
  /// The output channel there, -1 for none.
  int64_t channelAt(int64_t group, int64_t place) const;
  /// From the first pixel of a row to the second one.
  int64_t pixelDistance() const { return shape.outWidth - lineRows; }

  /// Whether each row's sum of terms, times the zero point, is taken from its
  /// sums.
  bool sumsRows() const { return quads && filterZero != 0; }
  /// What packed weights have too much where they are widened.
  int64_t widenedZero() const { return wideWeights || quads ? 0 : filterZero; }

  int64_t termsPerStep() const;
  /// Bytes of the factors of a sum in a step.
  int64_t stepBytes() const { return matrices ? termsPerStep() : 4; }
  int64_t runSteps() const {
    return (runTerms + termsPerStep() - 1) / termsPerStep();
  }
  /// Steps of the inner loop.
  int64_t steps() const { return runs * runSteps(); }
  /// Rows of half a block, and the first one of its lower half.
  int64_t halfRows() const { return halfTiles * tile.rows; }
  int64_t lowerHalf() const {
    return std::min(halfRows(), blockRows - halfRows());
  }
  /// Steps of half a panel, of an even number.
  int64_t halfSteps() const { return steps() / 2; }
  /// The term at a place of the packed layout, -1 for none.
  int64_t termAt(int64_t step, int64_t i) const {
    int64_t inRun = step % runSteps() * termsPerStep() + i;
    return inRun < runTerms ? step / runSteps() * runTerms + inRun : -1;
  }
  /// Elements of the packed filter of one group.
  int64_t groupSize() const {
    return paddedColumns() * steps() * termsPerStep();
  }
  /// The channel at each place of padded per-channel data, -1 for none.
  llvm::SmallVector<int64_t> channelOrder() const;

  /// Gathered rows stand in pairs, a step of the first before one of the
  /// second. Each tile has its own, since the last one of a block may begin at
  /// an odd row.
  bool pairsRows() const { return matrices && source == TermSource::Rows; }
  int64_t blockTiles() const { return (blockRows + tile.rows - 1) / tile.rows; }
  /// Blocks of an image for bands, otherwise of all rows.
  int64_t numBlocks() const;
  /// Bands: columns of the copy, lines of a block and of its copy.
  int64_t bandWidth() const;
  /// Terms from the start of the copy of a line to the next, and before the
  /// first one in the first line: pairs are stored by whole vectors, which
  /// stand in one cache line each.
  int64_t bandStride() const;
  int64_t bandStart() const;
  int64_t blockLines() const { return blockRows / lineRows; }
  int64_t bandLines() const;
  /// Input channels of a group.
  int64_t groupChannels() const { return shape.inChannels / groups; }
  /// Whether tiles of `rows` rows end where lines end, so that all of their
  /// windows are at known places from the first one.
  bool endsWithLines(int64_t rows) const { return lineRows % rows == 0; }
  /// Whether the rows of a block lie side by side in the input.
  bool isContiguous() const;

  /// Row-major offset of weight (channel, term) in the operation's filter.
  int64_t filterOffset(int64_t channel, int64_t term) const;
};

/// Whether the sums of a tile and what a step needs beside them stay in
/// registers.
bool fitsRegisters(const ContractPlan &plan, const TargetInfo &target,
                   TileShape tile);

/// Estimated cycles of one step of a register tile, of all steps of one with
/// what comes before and after them, and of a whole product by such tiles. One
/// number for all processors of about the same kind: 2 multiplications and 2
/// loads a cycle.
double stepCycles(const ContractPlan &plan, const TargetInfo &target,
                  TileShape tile);
double tileCycles(const ContractPlan &plan, const TargetInfo &target,
                  TileShape tile);
double productCycles(const ContractPlan &plan, const TargetInfo &target,
                     TileShape tile);

/// The tiles that are worth a try, the one with the least estimated time first.
llvm::SmallVector<TileShape> tileCandidates(const ContractPlan &plan,
                                            const TargetInfo &target);

/// Lets `plan` multiply halves by Strassen's algorithm, if that is possible and
/// expected to be faster, or if `op` says so.
void chooseStrassen(ContractPlan &plan, const TargetInfo &target,
                    kernel::ContractOp op);

/// Weights are packed by the compiler, unless the network computes them.
ContractPlan planContract(kernel::ContractOp op, const TargetInfo &target,
                          bool packsAtRunTime = false);

/// For depthwise convolutions of a single input channel.
ContractPlan planContract(kernel::DepthwiseOp op, const TargetInfo &target);

/// A product of matrices, `rows` x `depth` by `depth` x `columns`, of f32 or
/// 8-bit integers. In the plan the columns are output channels.
struct Product {
  int64_t rows = 0, depth = 0, columns = 0;
  bool integer = false;
  int64_t leftZero = 0, rightZero = 0;
  bool packsAtRunTime = false;
};
ContractPlan planProduct(const Product &product, const TargetInfo &target);

/// The globals that `kernel.packed` names: the filter and the bias, which has
/// the contribution of the input's zero point in it; empty if there are none.
llvm::SmallVector<llvm::StringRef, 2> packedWeights(mlir::Operation *op);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_CONTRACTPLAN_H
