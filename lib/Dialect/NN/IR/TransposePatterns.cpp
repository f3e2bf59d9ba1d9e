//===- TransposePatterns.cpp - Canonical forms of transposes --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::nn;

/// The sizes other than one, in order.
static SmallVector<int64_t> squeeze(ArrayRef<int64_t> shape) {
  return llvm::to_vector(
      llvm::make_filter_range(shape, [](int64_t size) { return size != 1; }));
}

/// What `op` does to the dimensions whose size is not one.
static SmallVector<int64_t> squeezePermutation(TransposeOp op) {
  ArrayRef<int64_t> shape = op.getInput().getType().getShape();
  // Number of each dimension among those that count.
  SmallVector<int64_t> number;
  int64_t count = 0;
  for (int64_t size : shape)
    number.push_back(size == 1 ? -1 : count++);
  SmallVector<int64_t> permutation;
  for (int64_t dim : op.getPermutation())
    if (number[dim] >= 0)
      permutation.push_back(number[dim]);
  return permutation;
}

namespace {
/// transpose(reshape(transpose(x))), where the reshape only adds and removes
/// dimensions of size one, moves elements once or not at all. Matrix products
/// with a transposed operand come out of converters like that.
struct MergeThroughReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getInput().getDefiningOp<ReshapeOp>();
    auto inner =
        reshape ? reshape.getInput().getDefiningOp<TransposeOp>() : nullptr;
    if (!inner)
      return rewriter.notifyMatchFailure(op, "no transpose of a transpose");
    auto from = cast<RankedTensorType>(inner.getInput().getType());
    auto middle = cast<RankedTensorType>(inner.getOutput().getType());
    auto reshaped = cast<RankedTensorType>(reshape.getOutput().getType());
    auto to = cast<RankedTensorType>(op.getOutput().getType());
    Type element = from.getElementType();
    if (!from.hasStaticShape() || !reshaped.hasStaticShape() ||
        isa<quant::UniformQuantizedPerAxisType>(element) ||
        !llvm::all_of(ArrayRef<RankedTensorType>{middle, reshaped, to},
                      [&](RankedTensorType type) {
                        return type.getElementType() == element;
                      }))
      return rewriter.notifyMatchFailure(op, "types differ or are not known");
    if (squeeze(middle.getShape()) != squeeze(reshaped.getShape()))
      return rewriter.notifyMatchFailure(op, "the reshape regroups elements");

    SmallVector<int64_t> first = squeezePermutation(inner);
    SmallVector<int64_t> merged;
    for (int64_t dim : squeezePermutation(op))
      merged.push_back(first[dim]);
    if (isIdentityPermutation(merged)) {
      rewriter.replaceOpWithNewOp<ReshapeOp>(op, to, inner.getInput());
      return success();
    }
    SmallVector<int64_t> shape = squeeze(from.getShape());
    auto squeezed = ReshapeOp::create(rewriter, op.getLoc(), from.clone(shape),
                                      inner.getInput());
    auto transposed = TransposeOp::create(
        rewriter, op.getLoc(), from.clone(applyPermutation(shape, merged)),
        squeezed, merged);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, to, transposed);
    return success();
  }
};
} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeThroughReshape>(context);
}
