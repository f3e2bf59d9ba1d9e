//===- Slices.cpp - Parts of tensors and borders around them ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include <numeric>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// Clamps a range to a dimension of `size` elements and counts its steps.
static LogicalResult getRange(Node &node, int64_t size, int64_t start,
                              int64_t end, int64_t step, int64_t &offset,
                              int64_t &count) {
  if (step == 0 || step == INT64_MIN)
    return node.emitError()
           << "expected a step other than zero, found " << step;
  // Ends count from the end if negative, and may lie outside.
  auto clamp = [&](int64_t position, int64_t low, int64_t high) {
    if (position < 0)
      position = position < -size ? low : position + size;
    return std::min(std::max(position, low), high);
  };
  bool forward = step > 0;
  offset = forward ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  int64_t last = forward ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  int64_t distance = forward ? last - offset : offset - last;
  int64_t stride = forward ? step : -step;
  count = distance > 0 ? (distance - 1) / stride + 1 : 0;
  if (count < 1)
    return node.emitError() << "expected a part of one element or more, found "
                               "the range "
                            << start << " to " << end << " of " << size;
  return success();
}

static LogicalResult importSlice(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  if (failed(shape))
    return failure();
  int64_t rank = shape->size();
  bool areInputs = node.getVersion() >= 10;
  auto list = [&](StringRef name, size_t i) {
    return areInputs ? node.getIntegers(i) : node.getInts(name);
  };
  FailureOr<SmallVector<int64_t>> starts = list("starts", 1);
  FailureOr<SmallVector<int64_t>> ends = list("ends", 2);
  if (failed(starts) || failed(ends))
    return failure();
  int64_t count = starts->size();
  FailureOr<SmallVector<int64_t>> axes = SmallVector<int64_t>(count);
  std::iota(axes->begin(), axes->end(), 0);
  FailureOr<SmallVector<int64_t>> steps = SmallVector<int64_t>(count, 1);
  if (areInputs ? node.hasInput(3) : node.hasAttribute("axes"))
    axes = list("axes", 3);
  if (areInputs && node.hasInput(4))
    steps = node.getIntegers(4);
  if (failed(axes) || failed(steps))
    return failure();
  for (const auto *other : {&*ends, &*axes, &*steps})
    if (static_cast<int64_t>(other->size()) != count)
      return node.emitError() << "expected " << count
                              << " ends, axes and steps as there are starts, "
                                 "found "
                              << other->size();
  if (failed(node.getAxes(*axes, rank)))
    return failure();

  SmallVector<int64_t> offsets(rank, 0), sizes = *shape, strides(rank, 1);
  for (int64_t i = 0; i < count; ++i) {
    int64_t d = *node.getAxis((*axes)[i], rank);
    strides[d] = (*steps)[i];
    if (failed(getRange(node, (*shape)[d], (*starts)[i], (*ends)[i],
                        (*steps)[i], offsets[d], sizes[d])))
      return failure();
    // One element has no step.
    if (sizes[d] == 1)
      strides[d] = 1;
  }
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  if (channelsLast) {
    auto move = [&](SmallVector<int64_t> &values) {
      SmallVector<int64_t> moved;
      for (int64_t d : getChannelsLastOrder(rank))
        moved.push_back(values[d]);
      values = moved;
    };
    move(offsets);
    move(sizes);
    move(strides);
  }
  FailureOr<Value> result = node.create<nn::SliceOp>(
      getElementTypeOrSelf(input->getType()), *input, node.getArray(offsets),
      node.getArray(sizes), node.getArray(strides));
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

//===----------------------------------------------------------------------===//
// Split
//===----------------------------------------------------------------------===//

static LogicalResult importSplit(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  FailureOr<int64_t> given = node.getInt("axis", 0);
  FailureOr<int64_t> parts = node.getInt("num_outputs", node.getNumOutputs());
  auto list = node.getAxesList("split", 1, 13);
  if (failed(shape) || failed(given) || failed(parts) || failed(list))
    return failure();
  int64_t rank = shape->size();
  FailureOr<int64_t> axis = node.getAxis(*given, rank);
  if (failed(axis))
    return failure();
  int64_t size = (*shape)[*axis], count = node.getNumOutputs();
  if (*parts != count)
    return node.emitError()
           << "expected " << count << " as num_outputs, found " << *parts;
  SmallVector<int64_t> sizes;
  if (list->has_value()) {
    sizes = **list;
  } else {
    // Equal parts; the last is smaller if there is a remainder.
    int64_t part = (size + count - 1) / count;
    for (int64_t i = 0; i < count; ++i)
      sizes.push_back(std::min(part, size - i * part));
  }
  bool fits = static_cast<int64_t>(sizes.size()) == count;
  int64_t sum = 0;
  for (int64_t part : sizes) {
    fits &= part > 0 && part <= size;
    sum += fits ? part : 0;
  }
  if (!fits || sum != size)
    return node.emitError()
           << "expected " << count << " parts of a dimension of " << size
           << " elements, found [" << sizes << "]";
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  int64_t physical = channelsLast ? toChannelsLast(*axis, rank) : *axis;
  SmallVector<Type> types;
  SmallVector<int64_t> partShape(getShape(*input));
  for (int64_t part : sizes) {
    partShape[physical] = part;
    types.push_back(RankedTensorType::get(
        partShape, getElementTypeOrSelf(input->getType())));
  }
  auto op = nn::SplitOp::create(node.getBuilder(), node.getLoc(), types, *input,
                                node.getBuilder().getI64IntegerAttr(physical));
  if (failed(node.complete(op)))
    return failure();
  for (int64_t i = 0; i < count; ++i)
    node.setOutput(i, op->getResult(i), channelsLast);
  return success();
}

//===----------------------------------------------------------------------===//
// Pad and gather
//===----------------------------------------------------------------------===//

static LogicalResult importPad(Node &node) {
  FailureOr<SmallVector<int64_t>> shape = node.getShape(0);
  FailureOr<StringRef> mode = node.getString("mode", "constant");
  bool areInputs = node.getVersion() >= 11;
  FailureOr<SmallVector<int64_t>> pads =
      areInputs ? node.getIntegers(1) : node.getInts("pads");
  FailureOr<double> value = 0.0;
  if (!areInputs)
    value = node.getFloat("value", 0.0);
  else if (node.hasInput(2))
    value = node.getScalar(2);
  if (failed(shape) || failed(mode) || failed(pads) || failed(value))
    return failure();
  if (*mode != "constant")
    return node.emitError() << "expected mode constant, found " << quote(*mode);
  int64_t rank = shape->size();
  SmallVector<int64_t> all(rank);
  std::iota(all.begin(), all.end(), 0);
  FailureOr<SmallVector<int64_t>> axes = all;
  if (node.hasInput(3))
    axes = node.getIntegers(3);
  if (failed(axes) || failed(node.getAxes(*axes, rank)))
    return failure();
  int64_t count = axes->size();
  if (static_cast<int64_t>(pads->size()) != 2 * count)
    return node.emitError() << "expected " << 2 * count
                            << " numbers as pads, found [" << *pads << "]";
  bool channelsLast = node.isChannelsLast(0);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t pad : {(*pads)[i], (*pads)[count + i]})
      if (pad < 0 || pad > kMaxElements)
        return node.emitError() << "expected pads between 0 and "
                                << kMaxElements << ", found " << pad;
    int64_t d = *node.getAxis((*axes)[i], rank);
    int64_t physical = channelsLast ? toChannelsLast(d, rank) : d;
    low[physical] = (*pads)[i];
    high[physical] = (*pads)[count + i];
  }
  FailureOr<Value> result = node.create<nn::PadOp>(
      getElementTypeOrSelf(input->getType()), *input, node.getArray(low),
      node.getArray(high), node.getBuilder().getF64FloatAttr(*value));
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

static LogicalResult importGather(Node &node) {
  FailureOr<int64_t> given = node.getInt("axis", 0);
  FailureOr<Value> table = node.getInput(0);
  if (failed(given) || failed(table))
    return failure();
  SmallVector<int64_t> shape(getShape(*table));
  FailureOr<int64_t> axis = node.getAxis(*given, shape.size());
  if (failed(axis))
    return failure();
  Type element = getElementTypeOrSelf(table->getType());
  if (node.isConstant(1)) {
    FailureOr<SmallVector<int64_t>> indices = node.getIntegers(1);
    FailureOr<SmallVector<int64_t>> indexShape = node.getShape(1);
    if (failed(indices) || failed(indexShape))
      return failure();
    int64_t size = shape[*axis];
    for (int64_t &index : *indices) {
      if (index < -size || index >= size)
        return node.emitError() << "expected an index of a dimension of "
                                << size << " elements, found " << index;
      index += index < 0 ? size : 0;
    }
    if (indices->size() == 1) {
      // One index is a slice.
      SmallVector<int64_t> offsets(shape.size(), 0), sizes = shape,
                                                     strides(shape.size(), 1);
      offsets[*axis] = indices->front();
      sizes[*axis] = 1;
      FailureOr<Value> part = node.create<nn::SliceOp>(
          element, *table, node.getArray(offsets), node.getArray(sizes),
          node.getArray(strides));
      if (failed(part))
        return failure();
      SmallVector<int64_t> result(shape.begin(), shape.begin() + *axis);
      llvm::append_range(result, *indexShape);
      result.append(shape.begin() + *axis + 1, shape.end());
      node.setOutput(0, node.createReshape(*part, result));
      return success();
    }
    Type i64 = IntegerType::get(node.getContext(), 64);
    Value list =
        node.createConstant(Constant::getIntegers(i64, *indexShape, *indices),
                            node.getInputName(1));
    FailureOr<Value> result = node.create<nn::GatherOp>(
        element, *table, list, node.getBuilder().getI64IntegerAttr(*axis),
        node.getBuilder().getI64IntegerAttr(0));
    if (failed(result))
      return failure();
    node.setOutput(0, *result);
    return success();
  }
  FailureOr<Value> indices = node.getInput(1);
  if (failed(indices))
    return failure();
  FailureOr<Value> result = node.create<nn::GatherOp>(
      element, *table, *indices, node.getBuilder().getI64IntegerAttr(*axis),
      node.getBuilder().getI64IntegerAttr(0));
  if (failed(result))
    return failure();
  node.setOutput(0, *result);
  return success();
}

ArrayRef<OperatorEntry> onnx::getSliceOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Slice", importSlice, 1, 5},
      {"Split", importSplit, 1, 2, kAnyNumber},
      {"Pad", importPad, 1, 4},
      {"Gather", importGather, 2, 2},
  };
  return kOperators;
}
