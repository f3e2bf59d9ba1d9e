//===- ExpandMath.cpp - Implements kernel-expand-math ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Passes.h"

#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

bool hasPolynomial(StringRef name) {
  return name == math::ExpOp::getOperationName() ||
         name == math::TanhOp::getOperationName() ||
         name == math::LogOp::getOperationName() ||
         name == math::ErfOp::getOperationName();
}

struct ExpandMath : public impl::ExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    int64_t found = 0;
    getOperation()->walk([&](Operation *op) {
      found += hasPolynomial(op->getName().getStringRef());
    });
    // Most layers have none, and to look costs less than to match.
    if (found == 0)
      return;
    numExpanded += found;
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, hasPolynomial);
    // Were the rounds of the driver too few, calls of the C library would be
    // left, which are as right.
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace
} // namespace pare::cpu
