//===- ShapeInference.cpp - Shapes of the results of layers -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeInference.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/TypeUtilities.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::nn;
using pare::nn::detail::ShapeList;

using Shape = SmallVector<int64_t, 4>;

static Shape shapeOf(Value value) {
  return Shape(cast<ShapedType>(value.getType()).getShape());
}

std::string pare::nn::detail::formatShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
  });
  os << ']';
  return text;
}

bool pare::nn::detail::sizesDiffer(int64_t a, int64_t b) {
  return !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) && a != b;
}

/// Whether elements of two types may meet in one layer: both quantized (their
/// scales may differ), or of the same type.
static bool areCompatible(Value a, Value b) {
  bool quantized = bool(getQuantizedType(a));
  if (quantized != bool(getQuantizedType(b)))
    return false;
  return quantized || getElementTypeOrSelf(a) == getElementTypeOrSelf(b);
}

/// Results have elements like the data that they are made from. Layers with
/// weights say more themselves.
static LogicalResult verifyElementTypes(Operation *op) {
  auto layer = dyn_cast<QuantizableOpInterface>(op);
  if (!layer || layer.getFilterIndex() || op->getNumOperands() == 0)
    return success();
  // What follows the first operand of these is not data: indices, parameters.
  bool firstOnly = isa<GatherOp, BatchNormOp, LayerNormOp, LstmOp, GruOp>(op);
  auto data = firstOnly ? op->getOperands().take_front() : op->getOperands();
  Value first = op->getOperand(0);
  for (Value value : llvm::concat<Value>(data, op->getResults()))
    if (!areCompatible(first, value))
      return op->emitOpError("expects operands and results of one kind of "
                             "elements, but found ")
             << first.getType() << " and " << value.getType();
  return success();
}

LogicalResult pare::nn::detail::verifyLayer(Operation *op) {
  if (failed(verifyElementTypes(op)))
    return failure();
  SmallVector<Shape> shapes;
  if (failed(cast<LayerOpInterface>(op).inferShapes(shapes)))
    return failure();
  for (auto [index, result] : llvm::enumerate(op->getResults())) {
    Shape found = shapeOf(result);
    const Shape &expected = shapes[index];
    bool fits = found.size() == expected.size();
    for (size_t d = 0; fits && d < found.size(); ++d)
      fits = !sizesDiffer(found[d], expected[d]);
    if (!fits)
      return op->emitOpError("expects result #")
             << index << " to have shape " << formatShape(expected)
             << ", but found " << formatShape(found);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Element-wise, reductions, pools
//===----------------------------------------------------------------------===//

LogicalResult pare::nn::detail::inferSameShape(Value input, ShapeList &shapes) {
  shapes.push_back(shapeOf(input));
  return success();
}

LogicalResult pare::nn::detail::inferBroadcast(Operation *op,
                                               ShapeList &shapes) {
  Shape lhs = shapeOf(op->getOperand(0)), rhs = shapeOf(op->getOperand(1));
  Shape result(std::max(lhs.size(), rhs.size()), 1);
  auto dimFromEnd = [&](const Shape &shape, size_t d) -> int64_t {
    size_t missing = result.size() - shape.size();
    return d < missing ? 1 : shape[d - missing];
  };
  for (size_t d = 0; d < result.size(); ++d) {
    int64_t a = dimFromEnd(lhs, d), b = dimFromEnd(rhs, d);
    if (a != 1 && b != 1 && sizesDiffer(a, b))
      return op->emitOpError("expects shapes that broadcast, but found ")
             << formatShape(lhs) << " and " << formatShape(rhs);
    result[d] = a == 1 ? b : (b == 1 || ShapedType::isDynamic(b)) ? a : b;
  }
  shapes.push_back(std::move(result));
  return success();
}

LogicalResult pare::nn::detail::inferWindow(Operation *op, StringRef dimension,
                                            int64_t size, int64_t kernel,
                                            int64_t stride, int64_t dilation,
                                            int64_t padding, int64_t &result) {
  if (kernel < 1 || stride < 1 || dilation < 1)
    return op->emitOpError("expects a ")
           << dimension
           << " of kernel, stride and dilation of at least 1, but found "
           << kernel << ", " << stride << " and " << dilation;
  result = ShapedType::kDynamic;
  if (ShapedType::isDynamic(size))
    return success();
  int64_t reach = dilation * (kernel - 1) + 1;
  if (size + padding < reach)
    return op->emitOpError("expects a padded ")
           << dimension << " of at least " << reach << ", but found "
           << size + padding;
  result = (size + padding - reach) / stride + 1;
  return success();
}

LogicalResult pare::nn::detail::verifyPadding(Operation *op,
                                              ArrayRef<int64_t> padding) {
  for (int64_t pad : padding)
    if (pad < 0)
      return op->emitOpError("expects padding of at least 0, but found ")
             << pad;
  return success();
}

LogicalResult pare::nn::detail::inferPool(Operation *op,
                                          ArrayRef<int64_t> kernel,
                                          ArrayRef<int64_t> strides,
                                          ArrayRef<int64_t> padding,
                                          ShapeList &shapes) {
  Shape shape = shapeOf(op->getOperand(0));
  if (failed(verifyPadding(op, padding)) ||
      failed(inferWindow(op, "height", shape[1], kernel[0], strides[0], 1,
                         padding[0] + padding[1], shape[1])) ||
      failed(inferWindow(op, "width", shape[2], kernel[1], strides[1], 1,
                         padding[2] + padding[3], shape[2])))
    return failure();
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult pare::nn::detail::inferGlobalPool(Value input,
                                                ShapeList &shapes) {
  Shape shape = shapeOf(input);
  shape[1] = shape[2] = 1;
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult pare::nn::detail::inferAlongAxis(Operation *op, int64_t axis,
                                               ShapeList &shapes) {
  Shape shape = shapeOf(op->getOperand(0));
  int64_t rank = shape.size();
  if (axis < -rank || axis >= rank)
    return op->emitOpError("expects an axis in [")
           << -rank << ", " << rank << "), but found " << axis;
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult pare::nn::detail::inferReduce(Operation *op,
                                            ArrayRef<int64_t> axes,
                                            bool keepDims, ShapeList &shapes) {
  Shape input = shapeOf(op->getOperand(0)), result;
  int64_t previous = -1;
  for (int64_t axis : axes) {
    if (axis <= previous || axis >= int64_t(input.size()))
      return op->emitOpError("expects increasing axes in [0, ")
             << input.size() << "), but found " << formatShape(axes);
    previous = axis;
  }
  for (auto [d, size] : llvm::enumerate(input)) {
    if (!llvm::is_contained(axes, int64_t(d)))
      result.push_back(size);
    else if (keepDims)
      result.push_back(1);
  }
  shapes.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

LogicalResult pare::nn::detail::inferResize(Operation *op, Value input,
                                            ArrayRef<int64_t> size,
                                            ShapeList &shapes) {
  if (size.size() != 2 || size[0] < 1 || size[1] < 1)
    return op->emitOpError("expects a size of two positive numbers, but found ")
           << formatShape(size);
  Shape shape = shapeOf(input);
  shape[1] = size[0];
  shape[2] = size[1];
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult ReshapeOp::inferShapes(ShapeList &shapes) {
  auto from = cast<ShapedType>(getInput().getType());
  auto to = cast<ShapedType>(getOutput().getType());
  if (from.hasStaticShape() && to.hasStaticShape() &&
      from.getNumElements() != to.getNumElements())
    return emitOpError(
               "expects as many elements in the result as in the input (")
           << from.getNumElements() << "), but found " << to.getNumElements();
  shapes.push_back(shapeOf(getOutput()));
  return success();
}

LogicalResult TransposeOp::inferShapes(ShapeList &shapes) {
  Shape input = shapeOf(getInput());
  ArrayRef<int64_t> permutation = getPermutation();
  if (permutation.size() != input.size() || !isPermutationVector(permutation))
    return emitOpError("expects a permutation of ")
           << input.size() << " dimensions, but found "
           << nn::detail::formatShape(permutation);
  Shape &result = shapes.emplace_back();
  for (int64_t d : permutation)
    result.push_back(input[d]);
  return success();
}

/// Adds `part` to `whole` along `axis` and checks the other dimensions.
static LogicalResult joinAlong(Operation *op, int64_t axis,
                               ArrayRef<int64_t> part, Shape &whole) {
  bool fits = part.size() == whole.size();
  for (size_t d = 0; fits && d < part.size(); ++d)
    fits = int64_t(d) == axis || !nn::detail::sizesDiffer(part[d], whole[d]);
  if (!fits)
    return op->emitOpError("expects parts that differ in dimension ")
           << axis << " alone, but found " << nn::detail::formatShape(whole)
           << " and " << nn::detail::formatShape(part);
  if (ShapedType::isDynamic(part[axis]) || ShapedType::isDynamic(whole[axis]))
    whole[axis] = ShapedType::kDynamic;
  else
    whole[axis] += part[axis];
  return success();
}

static LogicalResult verifyAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis < 0 || axis >= rank)
    return op->emitOpError("expects an axis in [0, ")
           << rank << "), but found " << axis;
  return success();
}

LogicalResult ConcatOp::inferShapes(ShapeList &shapes) {
  if (getInputs().empty())
    return emitOpError("expects at least one input");
  Shape whole = shapeOf(getInputs().front());
  int64_t axis = getAxis();
  if (failed(verifyAxis(*this, axis, whole.size())))
    return failure();
  for (Value input : getInputs().drop_front())
    if (failed(joinAlong(*this, axis, shapeOf(input), whole)))
      return failure();
  shapes.push_back(std::move(whole));
  return success();
}

LogicalResult SplitOp::inferShapes(ShapeList &shapes) {
  Shape input = shapeOf(getInput());
  int64_t axis = getAxis();
  if (getOutputs().empty())
    return emitOpError("expects at least one result");
  if (failed(verifyAxis(*this, axis, input.size())))
    return failure();
  Shape whole = shapeOf(getOutputs().front());
  for (Value output : getOutputs().drop_front())
    if (failed(joinAlong(*this, axis, shapeOf(output), whole)))
      return failure();
  if (whole.size() != input.size() ||
      nn::detail::sizesDiffer(whole[axis], input[axis]))
    return emitOpError("expects parts that sum to the shape ")
           << nn::detail::formatShape(input) << ", but found "
           << nn::detail::formatShape(whole);
  for (Value output : getOutputs()) {
    Shape part = input;
    part[axis] = shapeOf(output)[axis];
    shapes.push_back(std::move(part));
  }
  return success();
}

LogicalResult SliceOp::inferShapes(ShapeList &shapes) {
  Shape input = shapeOf(getInput());
  ArrayRef<int64_t> offsets = getOffsets(), sizes = getSizes(),
                    strides = getStrides();
  if (offsets.size() != input.size() || sizes.size() != input.size() ||
      strides.size() != input.size())
    return emitOpError("expects an offset, a size and a stride for each of ")
           << input.size() << " dimensions, but found " << offsets.size()
           << ", " << sizes.size() << " and " << strides.size();
  for (size_t d = 0; d < input.size(); ++d) {
    int64_t size = input[d];
    int64_t last = offsets[d] + (sizes[d] - 1) * strides[d];
    auto inside = [&](int64_t i) {
      return i >= 0 && (ShapedType::isDynamic(size) || i < size);
    };
    if (sizes[d] < 1 || strides[d] == 0 || !inside(offsets[d]) || !inside(last))
      return emitOpError("expects a slice inside of dimension ")
             << d << " of " << nn::detail::formatShape(input)
             << ", but found offset " << offsets[d] << ", size " << sizes[d]
             << ", stride " << strides[d];
  }
  shapes.push_back(Shape(sizes));
  return success();
}

LogicalResult PadOp::inferShapes(ShapeList &shapes) {
  Shape shape = shapeOf(getInput());
  ArrayRef<int64_t> low = getLow(), high = getHigh();
  if (low.size() != shape.size() || high.size() != shape.size())
    return emitOpError("expects padding of ")
           << shape.size() << " dimensions, but found " << low.size() << " and "
           << high.size();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (low[d] < 0 || high[d] < 0)
      return emitOpError("expects padding of at least 0, but found ")
             << std::min(low[d], high[d]);
    if (!ShapedType::isDynamic(shape[d]))
      shape[d] += low[d] + high[d];
  }
  shapes.push_back(std::move(shape));
  return success();
}

LogicalResult GatherOp::inferShapes(ShapeList &shapes) {
  Shape table = shapeOf(getTable()), indices = shapeOf(getIndices());
  int64_t axis = getAxis(), batch = getBatchDims();
  if (failed(verifyAxis(*this, axis, table.size())))
    return failure();
  if (batch < 0 || batch > axis || batch > int64_t(indices.size()))
    return emitOpError("expects batch_dims in [0, ")
           << std::min<int64_t>(axis, indices.size()) << "], but found "
           << batch;
  for (int64_t d = 0; d < batch; ++d)
    if (nn::detail::sizesDiffer(table[d], indices[d]))
      return emitOpError("expects equal batch dimensions, but found ")
             << nn::detail::formatShape(table) << " and "
             << nn::detail::formatShape(indices);
  Shape &result = shapes.emplace_back();
  result.append(table.begin(), table.begin() + axis);
  result.append(indices.begin() + batch, indices.end());
  result.append(table.begin() + axis + 1, table.end());
  return success();
}

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

/// Checks the stacked weights of `gates` gates and infers BxTxH.
static LogicalResult inferRecurrent(Operation *op, Value input, Value weights,
                                    Value recurrent, ArrayRef<Value> biases,
                                    int64_t gates, ShapeList &shapes) {
  Shape in = shapeOf(input), w = shapeOf(weights), r = shapeOf(recurrent);
  if (in.size() != 3 || w.size() != 2 || r.size() != 2)
    return op->emitOpError("expects an input of rank 3 and weights of rank 2, "
                           "but found ranks ")
           << in.size() << ", " << w.size() << " and " << r.size();
  int64_t hidden = r[1];
  if (r[0] != gates * hidden || w[0] != gates * hidden)
    return op->emitOpError("expects weights with ")
           << gates * hidden << " rows, but found " << w[0] << " and " << r[0];
  if (nn::detail::sizesDiffer(in[2], w[1]))
    return op->emitOpError("expects weights with ")
           << in[2] << " columns, but found " << w[1];
  for (Value bias : biases)
    if (shapeOf(bias)[0] != gates * hidden)
      return op->emitOpError("expects biases of ")
             << gates * hidden << " elements, but found " << shapeOf(bias)[0];
  shapes.push_back({in[0], in[1], hidden});
  return success();
}

LogicalResult LstmOp::inferShapes(ShapeList &shapes) {
  return inferRecurrent(*this, getInput(), getWeights(), getRecurrent(),
                        {getBias()}, /*gates=*/4, shapes);
}

LogicalResult GruOp::inferShapes(ShapeList &shapes) {
  return inferRecurrent(*this, getInput(), getWeights(), getRecurrent(),
                        {getBias(), getRecurrentBias()}, /*gates=*/3, shapes);
}
