//===- WinogradPlan.cpp - Convolutions by transformed tiles ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Winograd/WinogradPlan.h"
#include "Emit/Layer.h"
#include "Emit/MicroKernel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

bool fitsWinograd(kernel::ContractOp op, int64_t outputs) {
  const ConvShape s = ConvShape::of(op);
  return WinogradTransform::get(outputs) && s.kernelHeight == 3 &&
         s.kernelWidth == 3 && s.strideHeight == 1 && s.strideWidth == 1 &&
         s.dilationHeight == 1 && s.dilationWidth == 1 &&
         Layer::shape(op.getFilter())[3] == s.inChannels &&
         s.outHeight >= outputs && s.outWidth >= outputs;
}

/// Bytes of the transformed weights.
static int64_t filterBytes(const WinogradPlan &plan) {
  return plan.transform->products() * plan.products.paddedColumns() *
         plan.inputStride() * (plan.integer ? 2 : 4);
}

/// Blocks of about the same size, of which the largest has at most `most` of
/// `count` parts.
static int64_t evenly(int64_t count, int64_t most) {
  return llvm::divideCeil(count, llvm::divideCeil(count, most));
}

/// The tiles of a block: so many that weights which come from beyond the L2
/// cache serve many tiles, so few that inputs and sums stay in it, or in the L1
/// cache with weights that do, and in what is free in the arena.
static void chooseBlock(WinogradPlan &plan, Operation *op,
                        const TargetInfo &target) {
  // Register tiles of fewer rows wait for loads.
  constexpr int64_t kLeastTiles = 4;
  const ContractPlan &p = plan.products;
  const int64_t products = plan.transform->products();
  const int64_t termBytes = plan.integer ? 2 : 4;
  const int64_t tileBytes =
      products * (plan.inputStride() * termBytes + p.panelWidth() * 4);
  const int64_t bytes = filterBytes(plan);
  int64_t room = bytes > target.l2Bytes / 2 ? target.l2Bytes
                 : bytes > target.l1Bytes   ? target.l2Bytes / 8
                                            : target.l1Bytes;
  int64_t tiles = room / tileBytes;
  auto setTiles = [&] {
    plan.blockLines =
        evenly(plan.tileLines, std::max<int64_t>(1, tiles / plan.tileColumns));
    plan.blockColumns = plan.tileColumns;
    // Weights in the L1 cache are read again for a part of a line.
    if (tiles < plan.tileColumns && bytes <= target.l1Bytes)
      plan.blockColumns =
          evenly(plan.tileColumns, std::max<int64_t>(kLeastTiles, tiles));
  };
  setTiles();
  auto freeBytes =
      op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kFreeBytesAttr);
  if (!freeBytes || bytes > target.l2Bytes / 2)
    return;
  while (tiles > 1 && plan.blockBytes() > freeBytes.getInt()) {
    --tiles;
    setTiles();
  }
}

WinogradPlan planWinograd(kernel::ContractOp op, int64_t outputs,
                          const TargetInfo &target) {
  WinogradPlan plan;
  plan.transform = WinogradTransform::get(outputs);
  plan.shape = ConvShape::of(op);
  plan.integer = Layer::element(op.getInput()).isInteger(8);
  plan.inputZero = op.getInputZeroPoint();
  plan.filterZero = op.getFilterZeroPoint();
  plan.tileLines = llvm::divideCeil(plan.shape.outHeight, outputs);
  plan.tileColumns = llvm::divideCeil(plan.shape.outWidth, outputs);

  ContractPlan &p = plan.products;
  p.shape = plan.shape;
  p.integer = plan.integer;
  p.wideWeights = plan.integer;
  p.depth = p.runTerms = plan.shape.inChannels;
  p.columns = plan.shape.outChannels;
  p.lanes = target.lanes();
  p.packedColumns = plan.integer && MicroKernel::packsRows(target);
  // The tile depends on the size of a block, and that on the panels of the
  // tile: once with all tiles for the panels, then with those of a block.
  auto chooseTile = [&] {
    p.rows = p.blockRows = plan.blockTiles();
    p.tile = tileCandidates(p, target).front();
  };
  plan.blockLines = plan.tileLines;
  plan.blockColumns = plan.tileColumns;
  chooseTile();
  chooseBlock(plan, op, target);
  chooseTile();
  p.blockSteps = p.steps();
  // What the L1 cache cannot hold is asked for ahead.
  plan.prefetches = filterBytes(plan) > target.l1Bytes;

  plan.results = p;
  plan.results.tile.rows = outputs;
  return plan;
}

std::optional<WinogradPlan> planWinograd(kernel::ContractOp op,
                                         const TargetInfo &target) {
  auto asked =
      op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kWinogradAttr);
  if (!asked || !fitsWinograd(op, asked.getInt()))
    return std::nullopt;
  return planWinograd(op, asked.getInt(), target);
}

double estimateWinograd(const WinogradPlan &plan, const TargetInfo &target) {
  const double operationsOfProducts =
      plan.integer ? target.operationsOfPairs() : target.operationsOfFloats();
  // Vector operations of the transforms of a line of points, and of what else
  // is done for each of the results of a tile.
  const bool four = plan.outputs() == 4;
  const double ofInput = four ? 17 : 4, ofOutput = four ? 15 : 4;
  const double ofResult = plan.integer ? 8 : 1.5;
  constexpr double kPerCycle = 2.0;

  const ContractPlan &p = plan.products;
  const double points = double(plan.points()), outputs = double(plan.outputs());
  const double tiles =
      double(plan.shape.batch * plan.blocksOfImage() * plan.blockTiles());
  const double inputs =
      double(plan.shape.inChannels) / double(plan.inputWidth());
  const double columns = double(p.paddedColumns()) / double(p.lanes);

  // Loads and stores run beside arithmetic where there is enough of it; half of
  // them are counted.
  const double input =
      tiles * inputs *
      (ofInput * (outputs + points) + points * points + points * outputs);
  const double output = tiles * columns *
                        (ofOutput * (outputs + points) + points * points +
                         points * outputs + ofResult * outputs * outputs);
  const double product = tiles * points * points * columns *
                         (double(p.steps()) * operationsOfProducts + 1.0);
  const double bytes = double(filterBytes(plan));
  const double blocks = double(plan.shape.batch * plan.blocksOfImage());
  // Weights that do not stay in the cache come once a block. From beyond the L2
  // cache their own products cannot hide that: there are few for each of them.
  if (bytes > double(target.l2Bytes))
    return (input + output + product) / kPerCycle + blocks * bytes / 5.0;
  const double weights =
      bytes > double(target.l1Bytes) / 2 ? blocks * bytes / 32.0 : 0.0;
  return (input + output) / kPerCycle + std::max(product / kPerCycle, weights);
}

} // namespace pare::cpu
