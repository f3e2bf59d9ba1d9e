//===- SparseCosts.cpp - What sparse and dense layers cost ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/SparseCosts.h"
#include "Emit/MicroKernel.h"
#include "pare/Target/CPU/SparseBlocks.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace pare::cpu {

/// Vector operations, and as many loads, in a cycle.
static constexpr double kPerCycle = 2.0;
/// Cycles until the sum of a step can be added to again: of a fused
/// multiplication, and of an integer addition.
static constexpr double kFloatLatency = 4.0, kIntegerLatency = 1.0;
/// Cycles of a block beside its steps: its column, the loop.
static constexpr double kBlock = 0.5;
/// Cycles of a block row beside its blocks: its list, a loop whose end is
/// guessed wrong.
static constexpr double kBlockRow = 12.0;
/// How many times as long as their products the steps of literal weights take,
/// also with vectors of 64 bytes.
static constexpr double kLiteral = 1.15, kLiteralWide = 1.7;
/// Cycles of a vector of terms that is transposed, to a scratch that leaves
/// room in the L1 cache or does not, and of a vector of sums: most of that
/// runs beside the arithmetic of the next block row.
static constexpr double kTransposeNear = 1.3, kTransposeFar = 3.0,
                        kTransposeSums = 0.5;
/// Cycles less of a vector of sums of floats that is stored to a block of
/// pixels in place of parts of several pixels, from registers or by way of a
/// scratch.
static constexpr double kStoredSquares = 1.0, kStoredApart = 1.9;
/// The same with vectors of 64 bytes, more: of a vector that is read, and of
/// one that is stored.
static constexpr double kReadWide = 1.5, kStoredWide = 1.6;
/// Cycles more of such a vector of sums of literal weights that is stored to
/// sixteen pixels.
static constexpr double kLiteralSquares = 4.0;
/// How many times as long steps take that read a block of pixels in place, of
/// which a tile leaves no room in the L1 cache.
static constexpr double kFarInPlace = 1.08;
/// How many times as long steps of floats take at most on vectors of 64 bytes
/// whose scratch leaves the L1 cache, and the share of that excess that they
/// take longer: lines come from L2, most of them while others are multiplied.
static constexpr double kFarSteps = 2.0, kFarLines = 0.15;
/// Cycles more of a vector of integer sums that is stored by itself.
static constexpr double kApart = 0.7;
/// Vector operations of a step of four terms in order: bytes multiplied, sums
/// of some steps widened and added, a share of the shuffles.
static constexpr double kOrderedStep = 2.6;
/// Share of the direct time that transformed tiles take of a 3x3 layer.
static constexpr double kFloatTiles = 0.65, kIntegerTiles = 0.6;
/// Cycles of a layer of one row beside its products, dense or sparse: its call,
/// the row brought into its order.
static constexpr double kRowLayer = 250.0;
/// Cycles of a vector of terms of a dense layer of floats with no more channels
/// than half of a vector: two pixels are put side by side.
static constexpr double kSideBySide = 2.5;
/// Rows of a dense product for which weights from far are read once.
static constexpr double kDenseBlock = 64.0;

/// Vector operations of a step.
static double operationsOf(SparseStep step, const TargetInfo &target) {
  switch (step) {
  case SparseStep::Float:
    return target.operationsOfFloats();
  case SparseStep::Quads:
    // Without an instruction: long products, additions by pairs.
    return target.dotStep == DotStep::NEON ? 4.0 : 1.0;
  case SparseStep::Pairs:
    return target.operationsOfPairs();
  case SparseStep::Single:
    return 2.0;
  }
  llvm_unreachable("all steps are listed");
}

/// Cycles in which the weights of one pass over a layer come from where they
/// are: beyond the L2 cache, within it, within L1.
static double weightCycles(double bytes, const TargetInfo &target) {
  if (bytes > double(target.l2Bytes))
    return bytes / 8.0;
  if (bytes <= double(target.l1Bytes) / 2)
    return bytes / 64.0;
  // Vectors of whole lines come faster from L2.
  return bytes / (target.lanes() >= 16 ? 48.0 : 32.0);
}

/// Cycles to copy `terms` terms of windows to a scratch, and to store sums.
static double gatherCycles(double terms, bool integer, double lanes) {
  // A load, a conversion and a store of two vectors.
  return terms / lanes * (integer ? 1.0 : 0.75);
}
static double storeCycles(double sums, bool integer, double lanes) {
  // Factors, rounding and clamps of integers; clamps of floats.
  return sums / lanes * (integer ? 5.0 : 1.5);
}

/// Share of the product of floats that Strassen's algorithm saves: of one
/// product in eight, less the sums of rows, of weights and of results. Below
/// what StrassenPlan.cpp asks for, none.
static double strassenSaves(const ConvShape &s, double rows, double depth) {
  const double channels = double(s.outChannels);
  if (!s.isPointwise() || rows < 12.0 || channels < 32.0)
    return 0.0;
  const double saved =
      0.125 - 6.0 / channels - 2.5 / std::min(rows, 192.0) - 2.1 / depth;
  return saved < 0.045 ? 0.0 : saved;
}

double estimateDense(const ConvShape &s, bool integer,
                     const TargetInfo &target) {
  const double rows = double(s.batch * s.outHeight * s.outWidth);
  const double depth = double(s.kernelHeight * s.kernelWidth * s.inChannels);
  const double channels = double(s.outChannels), lanes = target.lanes();
  // Terms in an order that products of bytes allow: with zeros among the
  // weights nearly all are. A row alone has an order of its own.
  const bool ordered = integer && MicroKernel::ordersTerms(target) &&
                       (rows >= 4.0 || rows == 1.0) && depth >= 16.0;
  const SparseStep step = !integer ? SparseStep::Float
                          : ordered || MicroKernel::hasDotQuads(target)
                              ? SparseStep::Quads
                              : SparseStep::Pairs;
  const double terms =
      step == SparseStep::Quads
          ? MicroKernel::hasDotMatrices(target) && rows > 1 ? 8 : 4
      : step == SparseStep::Pairs ? 2
                                  : 1;
  // A register tile of 6x2 vectors, or twice that, is bound by operations.
  const double tileRows =
      std::min(rows, target.vectorRegisters >= 32 ? 12.0 : 6.0);
  const double vectors = 2;
  const double perStep = ordered ? kOrderedStep : operationsOf(step, target);
  const double operations =
      tileRows * vectors * perStep + (step == SparseStep::Pairs ? vectors : 0);
  const double cycles = std::max(operations, tileRows + vectors) / kPerCycle;
  double compute = depth / terms * channels / (vectors * lanes) * cycles;
  if (!integer)
    compute *= 1.0 - strassenSaves(s, rows, depth);
  // Weights from far pass by once for a block of rows, not for each tile.
  const double bytes = depth * channels * (integer ? 1 : 4);
  const double passes = bytes > double(target.l2Bytes)
                            ? std::ceil(rows / kDenseBlock)
                            : rows / tileRows;
  const bool direct = !integer && s.isPointwise();
  const double paired =
      !integer && rows > 1.0 && 2.0 * channels <= lanes ? kSideBySide : 0.0;
  return std::max(rows / tileRows * compute,
                  passes * weightCycles(bytes, target)) +
         (direct ? 0.0 : gatherCycles(rows * depth, integer, lanes)) +
         rows * depth / lanes * paired +
         storeCycles(rows * channels, integer, lanes) +
         (integer && rows == 1.0 ? kRowLayer : 0.0);
}

double estimateDenseOrTiles(const ConvShape &s, bool integer,
                            const TargetInfo &target) {
  const double direct = estimateDense(s, integer, target);
  // Fewer channels leave more to the transforms than they save.
  const int64_t leastChannels = integer ? 16 : 32;
  constexpr int64_t kLeastSize = 4;
  const bool fits = s.kernelHeight == 3 && s.kernelWidth == 3 &&
                    s.strideHeight == 1 && s.strideWidth == 1 &&
                    s.dilationHeight == 1 && s.dilationWidth == 1 &&
                    s.outHeight >= kLeastSize && s.outWidth >= kLeastSize &&
                    std::min(s.inChannels, s.outChannels) >= leastChannels;
  // Pairs of 16 bits lose to quads of bytes what tiles save.
  if (!fits || (integer && MicroKernel::hasDotQuads(target)))
    return direct;
  return direct * (integer ? kIntegerTiles : kFloatTiles);
}

double estimateSparse(const SparsePlan &plan, int64_t blocks,
                      const TargetInfo &target, bool countsLiterals) {
  const double lanes = double(plan.lanes), rows = double(plan.rows);
  const double operations = operationsOf(plan.step, target);
  const double steps = double(plan.stepsPerBlock());
  const int64_t blockRows = plan.channels / plan.blockRows;
  const double bytes =
      double(blocks) *
      double(plan.blockSize() * (plan.integer ? 1 : 4) + sizeof(int32_t));
  const double latency = plan.integer ? kIntegerLatency : kFloatLatency;

  // Tiles, of which the last overlaps, and cycles of a step of one block.
  double tiles, cycles;
  double edges = storeCycles(rows * double(plan.channels), plan.integer, lanes);
  if (plan.integer && plan.rows == 1)
    edges += kRowLayer;
  if (plan.overChannels) {
    const double vectors = double(plan.vectors());
    const double tileRows = double(plan.tileRows);
    tiles = std::ceil(rows / tileRows);
    // Four rows of one vector are packed together, and then apart again.
    if (plan.integer && plan.vectors() == 1)
      edges += kApart * rows * double(plan.channels) / lanes;
    const double widened = plan.step == SparseStep::Pairs ? vectors : 0;
    cycles = std::max(tileRows * vectors * operations + widened,
                      tileRows + vectors) /
             kPerCycle;
    // One row is taken several blocks at a time; nothing waits there.
    if (rows > 1)
      cycles = std::max(cycles, latency);
    const bool direct =
        plan.step == SparseStep::Float && plan.shape.isPointwise();
    if (!direct)
      edges += gatherCycles(rows * double(plan.depth), plan.integer, lanes);
  } else {
    tiles = double(plan.allTiles());
    const double vectors = double(plan.vectorsOfBlock()) / double(plan.tiles);
    const double stepBytes = 4.0 * vectors * lanes;
    // A weight of integers is widened and repeated, not just loaded.
    const double splats = double(plan.blockRows) * (plan.integer ? 3.0 : 1.0);
    cycles = std::max(double(plan.blockRows) * vectors * operations +
                          (plan.integer ? splats : 0.0),
                      vectors + splats) /
             kPerCycle;
    // Of few sums, two blocks at once have their own.
    const double waiting = double(plan.blockRows) * vectors;
    cycles = std::max(cycles, waiting < 8.0 ? latency / 2.0 : latency);
    // Squares of four pixels by four steps, and four channels, each of 32 bits.
    const int64_t steps = plan.depth / plan.termsPerStep();
    const double words = double(steps);
    const bool isNear = words * stepBytes <= double(target.l1Bytes) / 2;
    if (!plan.integer && lanes >= 16.0) {
      const double excess = words * stepBytes / double(target.l1Bytes) - 1.0;
      cycles *= std::clamp(1.0 + excess * kFarLines, 1.0, kFarSteps);
    }
    const double sums = rows * double(plan.channels) / lanes;
    const bool isWide = lanes >= 16.0;
    const bool isLiteral = countsLiterals && plan.isLiteral();
    const bool isSquare = plan.isLiteral() || plan.blockRows % 4 == 0;
    if (plan.blocks.in > 0) {
      if (!isNear)
        cycles *= kFarInPlace;
      if (isWide)
        edges -= rows * words / lanes * kReadWide;
    } else {
      edges += rows * words / lanes * (isNear ? kTransposeNear : kTransposeFar);
    }
    if (plan.blocks.out > 0) {
      edges -= sums * (isSquare ? kStoredSquares : kStoredApart);
      if (isWide && !plan.isLiteral())
        edges -= sums * kStoredWide;
    } else {
      edges += sums * kTransposeSums;
      if (isWide && isLiteral)
        edges += sums * kLiteralSquares;
    }
    if (!plan.shape.isPointwise())
      edges += gatherCycles(rows * double(plan.depth), plan.integer, lanes);
  }
  double compute = double(blocks) * (steps * cycles + kBlock) +
                   double(blockRows) * kBlockRow;
  if (countsLiterals && plan.isLiteral())
    compute = double(blocks) * (lanes >= 16.0 ? kLiteralWide : kLiteral) *
              double(plan.tileVectors) * operations / kPerCycle;
  return tiles * std::max(compute, weightCycles(bytes, target)) + edges;
}

ArrayRef<std::pair<int64_t, int64_t>>
candidateBlocks(bool integer, const TargetInfo &target) {
  using Blocks = std::pair<int64_t, int64_t>;
  static constexpr Blocks kFloat[] = {{4, 1}, {8, 1}, {16, 1}, {2, 1}, {1, 1}};
  static constexpr Blocks kPairs[] = {{16, 2}, {8, 4}, {8, 2}, {32, 2},
                                      {4, 2},  {1, 2}, {4, 1}, {1, 1}};
  static constexpr Blocks kQuads[] = {{8, 4}, {16, 4}, {4, 4}, {16, 2},
                                      {8, 2}, {4, 2},  {1, 4}, {1, 1}};
  if (!integer)
    return kFloat;
  return MicroKernel::hasDotQuads(target) ? ArrayRef<Blocks>(kQuads)
                                          : ArrayRef<Blocks>(kPairs);
}

std::pair<int64_t, int64_t> preferredBlock(const TargetInfo &target,
                                           bool integer) {
  return candidateBlocks(integer, target).front();
}

} // namespace pare::cpu
