//===- Scales.cpp - Multipliers that follow from quantized types ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Numerics/Elementwise.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare;
using namespace pare::nn;

QuantParams pare::nn::getQuantParams(quant::QuantizedType type) {
  return {getScale(type), static_cast<int32_t>(getZeroPoint(type))};
}

QuantRange pare::nn::getQuantRange(quant::QuantizedType type) {
  return {static_cast<int32_t>(type.getStorageTypeMin()),
          static_cast<int32_t>(type.getStorageTypeMax())};
}

pare::RequantMode pare::nn::getNumericMode(nn::RequantMode mode) {
  return mode == nn::RequantMode::Float ? pare::RequantMode::Float
                                        : pare::RequantMode::Fixed;
}

RequantScale pare::nn::getScaleEntry(ScalesAttr scales, int64_t index) {
  const int64_t entry = scales.size() == 1 ? 0 : index;
  RequantScale scale;
  if (scales.getMode() == nn::RequantMode::Float)
    scale.f32 = scales.getFactors()[entry];
  else
    scale.fixed = {scales.getMultipliers()[entry], scales.getShifts()[entry]};
  return scale;
}

int64_t pare::nn::getReducedCount(Operation *op, ArrayRef<int64_t> axes) {
  ArrayRef<int64_t> shape =
      cast<ShapedType>(op->getOperand(0).getType()).getShape();
  int64_t count = 1;
  for (int64_t axis : axes)
    count *= shape[axis];
  return count;
}

/// True if `value` is quantized per tensor to `maxBits` or fewer.
static bool isQuantizedActivation(Value value, unsigned maxBits = 16) {
  auto type =
      dyn_cast_or_null<quant::UniformQuantizedType>(getQuantizedType(value));
  return type && type.getStorageTypeIntegralWidth() <= maxBits;
}

bool pare::nn::isIntegerOp(Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case<Conv2DOp, DepthwiseConv2DOp, TransposeConv2DOp, FullyConnectedOp,
            SparseConv2DOp, SparseFullyConnectedOp>([](auto op) {
        return isQuantizedActivation(op.getInput()) &&
               isQuantizedActivation(op.getOutput()) &&
               getQuantizedType(op.getFilter());
      })
      .Case<BatchMatmulOp, AddOp, SubOp, MulOp>([](auto op) {
        return isQuantizedActivation(op.getLhs()) &&
               isQuantizedActivation(op.getRhs()) &&
               isQuantizedActivation(op.getOutput());
      })
      .Case<ReduceMeanOp, ReduceSumOp>([](auto op) {
        return isQuantizedActivation(op.getInput()) &&
               isQuantizedActivation(op.getOutput()) &&
               getReducedCount(op, op.getAxes()) > 0;
      })
      .Case([](RequantizeOp op) {
        return isQuantizedActivation(op.getInput(), 32) &&
               isQuantizedActivation(op.getOutput(), 32);
      })
      .Default(false);
}

static ScalesAttr makeScales(MLIRContext *context, nn::RequantMode mode,
                             ArrayRef<RequantScale> entries) {
  SmallVector<int32_t> multipliers, shifts;
  SmallVector<float> factors;
  for (const RequantScale &entry : entries) {
    multipliers.push_back(entry.fixed.multiplier);
    shifts.push_back(entry.fixed.shift);
    factors.push_back(entry.f32);
  }
  if (mode == nn::RequantMode::Float)
    return ScalesAttr::get(context, mode, {}, {},
                           DenseF32ArrayAttr::get(context, factors));
  return ScalesAttr::get(context, mode,
                         DenseI32ArrayAttr::get(context, multipliers),
                         DenseI32ArrayAttr::get(context, shifts), {});
}

/// One entry for each scale of the filter. `product` gives the effective scale
/// from those of input, filter and result.
template <typename OpT>
static SmallVector<RequantScale>
weightedScales(OpT op, double (*product)(double, double, double)) {
  quant::QuantizedType filter = getQuantizedType(op.getFilter());
  const double input = getScale(getQuantizedType(op.getInput()));
  const double output = getScale(getQuantizedType(op.getOutput()));
  int64_t count = 1;
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(filter))
    count = perAxis.getScales().size();
  SmallVector<RequantScale> scales;
  for (int64_t channel = 0; channel < count; ++channel)
    scales.push_back(
        prepareRequantScale(product(input, getScale(filter, channel), output)));
  return scales;
}

/// Per-tensor matrices follow TFLite's fully connected kernel, per-channel ones
/// its convolution.
template <typename OpT> static SmallVector<RequantScale> matrixScales(OpT op) {
  bool perTensor =
      isa<quant::UniformQuantizedType>(getQuantizedType(op.getFilter()));
  return weightedScales(op, perTensor ? fullyConnectedEffectiveScale
                                      : convEffectiveScale);
}

ScalesAttr pare::nn::computeScales(Operation *op, nn::RequantMode mode) {
  if (!isIntegerOp(op))
    return {};
  MLIRContext *context = op->getContext();
  auto params = [](Value value) {
    return getQuantParams(getQuantizedType(value));
  };
  auto bits = [](Value value) {
    return getQuantizedType(value).getStorageTypeIntegralWidth();
  };
  return TypeSwitch<Operation *, ScalesAttr>(op)
      .Case<Conv2DOp, DepthwiseConv2DOp, TransposeConv2DOp, SparseConv2DOp>(
          [&](auto op) {
            return makeScales(context, mode,
                              weightedScales(op, convEffectiveScale));
          })
      .Case<FullyConnectedOp, SparseFullyConnectedOp>(
          [&](auto op) { return makeScales(context, mode, matrixScales(op)); })
      .Case([&](BatchMatmulOp op) {
        return makeScales(
            context, mode,
            prepareRequantScale(fullyConnectedEffectiveScale(
                params(op.getLhs()).scale, params(op.getRhs()).scale,
                params(op.getOutput()).scale)));
      })
      .Case<AddOp, SubOp>([&](auto op) {
        const AddScales add =
            prepareAdd(params(op.getLhs()), params(op.getRhs()),
                       params(op.getOutput()), bits(op.getOutput()));
        SmallVector<RequantScale> entries(add.input, add.input + 2);
        if (mode == nn::RequantMode::Fixed)
          entries.push_back({add.output, 0.0f});
        return makeScales(context, mode, entries);
      })
      .Case([&](MulOp op) {
        return makeScales(context, mode,
                          prepareMul(params(op.getLhs()), params(op.getRhs()),
                                     params(op.getOutput()))
                              .scale);
      })
      .Case([&](ReduceMeanOp op) {
        return makeScales(context, mode,
                          prepareMean(params(op.getInput()),
                                      params(op.getOutput()),
                                      getReducedCount(op, op.getAxes()))
                              .scale);
      })
      .Case([&](ReduceSumOp op) {
        return makeScales(context, mode,
                          prepareSum(params(op.getInput()),
                                     params(op.getOutput()),
                                     getReducedCount(op, op.getAxes()))
                              .scale);
      })
      .Case([&](RequantizeOp op) {
        const RescaleScales rescale =
            prepareRescale(params(op.getInput()), params(op.getOutput()),
                           bits(op.getOutput()));
        return makeScales(context, rescale.wide ? nn::RequantMode::Fixed : mode,
                          rescale.scale);
      })
      .Default(ScalesAttr());
}
