//===- Evaluate.cpp - One operation ---------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Interpreter/Interpreter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

/// Multipliers that are attached are as many as the operation documents, and of
/// a mode in which it can compute. (The verifiers count those of layers with
/// weights.)
static llvm::Error checkScales(Operation *op) {
  auto scales = op->getAttrOfType<nn::ScalesAttr>("scales");
  if (!scales)
    return llvm::Error::success();
  nn::ScalesAttr expected = nn::computeScales(op, scales.getMode());
  if (!expected)
    return layerError(op, "expects scales on quantized types alone");
  const bool hasWeights = isa<nn::FusedActivationOpInterface>(op) &&
                          !isa<nn::AddOp, nn::SubOp, nn::MulOp>(op);
  if (expected.getMode() != scales.getMode() ||
      (!hasWeights && expected.size() != scales.size()))
    return layerError(op, "expects " + Twine(expected.size()) +
                              " scales in mode " +
                              nn::stringifyRequantMode(expected.getMode()) +
                              ", found " + Twine(scales.size()) + " in mode " +
                              nn::stringifyRequantMode(scales.getMode()));
  return llvm::Error::success();
}

/// Calls the overload for the operation.
static llvm::Error dispatch(Operation *op, Layer &layer) {
  using namespace pare::nn;
  return TypeSwitch<Operation *, llvm::Error>(op)
      .Case<Conv2DOp, DepthwiseConv2DOp, TransposeConv2DOp, SparseConv2DOp,
            FullyConnectedOp, SparseFullyConnectedOp, BatchMatmulOp>(
          [&](auto op) { return eval(op, layer); })
      .Case<AvgPool2DOp, MaxPool2DOp, GlobalAvgPoolOp, GlobalMaxPoolOp>(
          [&](auto op) { return eval(op, layer); })
      .Case<ReluOp, Relu6Op, ClipOp, LeakyReluOp, HardSwishOp, SigmoidOp,
            TanhOp, GeluOp, SqrtOp, RsqrtOp, ExpOp, LogOp, AbsOp, NegOp>(
          [&](auto op) { return evalUnary(op, layer); })
      .Case<AddOp, SubOp, MulOp, DivOp, MaximumOp, MinimumOp,
            SquaredDifferenceOp, PowOp, PreluOp>(
          [&](auto op) { return eval(op, layer); })
      .Case<ReduceMeanOp, ReduceSumOp, ReduceMaxOp, ReduceMinOp, SoftmaxOp,
            LogSoftmaxOp, BatchNormOp, LayerNormOp>(
          [&](auto op) { return eval(op, layer); })
      .Case<ReshapeOp, TransposeOp, ConcatOp, SplitOp, SliceOp, PadOp, GatherOp,
            ResizeBilinearOp, ResizeNearestOp>(
          [&](auto op) { return eval(op, layer); })
      .Case<CastOp, QuantizeOp, DequantizeOp, RequantizeOp, FakeQuantOp, LstmOp,
            GruOp>([&](auto op) { return eval(op, layer); })
      .Default([](Operation *op) {
        return layerError(op, "expects an operation of nn that computes");
      });
}

llvm::Error pare::evaluate(Operation *op, ArrayRef<const HostTensor *> operands,
                           SmallVectorImpl<HostTensor> &results) {
  results.clear();
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    std::optional<TensorInfo> info = getTensorInfo(operand.getType());
    if (!info || i >= operands.size() ||
        operands[i]->getDType() != info->dtype ||
        operands[i]->getShape() != ArrayRef<int64_t>(info->shape))
      return layerError(
          op, "expects operand #" + Twine(i) + " to be " +
                  (info ? info->typeString() : "a tensor of static shape") +
                  ", found " +
                  (i < operands.size() ? operands[i]->typeString() : "none"));
  }
  for (Type type : op->getResultTypes()) {
    std::optional<TensorInfo> info = getTensorInfo(type);
    if (!info)
      return layerError(op, "expects results of static shape and of a type "
                            "that host memory has");
    results.push_back(HostTensor::zeros(info->dtype, info->shape));
  }
  if (llvm::Error error = checkScales(op))
    return error;
  Layer layer(op, operands, results);
  return dispatch(op, layer);
}
