//===- Slices.cpp - Operators that take parts of a tensor -----------------===//
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

/// The part of a tensor that one dimension of a slice takes.
namespace {
struct Extent {
  int64_t offset, size, stride;
};
} // namespace

/// Slices, unless all of the tensor is taken; then drops or adds dimensions of
/// size one.
static LogicalResult createSlice(Layer &layer, Value input,
                                 ArrayRef<Extent> ranges,
                                 ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> offsets, sizes, strides;
  bool whole = true;
  for (auto [range, size] : llvm::zip_equal(ranges, type.getShape())) {
    if (range.size <= 0)
      return layer.emitError()
             << "expected a slice with elements, found " << range.size
             << " in dimension " << offsets.size();
    offsets.push_back(range.offset);
    sizes.push_back(range.size);
    strides.push_back(range.stride);
    whole &= range.offset == 0 && range.size == size && range.stride == 1;
  }
  if (!whole)
    input =
        nn::SliceOp::create(layer.getBuilder(), layer.getLoc(),
                            type.clone(sizes), input, layer.getArray(offsets),
                            layer.getArray(sizes), layer.getArray(strides));
  layer.setOutput(0, layer.createReshape(input, shape));
  return success();
}

static LogicalResult importSlice(Layer &layer) {
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<SmallVector<int64_t>> begin = layer.getIntegers(1);
  FailureOr<SmallVector<int64_t>> sizes = layer.getIntegers(2);
  if (failed(input) || failed(begin) || failed(sizes))
    return failure();
  auto type = cast<RankedTensorType>(input->getType());
  size_t rank = type.getRank();
  if (begin->size() != rank || sizes->size() != rank)
    return layer.emitError()
           << "expected " << rank << " offsets and sizes, "
           << "found " << begin->size() << " and " << sizes->size();
  SmallVector<Extent> ranges;
  for (size_t i = 0; i < rank; ++i) {
    int64_t offset = (*begin)[i], &size = (*sizes)[i];
    int64_t largest = type.getDimSize(i);
    // -1 stands for all that follows the offset.
    if (offset >= 0 && offset <= largest && size == -1)
      size = largest - offset;
    if (offset < 0 || offset > largest || size < 0 || size > largest - offset)
      return layer.emitError()
             << "expected a slice inside of the " << largest
             << " elements of dimension " << i << ", found offset " << offset
             << " and size " << size;
    ranges.push_back({offset, size, 1});
  }
  return createSlice(layer, *input, ranges, *sizes);
}

/// Offset and size of start : end : stride on a dimension of `size` elements,
/// with the rules of Python: negative positions count from the end, positions
/// outside are moved to the nearest edge.
static Extent getRange(int64_t start, int64_t end, int64_t stride, int64_t size,
                       bool wholeStart, bool wholeEnd) {
  int64_t lowest = stride > 0 ? 0 : -1;
  int64_t highest = stride > 0 ? size : size - 1;
  auto clamp = [&](int64_t position) {
    return std::clamp(position < 0 ? position + size : position, lowest,
                      highest);
  };
  start = wholeStart ? (stride > 0 ? lowest : highest) : clamp(start);
  end = wholeEnd ? (stride > 0 ? highest : lowest) : clamp(end);
  int64_t distance = stride > 0 ? end - start : start - end;
  int64_t step = std::abs(stride);
  return {start, distance > 0 ? (distance + step - 1) / step : 0, stride};
}

static LogicalResult importStridedSlice(Layer &layer) {
  auto options = layer.requireOptions<schema::StridedSliceOptions>();
  FailureOr<Value> input = layer.getInput(0);
  FailureOr<SmallVector<int64_t>> begin = layer.getIntegers(1);
  FailureOr<SmallVector<int64_t>> end = layer.getIntegers(2);
  FailureOr<SmallVector<int64_t>> strides = layer.getIntegers(3);
  if (failed(options) || failed(input) || failed(begin) || failed(end) ||
      failed(strides))
    return failure();
  const schema::StridedSliceOptions &masks = **options;
  auto type = cast<RankedTensorType>(input->getType());
  int64_t entries = begin->size();
  if (entries > 31 || end->size() != begin->size() ||
      strides->size() != begin->size())
    return layer.emitError()
           << "expected equally many begins, ends and strides, found "
           << entries << ", " << end->size() << " and " << strides->size();

  auto isSet = [](int32_t mask, int64_t i) { return (mask >> i & 1) != 0; };
  // Dimensions that an ellipsis stands for: those that no other entry names.
  int64_t ellipses = 0, named = 0;
  for (int64_t i = 0; i < entries; ++i) {
    ellipses += isSet(masks.ellipsis_mask(), i);
    named +=
        !isSet(masks.ellipsis_mask(), i) && !isSet(masks.new_axis_mask(), i);
  }
  int64_t rest = type.getRank() - named;
  if (ellipses > 1 || rest < 0)
    return layer.emitError() << "expected at most " << type.getRank()
                             << " dimensions and one ellipsis, found " << named
                             << " and " << ellipses;

  SmallVector<Extent> ranges;
  SmallVector<int64_t> shape;
  auto takeWhole = [&](int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      int64_t size = type.getDimSize(ranges.size());
      ranges.push_back({0, size, 1});
      shape.push_back(size);
    }
  };
  for (int64_t i = 0; i < entries; ++i) {
    if (isSet(masks.ellipsis_mask(), i)) {
      takeWhole(rest);
      continue;
    }
    if (isSet(masks.new_axis_mask(), i)) {
      shape.push_back(1);
      continue;
    }
    int64_t size = type.getDimSize(ranges.size());
    int64_t start = (*begin)[i], stride = (*strides)[i];
    if (isSet(masks.shrink_axis_mask(), i)) {
      // A single index, whose dimension goes away.
      int64_t index = isSet(masks.begin_mask(), i) ? 0
                      : start < 0                  ? start + size
                                                   : start;
      if (index < 0 || index >= size)
        return layer.emitError() << "expected an index of a dimension of "
                                 << size << " elements, found " << start;
      ranges.push_back({index, 1, 1});
      continue;
    }
    if (stride == 0 || std::abs(stride) > INT32_MAX)
      return layer.emitError()
             << "expected a stride other than 0, found " << stride;
    int64_t stop = (*end)[i];
    if (masks.offset())
      stop = static_cast<int64_t>(static_cast<uint64_t>(stop) +
                                  static_cast<uint64_t>(start));
    ranges.push_back(getRange(start, stop, stride, size,
                              isSet(masks.begin_mask(), i),
                              isSet(masks.end_mask(), i)));
    shape.push_back(ranges.back().size);
  }
  if (ellipses == 0)
    takeWhole(rest);
  return createSlice(layer, *input, ranges, shape);
}

/// Cuts `input` along `axis` into parts of the given types.
static SmallVector<Value> createSplit(Layer &layer, Value input, int64_t axis,
                                      TypeRange types) {
  auto split = nn::SplitOp::create(layer.getBuilder(), layer.getLoc(), types,
                                   input, axis);
  return SmallVector<Value>(split.getOutputs());
}

/// SPLIT has the axis first, SPLIT_V the sizes of the parts in between.
template <int axisInput, int valueInput>
static LogicalResult importSplit(Layer &layer) {
  FailureOr<Value> input = layer.getInput(valueInput);
  FailureOr<int64_t> axis = layer.getInteger(axisInput);
  if (failed(input) || failed(axis))
    return failure();
  axis =
      layer.getAxis(*axis, cast<RankedTensorType>(input->getType()).getRank());
  if (failed(axis))
    return failure();
  SmallVector<Type> types;
  for (size_t i = 0, e = layer.getNumOutputs(); i < e; ++i) {
    FailureOr<RankedTensorType> type = layer.getOutputType(i);
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  for (auto [i, part] :
       llvm::enumerate(createSplit(layer, *input, *axis, types)))
    layer.setOutput(i, part);
  return success();
}

static LogicalResult importUnpack(Layer &layer) {
  auto options = layer.requireOptions<schema::UnpackOptions>();
  FailureOr<Value> input = layer.getInput(0);
  if (failed(options) || failed(input))
    return failure();
  auto type = cast<RankedTensorType>(input->getType());
  FailureOr<int64_t> axis = layer.getAxis((*options)->axis(), type.getRank());
  if (failed(axis))
    return failure();
  if (type.getDimSize(*axis) != static_cast<int64_t>(layer.getNumOutputs()))
    return layer.emitError() << "expected " << type.getDimSize(*axis)
                             << " outputs, found " << layer.getNumOutputs();
  SmallVector<int64_t> shape(type.getShape());
  shape[*axis] = 1;
  SmallVector<Type> types(layer.getNumOutputs(), type.clone(shape));
  shape.erase(shape.begin() + *axis);
  for (auto [i, part] :
       llvm::enumerate(createSplit(layer, *input, *axis, types)))
    layer.setOutput(i, layer.createReshape(part, shape));
  return success();
}

static LogicalResult importGather(Layer &layer) {
  auto options = layer.requireOptions<schema::GatherOptions>();
  FailureOr<Value> table = layer.getInput(0);
  FailureOr<Value> indices = layer.getInput(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(options) || failed(table) || failed(indices) || failed(type))
    return failure();
  FailureOr<int64_t> axis = layer.getAxis(
      (*options)->axis(), cast<RankedTensorType>(table->getType()).getRank());
  if (failed(axis))
    return failure();
  int64_t batchDims = (*options)->batch_dims();
  if (batchDims < 0)
    batchDims += cast<RankedTensorType>(indices->getType()).getRank();
  layer.setOutput(0, nn::GatherOp::create(layer.getBuilder(), layer.getLoc(),
                                          *type, *table, *indices, *axis,
                                          batchDims));
  return success();
}

/// Inputs: indices, table. A quantized table gives float rows if the file says
/// so.
static LogicalResult importEmbeddingLookup(Layer &layer) {
  FailureOr<Value> indices = layer.getInput(0);
  FailureOr<Value> table = layer.getInput(1);
  FailureOr<RankedTensorType> type = layer.getOutputType();
  if (failed(indices) || failed(table) || failed(type))
    return failure();
  OpBuilder &builder = layer.getBuilder();
  auto tableType = cast<RankedTensorType>(table->getType());
  Value rows = *table;
  if (isa<quant::QuantizedType>(tableType.getElementType()) &&
      isa<FloatType>(type->getElementType()))
    rows = nn::DequantizeOp::create(
        builder, rows.getLoc(), tableType.clone(type->getElementType()), rows);
  layer.setOutput(0, nn::GatherOp::create(builder, layer.getLoc(), *type, rows,
                                          *indices, /*axis=*/0,
                                          /*batch_dims=*/0));
  return success();
}

ArrayRef<OperatorEntry> tflite::getSliceOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {BuiltinOperator::SLICE, importSlice, 3, 3},
      {BuiltinOperator::STRIDED_SLICE, importStridedSlice, 4, 4},
      {BuiltinOperator::SPLIT, importSplit<0, 1>, 2, 2, -1},
      {BuiltinOperator::SPLIT_V, importSplit<2, 0>, 3, 3, -1},
      {BuiltinOperator::UNPACK, importUnpack, 1, 1, -1},
      {BuiltinOperator::GATHER, importGather, 2, 2},
      {BuiltinOperator::EMBEDDING_LOOKUP, importEmbeddingLookup, 2, 2},
  };
  return kOperators;
}
