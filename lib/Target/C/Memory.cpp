//===- Memory.cpp - The memory of C code ----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/C/Memory.h"
#include "Header.h"
#include "LayerWriter.h"
#include "mlir/IR/Builders.h"
#include "pare/Dialect/Kernel/IR/Overlap.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;
using kernel::KernelDialect;

/// Writes on every operation how much memory its code needs for itself, and how
/// far its output may run into its input, as the code itself says.
static FailureOr<func::FuncOp> annotateWork(ModuleOp module,
                                            const CEmitOptions &options) {
  FailureOr<c::Network> network =
      c::Network::create(module, options.name, /*isPlanned=*/false);
  if (failed(network))
    return failure();
  network->setOptions(options);
  Builder builder(module.getContext());
  for (const NetworkLayer &layer : network->layers) {
    for (Operation *op : layer.ops) {
      op->removeAttr(KernelDialect::kWorkBytesAttr);
      op->removeAttr(KernelDialect::kWorkOffsetAttr);
      op->removeAttr(kernel::kOverlapDistanceAttr);
    }
    LayerWriter writer(*network, layer);
    if (failed(writer.run()))
      return failure();
    for (const LayerWriter::Patches &patches : writer.getPatches())
      patches.op->setAttr(KernelDialect::kWorkBytesAttr,
                          builder.getI64IntegerAttr(patches.bytes));
    for (auto [op, distance] : writer.getOverlaps())
      op->setAttr(kernel::kOverlapDistanceAttr,
                  builder.getI64IntegerAttr(distance));
  }
  return network->function;
}

/// Puts inputs and outputs into the region of `options`.
static void fixPorts(func::FuncOp function, const CMemoryOptions &options) {
  if (options.portRegion.empty() || !options.ports)
    return;
  kernel::setRegions(function, options.regions);
  auto name = StringAttr::get(function.getContext(), options.portRegion);
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    function.setArgAttr(i, kernel::kRegionAttr, name);
}

FailureOr<CMemoryPlan> pare::planCMemory(ModuleOp module,
                                         const CEmitOptions &emit,
                                         const CMemoryOptions &options) {
  constexpr size_t kMaxSplits = 3;
  FailureOr<func::FuncOp> function = annotateWork(module, emit);
  if (failed(function))
    return failure();
  kernel::PlanOptions plan;
  plan.alignment = kArenaAlignment;
  plan.overlaps = true;
  plan.ports = options.ports;
  SmallVector<kernel::MemoryRegion> regions = options.regions;
  if (regions.empty() && options.budget > 0)
    regions.push_back({"", options.budget});
  fixPorts(*function, options);
  CMemoryPlan result;
  while (!regions.empty() && result.splits.size() < kMaxSplits) {
    auto split = kernel::splitRowsToFit(*function, plan, regions);
    if (!split)
      break;
    result.splits.push_back(*split);
    // Code for fewer rows may need less.
    if (failed(annotateWork(module, emit)))
      return failure();
  }
  if (!options.regions.empty())
    result.choice = kernel::chooseRegions(*function, plan, options.regions);
  result.plan = kernel::planMemory(*function, plan);
  if (options.budget > 0 && result.plan.arenaBytes > options.budget)
    result.smallestBytes = kernel::getSmallestSplitArena(*function, plan);
  return result;
}
