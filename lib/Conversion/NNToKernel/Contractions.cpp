//===- Contractions.cpp - Convolutions and matrix products ----------------===//
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

/// A filter of i8 with one zero point, and scales along the output channels.
static LogicalResult checkIntegerFilter(Operation *op, Value filter,
                                        int64_t channelAxis) {
  quant::QuantizedType type = nn::getQuantizedType(filter);
  bool fits = type.isSigned() && type.getStorageTypeIntegralWidth() == 8;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type))
    fits &= perAxis.getQuantizedDimension() == channelAxis &&
            llvm::all_equal(perAxis.getZeroPoints());
  if (!fits)
    return fail(op) << "expected an i8 filter with one zero point and scales "
                       "along dimension "
                    << channelAxis << ", found " << filter.getType();
  return success();
}

/// Float throughout, or 8-bit integers throughout with a bias of 32 bits.
template <typename OpT> static LogicalResult checkWeighted(OpT op) {
  Value bias = op.getBias();
  if (isF32(op.getInput()) && isF32(op.getFilter()) && isF32(op.getOutput()) &&
      (!bias || isF32(bias)))
    return success();
  if (!nn::isIntegerOp(op) || !isSigned8(op.getInput()) ||
      !isSigned8(op.getOutput()) ||
      (bias && !nn::getStorageType(getElementTypeOrSelf(bias)).isInteger(32)))
    return fail(op) << "expected f32 throughout, or signed 8-bit quantized "
                       "types with a bias of 32 bits, found "
                    << op->getOperandTypes() << " to "
                    << op.getOutput().getType();
  return checkIntegerFilter(op, op.getFilter(), op.getFilterChannelAxis());
}

template <typename OpT>
static EpilogueAttr weightedEpilogue(OpT op, Lowering &l) {
  return l.epilogue(op.getOutput(), op.getActivationAttr(), l.scalesOf(op));
}

template <typename OpT> static Value biasOf(OpT op, Lowering &l) {
  return op.getBias() ? l.input(op.getBias(), "bias") : Value();
}

LogicalResult pare::kernel::lower(nn::Conv2DOp op, Lowering &l) {
  if (failed(checkWeighted(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  Value filter = l.input(op.getFilter(), "filter");
  Value bias = biasOf(op, l);
  ContractOp::create(l.b, input, filter, bias, /*residual=*/Value(),
                     l.output(op.getOutput()), op.getStrides(),
                     op.getDilations(), op.getPadding(),
                     zeroPointOf(op.getInput()), zeroPointOf(op.getFilter()),
                     weightedEpilogue(op, l), /*residual_zero_point=*/0,
                     /*residual_epilogue=*/{});
  return success();
}

LogicalResult pare::kernel::lower(nn::DepthwiseConv2DOp op, Lowering &l) {
  if (failed(checkWeighted(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  Value filter = l.input(op.getFilter(), "filter");
  Value bias = biasOf(op, l);
  DepthwiseOp::create(l.b, input, filter, bias, l.output(op.getOutput()),
                      op.getStrides(), op.getDilations(), op.getPadding(),
                      zeroPointOf(op.getInput()), zeroPointOf(op.getFilter()),
                      weightedEpilogue(op, l));
  return success();
}

LogicalResult pare::kernel::lower(nn::TransposeConv2DOp op, Lowering &l) {
  if (failed(checkWeighted(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  Value filter = l.input(op.getFilter(), "filter");
  Value bias = biasOf(op, l);
  TransposeConvOp::create(l.b, input, filter, bias, l.output(op.getOutput()),
                          op.getStrides(), op.getPadding(),
                          zeroPointOf(op.getInput()),
                          zeroPointOf(op.getFilter()), weightedEpilogue(op, l));
  return success();
}

LogicalResult pare::kernel::lower(nn::FullyConnectedOp op, Lowering &l) {
  if (failed(checkWeighted(op)))
    return failure();
  // Every row of the input is an image of one pixel.
  const int64_t depth = shapeOf(op.getInput()).back();
  const int64_t rows = product(shapeOf(op.getInput()).drop_back());
  const int64_t units = shapeOf(op.getOutput()).back();
  Value input = l.input(op.getInput(), "input", {rows, 1, 1, depth});
  Value filter = l.input(op.getFilter(), "filter", {units, 1, 1, depth});
  Value bias = biasOf(op, l);
  const int64_t one[] = {1, 1}, none[] = {0, 0, 0, 0};
  ContractOp::create(l.b, input, filter, bias, /*residual=*/Value(),
                     l.output(op.getOutput(), {rows, 1, 1, units}), one, one,
                     none, zeroPointOf(op.getInput()),
                     zeroPointOf(op.getFilter()), weightedEpilogue(op, l),
                     /*residual_zero_point=*/0, /*residual_epilogue=*/{});
  return success();
}

//===----------------------------------------------------------------------===//
// Sparse forms
//===----------------------------------------------------------------------===//

/// What convolutions and matrix products with sparse filters share.
struct SparseWindow {
  ArrayRef<int64_t> kernelSize, strides, dilations, padding;
};

template <typename OpT>
static LogicalResult
lowerSparse(OpT op, Lowering &l, ArrayRef<int64_t> inputShape,
            ArrayRef<int64_t> outputShape, SparseWindow window) {
  auto constant = op.getFilter().template getDefiningOp<nn::SparseConstantOp>();
  if (!constant)
    return fail(op) << "expected a filter from nn.sparse_constant, found "
                    << op.getFilter().getType();
  if (failed(checkWeighted(op)))
    return failure();
  if (zeroPointOf(op.getFilter()) != 0)
    return fail(op) << "expected a sparse filter with zero point 0, found "
                    << op.getFilter().getType();
  const auto [blockRows, blockColumns] =
      nn::getSparseBlock(op.getFilter().getType())
          .value_or(std::make_pair(1, 1));
  const SmallVector<int64_t> block = {blockRows, blockColumns};

  Value input = l.input(op.getInput(), "input", inputShape);
  Value positions = l.global(constant.getPositions(), "positions");
  Value coordinates = l.global(constant.getCoordinates(), "coordinates");
  Value values = l.global(constant.getValues(), "values");
  Value bias = biasOf(op, l);
  SparseContractOp::create(
      l.b, input, positions, coordinates, values, bias,
      /*residual=*/Value(), l.output(op.getOutput(), outputShape),
      window.kernelSize, block, window.strides, window.dilations,
      window.padding, zeroPointOf(op.getInput()), weightedEpilogue(op, l),
      /*residual_epilogue=*/{});
  return success();
}

LogicalResult pare::kernel::lower(nn::SparseConv2DOp op, Lowering &l) {
  return lowerSparse(op, l, shapeOf(op.getInput()), shapeOf(op.getOutput()),
                     {op.getKernelSize(), op.getStrides(), op.getDilations(),
                      op.getPadding()});
}

LogicalResult pare::kernel::lower(nn::SparseFullyConnectedOp op, Lowering &l) {
  const int64_t rows = product(shapeOf(op.getInput()).drop_back());
  const int64_t one[] = {1, 1}, none[] = {0, 0, 0, 0};
  return lowerSparse(op, l, {rows, 1, 1, shapeOf(op.getInput()).back()},
                     {rows, 1, 1, shapeOf(op.getOutput()).back()},
                     {one, one, one, none});
}

//===----------------------------------------------------------------------===//
// Products of two activations
//===----------------------------------------------------------------------===//

/// `operand` as a buffer of rank 3: with one batch, or with as many as `batch`
/// says. What broadcasts in between is copied to all batches.
static Value batchOperand(Value operand, StringRef role,
                          ArrayRef<int64_t> batch, Lowering &l) {
  ArrayRef<int64_t> shape = shapeOf(operand);
  const int64_t rows = shape[shape.size() - 2], columns = shape.back();
  ArrayRef<int64_t> own = shape.drop_back(2);
  const int64_t count = product(own);
  if (count == 1 || count == product(batch))
    return l.input(operand, role, {count, rows, columns});
  Value source = l.input(operand, role);
  Walk walk;
  walk.sizes.assign(batch.begin(), batch.end());
  walk.outputStrides = computeStrides(batch);
  SmallVector<int64_t> ownStrides = computeStrides(own);
  walk.inputStrides.assign(batch.size(), 0);
  const size_t missing = batch.size() - own.size();
  for (size_t d = 0; d < own.size(); ++d)
    walk.inputStrides[missing + d] =
        own[d] == 1 ? 0 : ownStrides[d] * rows * columns;
  for (int64_t &stride : walk.outputStrides)
    stride *= rows * columns;
  walk.sizes.push_back(rows * columns);
  walk.inputStrides.push_back(1);
  walk.outputStrides.push_back(1);
  Value full = l.buffer({product(batch), rows, columns},
                        cast<MemRefType>(source.getType()).getElementType());
  l.copy(source, full, walk);
  return full;
}

LogicalResult pare::kernel::lower(nn::BatchMatmulOp op, Lowering &l) {
  bool integer = nn::isIntegerOp(op) && isSigned8(op.getLhs()) &&
                 isSigned8(op.getRhs()) && isSigned8(op.getOutput());
  if (!integer && failed(expectF32(op)))
    return failure();
  ArrayRef<int64_t> out = shapeOf(op.getOutput());
  ArrayRef<int64_t> batch = out.drop_back(2);
  Value lhs = batchOperand(op.getLhs(), "lhs", batch, l);
  Value rhs = batchOperand(op.getRhs(), "rhs", batch, l);
  Value output = l.output(op.getOutput(),
                          {product(batch), out[out.size() - 2], out.back()});
  EpilogueAttr epilogue = l.epilogue(
      op.getOutput(), {}, integer ? l.scalesOf(op) : nn::ScalesAttr());
  BatchMatmulOp::create(l.b, lhs, rhs, output, op.getTransposeLhs(),
                        op.getTransposeRhs(), zeroPointOf(op.getLhs()),
                        zeroPointOf(op.getRhs()), epilogue);
  return success();
}
