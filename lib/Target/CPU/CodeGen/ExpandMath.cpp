//===- ExpandMath.cpp - Implements kernel-expand-math ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
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
         name == math::LogOp::getOperationName() ||
         name == math::ErfOp::getOperationName();
}

/// tanh(x) of f32 is one quotient.
struct ExpandTanh : public OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &b) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    Quotient tanh = tanhQuotient(b, op.getLoc(), op.getOperand());
    b.replaceOpWithNewOp<arith::DivFOp>(op, tanh.upper, tanh.lower);
    return success();
  }
};

struct ExpandMath : public impl::ExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    int64_t found = 0;
    getOperation()->walk([&](Operation *op) {
      found +=
          isa<math::TanhOp>(op) || hasPolynomial(op->getName().getStringRef());
    });
    // Most layers have none, and to look costs less than to match.
    if (found == 0)
      return;
    numExpanded += found;
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandTanh>(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, hasPolynomial);
    // Were the rounds of the driver too few, calls of the C library would be
    // left, which are as right.
    (void)applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace
} // namespace pare::cpu
