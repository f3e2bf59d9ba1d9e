//===- FoldScales.cpp - Prepares the multipliers of integer layers --------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Dialect/NN/Transforms/Passes.h"

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_FOLDSCALESPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

namespace {
class FoldScales : public pare::nn::impl::FoldScalesPassBase<FoldScales> {
public:
  using FoldScalesPassBase::FoldScalesPassBase;

  void runOnOperation() override {
    getOperation()->setAttr(NNDialect::kRequantModeAttr,
                            RequantModeAttr::get(&getContext(), mode));
    getOperation().walk([&](Operation *op) {
      ScalesAttr scales = computeScales(op, mode);
      if (!scales)
        return;
      op->setAttr("scales", scales);
      ++numLayers;
    });
  }
};
} // namespace
