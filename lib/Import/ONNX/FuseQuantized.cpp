//===- FuseQuantized.cpp - Integer layers of QDQ networks ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A network in QDQ form computes on real numbers between DequantizeLinear and
// QuantizeLinear nodes, which says what integers a run time is to compute with.
// Here each such layer becomes the layer of nn on quantized types. Layers that
// only move numbers let the dequantization pass, which changes nothing; so the
// pairs meet even where the file does not write them around every layer.
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// The quantized value behind a dequantization, or null.
static Value getIntegers(Value value) {
  auto op = value.getDefiningOp<nn::DequantizeOp>();
  return op ? op.getInput() : Value();
}

static bool isPerTensor(Value value) {
  return isa<quant::UniformQuantizedType>(
      getElementTypeOrSelf(value.getType()));
}

static Type withElement(Value value, Type element) {
  return cast<RankedTensorType>(value.getType()).clone(element);
}

namespace {

/// move(dequantize(x)) is dequantize(move(x)).
struct SinkDequantize : RewritePattern {
  SinkDequantize(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    // A border of anything but the zero point may have no integer.
    auto pad = dyn_cast<nn::PadOp>(op);
    auto pool = dyn_cast<nn::MaxPool2DOp>(op);
    if (!isa<nn::ReshapeOp, nn::TransposeOp, nn::ConcatOp, nn::SplitOp,
             nn::SliceOp, nn::PadOp, nn::GatherOp, nn::ResizeNearestOp,
             nn::MaxPool2DOp, nn::GlobalMaxPoolOp, nn::ReduceMaxOp,
             nn::ReduceMinOp, nn::MaximumOp, nn::MinimumOp>(op) ||
        (pad && !pad.getValue().isZero()) || (pool && pool.getActivationAttr()))
      return rewriter.notifyMatchFailure(op, "computes or is no layer");
    SmallVector<Value> operands(op->getOperands());
    Type element;
    for (auto [i, operand] : llvm::enumerate(operands)) {
      if (i == 1 && isa<nn::GatherOp>(op))
        continue;
      Value integers = getIntegers(operand);
      if (!integers || !isPerTensor(integers) ||
          (element && element != getElementTypeOrSelf(integers.getType())))
        return rewriter.notifyMatchFailure(op, "operands of no one type");
      element = getElementTypeOrSelf(integers.getType());
      operand = integers;
    }
    OperationState state(op->getLoc(), op->getName());
    state.addOperands(operands);
    for (Value result : op->getResults())
      state.addTypes(withElement(result, element));
    state.addAttributes(op->getDiscardableAttrDictionary().getValue());
    state.propertiesAttr = op->getPropertiesAsAttribute();
    Operation *moved = rewriter.create(state);
    SmallVector<Value> reals;
    for (auto [from, to] :
         llvm::zip_equal(moved->getResults(), op->getResults()))
      reals.push_back(
          nn::DequantizeOp::create(rewriter, op->getLoc(), to.getType(), from));
    rewriter.replaceOp(op, reals);
    return success();
  }
};

/// quantize(dequantize(x)) is x, or x at another scale.
struct JoinConversions : OpRewritePattern<nn::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::QuantizeOp op,
                                PatternRewriter &rewriter) const override {
    Value integers = getIntegers(op.getInput());
    if (!integers || !isPerTensor(integers))
      return rewriter.notifyMatchFailure(op, "no dequantized operand");
    if (integers.getType() == op.getType())
      rewriter.replaceOp(op, integers);
    else
      rewriter.replaceOpWithNewOp<nn::RequantizeOp>(op, op.getType(), integers,
                                                    nn::ScalesAttr());
    return success();
  }
};

/// quantize(layer(dequantize(x), ...)) is the integer layer.
struct FuseLayer : OpRewritePattern<nn::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(nn::QuantizeOp op,
                                PatternRewriter &rewriter) const override;
};

} // namespace

/// The clamp that an activation layer is, or null.
static nn::ActivationAttr getClamp(Operation *op) {
  MLIRContext *context = op->getContext();
  if (isa<nn::ReluOp>(op))
    return nn::ActivationAttr::get(context, nn::ActivationKind::Relu);
  if (isa<nn::Relu6Op>(op))
    return nn::ActivationAttr::get(context, nn::ActivationKind::Relu6);
  if (auto clip = dyn_cast<nn::ClipOp>(op))
    return nn::ActivationAttr::get(context, clip.getLow().convertToDouble(),
                                   clip.getHigh().convertToDouble());
  return {};
}

/// A bias of a quantized layer: 32-bit integers of scale s_in * s_w. One of
/// real numbers is rounded to them. Null if they do not hold it.
static Value getBias(PatternRewriter &rewriter, Value bias, Value input,
                     Value filter) {
  auto filterType =
      cast<quant::QuantizedType>(getElementTypeOrSelf(filter.getType()));
  double inputScale = nn::getScale(
      cast<quant::QuantizedType>(getElementTypeOrSelf(input.getType())));
  auto isScale = [&](double scale, int64_t channel) {
    double expected = inputScale * nn::getScale(filterType, channel);
    return std::fabs(scale - expected) <= 1e-5 * expected;
  };
  int64_t channels = getShape(bias)[0];
  if (Value integers = getIntegers(bias)) {
    auto type =
        cast<quant::QuantizedType>(getElementTypeOrSelf(integers.getType()));
    if (type.getStorageTypeIntegralWidth() != 32)
      return {};
    for (int64_t i = 0; i < channels; ++i)
      if (!isScale(nn::getScale(type, i), i) || nn::getZeroPoint(type, i) != 0)
        return {};
    return integers;
  }
  ElementsAttr elements = nn::getConstantElements(bias);
  if (!elements || !elements.getElementType().isF32())
    return {};
  SmallVector<float> reals;
  if (std::optional<ArrayRef<char>> bytes = nn::getRawBytes(elements)) {
    ArrayRef<float> values(reinterpret_cast<const float *>(bytes->data()),
                           bytes->size() / sizeof(float));
    reals.assign(values.begin(), values.end());
  } else if (auto splat = dyn_cast<SplatElementsAttr>(elements)) {
    reals.assign(channels, splat.getSplatValue<float>());
  } else {
    return {};
  }
  SmallVector<int32_t> values;
  SmallVector<double> scales;
  for (int64_t i = 0; i < channels; ++i) {
    double scale = inputScale * nn::getScale(filterType, i);
    double value = std::round(reals[i] / scale);
    if (!(std::fabs(value) <= INT32_MAX))
      return {};
    values.push_back(static_cast<int32_t>(value));
    scales.push_back(scale);
  }
  MLIRContext *context = bias.getContext();
  Quantization q{scales, SmallVector<int64_t>(channels, 0), 0, 32, false};
  if (!isa<quant::UniformQuantizedPerAxisType>(filterType))
    q = {{scales.front()}, {0}, -1, 32, false};
  Type element = getQuantizedType(q, context);
  if (!element)
    return {};
  auto storage = RankedTensorType::get(channels, IntegerType::get(context, 32));
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                       values.size() * sizeof(int32_t));
  return nn::ConstantOp::create(
      rewriter, bias.getLoc(), storage.clone(element),
      nn::makeElements(storage, bytes, nn::getLayerName(bias.getLoc())));
}

/// The integer operands of a layer; empty if it has no integer form.
static SmallVector<Value> getIntegerOperands(PatternRewriter &rewriter,
                                             Operation *op) {
  auto layer = dyn_cast<nn::QuantizableOpInterface>(op);
  if (!layer || layer.getQuantRule() == nn::QuantRule::None)
    return {};
  std::optional<unsigned> filterIndex = layer.getFilterIndex();
  std::optional<unsigned> biasIndex = layer.getBiasIndex();
  SmallVector<Value> operands;
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    if (biasIndex && i == *biasIndex) {
      operands.push_back(getBias(rewriter, operand, operands[0], operands[1]));
    } else {
      operands.push_back(getIntegers(operand));
      bool isFilter = filterIndex && i == *filterIndex;
      if (operands.back() && !isPerTensor(operands.back())) {
        auto type = cast<quant::UniformQuantizedPerAxisType>(
            getElementTypeOrSelf(operands.back().getType()));
        if (!isFilter ||
            type.getQuantizedDimension() != layer.getFilterChannelAxis())
          return {};
      }
    }
    if (!operands.back())
      return {};
  }
  return operands;
}

LogicalResult FuseLayer::matchAndRewrite(nn::QuantizeOp op,
                                         PatternRewriter &rewriter) const {
  Operation *layer = op.getInput().getDefiningOp();
  if (!layer || !op.getInput().hasOneUse() || layer->getNumResults() != 1)
    return rewriter.notifyMatchFailure(op, "no layer of one reader");
  auto resultType =
      dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(op.getType()));
  if (!resultType || resultType.getStorageTypeIntegralWidth() != 8)
    return rewriter.notifyMatchFailure(op, "no 8-bit result");
  // A clamp between a layer and its rounding belongs to the layer.
  nn::ActivationAttr clamp;
  if (nn::ActivationAttr attribute = getClamp(layer)) {
    Operation *inner = layer->getOperand(0).getDefiningOp();
    auto fused = dyn_cast_or_null<nn::FusedActivationOpInterface>(inner);
    if (fused && inner->hasOneUse() && !fused.getActivationAttr() &&
        !getIntegers(layer->getOperand(0))) {
      clamp = attribute;
      layer = inner;
    }
  }
  auto quantizable = dyn_cast<nn::QuantizableOpInterface>(layer);
  if (!quantizable)
    return rewriter.notifyMatchFailure(op, "no layer");
  // A result whose scale is fixed, or that has the scale of its input.
  nn::QuantRule rule = quantizable.getQuantRule();
  if (isa<nn::SoftmaxOp>(layer) &&
      quantizable.getFixedResultType() != resultType)
    return rewriter.notifyMatchFailure(op, "another scale than softmax has");
  if (isa<nn::ResizeBilinearOp>(layer))
    return rewriter.notifyMatchFailure(op, "no integer form");
  SmallVector<Value> operands = getIntegerOperands(rewriter, layer);
  if (operands.empty())
    return rewriter.notifyMatchFailure(op, "operands that are not integers");
  // A mean may change the scale, a pool may not: one rounding, not two.
  if (isa<nn::GlobalAvgPoolOp>(layer)) {
    rewriter.replaceOpWithNewOp<nn::ReduceMeanOp>(
        op, op.getType(), operands[0], rewriter.getDenseI64ArrayAttr({1, 2}),
        rewriter.getUnitAttr(), nn::ScalesAttr());
    return success();
  }
  Type element = resultType;
  if (rule == nn::QuantRule::SameAsInput) {
    element = getElementTypeOrSelf(operands[0].getType());
    for (Value operand : operands)
      if (getElementTypeOrSelf(operand.getType()) != element)
        return rewriter.notifyMatchFailure(op, "operands of no one type");
  }
  OperationState state(layer->getLoc(), layer->getName());
  state.addOperands(operands);
  state.addTypes(withElement(layer->getResult(0), element));
  state.addAttributes(layer->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = layer->getPropertiesAsAttribute();
  Operation *integer = rewriter.create(state);
  if (clamp)
    cast<nn::FusedActivationOpInterface>(integer).setActivationAttr(clamp);
  if (element == resultType)
    rewriter.replaceOp(op, integer->getResult(0));
  else
    rewriter.replaceOpWithNewOp<nn::RequantizeOp>(
        op, op.getType(), integer->getResult(0), nn::ScalesAttr());
  return success();
}

void onnx::fuseQuantized(Operation *function) {
  bool isQuantized =
      function->walk([](nn::DequantizeOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (!isQuantized)
    return;
  RewritePatternSet patterns(function->getContext());
  patterns.add<SinkDequantize, JoinConversions, FuseLayer>(
      function->getContext());
  GreedyRewriteConfig config;
  config.enableFolding(false)
      .enableConstantCSE(false)
      .setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)
      .setUseTopDownTraversal(true);
  // Not converging is no error: what is left computes the same.
  (void)applyPatternsGreedily(function, std::move(patterns), config);
}
