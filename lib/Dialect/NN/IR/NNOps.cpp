//===- NNOps.cpp - Verifiers and rules of layers without weights --------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeInference.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::nn;

//===----------------------------------------------------------------------===//
// Types that the specification fixes
//===----------------------------------------------------------------------===//

static quant::UniformQuantizedType fixedType(MLIRContext *context, double scale,
                                             int64_t zeroPoint) {
  return quant::UniformQuantizedType::get(
      quant::QuantizationFlags::Signed, IntegerType::get(context, 8),
      Float32Type::get(context), scale, zeroPoint, -128, 127);
}

quant::UniformQuantizedType SoftmaxOp::getFixedResultType() {
  return fixedType(getContext(), 1.0 / 256, -128);
}
quant::UniformQuantizedType SigmoidOp::getFixedResultType() {
  return fixedType(getContext(), 1.0 / 256, -128);
}
quant::UniformQuantizedType TanhOp::getFixedResultType() {
  return fixedType(getContext(), 1.0 / 128, 0);
}

//===----------------------------------------------------------------------===//
// Constants and changes of type
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  auto type = cast<RankedTensorType>(getOutput().getType());
  ShapedType value = getValue().getShapedType();
  if (value.getShape() != type.getShape())
    return emitOpError("expects a value of shape ")
           << nn::detail::formatShape(type.getShape()) << ", but found "
           << nn::detail::formatShape(value.getShape());
  Type storage = getStorageType(type.getElementType());
  if (value.getElementType() != storage)
    return emitOpError("expects a value with elements of type ")
           << storage << ", but found " << value.getElementType();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(getValue())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return emitOpError("expects the data of the resource '")
             << resource.getRawHandle().getKey() << "', but found none";
    int64_t bits = type.getNumElements() * storage.getIntOrFloatBitWidth();
    int64_t bytes = llvm::divideCeil(bits, 8);
    if (!storage.isInteger(1) && int64_t(blob->getData().size()) != bytes)
      return emitOpError("expects ")
             << bytes << " bytes of data, but found " << blob->getData().size();
  }
  return success();
}

LogicalResult CastOp::verify() {
  if (getQuantizedType(getInput()) || getQuantizedType(getOutput()))
    return emitOpError("expects unquantized types, but found ")
           << getInput().getType() << " and " << getOutput().getType();
  return success();
}

LogicalResult FakeQuantOp::verify() {
  int64_t axis = getSpec().getAxis();
  auto type = cast<RankedTensorType>(getInput().getType());
  if (axis >= type.getRank())
    return emitOpError("expects an axis below ")
           << type.getRank() << ", but found " << axis;
  std::optional<ArrayRef<float>> low = getMinimums(), high = getMaximums();
  if (low.has_value() != high.has_value())
    return emitOpError("expects minimums and maximums together");
  if (!low)
    return success();
  int64_t expected = axis < 0 ? 1 : type.getDimSize(axis);
  if (int64_t(low->size()) != expected || int64_t(high->size()) != expected)
    return emitOpError("expects ")
           << expected << " minimums and maximums, but found " << low->size()
           << " and " << high->size();
  for (auto [a, b] : llvm::zip(*low, *high))
    if (!std::isfinite(a) || !std::isfinite(b) || a > b)
      return emitOpError(
                 "expects finite ranges in increasing order, but found ")
             << a << " to " << b;
  return success();
}

//===----------------------------------------------------------------------===//
// Other layers
//===----------------------------------------------------------------------===//

LogicalResult ClipOp::verify() {
  double low = getLow().convertToDouble(), high = getHigh().convertToDouble();
  if (!(low <= high))
    return emitOpError("expects bounds in increasing order, but found ")
           << low << " and " << high;
  return success();
}

/// A window that lies in the padding alone would have no elements.
template <typename OpT> static LogicalResult verifyPool(OpT op) {
  ArrayRef<int64_t> kernel = op.getKernel(), padding = op.getPadding();
  for (int side = 0; side < 4; ++side)
    if (padding[side] >= kernel[side / 2])
      return op.emitOpError("expects padding below the kernel size ")
             << kernel[side / 2] << ", but found " << padding[side];
  return success();
}

LogicalResult AvgPool2DOp::verify() { return verifyPool(*this); }
LogicalResult MaxPool2DOp::verify() { return verifyPool(*this); }

LogicalResult SoftmaxOp::verify() {
  int64_t rank = getInput().getType().getRank();
  if (getQuantizedType(getInput()) && getAxis() != -1 && getAxis() != rank - 1)
    return emitOpError("expects the last axis on quantized types, but found ")
           << getAxis();
  return success();
}

static LogicalResult verifyChannels(Operation *op, Value input,
                                    ValueRange vectors) {
  auto type = cast<RankedTensorType>(input.getType());
  if (type.getRank() == 0)
    return op->emitOpError("expects an input of rank 1 or more");
  int64_t channels = type.getShape().back();
  for (Value vector : vectors) {
    int64_t found = cast<RankedTensorType>(vector.getType()).getDimSize(0);
    if (nn::detail::sizesDiffer(found, channels))
      return op->emitOpError("expects parameters of ")
             << channels << " elements, but found " << found;
  }
  return success();
}

LogicalResult BatchNormOp::verify() {
  return verifyChannels(*this, getInput(), getOperands().drop_front());
}
LogicalResult LayerNormOp::verify() {
  return verifyChannels(*this, getInput(), getOperands().drop_front());
}
