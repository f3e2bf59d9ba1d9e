//===- BlockPixels.cpp - Implements kernel-block-pixels -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/PixelRegions.h"
#include "pare/Target/CPU/CodeOptions.h"
#include "pare/Target/CPU/Passes.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_BLOCKPIXELSPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

struct BlockPixels : public impl::BlockPixelsPassBase<BlockPixels> {
  using BlockPixelsPassBase::BlockPixelsPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info) {
      getOperation().emitError(llvm::toString(info.takeError()));
      return signalPassFailure();
    }
    if (mode == int64_t(cpu::PixelBlocking::Off))
      return;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func->hasAttr(kernel::KernelDialect::kNumInputsAttr))
        continue;
      PixelRegions regions(func, *info);
      if (regions.isDecided())
        continue;
      if (mode == int64_t(cpu::PixelBlocking::All))
        regions.takeAll();
      else
        regions.choose();
      numImages += regions.apply();
    }
  }
};

} // namespace
} // namespace pare::cpu
