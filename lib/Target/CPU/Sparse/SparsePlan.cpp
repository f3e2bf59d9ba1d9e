//===- SparsePlan.cpp - Forms of contractions with sparse weights ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/SparsePlan.h"
#include "Emit/Layer.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

/// Vectors of pixels that are multiplied by literal weights of four channels:
/// sums leave registers to them and to a weight.
static constexpr int64_t kLiteralVectors = 2;
/// Channels whose sums are transposed together.
static constexpr int64_t kSquareChannels = 4;

ConvShape shapeOf(kernel::SparseContractOp op) {
  auto in = cast<MemRefType>(op.getInput().getType()).getShape();
  auto out = cast<MemRefType>(op.getOutput().getType()).getShape();
  ConvShape s;
  s.batch = in[0], s.inHeight = in[1], s.inWidth = in[2], s.inChannels = in[3];
  s.outHeight = out[1], s.outWidth = out[2], s.outChannels = out[3];
  s.kernelHeight = op.getKernelSize()[0], s.kernelWidth = op.getKernelSize()[1];
  s.strideHeight = op.getStrides()[0], s.strideWidth = op.getStrides()[1];
  s.dilationHeight = op.getDilations()[0];
  s.dilationWidth = op.getDilations()[1];
  s.padTop = op.getPadding()[0], s.padLeft = op.getPadding()[2];
  return s;
}

bool SparsePlan::isContiguous() const {
  return shape.isPointwise() && shape.strideHeight == 1 &&
         shape.strideWidth == 1 && shape.outHeight == shape.inHeight &&
         shape.outWidth == shape.inWidth;
}

/// The largest power of two that divides `blockRows`, at most a whole vector.
static int64_t widthOfBlock(int64_t blockRows, int64_t lanes) {
  return std::min<int64_t>(lanes, blockRows & -blockRows);
}

/// Rows of a register tile of form Channels. The last tile overlaps the one
/// before, so that the greatest number of rows is not always the fastest.
static int64_t chooseTileRows(const SparsePlan &plan) {
  // Registers hold the sums, the vectors of a step's weights and one factor.
  constexpr int64_t kMost = 14;
  const int64_t vectors = plan.vectors();
  const int64_t most = std::clamp<int64_t>(
      (plan.registers - 1 - vectors) / vectors, 1, std::min(plan.rows, kMost));
  const int64_t operations = plan.step == SparseStep::Pairs ? 2 : 1;
  int64_t best = 1, least = 0;
  for (int64_t rows = 1; rows <= most; ++rows) {
    // A step also loads and widens its weights, and finds its column.
    const int64_t step = rows * vectors * operations + vectors + 3;
    const int64_t cost = llvm::divideCeil(plan.rows, rows) * step;
    if (rows == 1 || cost <= least) {
      least = cost;
      best = rows;
    }
  }
  return best;
}

SparsePlan planSparse(kernel::SparseContractOp op, const TargetInfo &target) {
  return planSparse(op, target, PixelBlocks::of(op));
}

SparsePlan planSparse(kernel::SparseContractOp op, const TargetInfo &target,
                      PixelBlocks blocks) {
  const bool integer = isa<IntegerType>(
      cast<MemRefType>(op.getInput().getType()).getElementType());
  SparsePlan plan = planSparse(
      shapeOf(op), integer, op.getBlock()[0], op.getBlock()[1], target,
      op->hasAttr(kernel::KernelDialect::kBytePairsAttr), blocks);
  plan.inputZero = op.getInputZeroPoint();
  plan.considerLiterals(Layer::count(op.getValues()));
  // In kernel.stripes it is what its image makes it.
  if (auto lines = op->getAttrOfType<IntegerAttr>(
          kernel::KernelDialect::kStripeRowsAttr)) {
    plan.shape.inHeight = plan.shape.outHeight = lines.getInt();
    plan.rows = lines.getInt() * plan.shape.outWidth;
    if (!plan.blocks && (!plan.isLiteral() || !plan.tileLiterals()))
      plan.useVectorsOfPixels();
  }
  return plan;
}

SparsePlan planSparse(const ConvShape &s, bool integer, int64_t blockRows,
                      int64_t blockColumns, const TargetInfo &target,
                      bool bytePairs, PixelBlocks blocks) {
  SparsePlan plan;
  plan.shape = s;
  plan.blocks = blocks;
  plan.bytePairs = bytePairs && MicroKernel::hasDotSmallQuads(target);
  plan.integer = integer;
  plan.rows = s.batch * s.outHeight * s.outWidth;
  plan.depth = s.kernelHeight * s.kernelWidth * s.inChannels;
  plan.channels = s.outChannels;
  plan.blockRows = blockRows;
  plan.blockColumns = blockColumns;
  plan.lanes = target.lanes();

  plan.registers = target.vectorRegisters;
  plan.l1Bytes = target.l1Bytes;

  plan.width = widthOfBlock(plan.blockRows, plan.lanes);
  // Windows end where steps do, or the last step would read behind them.
  auto divides = [&](int64_t terms) {
    return plan.blockColumns % terms == 0 && plan.depth % terms == 0;
  };
  // Fewer pixels than a vector has places are left to vectors of channels, be
  // they short.
  plan.overChannels =
      !plan.blocks &&
      ((plan.width == plan.lanes && (!plan.integer || divides(2))) ||
       (plan.rows < plan.lanes && plan.width > 1) || plan.rows == 1);
  // No machine has an instruction for quads of less than 128 bits.
  const bool hasQuads =
      (MicroKernel::hasDotQuads(target) &&
       (!plan.overChannels || plan.width >= 4)) ||
      (plan.bytePairs && (!plan.overChannels || plan.width == plan.lanes));
  if (plan.integer)
    plan.step = divides(4) && hasQuads ? SparseStep::Quads
                : divides(2)           ? SparseStep::Pairs
                                       : SparseStep::Single;
  if (plan.step == SparseStep::Quads && !MicroKernel::quadsAreSigned(target))
    plan.inputOffset = 128;

  if (!plan.overChannels) {
    plan.useVectorsOfPixels();
    return plan;
  }
  plan.packedColumns = plan.integer && plan.width == plan.lanes &&
                       plan.vectors() % 2 == 0 &&
                       MicroKernel::packsRows(target);
  plan.tileRows = chooseTileRows(plan);
  return plan;
}

void SparsePlan::useVectorsOfPixels() {
  overChannels = packedColumns = false;
  literalVectors = 0;
  // Registers hold the sums, the vectors of pixels and one weight.
  constexpr int64_t kMost = 4;
  int64_t most =
      std::clamp<int64_t>((registers - 1) / (blockRows + 1), 1, kMost);
  // Short vectors of single channels leave registers, and what a block and a
  // channel cost beside their sums is shared by more pixels. A scratch that
  // leaves the L1 cache would cost more.
  constexpr int64_t kMostOfOne = 6, kShort = 8;
  const int64_t vectorBytes = depth / termsPerStep() * lanes * 4;
  if (step == SparseStep::Float && blockRows == 1 && lanes <= kShort)
    most = std::clamp(l1Bytes * 3 / 2 / vectorBytes, most, kMostOfOne);
  // Of about equal size: no tile is nearly empty.
  const int64_t all = llvm::divideCeil(blockPixels(), lanes);
  tiles = llvm::divideCeil(all, most);
  tileVectors = llvm::divideCeil(all, tiles);
  wideTiles = all - tiles * (tileVectors - 1);
}

void SparsePlan::considerLiterals(int64_t weights) {
  // Shorter vectors have no instruction that takes one weight for all.
  constexpr int64_t kLeastLanes = 8;
  if (overChannels || step != SparseStep::Float || blockRows != 1 ||
      lanes < kLeastLanes || channels % kSquareChannels != 0)
    return;
  SparsePlan literal = *this;
  if (!literal.tileLiterals())
    return;
  // All tiles read the same code, from a cache that has room for so much: an
  // instruction for a weight and one for each vector; shuffles and stores for
  // four channels. To read it for the first time costs as much for two weights
  // as the loop over a channel's weights costs for three tiles.
  constexpr int64_t kMostBytes = 28 << 10, kInstruction = 8;
  const int64_t vectors = literal.literalVectors;
  const int64_t ends = blocks.out > 0
                           ? channels * vectors * 2
                           : channels / kSquareChannels * vectors * (8 + lanes);
  const int64_t instructions = weights * (1 + vectors) + ends;
  if (instructions * kInstruction <= kMostBytes &&
      2 * allTiles() * channels >= 3 * weights)
    *this = literal;
}

bool SparsePlan::tileLiterals() {
  if (blocks)
    return tileLiteralsOfBlock();
  // So often a piece of code is used once it is there; more pixels would leave
  // the L1 cache.
  const int64_t part = kLiteralVectors * lanes;
  for (int64_t parts : {lanes > 8 ? 2 : 3, lanes > 8 ? 3 : 2}) {
    if (rows % (part * parts) != 0)
      continue;
    literalVectors = kLiteralVectors;
    tileVectors = parts * kLiteralVectors;
    tiles = wideTiles = rows / (part * parts);
    return true;
  }
  return false;
}

bool SparsePlan::tileLiteralsOfBlock() {
  // Sums that are transposed need registers.
  constexpr double kFull = 0.85;
  const int64_t most = blocks.out > 0 ? 3 : kLiteralVectors;
  for (int64_t vectors = most; vectors >= 2; --vectors) {
    // The last part overlaps the one before.
    const int64_t width = vectors * lanes;
    const int64_t parts = llvm::divideCeil(blockPixels(), width);
    if (double(blockPixels()) < kFull * double(parts * width))
      continue;
    literalVectors = vectors;
    for (int64_t perTile : {3, 2, 4, 1}) {
      if (parts % perTile != 0)
        continue;
      tileVectors = perTile * vectors;
      tiles = wideTiles = parts / perTile;
      return true;
    }
  }
  return false;
}

bool SparsePlan::takesLines() const {
  if (blocks)
    return std::max(blocks.in, blocks.out) == 1;
  SparsePlan line = *this;
  line.rows = shape.outWidth;
  return isLiteral() && isContiguous() && shape.batch == 1 &&
         line.tileLiterals();
}

bool SparsePlan::takesBlocks() const {
  return step == SparseStep::Float && !overChannels && isContiguous() &&
         shape.batch == 1;
}

SparsePlan SparsePlan::unpacked() const {
  SparsePlan plan = *this;
  if (step == SparseStep::Quads) {
    plan.step = SparseStep::Pairs;
    plan.inputOffset = 0;
  }
  plan.useVectorsOfPixels();
  return plan;
}

bool SparsePlan::prefetchesTiles(int64_t tileRows,
                                 const TargetInfo &target) const {
  const int64_t rowBytes = (shape.inChannels + channels) * (integer ? 1 : 4);
  return rows * rowBytes > 2 * target.l2Bytes &&
         tileRows * rowBytes <= target.l1Bytes;
}

int64_t SparsePlan::channelAt(int64_t place) const {
  if (!packedColumns)
    return place;
  const int64_t pair = place / (2 * lanes) * (2 * lanes);
  return pair + MicroKernel::packedColumn(place % (2 * lanes), lanes);
}

SmallVector<int64_t> SparsePlan::blockOrder() const {
  SmallVector<int64_t> order;
  if (!overChannels) {
    llvm::append_range(order, llvm::seq<int64_t>(blockSize()));
    return order;
  }
  for (int64_t step = 0; step < stepsPerBlock(); ++step)
    for (int64_t r = 0; r < blockRows; ++r)
      for (int64_t t = 0; t < termsPerStep(); ++t)
        order.push_back(channelAt(r) * blockColumns + step * termsPerStep() +
                        t);
  return order;
}

} // namespace pare::cpu
