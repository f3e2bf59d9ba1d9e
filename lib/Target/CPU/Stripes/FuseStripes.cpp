//===- FuseStripes.cpp - Implements kernel-fuse-stripes -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stripes/StripeChains.h"
#include "pare/Target/CPU/Passes.h"
#include "pare/Target/CPU/Tuning.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_FUSESTRIPESPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

struct FuseStripes : public impl::FuseStripesPassBase<FuseStripes> {
  using FuseStripesPassBase::FuseStripesPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info)
      return fail(info.takeError());
    TuningTable table;
    if (!tuning.empty()) {
      auto read = TuningTable::read(tuning);
      if (!read)
        return fail(read.takeError());
      table = std::move(*read);
    }
    if (rows == 0)
      return;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (!func->hasAttr(kernel::KernelDialect::kNumInputsAttr))
        continue;
      for (ArrayRef<Operation *> run : findStripeRuns(func, *info))
        if (failed(fuseRun(run, table, *info)))
          return signalPassFailure();
      // Rows that were asked for, or measured, stay.
      if (rows < 0 && tuning.empty() &&
          !func.getOps<kernel::StripesOp>().empty())
        shrinkRings(func);
    }
  }

private:
  void fail(llvm::Error error) {
    getOperation().emitError(llvm::toString(std::move(error)));
    signalPassFailure();
  }

  LogicalResult fuseRun(ArrayRef<Operation *> run, const TuningTable &table,
                        const TargetInfo &info) {
    if (rows > 0) {
      fuse(planChain(run, rows), info);
      return success();
    }
    for (const StripeRun &part : cutAtSmallImages(run, info)) {
      // What was measured goes before what is estimated.
      std::optional<Choice> choice = table.find(describeRun(part, info));
      if (!choice) {
        for (const StripeChain &chain : chooseChains(part, info))
          fuse(chain.plan, info);
        continue;
      }
      if (std::string reason = findMisfit(part, *choice); !reason.empty())
        return part.front()->emitError()
               << tuning << ": '" << choice->print()
               << "' does not fit this layer and those behind it: " << reason;
      for (const StripeGroup &group : *choice->stripes)
        fuse(planChain(ArrayRef(part).slice(group.first, group.count),
                       group.rows),
             info);
    }
    return success();
  }

  void fuse(const StripePlan &plan, const TargetInfo &info) {
    fuseChain(plan, info);
    ++numStripes;
    numLayers += plan.members.size();
  }
};

} // namespace
} // namespace pare::cpu
