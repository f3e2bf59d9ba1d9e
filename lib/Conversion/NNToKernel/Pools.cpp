//===- Pools.cpp - Pooling ------------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

/// What the four pools have in common.
struct PoolWindow {
  PoolKind kind;
  ArrayRef<int64_t> kernel, strides, padding;
  bool countIncludePad = false;
  nn::ActivationAttr activation;
};

template <typename OpT>
static LogicalResult lowerPool(OpT op, const PoolWindow &window, Lowering &l) {
  if (failed(expectSameQuantization(op)))
    return failure();
  if (!isF32(op.getInput()) && !isSigned8(op.getInput()))
    return fail(op) << "expected f32 or signed 8-bit quantized types, found "
                    << op.getInput().getType();
  Value input = l.input(op.getInput(), "input");
  PoolOp::create(l.b, input, l.output(op.getOutput()), window.kind,
                 window.kernel, window.strides, window.padding,
                 window.countIncludePad,
                 l.epilogue(op.getOutput(), window.activation));
  return success();
}

LogicalResult pare::kernel::lower(nn::AvgPool2DOp op, Lowering &l) {
  return lowerPool(op,
                   {PoolKind::Average, op.getKernel(), op.getStrides(),
                    op.getPadding(), op.getCountIncludePad(),
                    op.getActivationAttr()},
                   l);
}

LogicalResult pare::kernel::lower(nn::MaxPool2DOp op, Lowering &l) {
  return lowerPool(op,
                   {PoolKind::Max, op.getKernel(), op.getStrides(),
                    op.getPadding(), false, op.getActivationAttr()},
                   l);
}

template <typename OpT>
static LogicalResult lowerGlobalPool(OpT op, PoolKind kind, Lowering &l) {
  ArrayRef<int64_t> image = shapeOf(op.getInput()).slice(1, 2);
  const int64_t strides[] = {1, 1}, padding[] = {0, 0, 0, 0};
  return lowerPool(op, {kind, image, strides, padding, false, {}}, l);
}

LogicalResult pare::kernel::lower(nn::GlobalAvgPoolOp op, Lowering &l) {
  return lowerGlobalPool(op, PoolKind::Average, l);
}

LogicalResult pare::kernel::lower(nn::GlobalMaxPoolOp op, Lowering &l) {
  return lowerGlobalPool(op, PoolKind::Max, l);
}
