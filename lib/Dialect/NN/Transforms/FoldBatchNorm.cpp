//===- FoldBatchNorm.cpp - Folds per-channel factors into layers ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_FOLDBATCHNORMPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

namespace {
/// `input * scale[c] + shift[c]`, then a clamp if `activation` is set.
struct ChannelAffine {
  Value input;
  SmallVector<double> scale;
  SmallVector<double> shift;
  ActivationAttr activation;
};
} // namespace

/// The elements of an f32 constant that has one value for each of `channels`
/// in its last dimension, or one in all; std::nullopt for anything else.
static std::optional<SmallVector<double>> readPerChannel(Value value,
                                                         int64_t channels) {
  std::optional<ConstantElements<float>> elements = readFloats(value);
  if (!elements)
    return std::nullopt;
  const int64_t count = elements->size();
  ArrayRef<int64_t> shape = cast<ShapedType>(value.getType()).getShape();
  if (count != 1 && (count != channels || shape.back() != channels))
    return std::nullopt;
  SmallVector<double> values;
  for (int64_t c = 0; c < channels; ++c)
    values.push_back((*elements)[count == 1 ? 0 : c]);
  return values;
}

/// The channels of a layer's result: its last dimension, 0 if unknown.
static int64_t getChannels(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() == 0 || !type.getElementType().isF32() ||
      type.isDynamicDim(type.getRank() - 1))
    return 0;
  return type.getShape().back();
}

/// A factor that is not a number would spread over all weights.
static bool isFinite(const ChannelAffine &affine) {
  auto finite = [](double value) { return std::isfinite(value); };
  return llvm::all_of(affine.scale, finite) &&
         llvm::all_of(affine.shift, finite);
}

static std::optional<ChannelAffine> matchBatchNorm(BatchNormOp op) {
  const int64_t channels = getChannels(op.getInput());
  auto gamma = readPerChannel(op.getGamma(), channels);
  auto beta = readPerChannel(op.getBeta(), channels);
  auto mean = readPerChannel(op.getMean(), channels);
  auto variance = readPerChannel(op.getVariance(), channels);
  if (channels == 0 || !gamma || !beta || !mean || !variance)
    return std::nullopt;
  ChannelAffine affine{op.getInput(), {}, {}, {}};
  const double epsilon = op.getEpsilon().convertToFloat();
  for (int64_t c = 0; c < channels; ++c) {
    const double scale = (*gamma)[c] / std::sqrt((*variance)[c] + epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back((*beta)[c] - (*mean)[c] * scale);
  }
  return affine;
}

/// add, sub, mul or div of a value and a per-channel constant. `constantFirst`
/// says which operand is to be the constant.
template <typename OpT>
static std::optional<ChannelAffine> matchArithmetic(OpT op,
                                                    bool constantFirst) {
  Value input = constantFirst ? op.getRhs() : op.getLhs();
  Value constant = constantFirst ? op.getLhs() : op.getRhs();
  if (input.getType() != op.getOutput().getType())
    return std::nullopt;
  const int64_t channels = getChannels(input);
  auto values = readPerChannel(constant, channels);
  if (channels == 0 || !values)
    return std::nullopt;
  ChannelAffine affine{input, SmallVector<double>(channels, 1.0),
                       SmallVector<double>(channels, 0.0),
                       op.getActivationAttr()};
  for (int64_t c = 0; c < channels; ++c) {
    const double value = (*values)[c];
    if constexpr (std::is_same_v<OpT, AddOp>) {
      affine.shift[c] = value;
    } else if constexpr (std::is_same_v<OpT, MulOp>) {
      affine.scale[c] = value;
    } else if constexpr (std::is_same_v<OpT, SubOp>) {
      affine.scale[c] = constantFirst ? -1.0 : 1.0;
      affine.shift[c] = constantFirst ? value : -value;
    } else {
      static_assert(std::is_same_v<OpT, DivOp>);
      if (constantFirst)
        return std::nullopt;
      affine.scale[c] = 1.0 / value;
    }
  }
  return affine;
}

static std::optional<ChannelAffine> matchAffine(Operation *op) {
  return TypeSwitch<Operation *, std::optional<ChannelAffine>>(op)
      .Case([](BatchNormOp op) { return matchBatchNorm(op); })
      .Case<AddOp, SubOp, MulOp, DivOp>([](auto op) {
        auto affine = matchArithmetic(op, /*constantFirst=*/false);
        return affine ? affine : matchArithmetic(op, /*constantFirst=*/true);
      })
      .Default(std::optional<ChannelAffine>());
}

/// True for a layer whose weights can take over the factors of its only user.
template <typename OpT> static bool canFoldInto(OpT layer) {
  Value result = layer.getOutput();
  return result.hasOneUse() && !layer.getActivationAttr() &&
         readFloats(layer.getFilter()) &&
         (!layer.getBias() || readFloats(layer.getBias()));
}

template <typename OpT>
static void foldInto(OpT layer, const ChannelAffine &affine) {
  OpBuilder builder(layer);
  auto filterType = cast<RankedTensorType>(layer.getFilter().getType());
  const int64_t channels = affine.scale.size();
  if (llvm::any_of(affine.scale, [](double s) { return s != 1.0; })) {
    const AxisLayout layout(filterType.getShape(),
                            layer.getFilterChannelAxis());
    auto old = readFloats(layer.getFilter());
    std::vector<float> weights(old->size());
    for (size_t i = 0; i < weights.size(); ++i)
      weights[i] =
          static_cast<float>((*old)[i] * affine.scale[layout.channelOf(i)]);
    Location loc = layer.getFilter().getLoc();
    layer.getFilterMutable().assign(createFloats(
        builder, loc, filterType.getShape(), ArrayRef<float>(weights)));
  }
  std::vector<float> bias(channels);
  auto oldBias = layer.getBias() ? readFloats(layer.getBias())
                                 : std::optional<ConstantElements<float>>();
  for (int64_t c = 0; c < channels; ++c)
    bias[c] = static_cast<float>(
        (oldBias ? (*oldBias)[c] : 0.0) * affine.scale[c] + affine.shift[c]);
  if (!oldBias && llvm::all_of(bias, [](float b) { return b == 0.0f; }))
    return;
  Location loc = layer.getBias() ? layer.getBias().getLoc()
                                 : Location(NameLoc::get(builder.getStringAttr(
                                       getLayerName(layer) + "/bias")));
  layer.getBiasMutable().assign(
      createFloats(builder, loc, {channels}, ArrayRef<float>(bias)));
}

namespace {
class FoldBatchNorm
    : public pare::nn::impl::FoldBatchNormPassBase<FoldBatchNorm> {
public:
  using FoldBatchNormPassBase::FoldBatchNormPassBase;

  void runOnOperation() override {
    // In program order: a layer takes over a whole chain of factors.
    WalkResult result = getOperation().walk([&](Block *block) {
      for (Operation &op : llvm::make_early_inc_range(*block))
        if (failed(visit(&op)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    eraseDeadConstants();
  }

private:
  LogicalResult visit(Operation *op) {
    std::optional<ChannelAffine> affine = matchAffine(op);
    if (!affine)
      return success();
    Operation *producer = affine->input.getDefiningOp();
    const bool folded =
        producer && TypeSwitch<Operation *, bool>(producer)
                        .Case<Conv2DOp, DepthwiseConv2DOp, TransposeConv2DOp,
                              FullyConnectedOp>([&](auto layer) {
                          if (!canFoldInto(layer) || !isFinite(*affine))
                            return false;
                          foldInto(layer, *affine);
                          layer.setActivationAttr(affine->activation);
                          return true;
                        })
                        .Default(false);
    if (folded) {
      producer->setLoc(
          FusedLoc::get(&getContext(), {producer->getLoc(), op->getLoc()}));
      op->getResult(0).replaceAllUsesWith(affine->input);
      op->erase();
      ++numFolded;
      return success();
    }
    auto batchNorm = dyn_cast<BatchNormOp>(op);
    if (!batchNorm)
      return success();
    if (!isFinite(*affine))
      return op->emitError("layer '")
             << getLayerName(op)
             << "': expects finite parameters and a variance above -epsilon";
    split(batchNorm, *affine);
    return success();
  }

  void split(BatchNormOp op, const ChannelAffine &affine) {
    OpBuilder builder(op);
    auto makeVector = [&](ArrayRef<double> values, StringRef suffix) -> Value {
      std::vector<float> floats(values.begin(), values.end());
      auto loc = NameLoc::get(builder.getStringAttr(getLayerName(op) + suffix));
      return createFloats(builder, loc, {int64_t(floats.size())},
                          ArrayRef<float>(floats));
    };
    Type type = op.getType();
    auto mul = MulOp::create(builder, op.getLoc(), type, op.getInput(),
                             makeVector(affine.scale, "/scale"),
                             ActivationAttr(), ScalesAttr());
    auto add = AddOp::create(builder, op.getLoc(), type, mul,
                             makeVector(affine.shift, "/shift"),
                             ActivationAttr(), ScalesAttr());
    op.replaceAllUsesWith(add.getOutput());
    op.erase();
    ++numSplit;
  }

  /// Frees the parameters that nothing reads any more.
  void eraseDeadConstants() {
    getOperation().walk([](ConstantOp op) {
      if (op->use_empty())
        op.erase();
    });
  }
};
} // namespace
