//===- Shapes.cpp - Operators that change shapes and sizes ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

using namespace mlir;
using namespace pare;
using namespace pare::tflite;
using schema::BuiltinOperator;

/// RESHAPE, SQUEEZE and EXPAND_DIMS: the result's declared shape says it all.
static LogicalResult importReshape(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  layer.setOutput(0, nn::ReshapeOp::create(layer.getBuilder(), layer.getLoc(),
                                           *type, *input));
  return success();
}

/// The shape operand is often computed by a chain of operators that starts at
/// SHAPE; nothing is lost if it is not looked at. A constant one is compared.
static LogicalResult importReshapeTo(Layer &layer) {
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(type))
    return failure();
  int64_t operand = layer.getInputTensor(1);
  if (operand < 0 || !layer.getFile().hasData(operand))
    return importReshape(layer);
  FailureOr<SmallVector<int64_t>> shape = layer.getIntegers(1);
  if (failed(shape))
    return failure();
  // Sizes with an open dimension were written for a batch of one.
  const auto *signature =
      layer.getFile().getTensor(layer.getOutputTensor(0)).shape_signature();
  bool isOpen = signature &&
                llvm::any_of(*signature, [](int32_t size) { return size < 0; });
  bool fits = static_cast<int64_t>(shape->size()) == type->getRank();
  for (size_t i = 0; fits && i < shape->size(); ++i)
    fits = isOpen || (*shape)[i] == -1 || (*shape)[i] == type->getDimSize(i);
  if (!fits)
    return layer.emitError() << "expected a result of shape [" << *shape
                             << "], found [" << type->getShape() << "]";
  return importReshape(layer);
}

static LogicalResult importTranspose(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<SmallVector<int64_t>> permutation = layer.getIntegers(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(permutation) || failed(type))
    return failure();
  int64_t rank = cast<RankedTensorType>(input->getType()).getRank();
  for (int64_t &dim : *permutation) {
    FailureOr<int64_t> axis = layer.getAxis(dim, rank);
    if (failed(axis))
      return failure();
    dim = *axis;
  }
  layer.setOutput(0, nn::TransposeOp::create(layer.getBuilder(), layer.getLoc(),
                                             *type, *input,
                                             layer.getArray(*permutation)));
  return success();
}

/// DEPTH_TO_SPACE: the channels of a pixel become a block of `size` x `size`
/// pixels, row by row. SPACE_TO_DEPTH is the inverse. Both exchange two
/// dimensions of one view of the image, N x H x size x W x size x C.
template <typename Options, bool toSpace>
static LogicalResult importBlocks(Layer &layer) {
  auto options = layer.requireOptions<Options>();
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(options) || failed(input) || failed(type) ||
      failed(layer.expectRank(*input, 4, "an image")))
    return failure();
  int64_t size = (*options)->block_size();
  ArrayRef<int64_t> shape = cast<RankedTensorType>(input->getType()).getShape();
  int64_t n = shape[0], h = shape[1], w = shape[2], c = shape[3];
  bool fits =
      size > 0 && size <= INT32_MAX &&
      (toSpace ? c % (size * size) == 0 : h % size == 0 && w % size == 0);
  if (!fits)
    return layer.emitError() << "expected a block size that divides the image ["
                             << shape << "], found " << size;
  SmallVector<int64_t> from =
      toSpace ? SmallVector<int64_t>{n, h, w, size, size, c / (size * size)}
              : SmallVector<int64_t>{n, h / size, size, w / size, size, c};
  SmallVector<int64_t> to = {from[0], from[1], from[3],
                             from[2], from[4], from[5]};
  Value blocks = layer.createReshape(*input, from);
  auto blocksType = cast<RankedTensorType>(blocks.getType());
  blocks = nn::TransposeOp::create(layer.getBuilder(), layer.getLoc(),
                                   blocksType.clone(to), blocks,
                                   layer.getArray({0, 1, 3, 2, 4, 5}));
  SmallVector<int64_t> result =
      toSpace ? SmallVector<int64_t>{n, h * size, w * size, from[5]}
              : SmallVector<int64_t>{n, from[1], from[3], c * size * size};
  layer.setOutput(0, layer.createReshape(blocks, result));
  return success();
}

/// The shape of a tensor is known at import.
static LogicalResult importShape(Layer &layer) {
  FailureOr<RankedTensorType> input = layer.getInputType(0);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(type))
    return failure();
  auto element = dyn_cast<IntegerType>(type->getElementType());
  if (!element || element.getWidth() < 32 || type->getRank() != 1 ||
      type->getDimSize(0) != input->getRank())
    return layer.emitError() << "expected a result of " << input->getRank()
                             << " integers, found " << *type;
  SmallVector<Attribute> sizes;
  for (int64_t size : input->getShape())
    sizes.push_back(IntegerAttr::get(element, size));
  layer.setOutput(
      0, nn::ConstantOp::create(layer.getBuilder(), layer.getLoc(), *type,
                                DenseElementsAttr::get(*type, sizes)));
  return success();
}

/// The real number that a constant of one element stands for.
static FailureOr<double> getReal(Layer &layer, size_t i) {
  int64_t tensor = layer.getInputTensor(i);
  if (tensor < 0 || !layer.getFile().hasData(tensor))
    return layer.emitError() << "expected input " << i << " to be constant";
  FailureOr<RankedTensorType> type = layer.getFile().getType(tensor);
  FailureOr<ElementsAttr> elements = layer.getFile().getConstant(tensor);
  if (failed(type) || failed(elements))
    return failure();
  if (elements->getNumElements() != 1)
    return layer.emitError() << "expected one element in input " << i
                             << ", found " << elements->getNumElements();
  Attribute element = *elements->getValues<Attribute>().begin();
  if (auto number = dyn_cast<FloatAttr>(element))
    return number.getValueAsDouble();
  APInt integer = cast<IntegerAttr>(element).getValue();
  auto quantized =
      dyn_cast<quant::UniformQuantizedType>(type->getElementType());
  if (!quantized)
    return static_cast<double>(integer.getSExtValue());
  int64_t stored =
      quantized.isSigned() ? integer.getSExtValue() : integer.getZExtValue();
  return quantized.getScale() * (stored - quantized.getZeroPoint());
}

/// PAD fills with the real value zero, PADV2 with its third operand.
static LogicalResult importPad(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<SmallVector<int64_t>> paddings = layer.getIntegers(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(paddings) || failed(type))
    return failure();
  FailureOr<double> value = 0.0;
  if (layer.hasInput(2))
    value = getReal(layer, 2);
  if (failed(value))
    return failure();
  size_t rank = cast<RankedTensorType>(input->getType()).getRank();
  if (paddings->size() != 2 * rank)
    return layer.emitError() << "expected " << 2 * rank << " paddings, found "
                             << paddings->size();
  SmallVector<int64_t> low, high;
  for (size_t i = 0; i < rank; ++i) {
    low.push_back((*paddings)[2 * i]);
    high.push_back((*paddings)[2 * i + 1]);
    if (low.back() < 0 || high.back() < 0 || low.back() > INT32_MAX ||
        high.back() > INT32_MAX)
      return layer.emitError() << "expected paddings between 0 and "
                               << INT32_MAX << ", found [" << *paddings << "]";
  }
  layer.setOutput(
      0, nn::PadOp::create(layer.getBuilder(), layer.getLoc(), *type, *input,
                           layer.getArray(low), layer.getArray(high),
                           layer.getBuilder().getF64FloatAttr(*value)));
  return success();
}

template <typename Op, typename Options>
static LogicalResult importResize(Layer &layer) {
  const Options *options = layer.getOptions<Options>();
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<SmallVector<int64_t>> size = layer.getIntegers(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(input) || failed(size) || failed(type))
    return failure();
  if (size->size() != 2)
    return layer.emitError()
           << "expected a size of 2 elements, found " << size->size();
  layer.setOutput(
      0, Op::create(layer.getBuilder(), layer.getLoc(), *type, *input,
                    layer.getArray(*size),
                    /*align_corners=*/options && options->align_corners(),
                    /*half_pixel_centers=*/options &&
                        options->half_pixel_centers()));
  return success();
}

ArrayRef<OperatorEntry> tflite::getShapeOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::RESHAPE, importReshapeTo, 1, 2},
      {BuiltinOperator::SQUEEZE, importReshape, 1, 1},
      {BuiltinOperator::EXPAND_DIMS, importReshape, 2, 2},
      {BuiltinOperator::TRANSPOSE, importTranspose, 2, 2},
      {BuiltinOperator::DEPTH_TO_SPACE,
       importBlocks<schema::DepthToSpaceOptions, true>, 1, 1},
      {BuiltinOperator::SPACE_TO_DEPTH,
       importBlocks<schema::SpaceToDepthOptions, false>, 1, 1},
      {BuiltinOperator::SHAPE, importShape, 1, 1},
      {BuiltinOperator::PAD, importPad, 2, 2},
      {BuiltinOperator::PADV2, importPad, 3, 3},
      {BuiltinOperator::RESIZE_BILINEAR,
       importResize<nn::ResizeBilinearOp, schema::ResizeBilinearOptions>, 2, 2},
      {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR,
       importResize<nn::ResizeNearestOp, schema::ResizeNearestNeighborOptions>,
       2, 2},
  };
  return kOperators;
}
