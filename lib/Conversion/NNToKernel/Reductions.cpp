//===- Reductions.cpp - Reductions, softmax, normalization ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "pare/Numerics/Softmax.h"

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

template <typename OpT>
static void createReduce(OpT op, ReduceKind kind, nn::ScalesAttr scales,
                         Lowering &l) {
  Value input = l.input(op.getInput(), "input");
  ReduceOp::create(l.b, input, l.output(op.getOutput()), kind, op.getAxes(),
                   zeroPointOf(op.getInput()),
                   l.epilogue(op.getOutput(), {}, scales));
}

/// Mean or sum, which rescale integers.
template <typename OpT>
static LogicalResult lowerScaledReduce(OpT op, ReduceKind kind, Lowering &l) {
  bool integer = nn::isIntegerOp(op) && isSigned8(op.getInput()) &&
                 isSigned8(op.getOutput());
  if (!integer && failed(expectF32(op)))
    return failure();
  createReduce(op, kind, integer ? l.scalesOf(op) : nn::ScalesAttr(), l);
  return success();
}

/// Maximum or minimum, which keep the quantization.
template <typename OpT>
static LogicalResult lowerChoice(OpT op, ReduceKind kind, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  if (!isF32(op.getInput()) && !isSigned8(op.getInput()))
    return fail(op) << "expected f32 or signed 8-bit quantized types, found "
                    << op.getInput().getType();
  createReduce(op, kind, {}, l);
  return success();
}

LogicalResult pare::kernel::lower(nn::ReduceMeanOp op, Lowering &l) {
  return lowerScaledReduce(op, ReduceKind::Mean, l);
}
LogicalResult pare::kernel::lower(nn::ReduceSumOp op, Lowering &l) {
  return lowerScaledReduce(op, ReduceKind::Sum, l);
}
LogicalResult pare::kernel::lower(nn::ReduceMaxOp op, Lowering &l) {
  return lowerChoice(op, ReduceKind::Max, l);
}
LogicalResult pare::kernel::lower(nn::ReduceMinOp op, Lowering &l) {
  return lowerChoice(op, ReduceKind::Min, l);
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// The walk between a buffer of `shape` and one in which dimension `axis` is
/// the last.
static Walk moveAxisLast(ArrayRef<int64_t> shape, int64_t axis) {
  Walk walk;
  SmallVector<int64_t> strides = computeStrides(shape);
  for (auto [d, size] : llvm::enumerate(shape)) {
    if (static_cast<int64_t>(d) == axis)
      continue;
    walk.sizes.push_back(size);
    walk.inputStrides.push_back(strides[d]);
  }
  walk.sizes.push_back(shape[axis]);
  walk.inputStrides.push_back(strides[axis]);
  walk.outputStrides = computeStrides(walk.sizes);
  return walk;
}

/// Calls `create(input, output)` with buffers whose last dimension is `axis`
/// of the layer.
template <typename OpT, typename Create>
static void alongLastAxis(OpT op, int64_t axis, Lowering &l, Create create) {
  ArrayRef<int64_t> shape = shapeOf(op.getInput());
  if (axis < 0)
    axis += shape.size();
  Value input = l.input(op.getInput(), "input");
  // Nothing is to be moved if only ones follow.
  if (product(shape.drop_front(axis + 1)) == 1) {
    ArrayRef<int64_t> kept = shape.take_front(axis + 1);
    create(l.view(input, kept), l.output(op.getOutput(), kept));
    return;
  }
  Walk walk = moveAxisLast(shape, axis);
  Type element = cast<MemRefType>(input.getType()).getElementType();
  Value moved = l.buffer(walk.sizes, element);
  l.copy(input, moved, walk);
  Value result = l.buffer(walk.sizes, element);
  create(moved, result);
  std::swap(walk.inputStrides, walk.outputStrides);
  l.copy(result, l.output(op.getOutput()), walk);
}

/// Integer softmax: the exponentials of all differences to the maximum.
static LogicalResult lowerIntegerSoftmax(nn::SoftmaxOp op, Lowering &l) {
  auto output =
      cast<quant::UniformQuantizedType>(nn::getQuantizedType(op.getOutput()));
  if (!(nn::getQuantParams(output) == softmaxOutputParams()))
    return fail(op) << "expected a result of scale 1/256 and zero point -128, "
                       "found "
                    << op.getOutput().getType();
  const double beta = op.getBeta().convertToDouble();
  if (!(beta > 0))
    return fail(op) << "expected a positive beta, found " << beta;
  SoftmaxTable table =
      prepareSoftmax(nn::getScale(nn::getQuantizedType(op.getInput())), beta);
  auto type = RankedTensorType::get({256}, l.b.getI32Type());
  Value exponentials = l.global(
      DenseElementsAttr::get(type, ArrayRef<int32_t>(table.exps)), "table");
  Value input = l.input(op.getInput(), "input");
  SoftmaxOp::create(l.b, input, exponentials, l.output(op.getOutput()),
                    APFloat(op.getBeta()), /*log=*/false);
  return success();
}

LogicalResult pare::kernel::lower(nn::SoftmaxOp op, Lowering &l) {
  if (isSigned8(op.getInput()) && isSigned8(op.getOutput())) {
    const int64_t row = shapeOf(op.getInput()).back();
    if (row > kSoftmaxMaxRow)
      return fail(op) << "expected rows of at most " << kSoftmaxMaxRow
                      << " integers, found " << row;
    return lowerIntegerSoftmax(op, l);
  }
  if (failed(expectF32(op)))
    return failure();
  alongLastAxis(op, op.getAxis(), l, [&](Value input, Value output) {
    SoftmaxOp::create(l.b, input, /*table=*/Value(), output, op.getBeta(),
                      /*log=*/false);
  });
  return success();
}

LogicalResult pare::kernel::lower(nn::LogSoftmaxOp op, Lowering &l) {
  if (failed(expectF32(op)))
    return failure();
  alongLastAxis(op, op.getAxis(), l, [&](Value input, Value output) {
    SoftmaxOp::create(l.b, input, /*table=*/Value(), output, APFloat(1.0f),
                      /*log=*/true);
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

LogicalResult pare::kernel::lower(nn::LayerNormOp op, Lowering &l) {
  if (failed(expectF32(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  Value gamma = l.input(op.getGamma(), "gamma");
  Value beta = l.input(op.getBeta(), "beta");
  LayerNormOp::create(l.b, input, gamma, beta, l.output(op.getOutput()),
                      op.getEpsilon());
  return success();
}
