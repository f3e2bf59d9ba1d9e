//===- ChooseWinograd.cpp - Implements kernel-choose-winograd -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/SparseCosts.h"
#include "Winograd/WinogradPlan.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_CHOOSEWINOGRADPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

/// Tiles must promise this share of the time at most: the estimates are not
/// that good, and transformed weights are larger.
static constexpr double kWorthIt = 0.9;

static bool isInteger(kernel::ContractOp op) {
  return cast<MemRefType>(op.getInput().getType())
      .getElementType()
      .isInteger(8);
}

bool isWinogradWorthALook(kernel::ContractOp op, int64_t outputs) {
  const ConvShape s = ConvShape::of(op);
  return s.inChannels >= 8 && s.outChannels >= 8 &&
         (isInteger(op) || outputs == 2);
}

int64_t chooseWinograd(kernel::ContractOp op, SymbolTable &symbols,
                       const TargetInfo &target) {
  int64_t best = 0;
  double least =
      kWorthIt * estimateDense(ConvShape::of(op), isInteger(op), target);
  for (int64_t outputs : {4, 2}) {
    if (!isWinogradWorthALook(op, outputs) || !fitsWinograd(op, outputs) ||
        !isWinogradExact(op, outputs, symbols))
      continue;
    const double cycles =
        estimateWinograd(planWinograd(op, outputs, target), target);
    if (cycles < least) {
      best = outputs;
      least = cycles;
    }
  }
  return best;
}

namespace {

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
    // A register tile that was measured or asked for is one of direct code.
    if (size < 0)
      return op->hasAttr(kernel::KernelDialect::kTileAttr)
                 ? 0
                 : chooseWinograd(op, symbols, info);
    const bool fits = size > 0 && fitsWinograd(op, size) &&
                      isWinogradExact(op, size, symbols);
    return fits ? int64_t(size) : 0;
  }
};

} // namespace
} // namespace pare::cpu
