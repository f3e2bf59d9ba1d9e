//===- Movement.cpp - Layers that move elements ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

LogicalResult pare::kernel::lower(nn::TransposeOp op, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  ArrayRef<int64_t> shape = shapeOf(op.getOutput());
  Walk walk;
  walk.sizes.assign(shape.begin(), shape.end());
  walk.inputStrides = applyPermutation(computeStrides(shapeOf(op.getInput())),
                                       op.getPermutation());
  walk.outputStrides = computeStrides(shape);
  Value input = l.input(op.getInput(), "input");
  l.copy(input, l.output(op.getOutput()), walk);
  return success();
}

LogicalResult pare::kernel::lower(nn::ConcatOp op, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  SmallVector<Value> inputs;
  for (Value part : op.getInputs())
    inputs.push_back(l.input(part, "part"));
  Value output = l.output(op.getOutput());
  const int64_t axis = op.getAxis() < 0
                           ? op.getAxis() + shapeOf(op.getOutput()).size()
                           : op.getAxis();
  Walk walk;
  walk.outputStrides = computeStrides(shapeOf(op.getOutput()));
  for (Value input : inputs) {
    walk.sizes.assign(shapeOf(input).begin(), shapeOf(input).end());
    walk.inputStrides = computeStrides(walk.sizes);
    l.copy(input, output, walk);
    walk.outputOffset += walk.sizes[axis] * walk.outputStrides[axis];
  }
  return success();
}

LogicalResult pare::kernel::lower(nn::SplitOp op, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  const int64_t axis = op.getAxis() < 0
                           ? op.getAxis() + shapeOf(op.getInput()).size()
                           : op.getAxis();
  Walk walk;
  walk.inputStrides = computeStrides(shapeOf(op.getInput()));
  for (Value part : op.getOutputs()) {
    walk.sizes.assign(shapeOf(part).begin(), shapeOf(part).end());
    walk.outputStrides = computeStrides(walk.sizes);
    // Parts that nothing reads are passed over.
    if (!part.use_empty())
      l.copy(input, l.output(part), walk);
    walk.inputOffset += walk.sizes[axis] * walk.inputStrides[axis];
  }
  return success();
}

LogicalResult pare::kernel::lower(nn::SliceOp op, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  Walk walk;
  walk.sizes.assign(shapeOf(op.getOutput()).begin(),
                    shapeOf(op.getOutput()).end());
  walk.inputStrides = computeStrides(shapeOf(op.getInput()));
  walk.outputStrides = computeStrides(walk.sizes);
  for (auto [stride, offset, step] :
       llvm::zip_equal(walk.inputStrides, op.getOffsets(), op.getStrides())) {
    walk.inputOffset += offset * stride;
    stride *= step;
  }
  Value input = l.input(op.getInput(), "input");
  l.copy(input, l.output(op.getOutput()), walk);
  return success();
}

/// The stored value of the real number `value`.
static TypedAttr fillValue(Value tensor, const APFloat &value, OpBuilder &b) {
  Type storage = Lowering::bufferType(tensor.getType()).getElementType();
  const double real = value.convertToDouble();
  if (quant::QuantizedType type = nn::getQuantizedType(tensor)) {
    // The bits of an unsigned value, as the signless storage holds them.
    APInt bits(64,
               quantizeF32(static_cast<float>(real), nn::getQuantParams(type),
                           nn::getQuantRange(type)),
               /*isSigned=*/true);
    return b.getIntegerAttr(storage,
                            bits.trunc(storage.getIntOrFloatBitWidth()));
  }
  if (storage.isF32())
    return b.getF32FloatAttr(static_cast<float>(real));
  return b.getIntegerAttr(storage, static_cast<int64_t>(real));
}

/// Whether all that is added stands behind the last dimension.
static bool padsChannels(nn::PadOp op) {
  return !op.getLow().empty() &&
         llvm::all_of(op.getLow(), [](int64_t low) { return low == 0; }) &&
         shapeOf(op.getInput()).drop_back() ==
             shapeOf(op.getOutput()).drop_back();
}

/// Writes `value` to the elements of `output` behind the `channels` first of
/// the last dimension: nothing is written twice, as after a kernel.fill.
static void fillChannels(Value output, int64_t channels, TypedAttr value,
                         Lowering &l) {
  auto type = RankedTensorType::get({1}, value.getType());
  Value source =
      l.global(DenseElementsAttr::get(type, Attribute(value)), "pad");
  Walk walk;
  walk.sizes.assign(shapeOf(output).begin(), shapeOf(output).end());
  walk.outputStrides = computeStrides(walk.sizes);
  walk.sizes.back() -= channels;
  walk.inputStrides.assign(walk.sizes.size(), 0);
  walk.outputOffset = channels;
  l.copy(source, output, walk);
}

/// Where the input lies in the output of a padding that leaves it contiguous:
/// in the outermost dimension of more than one entry.
static bool padsOutermost(nn::PadOp op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getOutput());
  size_t axis = 0;
  while (axis < in.size() && out[axis] == 1)
    ++axis;
  return axis < in.size() &&
         in.drop_front(axis + 1) == out.drop_front(axis + 1);
}

LogicalResult pare::kernel::lower(nn::PadOp op, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  Walk walk;
  walk.sizes.assign(shapeOf(op.getInput()).begin(),
                    shapeOf(op.getInput()).end());
  walk.inputStrides = computeStrides(walk.sizes);
  walk.outputStrides = computeStrides(shapeOf(op.getOutput()));
  for (auto [low, stride] : llvm::zip_equal(op.getLow(), walk.outputStrides))
    walk.outputOffset += low * stride;
  Value input = l.input(op.getInput(), "input");
  Value output = l.output(op.getOutput());
  TypedAttr value = fillValue(op.getOutput(), op.getValue(), l.b);
  const bool channelsAlone = padsChannels(op);
  if (padsOutermost(op)) {
    // What stands before and behind the input, which may then be written there.
    const int64_t size = product(shapeOf(input)),
                  total = product(shapeOf(output));
    auto fill = [&](int64_t first, int64_t last) {
      auto type = MemRefType::get({last - first}, value.getType());
      if (first < last)
        FillOp::create(l.b, SubviewOp::create(l.b, type, output, first), value);
    };
    fill(0, walk.outputOffset);
    fill(walk.outputOffset + size, total);
    l.copy(input, output, walk);
    return success();
  }
  if (!channelsAlone)
    FillOp::create(l.b, output, value);
  l.copy(input, output, walk);
  if (channelsAlone && input.getType() != output.getType())
    fillChannels(output, walk.sizes.back(), value, l);
  return success();
}

LogicalResult pare::kernel::lower(nn::GatherOp op, Lowering &l) {
  Type table = getElementTypeOrSelf(op.getTable());
  if (table != getElementTypeOrSelf(op.getOutput()))
    return fail(op) << "expected a result of the table's element type " << table
                    << ", found " << op.getOutput().getType();
  ArrayRef<int64_t> shape = shapeOf(op.getTable());
  ArrayRef<int64_t> indices = shapeOf(op.getIndices());
  const int64_t axis =
      op.getAxis() < 0 ? op.getAxis() + shape.size() : op.getAxis();
  const int64_t batchDims = op.getBatchDims();
  const int64_t batch = product(shape.take_front(batchDims));
  const int64_t outer = product(shape.slice(batchDims, axis - batchDims));
  const int64_t inner = product(shape.drop_front(axis + 1));
  const int64_t count = product(indices.drop_front(batchDims));
  Value source =
      l.input(op.getTable(), "table", {batch, outer, shape[axis], inner});
  Value index = l.input(op.getIndices(), "indices", {batch, count});
  GatherOp::create(l.b, source, index,
                   l.output(op.getOutput(), {batch, outer, count, inner}));
  return success();
}

template <typename OpT>
static LogicalResult lowerResize(OpT op, bool bilinear, Lowering &l) {
  if (failed(bilinear ? expectF32(op) : expectSameQuantization(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  ResizeOp::create(l.b, input, l.output(op.getOutput()), bilinear,
                   op.getAlignCorners(), op.getHalfPixelCenters());
  return success();
}

LogicalResult pare::kernel::lower(nn::ResizeBilinearOp op, Lowering &l) {
  return lowerResize(op, /*bilinear=*/true, l);
}

LogicalResult pare::kernel::lower(nn::ResizeNearestOp op, Lowering &l) {
  return lowerResize(op, /*bilinear=*/false, l);
}
