//===- FuseFunctions.cpp - Functions move into the contraction before -----===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuseIntoProducer.h"

#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include <cmath>

using namespace mlir;
using namespace pare::kernel;

namespace pare::kernel {
#define GEN_PASS_DEF_FUSEFUNCTIONSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"
} // namespace pare::kernel

/// Whether a function is a few instructions.
static bool isShort(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::LeakyRelu:
  case UnaryKind::HardSwish:
  case UnaryKind::Sqrt:
  case UnaryKind::Rsqrt:
  case UnaryKind::Abs:
  case UnaryKind::Neg:
    return true;
  default:
    return false;
  }
}

static bool takes(Operation *producer, UnaryKind kind) {
  if (isa<DepthwiseOp, SparseContractOp, TransposeConvOp>(producer))
    return isShort(kind);
  return isa<ContractOp, BatchMatmulOp, BinaryOp>(producer);
}

/// The epilogue `first` with `function` behind it; null if that is none.
static EpilogueAttr append(EpilogueAttr first, UnaryOp function) {
  if (first.hasFunction() || std::isfinite(first.getLowBound()) ||
      std::isfinite(first.getHighBound()))
    return {};
  EpilogueAttr clamp = function.getEpilogue();
  std::optional<APFloat> alpha = function.getAlpha();
  return EpilogueAttr::get(first.getContext(), 0, clamp.getLowBound(),
                           clamp.getHighBound(), {}, function.getKind(),
                           alpha ? alpha->convertToDouble() : 0.0);
}

namespace {
class FuseFunctionsPass
    : public pare::kernel::impl::FuseFunctionsPassBase<FuseFunctionsPass> {
public:
  using Base::Base;

private:
  void runOnOperation() override {
    SmallVector<UnaryOp> functions;
    getOperation().walk([&](UnaryOp op) {
      if (op.getKind() != UnaryKind::Clip)
        functions.push_back(op);
    });
    for (UnaryOp function : functions) {
      Operation *producer = findProducer(function);
      if (!producer || !takes(producer, function.getKind()))
        continue;
      EpilogueAttr epilogue =
          append(producer->getAttrOfType<EpilogueAttr>("epilogue"), function);
      if (!epilogue)
        continue;
      fuseIntoProducer(producer, function, epilogue);
      ++numFused;
    }
  }
};
} // namespace
