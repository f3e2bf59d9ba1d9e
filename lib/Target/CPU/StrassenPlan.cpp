//===- StrassenPlan.cpp - Whether products of halves pay ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractPlan.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

/// Whether rows, steps and panels have halves. Integers gain more by products
/// of bytes, which sums of bytes would not be.
static bool allowsStrassen(const ContractPlan &plan) {
  return !plan.integer && plan.groups == 1 && plan.shape.isPointwise() &&
         plan.steps() % 2 == 0 && plan.fullPanels() >= 2 &&
         plan.rows >= 2 * plan.tile.rows;
}

/// Estimated share of the cycles of the plain product that is saved.
static double estimateSaved(const ContractPlan &plan,
                            const TargetInfo &target) {
  const double tileRows = double(plan.tile.rows);
  const double vectors = double(plan.tile.vectors);
  const double tiles = double(plan.blockRows / (2 * plan.tile.rows));
  const double pairs = double(plan.fullPanels() / 2);
  const double half = double(plan.halfSteps());
  // Multiplications and additions that are instructions of their own.
  const double perSum = target.hasFMA ? 0.5 : 1.0;
  // One product in eight, of the rows and panels that have a partner.
  const double product = tiles * pairs * tileRows * vectors * half * perSum;
  const double all = 2.0 * double(plan.blockRows) * half *
                     double(plan.columns) / double(plan.lanes) * perSum;
  // Vectors of four sums of rows, written beyond the first cache and read from
  // there; of weights; of the sums that wait of seven products.
  const double rowSums = 12.0 * tiles * tileRows * half / double(plan.lanes);
  const double weightSums = 5.0 * pairs * vectors * half;
  const double waiting = 7.0 * 0.6 * tiles * pairs * tileRows * vectors;
  return (product - rowSums - weightSums - waiting) / all;
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

void chooseStrassen(ContractPlan &plan, const TargetInfo &target,
                    Operation *op) {
  auto forced =
      op->getAttrOfType<BoolAttr>(kernel::KernelDialect::kStrassenAttr);
  if ((forced && !forced.getValue()) || !allowsStrassen(plan))
    return;
  ContractPlan halves = plan;
  halves.strassen = true;
  halves.panelsOutside = true;
  const int64_t stepBytes = plan.panelWidth() * plan.stepBytes();
  halves.blockSteps =
      evenPart(plan.halfSteps(), target.l1Bytes / 2 / stepBytes);
  // The sums of a block that wait stay in the L1 cache. Rows and their sums are
  // read once for each product, in the order of memory: they need not all be in
  // the L2 cache.
  const int64_t rowBytes = 2 * plan.steps() * plan.stepBytes();
  const int64_t mostRows =
      std::min(target.l1Bytes / 2 / (plan.panelWidth() * 4),
               2 * target.l2Bytes / rowBytes);
  halves.blockRows = equalBlocks(plan.rows, mostRows);
  if (halves.blockRows < 2 * plan.tile.rows)
    return;
  // The least share that must be promised: the estimates are not that good, and
  // code for eleven loops takes time to compile.
  constexpr double kWorthIt = 0.045;
  if (forced || estimateSaved(halves, target) >= kWorthIt)
    plan = halves;
}

} // namespace pare::cpu
