//===- StrassenPlan.cpp - Whether products of halves pay ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/ContractPlan.h"

#include <algorithm>
#include <optional>

using namespace mlir;

namespace pare::cpu {

/// Whether rows, steps and panels have halves. Integers gain more by products
/// of bytes, which sums of bytes would not be.
static bool allowsStrassen(const ContractPlan &plan) {
  return !plan.integer && plan.groups == 1 && plan.pixels == 1 &&
         plan.shape.isPointwise() && plan.steps() % 2 == 0 &&
         plan.fullPanels() >= 2 && plan.rows >= 2 * plan.tile.rows;
}

static int64_t ceilDiv(int64_t x, int64_t y) { return (x + y - 1) / y; }

/// `total` in even parts of at most `most`.
static int64_t evenPart(int64_t total, int64_t most) {
  return ceilDiv(total, ceilDiv(total, std::max<int64_t>(most, 1)));
}

/// Rows of equal blocks of at most `most`, or 0 if they would be much smaller.
/// Two blocks must not share a row: it would be rounded in two ways, and
/// threads would store one or the other.
static int64_t equalBlocks(int64_t rows, int64_t most) {
  const int64_t least = ceilDiv(rows, std::max<int64_t>(most, 1));
  for (int64_t blocks = least; blocks <= 2 * least; ++blocks)
    if (rows % blocks == 0)
      return rows / blocks;
  return 0;
}

namespace {
/// Cycles beside products, measured on x86: vectors of four sums of rows, which
/// are written beyond the first cache and read from there, and of a sum of
/// weights, which are; and the least share of a plain product that must be
/// promised. Estimates are not that good, and code for eleven loops takes time
/// to compile. Vectors of a whole cache line take longer than half lines; that
/// the estimate of plain products leaves out as well.
struct SumCosts {
  double ofRows, ofWeights, worthIt;
};
} // namespace

static SumCosts costsOf(const TargetInfo &target) {
  return target.vectorBits > 256 ? SumCosts{28.0, 12.0, 0.01}
                                 : SumCosts{19.0, 4.5, 0.035};
}

/// Estimated cycles of all blocks.
static double estimateHalves(const ContractPlan &plan,
                             const TargetInfo &target) {
  const TileShape tile = plan.tile;
  const double tiles = double(plan.halfTiles);
  const int64_t pairsOfPanels = plan.fullPanels() / 2;
  const double pairs = double(pairsOfPanels);
  const double half = double(plan.halfSteps());
  // The ends of short loops are not foreseen; where sums begin and go costs
  // little beside that.
  const double products =
      7.0 * pairs * tiles * (stepCycles(plan, target, tile) * half + 20.0);
  const SumCosts costs = costsOf(target);
  const double rowSums =
      costs.ofRows * double(plan.halfRows()) * half / double(plan.lanes);
  const double weightSums =
      costs.ofWeights * pairs * double(tile.vectors) * half;
  double cycles = products + rowSums + weightSums;
  // Rows and panels without a partner.
  for (int64_t row = 2 * plan.halfRows(); row < plan.blockRows;) {
    const int64_t count = std::min(tile.rows, plan.blockRows - row);
    const TileShape both = {count, 2 * tile.vectors};
    cycles +=
        fitsRegisters(plan, target, both)
            ? pairs * tileCycles(plan, target, both)
            : 2.0 * pairs * tileCycles(plan, target, {count, tile.vectors});
    row += count;
  }
  auto alone = [&](int64_t vectors) {
    cycles += double(plan.blockTiles()) *
              tileCycles(plan, target, {tile.rows, vectors});
  };
  if (plan.fullPanels() % 2 != 0)
    alone(tile.vectors);
  if (plan.tailVectors() != 0)
    alone(plan.tailVectors());
  return cycles * double(plan.numBlocks());
}

/// Blocks for halves of `plan`, with its tile, of at least one tile each.
static bool cutIntoHalves(ContractPlan &plan, const TargetInfo &target) {
  if (!allowsStrassen(plan))
    return false;
  plan.strassen = true;
  plan.panelsOutside = true;
  const int64_t stepBytes = plan.panelWidth() * plan.stepBytes();
  plan.blockSteps = evenPart(plan.halfSteps(), target.l1Bytes / stepBytes);
  // The sums of a block that wait stay in the L1 cache. Rows and their sums are
  // read once for each product, in the order of memory: they need not all be in
  // the L2 cache.
  const int64_t rowBytes = 2 * plan.steps() * plan.stepBytes();
  const int64_t mostRows =
      std::min(target.l1Bytes / 2 / (plan.panelWidth() * 4),
               2 * target.l2Bytes / rowBytes);
  plan.blockRows = equalBlocks(plan.rows, mostRows);
  return plan.blockRows >= 2 * plan.tile.rows;
}

/// Keeps fewer sums at a time where those of `plan` would make the arena too
/// large, if the weights stay near meanwhile and no row is in both halves.
static void keepFewerSums(ContractPlan &plan, const TargetInfo &target,
                          kernel::ContractOp op) {
  constexpr int64_t kBytes = 4;
  auto freeBytes =
      op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kFreeBytesAttr);
  auto output = cast<MemRefType>(op.getOutput().getType());
  if (!freeBytes || !output.getElementType().isF32() ||
      plan.blockSteps < plan.halfSteps() ||
      2 * plan.halfRows() > plan.blockRows ||
      plan.groupSize() * kBytes > target.l2Bytes)
    return;
  const int64_t factor = plan.halfSteps() * plan.panelWidth() * kBytes;
  const int64_t sumsOfTile = plan.tile.rows * plan.halfSteps() * kBytes;
  const int64_t waiting = 2 * plan.halfRows() * plan.panelWidth() * kBytes;
  const int64_t room = freeBytes.getInt() - factor;
  // Tiles that are alone would each make the sums of weights.
  constexpr int64_t kLeastTiles = 2;
  if (4 * plan.halfTiles * sumsOfTile + waiting <= room ||
      room < kLeastTiles * sumsOfTile)
    return;
  plan.rowSums = 2 * plan.halfTiles * sumsOfTile <= room ? 2 : 1;
  if (plan.rowSums == 1)
    plan.sumTiles = evenPart(plan.halfTiles, room / sumsOfTile);
}

void chooseStrassen(ContractPlan &plan, const TargetInfo &target,
                    kernel::ContractOp op) {
  auto forced =
      op->getAttrOfType<BoolAttr>(kernel::KernelDialect::kStrassenAttr);
  if (forced && !forced.getValue())
    return;
  // The best tile for the whole product need not be the one for its halves.
  constexpr size_t kTiles = 6;
  SmallVector<TileShape> tiles = {plan.tile};
  if (!op->hasAttr(kernel::KernelDialect::kTileAttr)) {
    tiles = tileCandidates(plan, target);
    tiles.truncate(std::min(tiles.size(), kTiles));
  }
  std::optional<ContractPlan> best;
  double least = 0;
  for (TileShape tile : tiles) {
    // Tiles of few rows would make halves of anything.
    if (2 * tile.rows <= plan.tile.rows)
      continue;
    ContractPlan halves = plan;
    halves.tile = tile;
    if (!cutIntoHalves(halves, target))
      continue;
    const int64_t few = halves.blockRows / (2 * tile.rows);
    const int64_t enough = ceilDiv(halves.blockRows, 2 * tile.rows);
    for (int64_t count : {few, enough}) {
      halves.halfTiles = count;
      if (halves.halfRows() > halves.blockRows)
        continue;
      const double cycles = estimateHalves(halves, target);
      if (best && cycles >= least)
        continue;
      best = halves;
      least = cycles;
    }
  }
  const double most =
      (1.0 - costsOf(target).worthIt) * productCycles(plan, target, plan.tile);
  if (!best || (!forced && least > most))
    return;
  plan = *best;
  plan.sumTiles = plan.halfTiles;
  keepFewerSums(plan, target, op);
}

} // namespace pare::cpu
