//===- FuseClamps.cpp - Clamps move into the operation before -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuseIntoProducer.h"

#include "pare/Dialect/Kernel/Transforms/Passes.h"

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_FUSECLAMPSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

namespace {
class FuseClampsPass
    : public pare::kernel::impl::FuseClampsPassBase<FuseClampsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    SmallVector<UnaryOp> clamps;
    getOperation().walk([&](UnaryOp op) {
      if (op.getKind() == UnaryKind::Clip)
        clamps.push_back(op);
    });
    for (UnaryOp clamp : clamps)
      if (Operation *producer = findProducer(clamp)) {
        auto first = producer->getAttrOfType<EpilogueAttr>("epilogue");
        auto [low, high] = combineBounds(first, clamp.getEpilogue());
        fuseIntoProducer(producer, clamp, first.withBounds(low, high));
        ++numFused;
      }
  }
};
} // namespace
