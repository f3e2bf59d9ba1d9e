//===- Recurrent.cpp - Recurrent layers -----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "pare/Numerics/Lstm.h"
#include <array>
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::kernel;

/// The filter scales of the four gates; std::nullopt if rows of one gate
/// differ.
static std::optional<std::array<double, 4>> gateScales(Value weights,
                                                       int64_t hidden) {
  quant::QuantizedType type = nn::getQuantizedType(weights);
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (perAxis && perAxis.getQuantizedDimension() != 0)
    return std::nullopt;
  std::array<double, 4> scales;
  for (int64_t gate = 0; gate < 4; ++gate) {
    scales[gate] = nn::getScale(type, gate * hidden);
    for (int64_t unit = 1; perAxis && unit < hidden; ++unit)
      if (nn::getScale(type, gate * hidden + unit) != scales[gate])
        return std::nullopt;
  }
  return scales;
}

/// The multipliers that a kernel.lstm documents. They are fixed-point numbers
/// in both modes.
static nn::ScalesAttr makeScales(const LstmScales &lstm, MLIRContext *context) {
  SmallVector<int32_t> multipliers, shifts;
  auto add = [&](QuantizedMultiplier factor) {
    multipliers.push_back(factor.multiplier);
    shifts.push_back(factor.shift);
  };
  llvm::for_each(lstm.input, add);
  llvm::for_each(lstm.recurrent, add);
  add(lstm.hidden);
  return nn::ScalesAttr::get(context, nn::RequantMode::Fixed,
                             DenseI32ArrayAttr::get(context, multipliers),
                             DenseI32ArrayAttr::get(context, shifts), {});
}

static bool isInteger(nn::LstmOp op) {
  return isSigned8(op.getInput()) && isSigned8(op.getOutput()) &&
         nn::getQuantizedType(op.getWeights()) &&
         nn::getQuantizedType(op.getRecurrent()) && op.getCellScale();
}

static LogicalResult lowerIntegerLstm(nn::LstmOp op, Lowering &l) {
  const int64_t hidden = shapeOf(op.getOutput()).back();
  auto weights = gateScales(op.getWeights(), hidden);
  auto recurrent = gateScales(op.getRecurrent(), hidden);
  if (!weights || !recurrent || zeroPointOf(op.getWeights()) != 0 ||
      zeroPointOf(op.getRecurrent()) != 0)
    return fail(op) << "expected one filter scale for each gate and zero "
                       "points of 0, found "
                    << op.getWeights().getType() << " and "
                    << op.getRecurrent().getType();
  const double cellScale = op.getCellScale()->convertToDouble();
  std::optional<LstmScales> scales =
      prepareLstm(nn::getScale(nn::getQuantizedType(op.getInput())),
                  weights->data(), recurrent->data(),
                  nn::getQuantParams(nn::getQuantizedType(op.getOutput())),
                  cellScale, op.getCellClip().convertToDouble());
  if (!scales)
    return fail(op) << "expected a cell scale that is a power of two from "
                       "2^-15 to 2^-9, found "
                    << cellScale;
  Value input = l.input(op.getInput(), "input");
  Value matrix = l.input(op.getWeights(), "weights");
  Value recurrentMatrix = l.input(op.getRecurrent(), "recurrent");
  Value bias = l.input(op.getBias(), "bias");
  // Sums of 4 bytes for four gates, then cells and hidden values of 2.
  Value scratch = l.buffer({(4 * 4 + 2 + 2) * hidden}, l.b.getI8Type());
  LstmOp::create(l.b, input, matrix, recurrentMatrix, bias, scratch,
                 l.output(op.getOutput()), op.getTimeMajor(),
                 APFloat(op.getCellClip()), std::ilogb(cellScale),
                 zeroPointOf(op.getInput()), zeroPointOf(op.getOutput()),
                 makeScales(*scales, op.getContext()));
  return success();
}

LogicalResult pare::kernel::lower(nn::LstmOp op, Lowering &l) {
  if (isInteger(op))
    return lowerIntegerLstm(op, l);
  if (failed(expectF32(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  Value weights = l.input(op.getWeights(), "weights");
  Value recurrent = l.input(op.getRecurrent(), "recurrent");
  Value bias = l.input(op.getBias(), "bias");
  Value scratch =
      l.buffer({6 * shapeOf(op.getOutput()).back()}, l.b.getF32Type());
  LstmOp::create(
      l.b, input, weights, recurrent, bias, scratch, l.output(op.getOutput()),
      op.getTimeMajor(), APFloat(op.getCellClip()), /*cell_scale_log2=*/0,
      /*input_zero_point=*/0, /*hidden_zero_point=*/0, nn::ScalesAttr());
  return success();
}

LogicalResult pare::kernel::lower(nn::GruOp op, Lowering &l) {
  if (failed(expectF32(op)))
    return failure();
  Value input = l.input(op.getInput(), "input");
  Value weights = l.input(op.getWeights(), "weights");
  Value recurrent = l.input(op.getRecurrent(), "recurrent");
  Value bias = l.input(op.getBias(), "bias");
  Value recurrentBias = l.input(op.getRecurrentBias(), "recurrent_bias");
  Value scratch =
      l.buffer({7 * shapeOf(op.getOutput()).back()}, l.b.getF32Type());
  GruOp::create(l.b, input, weights, recurrent, bias, recurrentBias, scratch,
                l.output(op.getOutput()), op.getTimeMajor(),
                op.getLinearBeforeReset());
  return success();
}
