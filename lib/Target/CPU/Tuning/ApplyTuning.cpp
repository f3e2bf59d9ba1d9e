//===- ApplyTuning.cpp - Implements kernel-apply-tuning -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Target/CPU/Passes.h"
#include "pare/Target/CPU/Tuning.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_APPLYTUNINGPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {
struct ApplyTuning : public impl::ApplyTuningPassBase<ApplyTuning> {
  using ApplyTuningPassBase::ApplyTuningPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info)
      return fail(info.takeError());
    llvm::Expected<TuningTable> table = TuningTable::read(file);
    if (!table)
      return fail(table.takeError());
    FailureOr<int64_t> count =
        applyTuning(getOperation(), *table, *info, file, direct);
    if (failed(count))
      return signalPassFailure();
    numTiles += *count;
  }

private:
  void fail(llvm::Error error) {
    getOperation().emitError(llvm::toString(std::move(error)));
    signalPassFailure();
  }
};
} // namespace
} // namespace pare::cpu
