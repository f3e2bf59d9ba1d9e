//===- CorrectBias.cpp - Takes the mean error of weights out of biases ----===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Probe.h"
#include "pare/Calibration/Calibration.h"
#include "pare/Dialect/NN/IR/FakeQuant.h"
#include "pare/Dialect/NN/IR/Scales.h"
#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/QuantizationRules.h"
#include "pare/Numerics/QuantizationParameters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_CORRECTBIASPASS
#include "pare/Dialect/NN/Transforms/NNCalibrationPasses.h.inc"
} // namespace pare::nn

namespace {
/// A layer whose bias is to be corrected.
struct Candidate {
  QuantizableOpInterface layer;
  FakeQuantOp weights;
  /// Sums of the means of each input channel over the samples.
  std::vector<double> means;
};
} // namespace

/// The input channel that element `element` of the filter of `op` multiplies.
static int64_t getInputChannel(Operation *op, int64_t element) {
  ArrayRef<int64_t> filter =
      cast<ShapedType>(op->getOperand(1).getType()).getShape();
  const int64_t channels =
      cast<ShapedType>(op->getOperand(0).getType()).getShape().back();
  if (isa<DepthwiseConv2DOp>(op))
    return element % filter.back() / (filter.back() / channels);
  // A group of output channels reads a group of input channels.
  const int64_t inGroup = filter.back();
  const int64_t groups = channels / inGroup;
  const int64_t perChannel =
      isa<Conv2DOp>(op) ? filter[1] * filter[2] * filter[3] : filter.back();
  const int64_t group = element / perChannel / (filter[0] / groups);
  return group * inGroup + element % inGroup;
}

namespace {
class CorrectBias : public pare::nn::impl::CorrectBiasPassBase<CorrectBias> {
public:
  using CorrectBiasPassBase::CorrectBiasPassBase;

  void runOnOperation() override {
    for (func::FuncOp target : getOperation().getOps<func::FuncOp>())
      if (function.empty() || target.getName() == function)
        if (failed(correct(target)))
          return signalPassFailure();
  }

private:
  static std::optional<Candidate> match(Operation *op) {
    if (!isa<Conv2DOp, DepthwiseConv2DOp, FullyConnectedOp>(op) ||
        getEffectiveRule(op) == QuantRule::None)
      return std::nullopt;
    auto weights = op->getOperand(1).getDefiningOp<FakeQuantOp>();
    if (!weights || !weights.getMinimums() || !readFloats(weights.getInput()))
      return std::nullopt;
    const int64_t channels =
        cast<ShapedType>(op->getOperand(0).getType()).getShape().back();
    return Candidate{cast<QuantizableOpInterface>(op), weights,
                     std::vector<double>(channels, 0.0)};
  }

  LogicalResult correct(func::FuncOp target) {
    SmallVector<Candidate> candidates;
    SmallVector<Observation> observations;
    target.walk([&](Operation *op) {
      if (std::optional<Candidate> candidate = match(op)) {
        candidates.push_back(std::move(*candidate));
        observations.push_back({op->getOperand(0), Observation::ChannelMean});
      }
    });
    if (candidates.empty())
      return success();
    FailureOr<int64_t> count = runProbe(
        target, observations,
        ProbeOptions{samples, inputScale, inputOffset, limit, backend},
        [&](int64_t, ArrayRef<HostTensor> results) {
          for (auto [candidate, result] : llvm::zip_equal(candidates, results))
            for (auto [sum, mean] :
                 llvm::zip_equal(candidate.means, result.data<float>()))
              sum += mean;
          return success();
        });
    if (failed(count))
      return failure();
    for (Candidate &candidate : candidates) {
      for (double &mean : candidate.means)
        mean /= *count;
      if (failed(setBias(candidate)))
        return failure();
    }
    return success();
  }

  /// The sum of (w - quantized w) * mean for each output channel.
  static std::vector<double> getShift(Candidate &candidate,
                                      quant::QuantizedType type) {
    auto weights = readFloats(candidate.weights.getInput());
    const QuantRange range = nn::getQuantRange(type);
    const AxisLayout layout(
        cast<ShapedType>(candidate.weights.getInput().getType()).getShape(),
        candidate.layer.getFilterChannelAxis());
    std::vector<double> shift(layout.channels, 0.0);
    for (size_t i = 0; i < weights->size(); ++i) {
      const int64_t c = layout.channelOf(i);
      const QuantParams params{nn::getScale(type, c),
                               static_cast<int32_t>(getZeroPoint(type, c))};
      const float weight = (*weights)[i];
      const float rounded =
          dequantizeF32(quantizeF32(weight, params, range), params);
      shift[c] += (static_cast<double>(weight) - rounded) *
                  candidate.means[getInputChannel(candidate.layer, i)];
    }
    return shift;
  }

  LogicalResult setBias(Candidate &candidate) {
    Operation *op = candidate.layer;
    quant::QuantizedType type = getFakeQuantType(candidate.weights);
    if (!type)
      return op->emitError("layer '")
             << getLayerName(op) << "': expects weights with a finite range";
    const std::vector<double> shift = getShift(candidate, type);
    std::optional<unsigned> index = candidate.layer.getBiasIndex();
    auto old = index ? readFloats(op->getOperand(*index))
                     : std::optional<ConstantElements<float>>();
    if (index && !old)
      return success();
    std::vector<float> bias(shift.size());
    for (size_t c = 0; c < bias.size(); ++c) {
      bias[c] = static_cast<float>((old ? (*old)[c] : 0.0) + shift[c]);
      if (!std::isfinite(bias[c]))
        return op->emitError("layer '")
               << getLayerName(op) << "': expects finite inputs, but channel "
               << c << " has the mean error " << shift[c];
    }
    OpBuilder builder(op);
    Location loc = index ? op->getOperand(*index).getLoc()
                         : Location(NameLoc::get(builder.getStringAttr(
                               getLayerName(op) + "/bias")));
    Value value = createFloats(builder, loc, {int64_t(bias.size())},
                               ArrayRef<float>(bias));
    TypeSwitch<Operation *>(op)
        .Case<Conv2DOp, DepthwiseConv2DOp, FullyConnectedOp>(
            [&](auto layer) { layer.getBiasMutable().assign(value); });
    ++numCorrected;
    return success();
  }
};
} // namespace
