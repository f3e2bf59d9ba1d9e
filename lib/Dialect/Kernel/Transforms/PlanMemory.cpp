//===- PlanMemory.cpp - One arena for all buffers -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanProblem.h"
#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

namespace {
class PlanMemoryPass
    : public pare::kernel::impl::PlanMemoryPassBase<PlanMemoryPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (failed(checkAlignment(function, getArgument(), alignment)))
      return signalPassFailure();
    if (failed(checkBody(function, getArgument())))
      return signalPassFailure();
    Block &block = function.getBody().front();
    eraseUnused(block);

    PlanOptions options;
    options.alignment = alignment;
    options.overlaps = overlap;
    options.ports = ports;
    const MemoryPlan plan = planMemory(function, options);
    arenaBytes += plan.arenaBytes;
    lowerBound += plan.lowerBound;
  }

  /// Erases views and buffers that nothing uses.
  static void eraseUnused(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<ViewLikeOpInterface, BufferOp>(op) && op.use_empty())
        op.erase();
  }
};
} // namespace
