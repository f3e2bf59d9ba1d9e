//===- MatmulPatterns.cpp - Products of two activations -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::nn;

/// True if `value` is made from constants alone, through the layers that stand
/// between weights and their user.
static bool isWeights(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<CastOp, FakeQuantOp, QuantizeOp, DequantizeOp,
                         RequantizeOp, ReshapeOp, TransposeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<ConstantOp, SparseConstantOp>(op);
}

namespace {
/// Attention written as a fully connected layer whose weights another layer
/// computes is a product of two activations: both are quantized as such, and
/// neither is worth packing. Exact.
struct ActivationsAsWeights : OpRewritePattern<FullyConnectedOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(FullyConnectedOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getBias() || op.getActivationAttr() || isWeights(op.getFilter()) ||
        cast<ShapedType>(op.getInput().getType()).getRank() < 2 ||
        isa_and_nonnull<quant::UniformQuantizedPerAxisType>(
            getQuantizedType(op.getFilter())))
      return rewriter.notifyMatchFailure(op, "no plain product");
    rewriter.replaceOpWithNewOp<BatchMatmulOp>(
        op, op.getType(), op.getInput(), op.getFilter(),
        /*transpose_lhs=*/false, /*transpose_rhs=*/true, op.getScalesAttr());
    return success();
  }
};

/// A transpose of the last two dimensions is a flag of the product.
struct FoldTransposes : OpRewritePattern<BatchMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  /// The operand of a transpose that swaps the last two dimensions and nothing
  /// else, or null.
  static Value getUntransposed(Value value) {
    auto transpose = value.getDefiningOp<TransposeOp>();
    if (!transpose || transpose.getInput().getType().getElementType() !=
                          transpose.getOutput().getType().getElementType())
      return {};
    SmallVector<int64_t> swapped =
        llvm::to_vector(llvm::seq<int64_t>(transpose.getPermutation().size()));
    if (swapped.size() < 2)
      return {};
    std::swap(swapped.back(), swapped[swapped.size() - 2]);
    return transpose.getPermutation() == ArrayRef<int64_t>(swapped)
               ? Value(transpose.getInput())
               : Value();
  }

  LogicalResult matchAndRewrite(BatchMatmulOp op,
                                PatternRewriter &rewriter) const override {
    Value lhs = getUntransposed(op.getLhs()),
          rhs = getUntransposed(op.getRhs());
    if (!lhs && !rhs)
      return rewriter.notifyMatchFailure(op, "no transposed operand");
    rewriter.modifyOpInPlace(op, [&] {
      if (lhs) {
        op.getLhsMutable().assign(lhs);
        op.setTransposeLhs(!op.getTransposeLhs());
      }
      if (rhs) {
        op.getRhsMutable().assign(rhs);
        op.setTransposeRhs(!op.getTransposeRhs());
      }
    });
    return success();
  }
};
} // namespace

void FullyConnectedOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                   MLIRContext *context) {
  patterns.add<ActivationsAsWeights>(context);
}

void BatchMatmulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *context) {
  patterns.add<FoldTransposes>(context);
}
