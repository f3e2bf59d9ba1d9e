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
         name == math::LogOp::getOperationName() ||
         name == math::ErfOp::getOperationName();
}

/// tanh(x) = x P(x^2) / Q(x^2) on f32, within 5 units in the last place and no
/// greater than 1; NaN stays. P and Q have the same degree, so that both are
/// known after four steps that wait for each other: recurrent layers consist of
/// such waiting. Small x need no case of their own, P(0) is 1.
struct ExpandTanh : public OpRewritePattern<math::TanhOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanhOp op,
                                PatternRewriter &b) const override {
    // The greatest relative error of the quotient below kBound, 6e-9, is the
    // least that these degrees have. Beyond, what is left to 1 is 3e-7.
    constexpr float kBound = 7.9f;
    constexpr float kP[] = {0.99999999435f, 0.13450616448f, 0.0035789870791f,
                            2.2023161238e-05f, 1.5427849807e-08f};
    constexpr float kQ[] = {1.0f, 0.46783944449f, 0.026192219254f,
                            0.00034236423655f, 8.5987313299e-07f};
    Location loc = op.getLoc();
    const Type type = op.getType();
    if (!getElementTypeOrSelf(type).isF32())
      return failure();
    auto constant = [&](float value) -> Value {
      Attribute attr = b.getF32FloatAttr(value);
      if (auto shaped = dyn_cast<ShapedType>(type))
        attr = DenseElementsAttr::get(shaped, value);
      return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr));
    };
    auto select = [&](arith::CmpFPredicate predicate, Value bound, Value x) {
      Value beyond = arith::CmpFOp::create(b, loc, predicate, x, bound);
      return arith::SelectOp::create(b, loc, beyond, bound, x).getResult();
    };
    Value x =
        select(arith::CmpFPredicate::OGT, constant(kBound), op.getOperand());
    x = select(arith::CmpFPredicate::OLT, constant(-kBound), x);
    Value square = arith::MulFOp::create(b, loc, x, x);
    auto polynomial = [&](ArrayRef<float> factors) {
      Value sum = constant(factors.back());
      for (float factor : llvm::reverse(factors.drop_back()))
        sum = math::FmaOp::create(b, loc, sum, square, constant(factor));
      return sum;
    };
    Value upper = arith::MulFOp::create(b, loc, x, polynomial(kP));
    b.replaceOpWithNewOp<arith::DivFOp>(op, upper, polynomial(kQ));
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
