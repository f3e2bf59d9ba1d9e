//===- Recurrent.cpp - Recurrent operators --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// UNIDIRECTIONAL_SEQUENCE_LSTM. Its inputs are, in this order:
//    0       input
//    1 -  4  weights of the input for the input, forget, cell, output gate
//    5 -  8  weights of the hidden state for the same
//    9 - 11  peephole weights of input, forget, output gate (refused)
//   12 - 15  biases of the four gates
//   16 - 17  projection (refused)
//   18 - 19  hidden state and cell state, which start at zero
//   20 - 23  layer normalization of the four gates (refused)
// nn.lstm has one operand each for the weights, the recurrent weights and the
// biases, with the gates' rows below each other.
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::tflite;
using schema::BuiltinOperator;

namespace {
enum LstmInput : size_t {
  kInput = 0,
  kWeights = 1,
  kRecurrent = 5,
  kPeephole = 9,
  kBias = 12,
  kProjection = 16,
  kHiddenState = 18,
  kCellState = 19,
  kLayerNorm = 20,
  kNumInputs = 24,
};
constexpr int64_t kGates = 4;
} // namespace

/// The types of the gates' tensors, as one type with the rows of all gates: a
/// quantized type gets the scale of its gate in every row.
static FailureOr<RankedTensorType> joinTypes(Layer &layer,
                                             ArrayRef<RankedTensorType> types) {
  RankedTensorType first = types.front();
  for (RankedTensorType type : types)
    if (type.getShape() != first.getShape() || type.getRank() == 0 ||
        File::getStorageType(type) != File::getStorageType(first))
      return layer.emitError() << "expected the four gates to have tensors of "
                                  "one shape and type, found "
                               << first << " and " << type;
  SmallVector<int64_t> shape(first.getShape());
  int64_t rows = shape[0];
  shape[0] *= kGates;
  if (!isa<quant::QuantizedType>(first.getElementType()))
    return first.clone(shape);

  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  for (RankedTensorType type : types) {
    auto element = dyn_cast<quant::UniformQuantizedType>(type.getElementType());
    if (!element || !element.isSigned() || element.getZeroPoint() != 0)
      return layer.emitError()
             << "expected signed weights with one scale and zero point 0 for "
                "each gate, found "
             << type.getElementType();
    scales.append(rows, element.getScale());
    zeroPoints.append(rows, 0);
  }
  auto element = cast<quant::UniformQuantizedType>(first.getElementType());
  return RankedTensorType::get(
      shape, quant::UniformQuantizedPerAxisType::get(
                 element.getFlags(), element.getStorageType(),
                 element.getExpressedType(), scales, zeroPoints,
                 /*quantizedDimension=*/0, element.getStorageTypeMin(),
                 element.getStorageTypeMax()));
}

/// The tensors first ... first + 3 below each other: a constant if they are
/// constants. `defaultScales` are those of biases that the file gives none.
static FailureOr<Value> joinGates(Layer &layer, size_t first, StringRef what,
                                  bool isFloat,
                                  ArrayRef<double> defaultScales = {}) {
  OpBuilder &builder = layer.getBuilder();
  const File &file = layer.getFile();
  SmallVector<RankedTensorType> types;
  SmallVector<ArrayRef<char>> bytes;
  bool constant = true;
  for (size_t i = first; i < first + kGates; ++i) {
    if (!layer.hasInput(i))
      return layer.emitError()
             << "expected the " << what << " of all four gates (inputs "
             << first << " to " << first + kGates - 1
             << "), found none as input " << i;
    constant &= file.hasData(layer.getInputTensor(i));
  }
  SmallVector<Value> values;
  for (size_t i = first; i < first + kGates; ++i) {
    if (constant) {
      auto type = file.getType(layer.getInputTensor(i));
      auto data = file.getBytes(layer.getInputTensor(i));
      if (failed(type) || failed(data))
        return failure();
      types.push_back(*type);
      bytes.push_back(*data);
    } else {
      FailureOr<Value> value = layer.getInput(i);
      if (failed(value))
        return failure();
      if (!isFloat || isQuantized(*value))
        return layer.emitError() << "expected constant quantized " << what
                                 << ", found a value known only at run time "
                                 << "as input " << i;
      values.push_back(*value);
      types.push_back(cast<RankedTensorType>(value->getType()));
    }
    RankedTensorType &type = types.back();
    if (type.getElementType().isInteger(32) && !defaultScales.empty())
      type = type.clone(quant::UniformQuantizedType::get(
          quant::QuantizationFlags::Signed, type.getElementType(),
          builder.getF32Type(), defaultScales[i - first], 0, INT32_MIN,
          INT32_MAX));
  }

  FailureOr<RankedTensorType> type = joinTypes(layer, types);
  if (failed(type))
    return failure();
  if (!constant)
    return Value(nn::ConcatOp::create(builder, layer.getLoc(), *type, values,
                                      /*axis=*/0));

  size_t size = bytes.front().size();
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocate(kGates * size, /*align=*/16);
  for (auto [i, part] : llvm::enumerate(bytes))
    std::memcpy(blob.getMutableData().data() + i * size, part.data(), size);
  std::string name =
      file.getTensorName(layer.getOutputTensor(0)) + "/" + what.str();
  Location loc = NameLoc::get(builder.getStringAttr(name));
  Value value = nn::ConstantOp::create(
      builder, loc, *type,
      file.makeElements(File::getStorageType(*type), name, std::move(blob)));
  if (isFloat && isa<quant::QuantizedType>(type->getElementType()))
    value = nn::DequantizeOp::create(builder, loc,
                                     type->clone(builder.getF32Type()), value);
  return value;
}

static LogicalResult
checkOptions(Layer &layer,
             const schema::UnidirectionalSequenceLSTMOptions &options) {
  if (options.activation() != schema::Activation::TANH)
    return layer.emitError() << "expected activation TANH, found "
                             << static_cast<int>(options.activation());
  if (options.diagonal_recurrent_tensors())
    return layer.emitError() << "diagonal recurrent weights are not supported";
  if (!std::isfinite(options.cell_clip()) || options.cell_clip() < 0)
    return layer.emitError() << "expected a finite cell clip of at least 0";
  for (auto [first, count, what] :
       {std::tuple(kPeephole, 3, "peephole weights"),
        std::tuple(kProjection, 2, "projection"),
        std::tuple(kLayerNorm, 4, "layer normalization")})
    for (int i = 0; i < count; ++i)
      if (layer.hasInput(first + i))
        return layer.emitError()
               << what << " (input " << first + i << ") is not supported";
  for (size_t state : {kHiddenState, kCellState})
    if (layer.hasInput(state) &&
        !layer.getFile().getTensor(layer.getInputTensor(state)).is_variable())
      return layer.emitError() << "expected a state that starts at zero as "
                                  "input "
                               << state << ", found a tensor of the network";
  return success();
}

/// The scale of the integer cell state, and checks of what nn.lstm implies: the
/// hidden state has the type of the result throughout.
static FailureOr<FloatAttr> getCellScale(Layer &layer, RankedTensorType type) {
  const File &file = layer.getFile();
  if (!layer.hasInput(kHiddenState) || !layer.hasInput(kCellState))
    return layer.emitError() << "expected the quantization of hidden and cell "
                                "state (inputs 18 and 19), found none";
  auto hidden = file.getType(layer.getInputTensor(kHiddenState));
  auto cell = file.getType(layer.getInputTensor(kCellState));
  if (failed(hidden) || failed(cell))
    return failure();
  if (hidden->getElementType() != type.getElementType())
    return layer.emitError()
           << "expected a hidden state of the result's type "
           << type.getElementType() << ", found " << hidden->getElementType();
  // The last of five intermediate tensors says how the product of output gate
  // and cell state is quantized; without projection that is the hidden state.
  const auto *intermediates = layer.getOperator().intermediates();
  if (intermediates && intermediates->size() == 5 &&
      intermediates->Get(4) >= 0) {
    const auto *q = file.getTensor(intermediates->Get(4)).quantization();
    auto element = cast<quant::UniformQuantizedType>(type.getElementType());
    if (q && q->scale() && q->scale()->size() == 1 && q->zero_point() &&
        q->zero_point()->size() == 1 &&
        (q->scale()->Get(0) != element.getScale() ||
         q->zero_point()->Get(0) != element.getZeroPoint()))
      return layer.emitError()
             << "expected the product of output gate and cell state to have "
                "the result's scale, found another";
  }
  auto element = dyn_cast<quant::UniformQuantizedType>(cell->getElementType());
  int exponent;
  if (!element || !element.getStorageType().isInteger(16) ||
      element.getZeroPoint() != 0 ||
      std::frexp(element.getScale(), &exponent) != 0.5)
    return layer.emitError()
           << "expected an INT16 cell state with a power of two as scale and "
              "zero point 0, found "
           << cell->getElementType();
  return layer.getBuilder().getF32FloatAttr(element.getScale());
}

static LogicalResult importLstm(Layer &layer) {
  auto options =
      layer.requireOptions<schema::UnidirectionalSequenceLSTMOptions>();
  if (failed(options) || failed(checkOptions(layer, **options)))
    return failure();
  FailureOr<Value> input = layer.getInput(kInput);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();

  auto inputType = cast<RankedTensorType>(input->getType());
  bool isFloat = inputType.getElementType().isF32();
  auto element =
      dyn_cast<quant::UniformQuantizedType>(inputType.getElementType());
  auto resultElement =
      dyn_cast<quant::UniformQuantizedType>(type->getElementType());
  if (!isFloat && (!element || !resultElement || !element.isSigned() ||
                   !element.getStorageType().isInteger(8)))
    return layer.emitError()
           << "expected an input and a result of type FLOAT32 or quantized "
              "INT8, found "
           << inputType.getElementType() << " and " << type->getElementType();
  FloatAttr cellScale;
  SmallVector<double> biasScales;
  if (!isFloat) {
    FailureOr<FloatAttr> scale = getCellScale(layer, *type);
    if (failed(scale))
      return failure();
    cellScale = *scale;
    for (size_t i = kWeights; i < kWeights + kGates && layer.hasInput(i); ++i) {
      auto weights = layer.getFile().getType(layer.getInputTensor(i));
      if (failed(weights))
        return failure();
      auto quantized =
          dyn_cast<quant::UniformQuantizedType>(weights->getElementType());
      biasScales.push_back(element.getScale() *
                           (quantized ? quantized.getScale() : 1.0));
    }
  }
  FailureOr<Value> weights = joinGates(layer, kWeights, "weights", isFloat);
  if (failed(weights))
    return failure();
  FailureOr<Value> recurrent =
      joinGates(layer, kRecurrent, "recurrent", isFloat);
  if (failed(recurrent))
    return failure();
  FailureOr<Value> bias = joinGates(layer, kBias, "bias", isFloat, biasScales);
  if (failed(bias))
    return failure();
  OpBuilder &builder = layer.getBuilder();
  layer.setOutput(
      0, nn::LstmOp::create(builder, layer.getLoc(), *type, *input, *weights,
                            *recurrent, *bias, (*options)->time_major(),
                            APFloat((*options)->cell_clip()), cellScale));
  return success();
}

ArrayRef<OperatorEntry> tflite::getRecurrentOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, importLstm, kHiddenState,
       kNumInputs},
  };
  return kOperators;
}
