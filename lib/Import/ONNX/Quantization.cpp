//===- Quantization.cpp - QuantizeLinear and DequantizeLinear -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

bool Quantization::operator==(const Quantization &other) const {
  return scales == other.scales && zeroPoints == other.zeroPoints &&
         axis == other.axis && width == other.width &&
         isUnsigned == other.isUnsigned;
}

static std::pair<int64_t, int64_t> getBounds(const Quantization &q) {
  return {
      quant::QuantizedType::getDefaultMinimumForInteger(!q.isUnsigned, q.width),
      quant::QuantizedType::getDefaultMaximumForInteger(!q.isUnsigned,
                                                        q.width)};
}

Type onnx::getQuantizedType(const Quantization &q, MLIRContext *context) {
  ScopedDiagnosticHandler silent(context,
                                 [](Diagnostic &) { return success(); });
  auto emitTypeError = [&] {
    return mlir::emitError(UnknownLoc::get(context));
  };
  auto [low, high] = getBounds(q);
  unsigned flags = q.isUnsigned ? 0 : quant::QuantizationFlags::Signed;
  Type storage = IntegerType::get(context, q.width);
  Type expressed = Float32Type::get(context);
  if (q.axis < 0)
    return quant::UniformQuantizedType::getChecked(
        emitTypeError, flags, storage, expressed, q.scales.front(),
        q.zeroPoints.front(), low, high);
  return quant::UniformQuantizedPerAxisType::getChecked(
      emitTypeError, flags, storage, expressed, q.scales, q.zeroPoints,
      static_cast<int32_t>(q.axis), low, high);
}

FailureOr<Quantization> onnx::readQuantization(Node &node, int64_t rank) {
  FailureOr<Constant> scales = node.getConstant(1);
  FailureOr<int64_t> given = node.getInt("axis", 1);
  node.ignore("saturate");
  if (failed(scales) || failed(given) ||
      failed(node.expectInt("block_size", 0)))
    return failure();
  Quantization q;
  for (double scale : scales->getReals())
    q.scales.push_back(scale);
  int64_t count = q.scales.size();
  q.zeroPoints.assign(count, 0);
  // Without a zero point, integers are UINT8 by default.
  q.isUnsigned = true;
  if (node.hasInput(2)) {
    FailureOr<Constant> zeroPoints = node.getConstant(2);
    if (failed(zeroPoints))
      return failure();
    if (zeroPoints->isFloat() || zeroPoints->elementType.isInteger(1) ||
        zeroPoints->elementType.isInteger(64))
      return node.emitError() << "expected a zero point of 8, 16 or 32 bits, "
                                 "found "
                              << zeroPoints->elementType;
    if (zeroPoints->getNumElements() != count)
      return node.emitError()
             << "expected as many zero points as scales (" << count
             << "), found " << zeroPoints->getNumElements();
    q.zeroPoints = llvm::to_vector(zeroPoints->getIntegers());
    q.width = zeroPoints->elementType.getIntOrFloatBitWidth();
    q.isUnsigned = zeroPoints->isUnsigned;
  } else if (node.hasAttribute("output_dtype")) {
    FailureOr<int64_t> type = node.getInt("output_dtype", schema::UINT8);
    if (failed(type))
      return failure();
    if (*type != schema::UINT8 && *type != schema::INT8)
      return node.emitError()
             << "expected output_dtype UINT8 or INT8, found " << *type;
    q.isUnsigned = *type == schema::UINT8;
  }
  node.ignore("output_dtype");
  for (auto [i, scale] : llvm::enumerate(q.scales))
    if (!std::isnormal(static_cast<float>(scale)) || scale < 0)
      return node.emitError() << "expected a positive normal number as scale "
                              << i << ", found " << std::to_string(scale);
  if (count == 1)
    return q;
  FailureOr<int64_t> axis = node.getAxis(*given, rank);
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  if (failed(axis) || failed(shape))
    return failure();
  if (count != (*shape)[*axis])
    return node.emitError()
           << "expected one scale for each index of dimension " << *axis
           << ", found " << count << " scales for shape [" << *shape << "]";
  q.axis = *axis;
  return q;
}

/// The integers of a constant: rounded to the nearest, halves to even, as the
/// specification of QuantizeLinear asks.
static Constant quantizeConstant(const Constant &constant,
                                 const Quantization &q, MLIRContext *context) {
  auto [low, high] = getBounds(q);
  int64_t inner = 1;
  for (int64_t d = q.axis + 1; q.axis >= 0 && d < constant.getRank(); ++d)
    inner *= constant.shape[d];
  std::vector<double> reals = constant.getReals();
  std::vector<int64_t> integers(reals.size());
  int64_t count = q.scales.size();
  for (size_t i = 0; i < reals.size(); ++i) {
    int64_t channel = i / inner % count;
    double value = std::nearbyint(static_cast<float>(
                       reals[i] / static_cast<float>(q.scales[channel]))) +
                   q.zeroPoints[channel];
    integers[i] = static_cast<int64_t>(std::min(
        std::max(value, static_cast<double>(low)), static_cast<double>(high)));
  }
  Constant result = Constant::getIntegers(IntegerType::get(context, q.width),
                                          constant.shape, integers);
  result.isUnsigned = q.isUnsigned;
  return result;
}

static LogicalResult importQuantizeLinear(Node &node) {
  FailureOr<int64_t> rank = node.getRank(0);
  if (failed(rank))
    return failure();
  FailureOr<Quantization> q = readQuantization(node, *rank);
  FailureOr<Entry *> entry = node.getEntry(0);
  if (failed(q) || failed(entry))
    return failure();
  if ((*entry)->isPlain()) {
    if (!(*entry)->constant->isFloat())
      return node.emitError() << "expected real numbers as input 0, found "
                              << (*entry)->constant->elementType;
    Entry quantized;
    quantized.constant =
        quantizeConstant(*(*entry)->constant, *q, node.getContext());
    quantized.quantization = *q;
    node.setOutput(0, std::move(quantized));
    return success();
  }
  if (q->axis >= 0)
    return node.emitError() << "expected one scale for a value that is not "
                               "constant, found "
                            << q->scales.size();
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  Type element = getQuantizedType(*q, node.getContext());
  if (failed(input))
    return failure();
  auto type = cast<RankedTensorType>(input->getType());
  if (!element || !isa<FloatType>(type.getElementType()))
    return node.emitError() << "expected real numbers and a scale and zero "
                               "point that fit the type, found "
                            << type;
  node.setOutput(0,
                 nn::QuantizeOp::create(node.getBuilder(), node.getLoc(),
                                        type.clone(element), *input),
                 channelsLast);
  return success();
}

static LogicalResult importDequantizeLinear(Node &node) {
  FailureOr<int64_t> rank = node.getRank(0);
  if (failed(rank))
    return failure();
  FailureOr<Quantization> q = readQuantization(node, *rank);
  FailureOr<Entry *> entry = node.getEntry(0);
  if (failed(q) || failed(entry))
    return failure();
  if ((*entry)->constant) {
    const Constant &constant = *(*entry)->constant;
    if ((*entry)->isReal || constant.isFloat())
      return node.emitError() << "expected integers as input 0, found real "
                                 "numbers";
    // The type of the integers is that of the tensor; a zero point may be
    // absent.
    if (!node.hasInput(2)) {
      q->width = constant.elementType.getIntOrFloatBitWidth();
      q->isUnsigned = constant.isUnsigned;
    }
    if (q->width != constant.elementType.getIntOrFloatBitWidth() ||
        q->isUnsigned != constant.isUnsigned ||
        !getQuantizedType(*q, node.getContext()))
      return node.emitError() << "expected a zero point of the type of the "
                                 "integers and inside of its range";
    Entry real;
    real.constant = constant;
    real.quantization = *q;
    real.isReal = true;
    node.setOutput(0, std::move(real));
    return success();
  }
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  auto type = cast<RankedTensorType>(input->getType());
  auto found = dyn_cast<quant::UniformQuantizedType>(type.getElementType());
  if (found && !node.hasInput(2)) {
    q->width = found.getStorageTypeIntegralWidth();
    q->isUnsigned = !found.isSigned();
  }
  Type element = q->axis < 0 ? getQuantizedType(*q, node.getContext()) : Type();
  if (!element || type.getElementType() != element)
    return node.emitError()
           << "expected the scale and zero point with which the value was "
              "quantized, found value "
           << type;
  node.setOutput(0,
                 nn::DequantizeOp::create(
                     node.getBuilder(), node.getLoc(),
                     type.clone(Float32Type::get(node.getContext())), *input),
                 channelsLast);
  return success();
}

ArrayRef<OperatorEntry> onnx::getQuantizationOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"QuantizeLinear", importQuantizeLinear, 2, 3},
      {"DequantizeLinear", importDequantizeLinear, 2, 3},
  };
  return kOperators;
}
