//===- WinogradPlan.h - Convolutions by transformed tiles -------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a convolution of 3x3 taps and steps of 1 becomes products of matrices by
// the transforms of pare/Numerics/Winograd.h. An image is cut into tiles of
// m x m results, each of which reads (m + 2)^2 = P pixels; the last tile of a
// line, and the last line, overlap the ones before. For a block of lines of
// tiles, or of tiles of one line, in the scratch memory:
//
//   inputs  [P points][tiles][input channels]   transformed, 16 bits or f32
//   sums    [P points][tiles][panel]            of one panel of outputs
//
// and for each panel the sums are, point by point, the product of the inputs by
// the transformed weights, packed as
//
//   [panel][P points][steps][panel width][terms of a step]
//
// whose panels are those of a contraction of one tap (ContractPlan.h).
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRADPLAN_H
#define PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRADPLAN_H

#include "Contract/ContractPlan.h"
#include "pare/Numerics/Winograd.h"

#include "mlir/IR/SymbolTable.h"

namespace pare::cpu {

struct WinogradPlan {
  const WinogradTransform *transform = nullptr;
  ConvShape shape;
  bool integer = false;
  int64_t inputZero = 0, filterZero = 0;
  /// Tiles of an image, and of a block. The last block of an image may have
  /// fewer lines; blocks of one line have some or all of its tiles, and the
  /// last of a line overlaps the one before.
  int64_t tileLines = 1, tileColumns = 1, blockLines = 1, blockColumns = 1;
  /// Weights are asked for one point ahead.
  bool prefetches = false;
  /// The product of one point: a row for each tile of a block.
  ContractPlan products;
  /// The same with a line of results as its register tile.
  ContractPlan results;

  int64_t outputs() const { return transform->outputs; }
  int64_t points() const { return transform->points(); }
  int64_t blockTiles() const { return blockLines * blockColumns; }
  bool splitsLines() const { return blockColumns < tileColumns; }
  int64_t blocksOfLine() const {
    return (tileColumns + blockColumns - 1) / blockColumns;
  }
  int64_t blocksOfImage() const {
    return (tileLines + blockLines - 1) / blockLines * blocksOfLine();
  }
  /// Columns of the image, with its padding, that the tiles of a block read.
  int64_t bandWidth() const {
    return splitsLines() ? blockColumns * outputs() + 2 : shape.outWidth + 2;
  }
  /// Elements from one tile to the next in the transformed inputs.
  int64_t inputStride() const {
    return products.runSteps() * products.termsPerStep();
  }
  /// Elements from one point to the next. Points are written side by side:
  /// where many of them are, a cache line more, so that they do not compete for
  /// places in the cache.
  int64_t inputPointStride() const {
    return withGap(blockTiles() * inputStride(), integer ? 2 : 4);
  }
  int64_t sumPointStride() const {
    return withGap(blockTiles() * products.panelWidth(), 4);
  }
  /// Elements of the packed weights of a point for panels of `vectors`.
  int64_t panelPointSize(int64_t vectors) const {
    return vectors * products.lanes * inputStride();
  }
  /// Elements of the input that are transformed at once.
  int64_t inputWidth() const { return products.lanes * (integer ? 2 : 1); }
  /// Bytes of the scratch memory that grow with a block: lines of inputs that
  /// are transformed in one direction, in both, and sums.
  int64_t blockBytes() const {
    const int64_t termBytes = integer ? 2 : 4;
    return transform->points() * bandWidth() * inputWidth() * termBytes +
           transform->products() *
               (inputPointStride() * termBytes + sumPointStride() * 4);
  }

private:
  static int64_t withGap(int64_t elements, int64_t bytes) {
    // The points of a tile of 4x4 results fill an eighth of 32 KB then.
    constexpr int64_t kFar = 512, kLine = 64;
    return elements + (elements * bytes >= kFar ? kLine / bytes : 0);
  }
};

/// Whether tiles of `outputs` x `outputs` can compute `op`: 3x3 taps, steps of
/// 1, one group, and an image that is not smaller.
bool fitsWinograd(kernel::ContractOp op, int64_t outputs);

/// The plan that the attribute `kernel.winograd` of `op` asks for, if it has
/// one and it can be followed.
std::optional<WinogradPlan> planWinograd(kernel::ContractOp op,
                                         const TargetInfo &target);
/// The plan for tiles of that size, which fit.
WinogradPlan planWinograd(kernel::ContractOp op, int64_t outputs,
                          const TargetInfo &target);

/// Cycles of one core, in the units of SparseCosts.h.
double estimateWinograd(const WinogradPlan &plan, const TargetInfo &target);

/// Whether weights and bias are constant and, of 8-bit layers, every sum comes
/// out exactly, whatever the input.
bool isWinogradExact(kernel::ContractOp op, int64_t outputs,
                     mlir::SymbolTable &symbols);

/// Whether tiles of `outputs` x `outputs` may be faster: channels that fill
/// vectors, enough of them to pay for the transforms; and no larger tiles of
/// floats, whose results are rounded twice as coarsely.
bool isWinogradWorthALook(kernel::ContractOp op, int64_t outputs);

/// The tiles that are expected to be the fastest, 0 for direct code. What they
/// compute is what direct code does, up to the rounding of floats.
int64_t chooseWinograd(kernel::ContractOp op, mlir::SymbolTable &symbols,
                       const TargetInfo &target);

/// Transformed weights and prepared bias as the plan lays them out: i16 and
/// i32, or f32.
struct WinogradWeights {
  llvm::SmallVector<char, 0> filter, bias;
};
WinogradWeights packWinograd(kernel::ContractOp op, const WinogradPlan &plan,
                             mlir::SymbolTable &symbols);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRADPLAN_H
