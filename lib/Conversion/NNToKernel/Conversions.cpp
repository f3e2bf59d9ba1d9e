//===- Conversions.cpp - Changes of element type --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "pare/Dialect/NN/IR/FakeQuant.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Numerics/Elementwise.h"

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

/// Null, after an error, if `value` is not quantized per tensor with at most
/// `maxBits` bits.
static quant::UniformQuantizedType expectPerTensor(Operation *op, Value value,
                                                   unsigned maxBits) {
  auto type = dyn_cast_or_null<quant::UniformQuantizedType>(
      nn::getQuantizedType(value));
  if (type && type.getStorageTypeIntegralWidth() <= maxBits)
    return type;
  fail(op) << "expected one scale and at most " << maxBits << " bits, found "
           << value.getType();
  return {};
}

/// The attributes of a kernel.convert that most conversions leave at their
/// defaults.
struct Conversion {
  ConvertKind kind;
  float scale = 1.0f;
  int64_t inputZeroPoint = 0;
  bool unsignedInput = false;
};

static void createConvert(Value input, Value result, Conversion conversion,
                          EpilogueAttr epilogue, Lowering &l) {
  Value source = l.input(input, "input");
  ConvertOp::create(l.b, source, l.output(result), conversion.kind,
                    APFloat(conversion.scale), conversion.inputZeroPoint,
                    conversion.unsignedInput, epilogue);
}

/// Makes `result` a constant: what can be computed once is not left to every
/// run of the network.
static void createConstant(Value result, ArrayRef<float> values, Lowering &l) {
  auto type = RankedTensorType::get(shapeOf(result), l.b.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                       values.size() * sizeof(float));
  ElementsAttr elements =
      nn::makeElements(type, bytes, nn::getLayerName(result.getDefiningOp()));
  l.alias(result, l.global(elements, "value"));
}

/// `dequantize(elements)` with the scales of `type`; false if the elements
/// cannot be read.
template <typename T>
static bool dequantizeElements(ElementsAttr elements, quant::QuantizedType type,
                               ArrayRef<int64_t> shape,
                               std::vector<float> &values) {
  auto stored = nn::ConstantElements<T>::read(elements);
  if (!stored)
    return false;
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  nn::AxisLayout layout(shape, perAxis ? perAxis.getQuantizedDimension() : 0);
  using Unsigned = std::make_unsigned_t<T>;
  for (size_t i = 0; i < stored->size(); ++i) {
    const int64_t channel = perAxis ? layout.channelOf(i) : 0;
    const QuantParams params = {
        nn::getScale(type, channel),
        static_cast<int32_t>(nn::getZeroPoint(type, channel))};
    const T q = (*stored)[i];
    values.push_back(dequantizeF32(
        type.isSigned() ? static_cast<int32_t>(q)
                        : static_cast<int32_t>(static_cast<Unsigned>(q)),
        params));
  }
  return true;
}

static std::optional<std::vector<float>> dequantizeConstant(Value value) {
  ElementsAttr elements = nn::getConstantElements(value);
  quant::QuantizedType type = nn::getQuantizedType(value);
  // A scalar has no axis to walk along.
  if (!elements || !type || shapeOf(value).empty())
    return std::nullopt;
  std::vector<float> values;
  values.reserve(elements.getNumElements());
  if (dequantizeElements<int8_t>(elements, type, shapeOf(value), values) ||
      dequantizeElements<int16_t>(elements, type, shapeOf(value), values) ||
      dequantizeElements<int32_t>(elements, type, shapeOf(value), values))
    return values;
  return std::nullopt;
}

LogicalResult pare::kernel::lower(nn::CastOp op, Lowering &l) {
  createConvert(op.getInput(), op.getOutput(), {ConvertKind::Cast},
                l.floatEpilogue(), l);
  return success();
}

LogicalResult pare::kernel::lower(nn::QuantizeOp op, Lowering &l) {
  auto type = expectPerTensor(op, op.getOutput(), 16);
  if (!type)
    return failure();
  if (!isF32(op.getInput()))
    return fail(op) << "expected an operand of f32, found "
                    << op.getInput().getType();
  Conversion conversion = {ConvertKind::Quantize};
  conversion.scale = static_cast<float>(type.getScale());
  createConvert(op.getInput(), op.getOutput(), conversion,
                l.epilogue(op.getOutput(), {}), l);
  return success();
}

LogicalResult pare::kernel::lower(nn::DequantizeOp op, Lowering &l) {
  if (!isF32(op.getOutput()))
    return fail(op) << "expected a result of f32, found "
                    << op.getOutput().getType();
  if (auto values = dequantizeConstant(op.getInput())) {
    createConstant(op.getOutput(), *values, l);
    return success();
  }
  auto type = expectPerTensor(op, op.getInput(), 32);
  if (!type)
    return failure();
  Conversion conversion = {ConvertKind::Dequantize,
                           static_cast<float>(type.getScale()),
                           type.getZeroPoint(), !type.isSigned()};
  createConvert(op.getInput(), op.getOutput(), conversion, l.floatEpilogue(),
                l);
  return success();
}

LogicalResult pare::kernel::lower(nn::RequantizeOp op, Lowering &l) {
  auto from = expectPerTensor(op, op.getInput(), 32);
  auto to = from ? expectPerTensor(op, op.getOutput(), 32) : nullptr;
  if (!to)
    return failure();
  // Equal scales only move the zero point.
  nn::ScalesAttr scales;
  if (!prepareRescale(nn::getQuantParams(from), nn::getQuantParams(to))
           .identity)
    scales = l.scalesOf(op);
  Conversion conversion = {ConvertKind::Requantize, 1.0f, from.getZeroPoint(),
                           !from.isSigned()};
  createConvert(op.getInput(), op.getOutput(), conversion,
                l.epilogue(op.getOutput(), {}, scales), l);
  return success();
}

LogicalResult pare::kernel::lower(nn::FakeQuantOp op, Lowering &l) {
  quant::QuantizedType type = nn::getFakeQuantType(op);
  if (!type || !isF32(op.getInput()))
    return fail(op) << "expected f32 and a finite range, found "
                    << op.getInput().getType();
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  const QuantRange range = nn::getQuantRange(type);
  if (auto constant = nn::readFloats(op.getInput());
      constant && !shapeOf(op.getInput()).empty()) {
    nn::AxisLayout layout(shapeOf(op.getInput()),
                          perAxis ? perAxis.getQuantizedDimension() : 0);
    std::vector<float> values = constant->get().vec();
    for (auto [i, value] : llvm::enumerate(values)) {
      const int64_t channel = perAxis ? layout.channelOf(i) : 0;
      const QuantParams params = {
          nn::getScale(type, channel),
          static_cast<int32_t>(nn::getZeroPoint(type, channel))};
      value = dequantizeF32(quantizeF32(value, params, range), params);
    }
    createConstant(op.getOutput(), values, l);
    return success();
  }
  if (perAxis)
    return fail(op) << "expected one range, or a constant operand, found "
                    << op.getMinimums()->size() << " ranges";
  const QuantParams params = nn::getQuantParams(type);
  Conversion conversion = {ConvertKind::FakeQuant,
                           static_cast<float>(params.scale)};
  createConvert(op.getInput(), op.getOutput(), conversion,
                l.integerEpilogue(params.zeroPoint, range), l);
  return success();
}
