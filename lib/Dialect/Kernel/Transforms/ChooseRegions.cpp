//===- ChooseRegions.cpp - Which buffer in which memory -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanProblem.h"
#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/Transforms/ArenaSplit.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_CHOOSEREGIONSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

using Kind = PlannedBuffer::Kind;

/// Whether somebody has said where `buffer` lies.
static bool isFixed(func::FuncOp function, const PlannedBuffer &buffer) {
  if (buffer.kind == Kind::Work)
    return buffer.op->hasAttr(kWorkRegionAttr);
  if (auto argument = dyn_cast<BlockArgument>(buffer.value))
    return bool(function.getArgAttr(argument.getArgNumber(), kRegionAttr));
  return buffer.value.getDefiningOp()->hasAttr(kRegionAttr);
}

static void setRegion(func::FuncOp function, const PlannedBuffer &buffer,
                      StringAttr name) {
  if (buffer.kind == Kind::Work)
    buffer.op->setAttr(kWorkRegionAttr, name);
  else if (auto argument = dyn_cast<BlockArgument>(buffer.value))
    function.setArgAttr(argument.getArgNumber(), kRegionAttr, name);
  else
    buffer.value.getDefiningOp()->setAttr(kRegionAttr, name);
}

RegionChoice pare::kernel::chooseRegions(func::FuncOp function,
                                         const PlanOptions &options,
                                         ArrayRef<MemoryRegion> regions,
                                         int64_t tries) {
  setRegions(function, regions);
  PlanProblem problem = PlanProblem::create(function, options);
  const MemoryPlan &plan = problem.plan;
  SmallVector<ArenaLimit> limits;
  for (const MemoryRegion &region : plan.regions)
    limits.push_back({region.budget, region.alignment});
  SmallVector<SplitSlot> slots;
  for (const ArenaSlot &slot : problem.slots)
    slots.push_back({slot});
  for (auto [buffer, slot] : llvm::zip_equal(plan.buffers, problem.slotOf)) {
    slots[slot].accesses += buffer.accesses;
    if (isFixed(function, buffer))
      slots[slot].fixedArena = buffer.region;
  }
  const ArenaSplit split = splitSlots(slots, problem.conflicts, limits, tries);
  for (auto [buffer, slot] : llvm::zip_equal(plan.buffers, problem.slotOf))
    setRegion(function, buffer,
              StringAttr::get(function.getContext(),
                              plan.regions[split.arenas[slot]].name));
  return {split.fits, split.isOptimal};
}

namespace {
class ChooseRegionsPass
    : public pare::kernel::impl::ChooseRegionsPassBase<ChooseRegionsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (failed(checkBody(function, getArgument())))
      return signalPassFailure();
    if (failed(checkAlignment(function, getArgument(), alignment)))
      return signalPassFailure();
    auto parsed = parseRegions(regions);
    if (!parsed) {
      function.emitError("kernel-choose-regions: ")
          << llvm::toString(parsed.takeError());
      return signalPassFailure();
    }
    if (parsed->empty()) {
      function.emitError("kernel-choose-regions expects regions, such as "
                         "regions=dtcm:64K,sram:256K");
      return signalPassFailure();
    }
    PlanOptions options;
    options.alignment = alignment;
    options.overlaps = overlap;
    options.ports = ports;
    if (!chooseRegions(function, options, *parsed).fits)
      function.emitRemark("kernel-choose-regions: the last region is over its "
                          "budget");
    function.walk([&](Operation *op) {
      numPlaced += op->hasAttr(kRegionAttr) + op->hasAttr(kWorkRegionAttr);
    });
  }
};
} // namespace
