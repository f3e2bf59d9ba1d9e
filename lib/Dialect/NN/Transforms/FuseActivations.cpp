//===- FuseActivations.cpp - Fuses clamps into the layer before -----------===//
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
#include <limits>

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_FUSEACTIVATIONSPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

namespace {
/// A clamp of `input` to [low, high].
struct Clamp {
  Value input;
  double low;
  double high;
};
} // namespace

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A maximum or minimum with a constant of one value, on either side.
template <typename OpT> static std::optional<Clamp> matchBound(OpT op) {
  Value input = op.getLhs();
  std::optional<float> bound = getSplatFloat(op.getRhs());
  if (!bound) {
    input = op.getRhs();
    bound = getSplatFloat(op.getLhs());
  }
  if (!bound || std::isnan(*bound))
    return std::nullopt;
  if (isa<MaximumOp>(op.getOperation()))
    return Clamp{input, *bound, kInfinity};
  return Clamp{input, -kInfinity, *bound};
}

static std::optional<Clamp> matchClamp(Operation *op) {
  return TypeSwitch<Operation *, std::optional<Clamp>>(op)
      .Case([](ReluOp op) { return Clamp{op.getInput(), 0.0, kInfinity}; })
      .Case([](Relu6Op op) { return Clamp{op.getInput(), 0.0, 6.0}; })
      .Case([](ClipOp op) {
        return Clamp{op.getInput(), op.getLow().convertToDouble(),
                     op.getHigh().convertToDouble()};
      })
      .Case<MaximumOp, MinimumOp>([](auto op) { return matchBound(op); })
      .Default(std::optional<Clamp>());
}

namespace {
class FuseActivations
    : public pare::nn::impl::FuseActivationsPassBase<FuseActivations> {
public:
  using FuseActivationsPassBase::FuseActivationsPassBase;

  void runOnOperation() override {
    // In program order, so that a chain of clamps ends up in the first layer.
    getOperation().walk([&](Block *block) {
      for (Operation &op : llvm::make_early_inc_range(*block))
        fuse(&op);
    });
  }

private:
  void fuse(Operation *op) {
    std::optional<Clamp> clamp = matchClamp(op);
    if (!clamp || !clamp->input.hasOneUse() ||
        clamp->input.getType() != op->getResult(0).getType())
      return;
    // A clamp of integers may round its bounds differently on a grid of its
    // own; fusion belongs before quantization.
    if (getQuantizedType(clamp->input))
      return;
    auto layer = clamp->input.getDefiningOp<FusedActivationOpInterface>();
    if (!layer)
      return;
    auto [low, high] = getActivationBounds(layer.getActivationAttr());
    low = std::clamp(low, clamp->low, clamp->high);
    high = std::clamp(high, clamp->low, clamp->high);
    layer.setActivationAttr(ActivationAttr::get(&getContext(), low, high));
    layer->setLoc(
        FusedLoc::get(&getContext(), {layer->getLoc(), op->getLoc()}));
    op->getResult(0).replaceAllUsesWith(layer->getResult(0));
    op->erase();
    ++numFused;
  }
};
} // namespace
