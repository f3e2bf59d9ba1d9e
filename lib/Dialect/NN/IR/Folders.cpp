//===- Folders.cpp - Folds and canonical forms --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare::nn;

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

//===----------------------------------------------------------------------===//
// Changes of type
//===----------------------------------------------------------------------===//

/// f16 constants widened to f32: what weights behind a cast become.
static ElementsAttr widenHalfs(ElementsAttr value, ShapedType type,
                               StringRef name) {
  if (auto splat = dyn_cast<SplatElementsAttr>(value)) {
    const float wide = splat.getSplatValue<APFloat>().convertToFloat();
    return DenseElementsAttr::get(type, wide);
  }
  std::optional<ArrayRef<char>> bytes = getRawBytes(value);
  if (!bytes)
    return {};
  ArrayRef<uint16_t> halfs(reinterpret_cast<const uint16_t *>(bytes->data()),
                           bytes->size() / sizeof(uint16_t));
  std::vector<float> wide;
  wide.reserve(halfs.size());
  for (uint16_t bits : halfs)
    wide.push_back(
        APFloat(APFloat::IEEEhalf(), APInt(16, bits)).convertToFloat());
  ArrayRef<char> wideBytes(reinterpret_cast<const char *>(wide.data()),
                           wide.size() * sizeof(float));
  return makeElements(type, wideBytes, name);
}

OpFoldResult CastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getOutput().getType())
    return getInput();
  auto value = dyn_cast_or_null<ElementsAttr>(adaptor.getInput());
  auto to = cast<RankedTensorType>(getOutput().getType());
  if (value && value.getElementType().isF16() && to.getElementType().isF32())
    return widenHalfs(value, to, getLayerName(*this));
  return {};
}

OpFoldResult RequantizeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getOutput().getType())
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getOutput().getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  auto type = cast<RankedTensorType>(getOutput().getType());
  auto value = dyn_cast_or_null<ElementsAttr>(adaptor.getInput());
  if (!value || !type.hasStaticShape())
    return {};
  auto shaped = RankedTensorType::get(type.getShape(), value.getElementType());
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense.reshape(shaped);
  // The same resource under another shape: no bytes are copied.
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return DenseResourceElementsAttr::get(shaped, resource.getRawHandle());
  return {};
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (isIdentityPermutation(getPermutation()) &&
      getInput().getType() == getOutput().getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> merged;
    for (int64_t d : getPermutation())
      merged.push_back(inner.getPermutation()[d]);
    setPermutation(merged);
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 &&
      getInputs().front().getType() == getOutput().getType())
    return getInputs().front();
  return {};
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  auto isZero = [](int64_t size) { return size == 0; };
  if (llvm::all_of(getLow(), isZero) && llvm::all_of(getHigh(), isZero) &&
      getInput().getType() == getOutput().getType())
    return getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  // x + (-0.0) is x for every x; x + 0.0 is not for x = -0.0, but the two zeros
  // compare equal and no layer tells them apart.
  auto isFloatZero = [](Attribute attr) {
    auto splat = dyn_cast_or_null<SplatElementsAttr>(attr);
    return splat && isa<FloatType>(splat.getElementType()) &&
           splat.getSplatValue<APFloat>().isZero();
  };
  if (getActivationAttr())
    return {};
  if (isFloatZero(adaptor.getRhs()) &&
      getLhs().getType() == getOutput().getType())
    return getLhs();
  if (isFloatZero(adaptor.getLhs()) &&
      getRhs().getType() == getOutput().getType())
    return getRhs();
  return {};
}

//===----------------------------------------------------------------------===//
// Global pools: the same as a window over the whole image
//===----------------------------------------------------------------------===//

namespace {
template <typename GlobalOp, typename WindowOp>
struct GlobalToWindow : OpRewritePattern<GlobalOp> {
  using OpRewritePattern<GlobalOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(GlobalOp op,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getInput().getType());
    if (type.isDynamicDim(1) || type.isDynamicDim(2))
      return rewriter.notifyMatchFailure(op, "image size is not known");
    auto window = WindowOp::create(rewriter, op.getLoc(), op.getType(),
                                   op.getInput(), type.getShape().slice(1, 2));
    rewriter.replaceOp(op, window);
    return success();
  }
};
} // namespace

void GlobalAvgPoolOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                  MLIRContext *context) {
  patterns.add<GlobalToWindow<GlobalAvgPoolOp, AvgPool2DOp>>(context);
}

void GlobalMaxPoolOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                  MLIRContext *context) {
  patterns.add<GlobalToWindow<GlobalMaxPoolOp, MaxPool2DOp>>(context);
}
