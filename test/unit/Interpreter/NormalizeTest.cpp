//===- NormalizeTest.cpp - Softmax and normalization ----------------------===//
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

// exp(0), exp(log 2), exp(log 5) share 1/8, 2/8, 5/8; a common offset of 1000
// must not overflow.
TEST(Softmax, Float) {
  const float log2 = std::log(2.0f), log5 = std::log(5.0f);
  expectNear(
      evaluateText({"tensor<2x3xf32>"}, "tensor<2x3xf32>", R"(
    %r = nn.softmax %0 : (tensor<2x3xf32>) -> tensor<2x3xf32>)",
                   {tensor<float>({2, 3}, {0, log2, log5, 1000, 1000, 1000})}),
      {0.125, 0.25, 0.625, 1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST(Softmax, AlongAnotherAxisWithBeta) {
  const float half = 0.5f * std::log(3.0f);
  expectNear(evaluateText({"tensor<2x2xf32>"}, "tensor<2x2xf32>", R"(
    %r = nn.softmax %0 {axis = 0 : i64, beta = 2.0 : f32}
      : (tensor<2x2xf32>) -> tensor<2x2xf32>)",
                          {tensor<float>({2, 2}, {half, 0, 0, 0})}),
             {0.75, 0.5, 0.25, 0.5});
}

// Equal logits share equally: 1/4 is 64 steps above -128; a logit far below
// gets nothing, and one far above everything that 255/256 can show.
TEST(Softmax, Quantized) {
  constexpr llvm::StringLiteral body = R"(
    %r = nn.softmax %0 : (tensor<2x4x!quant.uniform<i8:f32, 0.5:3>>)
      -> tensor<2x4x!quant.uniform<i8:f32, 3.906250e-03:-128>>)";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(evaluateText(
                  {"tensor<2x4x!quant.uniform<i8:f32, 0.5:3>>"},
                  "tensor<2x4x!quant.uniform<i8:f32, 3.906250e-03:-128>>", body,
                  {tensor<int8_t>({2, 4}, {7, 7, 7, 7, 127, -128, 0, 7})},
                  mode),
              (Values{-64, -64, -64, -64, 127, -128, -128, -128}));
}

// softmax(0, -1, -2, -3) = {0.6439, 0.2369, 0.0871, 0.0321} in steps of 1/256.
TEST(Softmax, QuantizedUint8) {
  EXPECT_EQ(evaluateText({"tensor<4x!quant.uniform<u8:f32, 0.1:7>>"},
                         "tensor<4x!quant.uniform<u8:f32, 3.906250e-03>>",
                         R"(
    %r = nn.softmax %0 : (tensor<4x!quant.uniform<u8:f32, 0.1:7>>)
      -> tensor<4x!quant.uniform<u8:f32, 3.906250e-03>>)",
                         {tensor<uint8_t>({4}, {100, 90, 80, 70})}),
            (Values{165, 61, 22, 8}));
}

// Another result type has no integer form: softmax(0, 0) = 0.5 in steps of 0.1.
TEST(Softmax, QuantizedOnRealNumbers) {
  EXPECT_EQ(evaluateText({"tensor<2x!quant.uniform<i8:f32, 0.1>>"},
                         "tensor<2x!quant.uniform<i8:f32, 0.1>>", R"(
    %r = nn.softmax %0 : (tensor<2x!quant.uniform<i8:f32, 0.1>>)
      -> tensor<2x!quant.uniform<i8:f32, 0.1>>)",
                         {tensor<int8_t>({2}, {9, 9})}),
            (Values{5, 5}));
}

TEST(LogSoftmax, Float) {
  const float log3 = std::log(3.0f);
  expectNear(evaluateText({"tensor<1x2xf32>"}, "tensor<1x2xf32>", R"(
    %r = nn.log_softmax %0 : (tensor<1x2xf32>) -> tensor<1x2xf32>)",
                          {tensor<float>({1, 2}, {log3, 0})}),
             {std::log(0.75), std::log(0.25)});
}

// (x - mean) / sqrt(variance + epsilon) * gamma + beta by channel.
TEST(BatchNorm, ByChannel) {
  expectNear(evaluateText({"tensor<2x2xf32>"}, "tensor<2x2xf32>", R"(
    %g = nn.constant dense<[2.0, 1.0]> : tensor<2xf32> -> tensor<2xf32>
    %b = nn.constant dense<[0.5, 0.0]> : tensor<2xf32> -> tensor<2xf32>
    %m = nn.constant dense<[1.0, -1.0]> : tensor<2xf32> -> tensor<2xf32>
    %v = nn.constant dense<[3.0, 0.0]> : tensor<2xf32> -> tensor<2xf32>
    %r = nn.batch_norm %0, %g, %b, %m, %v {epsilon = 1.0 : f32}
      : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
         tensor<2xf32>) -> tensor<2x2xf32>)",
                          {tensor<float>({2, 2}, {3, 3, 1, -2})}),
             {2.5, 4, 0.5, -1});
}

// Mean 2, variance 1 (epsilon 0): {-1, 1} * gamma + beta.
TEST(LayerNorm, LastDimension) {
  expectNear(evaluateText({"tensor<2x2xf32>"}, "tensor<2x2xf32>", R"(
    %g = nn.constant dense<[1.0, 10.0]> : tensor<2xf32> -> tensor<2xf32>
    %b = nn.constant dense<[0.0, 0.25]> : tensor<2xf32> -> tensor<2xf32>
    %r = nn.layer_norm %0, %g, %b {epsilon = 0.0 : f32}
      : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>)",
                          {tensor<float>({2, 2}, {1, 3, -5, 5})}),
             {-1, 10.25, -1, 10.25});
}

TEST(LayerNorm, QuantizedOnRealNumbers) {
  EXPECT_EQ(evaluateText({"tensor<1x2x!quant.uniform<i8:f32, 0.5:1>>"},
                         "tensor<1x2x!quant.uniform<i8:f32, 0.125>>", R"(
    %g = nn.constant dense<1.0> : tensor<2xf32> -> tensor<2xf32>
    %b = nn.constant dense<0.0> : tensor<2xf32> -> tensor<2xf32>
    %r = nn.layer_norm %0, %g, %b {epsilon = 0.0 : f32}
      : (tensor<1x2x!quant.uniform<i8:f32, 0.5:1>>, tensor<2xf32>,
         tensor<2xf32>) -> tensor<1x2x!quant.uniform<i8:f32, 0.125>>)",
                         {tensor<int8_t>({1, 2}, {3, 7})}),
            (Values{-8, 8}));
}

} // namespace
