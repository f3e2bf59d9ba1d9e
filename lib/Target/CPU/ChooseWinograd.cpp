//===- ChooseWinograd.cpp - Implements kernel-choose-winograd -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseCosts.h"
#include "WinogradPlan.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_CHOOSEWINOGRADPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

/// Tiles must promise this share of the time at most: the estimates are not
/// that good, and transformed weights are larger.
constexpr double kWorthIt = 0.9;

struct ChooseWinograd : public impl::ChooseWinogradPassBase<ChooseWinograd> {
  using ChooseWinogradPassBase::ChooseWinogradPassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info) {
      getOperation().emitError(llvm::toString(info.takeError()));
      return signalPassFailure();
    }
    if (size > 0 && !WinogradTransform::get(size)) {
      getOperation().emitError("expected tiles of size 2 or 4, found ")
          << int64_t(size);
      return signalPassFailure();
    }
    SymbolTable symbols(getOperation());
    getOperation().walk([&](kernel::ContractOp op) {
      if (op->hasAttr(kernel::KernelDialect::kWinogradAttr))
        return;
      const int64_t chosen = choose(op, symbols, *info);
      if (chosen == 0)
        return;
      op->setAttr(kernel::KernelDialect::kWinogradAttr,
                  Builder(op).getI64IntegerAttr(chosen));
      ++numLayers;
    });
  }

private:
  /// The size of tiles, or 0.
  int64_t choose(kernel::ContractOp op, SymbolTable &symbols,
                 const TargetInfo &info) {
    int64_t best = 0;
    double least = kWorthIt * estimateDirect(op, info);
    for (int64_t outputs : {4, 2}) {
      if (size >= 0 ? size != outputs : !isWorthALook(op))
        continue;
      if (!fitsWinograd(op, outputs) || !isWinogradExact(op, outputs, symbols))
        continue;
      if (size >= 0)
        return outputs;
      const double cycles =
          estimateWinograd(planWinograd(op, outputs, info), info);
      if (cycles < least) {
        best = outputs;
        least = cycles;
      }
    }
    return best;
  }

  /// Channels that fill vectors, enough of them to pay for the transforms.
  static bool isWorthALook(kernel::ContractOp op) {
    const ConvShape s = ConvShape::of(op);
    return s.inChannels >= 8 && s.outChannels >= 8;
  }

  static double estimateDirect(kernel::ContractOp op, const TargetInfo &info) {
    const bool integer =
        cast<MemRefType>(op.getInput().getType()).getElementType().isInteger(8);
    return estimateDense(ConvShape::of(op), integer, info);
  }
};

} // namespace
} // namespace pare::cpu
