//===- UnaryFunction.cpp - What a layer of one operand computes -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/IR/UnaryFunction.h"
#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace pare::nn;

using Function = std::function<double(double)>;

static Function getGelu(bool approximate) {
  if (!approximate)
    return
        [](double x) { return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0))); };
  const double factor = std::sqrt(2.0 / std::acos(-1.0));
  return [factor](double x) {
    return 0.5 * x * (1.0 + std::tanh(factor * (x + 0.044715 * x * x * x)));
  };
}

Function pare::nn::getUnaryFunction(Operation *op) {
  return TypeSwitch<Operation *, Function>(op)
      .Case([](ReluOp) { return [](double x) { return x < 0 ? 0 : x; }; })
      .Case([](Relu6Op) {
        return [](double x) { return x < 0 ? 0 : x > 6 ? 6 : x; };
      })
      .Case([](ClipOp op) {
        const double low = op.getLow().convertToDouble();
        const double high = op.getHigh().convertToDouble();
        return [=](double x) { return x < low ? low : x > high ? high : x; };
      })
      .Case([](LeakyReluOp op) {
        const double alpha = op.getAlpha().convertToDouble();
        return [=](double x) { return x >= 0 ? x : alpha * x; };
      })
      .Case([](HardSwishOp) {
        return [](double x) { return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0; };
      })
      .Case([](SigmoidOp) {
        return [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
      })
      .Case([](TanhOp) { return [](double x) { return std::tanh(x); }; })
      .Case([](GeluOp op) { return getGelu(op.getApproximate()); })
      .Case([](SqrtOp) { return [](double x) { return std::sqrt(x); }; })
      .Case([](RsqrtOp) { return [](double x) { return 1.0 / std::sqrt(x); }; })
      .Case([](ExpOp) { return [](double x) { return std::exp(x); }; })
      .Case([](LogOp) { return [](double x) { return std::log(x); }; })
      .Case([](AbsOp) { return [](double x) { return std::fabs(x); }; })
      .Case([](NegOp) { return [](double x) { return -x; }; })
      .Default(Function());
}
