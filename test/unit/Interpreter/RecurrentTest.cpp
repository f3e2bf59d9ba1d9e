//===- RecurrentTest.cpp - Recurrent layers -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <cmath>

using namespace pare;
using namespace pare::test;

using Values = std::vector<double>;

namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// An LSTM of one input and one hidden unit. Gates: i = x, f = 2x + h,
/// g = 3x - h, o = -x + 0.5.
constexpr llvm::StringLiteral kLstmWeights = R"(
    %w = nn.constant dense<[[1.0], [2.0], [3.0], [-1.0]]>
      : tensor<4x1xf32> -> tensor<4x1xf32>
    %u = nn.constant dense<[[0.0], [1.0], [-1.0], [0.0]]>
      : tensor<4x1xf32> -> tensor<4x1xf32>
    %b = nn.constant dense<[0.0, 0.0, 0.0, 0.5]>
      : tensor<4xf32> -> tensor<4xf32>
)";

struct LstmState {
  double h = 0, c = 0;
  double step(double x, double clip = 1e9) {
    c = sigmoid(2 * x + h) * c + sigmoid(x) * std::tanh(3 * x - h);
    c = std::min(std::max(c, -clip), clip);
    h = sigmoid(-x + 0.5) * std::tanh(c);
    return h;
  }
};

TEST(Lstm, TwoSequences) {
  LstmState a, b;
  const double a0 = a.step(1.0), a1 = a.step(-0.5);
  const double b0 = b.step(0.25), b1 = b.step(2.0);
  expectNear(evaluateText({"tensor<2x2x1xf32>"}, "tensor<2x2x1xf32>",
                          (kLstmWeights + R"(
    %r = nn.lstm %0, %w, %u, %b
      : (tensor<2x2x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4xf32>)
        -> tensor<2x2x1xf32>)")
                              .str(),
                          {tensor<float>({2, 2, 1}, {1, -0.5f, 0.25f, 2})}),
             {a0, a1, b0, b1});
}

TEST(Lstm, TimeMajorAndClip) {
  LstmState a, b;
  const double a0 = a.step(1.0, 0.5), a1 = a.step(-0.5, 0.5);
  const double b0 = b.step(0.25, 0.5), b1 = b.step(2.0, 0.5);
  expectNear(evaluateText({"tensor<2x2x1xf32>"}, "tensor<2x2x1xf32>",
                          (kLstmWeights + R"(
    %r = nn.lstm %0, %w, %u, %b {time_major, cell_clip = 0.5 : f32}
      : (tensor<2x2x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>, tensor<4xf32>)
        -> tensor<2x2x1xf32>)")
                              .str(),
                          {tensor<float>({2, 2, 1}, {1, 0.25f, -0.5f, 2})}),
             {a0, b0, a1, b1});
}

// The same network with 8-bit weights of scale 1/32 (exact), input of scale
// 1/64 with zero point 3, hidden state of scale 1/128. The integer form stays
// within the rounding of the hidden state and the cell state.
constexpr llvm::StringLiteral kIntegerLstm = R"(
    %w = nn.constant dense<[[32], [64], [96], [-32]]> : tensor<4x1xi8>
      -> tensor<4x1x!quant.uniform<i8:f32:0, {0.03125, 0.03125, 0.03125, 0.03125}>>
    %u = nn.constant dense<[[0], [32], [-32], [0]]> : tensor<4x1xi8>
      -> tensor<4x1x!quant.uniform<i8:f32:0, {0.03125, 0.03125, 0.03125, 0.03125}>>
    %b = nn.constant dense<[0, 0, 0, 1024]> : tensor<4xi32> -> tensor<4xi32>
    %r = nn.lstm %0, %w, %u, %b {cell_scale = 4.8828125e-04 : f32}
      : (tensor<1x4x1x!quant.uniform<i8:f32, 0.015625:3>>,
         tensor<4x1x!quant.uniform<i8:f32:0, {0.03125, 0.03125, 0.03125, 0.03125}>>,
         tensor<4x1x!quant.uniform<i8:f32:0, {0.03125, 0.03125, 0.03125, 0.03125}>>,
         tensor<4xi32>) -> tensor<1x4x1x!quant.uniform<i8:f32, 7.8125e-03:1>>)";

TEST(Lstm, IntegerFollowsTheRealOne) {
  const std::vector<double> found = evaluateText(
      {"tensor<1x4x1x!quant.uniform<i8:f32, 0.015625:3>>"},
      "tensor<1x4x1x!quant.uniform<i8:f32, 7.8125e-03:1>>", kIntegerLstm,
      {tensor<int8_t>({1, 4, 1}, {67, -29, 19, 127})});
  LstmState state;
  ASSERT_EQ(found.size(), 4u);
  const double inputs[] = {1.0, -0.5, 0.25, 124.0 / 64};
  for (int t = 0; t < 4; ++t)
    EXPECT_NEAR((found[t] - 1) / 128, state.step(inputs[t]), 1.5 / 128)
        << "step " << t;
}

// Without a cell scale there is no integer form: on real numbers, rounded once.
TEST(Lstm, QuantizedWithoutCellScale) {
  std::string body = kIntegerLstm.str();
  const std::string attribute = " {cell_scale = 4.8828125e-04 : f32}";
  body.erase(body.find(attribute), attribute.size());
  const size_t bias = body.find("%b = ");
  body.replace(bias, body.find('\n', bias) - bias,
               "%b = nn.constant dense<[0.0, 0.0, 0.0, 0.5]> : tensor<4xf32> "
               "-> tensor<4xf32>");
  body.replace(body.rfind("tensor<4xi32>"), 13, "tensor<4xf32>");
  const std::vector<double> found =
      evaluateText({"tensor<1x4x1x!quant.uniform<i8:f32, 0.015625:3>>"},
                   "tensor<1x4x1x!quant.uniform<i8:f32, 7.8125e-03:1>>", body,
                   {tensor<int8_t>({1, 4, 1}, {67, -29, 19, 127})});
  LstmState state;
  ASSERT_EQ(found.size(), 4u);
  const double inputs[] = {1.0, -0.5, 0.25, 124.0 / 64};
  for (int t = 0; t < 4; ++t)
    EXPECT_EQ(found[t], std::round(state.step(inputs[t]) * 128) + 1)
        << "step " << t;
}

TEST(Lstm, CellScaleMustBeAPowerOfTwo) {
  std::string body = kIntegerLstm.str();
  body.replace(body.find("4.8828125e-04"), 13, "5.0e-04");
  Network network(function({"tensor<1x4x1x!quant.uniform<i8:f32, 0.015625:3>>"},
                           "tensor<1x4x1x!quant.uniform<i8:f32, 7.8125e-03:1>>",
                           body + " loc(\"memory\")"));
  EXPECT_EQ(network.runError({tensor<int8_t>({1, 4, 1}, {1, 2, 3, 4})})
                .find("layer 'memory' (nn.lstm): expects a cell scale that is "
                      "a power of two"),
            0u);
}

/// z = x, r = x + h, n from 2x and h; biases 0.1 .. 0.6.
constexpr llvm::StringLiteral kGruWeights = R"(
    %w = nn.constant dense<[[1.0], [1.0], [2.0]]>
      : tensor<3x1xf32> -> tensor<3x1xf32>
    %u = nn.constant dense<[[0.0], [1.0], [-1.5]]>
      : tensor<3x1xf32> -> tensor<3x1xf32>
    %b = nn.constant dense<[0.1, 0.2, 0.3]> : tensor<3xf32> -> tensor<3xf32>
    %v = nn.constant dense<[0.4, 0.5, 0.6]> : tensor<3xf32> -> tensor<3xf32>
)";

double gruStep(double x, double h, bool linearBeforeReset) {
  const double z = sigmoid(x + 0.1 + 0.4);
  const double r = sigmoid(x + 0.2 + h + 0.5);
  const double n = linearBeforeReset
                       ? std::tanh(2 * x + 0.3 + r * (-1.5 * h + 0.6))
                       : std::tanh(2 * x + 0.3 - 1.5 * (r * h) + 0.6);
  return (1 - z) * n + z * h;
}

TEST(Gru, BothOrdersOfReset) {
  for (bool linear : {false, true}) {
    const double h0 = gruStep(1.0, 0.0, linear);
    const double h1 = gruStep(-0.5, h0, linear);
    const double h2 = gruStep(0.25, h1, linear);
    expectNear(
        evaluateText({"tensor<1x3x1xf32>"}, "tensor<1x3x1xf32>",
                     (kGruWeights + "    %r = nn.gru %0, %w, %u, %b, %v " +
                      (linear ? "{linear_before_reset}" : "") +
                      R"( : (tensor<1x3x1xf32>, tensor<3x1xf32>,
            tensor<3x1xf32>, tensor<3xf32>, tensor<3xf32>)
              -> tensor<1x3x1xf32>)")
                         .str(),
                     {tensor<float>({1, 3, 1}, {1, -0.5f, 0.25f})}),
        {h0, h1, h2});
  }
}

TEST(Gru, TimeMajor) {
  expectNear(evaluateText({"tensor<1x2x1xf32>"}, "tensor<1x2x1xf32>",
                          (kGruWeights +
                           R"(    %r = nn.gru %0, %w, %u, %b, %v {time_major}
      : (tensor<1x2x1xf32>, tensor<3x1xf32>, tensor<3x1xf32>, tensor<3xf32>,
         tensor<3xf32>) -> tensor<1x2x1xf32>)")
                              .str(),
                          {tensor<float>({1, 2, 1}, {1, -0.5f})}),
             {gruStep(1.0, 0.0, false), gruStep(-0.5, 0.0, false)});
}

} // namespace
