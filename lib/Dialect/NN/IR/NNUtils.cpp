//===- NNUtils.cpp - What the users of nn share -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "pare/Dialect/NN/IR/NN.h"
#include <cstring>

using namespace mlir;
using namespace pare::nn;

Type pare::nn::getStorageType(Type elementType) {
  auto quantized = dyn_cast<quant::QuantizedType>(elementType);
  if (!quantized)
    return elementType;
  return IntegerType::get(elementType.getContext(),
                          quantized.getStorageTypeIntegralWidth());
}

quant::QuantizedType pare::nn::getQuantizedType(Type tensorType) {
  auto shaped = dyn_cast<ShapedType>(tensorType);
  return shaped ? dyn_cast<quant::QuantizedType>(shaped.getElementType())
                : quant::QuantizedType();
}

double pare::nn::getScale(quant::QuantizedType type, int64_t channel) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return perAxis.getScales()[channel];
  return cast<quant::UniformQuantizedType>(type).getScale();
}

int64_t pare::nn::getZeroPoint(quant::QuantizedType type, int64_t channel) {
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    return perAxis.getZeroPoints()[channel];
  return cast<quant::UniformQuantizedType>(type).getZeroPoint();
}

ElementsAttr pare::nn::getConstantElements(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return constant ? constant.getValue() : ElementsAttr();
}

std::optional<ArrayRef<char>> pare::nn::getRawBytes(ElementsAttr elements) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return blob->getData();
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense || dense.isSplat())
    return std::nullopt;
  return dense.getRawData();
}

std::optional<SmallVector<int32_t>>
pare::nn::getI32Values(ElementsAttr elements) {
  if (!elements.getElementType().isInteger(32))
    return std::nullopt;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements);
      dense && dense.isSplat())
    return SmallVector<int32_t>(dense.getNumElements(),
                                dense.getSplatValue<int32_t>());
  std::optional<ArrayRef<char>> bytes = getRawBytes(elements);
  if (!bytes || bytes->size() != elements.getNumElements() * sizeof(int32_t))
    return std::nullopt;
  SmallVector<int32_t> values(elements.getNumElements());
  std::memcpy(values.data(), bytes->data(), bytes->size());
  return values;
}

ElementsAttr pare::nn::makeElements(ShapedType type, ArrayRef<char> bytes,
                                    StringRef name) {
  constexpr size_t kInlineBytes = 64;
  // One-bit elements are packed by DenseElementsAttr alone.
  if (bytes.size() <= kInlineBytes && !type.getElementType().isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64,
                                                    /*dataIsMutable=*/false));
}

/// The first name found in a location; importers put the layer's name
/// outermost.
static StringRef findName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = findName(part); !name.empty())
        return name;
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return findName(call.getCallee());
  return {};
}

StringRef pare::nn::getLayerName(Location loc) { return findName(loc); }

std::string pare::nn::getLayerName(Operation *op) {
  StringRef name = findName(op->getLoc());
  return (name.empty() ? op->getName().getStringRef() : name).str();
}

RequantMode pare::nn::getRequantMode(Operation *op) {
  for (Operation *parent = op; parent; parent = parent->getParentOp())
    if (auto mode =
            parent->getAttrOfType<RequantModeAttr>(NNDialect::kRequantModeAttr))
      return mode.getValue();
  return RequantMode::Fixed;
}

//===----------------------------------------------------------------------===//
// Geometry
//===----------------------------------------------------------------------===//

/// Fills in all but the kernel, dilations and groups.
template <typename OpT> static ConvGeometry windowGeometry(OpT op) {
  ArrayRef<int64_t> in = op.getInput().getType().getShape();
  ArrayRef<int64_t> out = op.getOutput().getType().getShape();
  ArrayRef<int64_t> pad = op.getPadding();
  ConvGeometry g = {};
  g.batch = in[0];
  g.inHeight = in[1], g.inWidth = in[2], g.inChannels = in[3];
  g.outHeight = out[1], g.outWidth = out[2], g.outChannels = out[3];
  g.strideHeight = op.getStrides()[0], g.strideWidth = op.getStrides()[1];
  g.dilationHeight = g.dilationWidth = 1;
  g.padTop = pad[0], g.padBottom = pad[1];
  g.padLeft = pad[2], g.padRight = pad[3];
  g.groups = 1;
  return g;
}

template <typename OpT> static ConvGeometry filterGeometry(OpT op) {
  ConvGeometry g = windowGeometry(op);
  ArrayRef<int64_t> filter = op.getFilter().getType().getShape();
  g.kernelHeight = filter[1], g.kernelWidth = filter[2];
  return g;
}

ConvGeometry pare::nn::getGeometry(Conv2DOp op) {
  ConvGeometry g = filterGeometry(op);
  g.dilationHeight = op.getDilations()[0];
  g.dilationWidth = op.getDilations()[1];
  g.groups = g.inChannels / op.getFilter().getType().getDimSize(3);
  return g;
}

ConvGeometry pare::nn::getGeometry(DepthwiseConv2DOp op) {
  ConvGeometry g = filterGeometry(op);
  g.dilationHeight = op.getDilations()[0];
  g.dilationWidth = op.getDilations()[1];
  g.groups = g.inChannels;
  return g;
}

ConvGeometry pare::nn::getGeometry(TransposeConv2DOp op) {
  return filterGeometry(op);
}

ConvGeometry pare::nn::getGeometry(SparseConv2DOp op) {
  ConvGeometry g = windowGeometry(op);
  g.kernelHeight = op.getKernelSize()[0], g.kernelWidth = op.getKernelSize()[1];
  g.dilationHeight = op.getDilations()[0];
  g.dilationWidth = op.getDilations()[1];
  return g;
}

template <typename OpT> static ConvGeometry poolGeometry(OpT op) {
  ConvGeometry g = windowGeometry(op);
  g.kernelHeight = op.getKernel()[0], g.kernelWidth = op.getKernel()[1];
  g.groups = g.inChannels;
  return g;
}

ConvGeometry pare::nn::getGeometry(AvgPool2DOp op) { return poolGeometry(op); }
ConvGeometry pare::nn::getGeometry(MaxPool2DOp op) { return poolGeometry(op); }
