//===- PadPatterns.cpp - Padding that a convolution can do itself ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "pare/Dialect/NN/IR/NN.h"

using namespace mlir;
using namespace pare::nn;

/// True if `pad` adds rows and columns of the real value zero, nothing else.
static bool padsImageWithZeros(PadOp pad) {
  ArrayRef<int64_t> low = pad.getLow(), high = pad.getHigh();
  return low.size() == 4 && pad.getValue().isZero() && low[0] == 0 &&
         high[0] == 0 && low[3] == 0 && high[3] == 0 &&
         getElementTypeOrSelf(pad.getInput()) ==
             getElementTypeOrSelf(pad.getOutput());
}

namespace {
/// Frameworks write padding that their convolutions cannot express as a layer
/// before. Here every padding can be expressed, and it stands for the real
/// value zero: one layer and one buffer less. Exact.
template <typename ConvOp> struct FoldPad : OpRewritePattern<ConvOp> {
  using OpRewritePattern<ConvOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    auto pad = op.getInput().template getDefiningOp<PadOp>();
    if (!pad || !padsImageWithZeros(pad))
      return rewriter.notifyMatchFailure(op, "no zeros around the image");
    ArrayRef<int64_t> own = op.getPadding(), low = pad.getLow(),
                      high = pad.getHigh();
    const int64_t padding[] = {own[0] + low[1], own[1] + high[1],
                               own[2] + low[2], own[3] + high[2]};
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputMutable().assign(pad.getInput());
      op.setPadding(padding);
    });
    return success();
  }
};
} // namespace

void Conv2DOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<FoldPad<Conv2DOp>>(context);
}

void DepthwiseConv2DOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                    MLIRContext *context) {
  patterns.add<FoldPad<DepthwiseConv2DOp>>(context);
}

void SparseConv2DOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                 MLIRContext *context) {
  patterns.add<FoldPad<SparseConv2DOp>>(context);
}
