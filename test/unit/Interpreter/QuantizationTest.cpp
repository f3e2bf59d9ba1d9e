//===- QuantizationTest.cpp - Changes of type and of scale ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include <limits>

using namespace pare;
using namespace pare::test;

using Values = std::vector<double>;

namespace {

TEST(Cast, FloatToInteger) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const HostTensor in =
      tensor<float>({6}, {1.9f, -1.9f, 300.0f, -infinity, nan, 0.0f});
  EXPECT_EQ(evaluateText({"tensor<6xf32>"}, "tensor<6xi8>", R"(
    %r = nn.cast %0 : (tensor<6xf32>) -> tensor<6xi8>)",
                         {in}),
            (Values{1, -1, 127, -128, 0, 0}));
  EXPECT_EQ(evaluateText({"tensor<6xf32>"}, "tensor<6xi64>", R"(
    %r = nn.cast %0 : (tensor<6xf32>) -> tensor<6xi64>)",
                         {in}),
            (Values{1, -1, 300, -9223372036854775808.0, 0, 0}));
  EXPECT_EQ(evaluateText({"tensor<6xf32>"}, "tensor<6xi1>", R"(
    %r = nn.cast %0 : (tensor<6xf32>) -> tensor<6xi1>)",
                         {in}),
            (Values{1, 1, 1, 1, 1, 0}));
}

TEST(Cast, IntegerToOthers) {
  const HostTensor in = tensor<int32_t>({3}, {-1, 300, 16777217});
  EXPECT_EQ(evaluateText({"tensor<3xi32>"}, "tensor<3xf32>", R"(
    %r = nn.cast %0 : (tensor<3xi32>) -> tensor<3xf32>)",
                         {in}),
            (Values{-1, 300, 16777216}));
  EXPECT_EQ(evaluateText({"tensor<3xi32>"}, "tensor<3xi8>", R"(
    %r = nn.cast %0 : (tensor<3xi32>) -> tensor<3xi8>)",
                         {in}),
            (Values{-1, 44, 1}));
  EXPECT_EQ(evaluateText({"tensor<3xi32>"}, "tensor<3xi1>", R"(
    %r = nn.cast %0 : (tensor<3xi32>) -> tensor<3xi1>)",
                         {tensor<int32_t>({3}, {0, 2, -1})}),
            (Values{0, 1, 1}));
}

// 2049 lies between two f16 numbers and goes to the even one.
TEST(Cast, Half) {
  EXPECT_EQ(evaluateText({"tensor<3xf32>"}, "tensor<3xf32>", R"(
    %h = nn.cast %0 : (tensor<3xf32>) -> tensor<3xf16>
    %r = nn.cast %h : (tensor<3xf16>) -> tensor<3xf32>)",
                         {tensor<float>({3}, {2049.0f, 2051.0f, -0.5f})}),
            (Values{2048, 2052, -0.5}));
}

// Halves go away from zero; the ends saturate; no number is the zero point.
TEST(Quantize, RoundsAndSaturates) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(evaluateText(
                {"tensor<6xf32>"}, "tensor<6x!quant.uniform<i8:f32, 0.5:10>>",
                R"(
    %r = nn.quantize %0
      : (tensor<6xf32>) -> tensor<6x!quant.uniform<i8:f32, 0.5:10>>)",
                {tensor<float>({6}, {0.25f, -0.25f, 1.0f, 1e9f, -1e9f, nan})}),
            (Values{11, 9, 12, 127, -128, 10}));
}

TEST(Quantize, PerAxisAndNarrowRange) {
  EXPECT_EQ(evaluateText({"tensor<2x2xf32>"},
                         "tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, "
                         "{1.0, 0.25}>>",
                         R"(
    %r = nn.quantize %0 : (tensor<2x2xf32>)
      -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {1.0, 0.25}>>)",
                         {tensor<float>({2, 2}, {3, -500, 3, -500})}),
            (Values{3, -127, 12, -127}));
}

TEST(Dequantize, PerTensorAndPerAxis) {
  EXPECT_EQ(evaluateText({"tensor<2x!quant.uniform<u8:f32, 0.5:128>>"},
                         "tensor<2xf32>", R"(
    %r = nn.dequantize %0
      : (tensor<2x!quant.uniform<u8:f32, 0.5:128>>) -> tensor<2xf32>)",
                         {tensor<uint8_t>({2}, {0, 255})}),
            (Values{-64, 63.5}));
  EXPECT_EQ(
      evaluateText({"tensor<1x2x!quant.uniform<i8:f32:1, {1.0:1, 0.25:-2}>>"},
                   "tensor<1x2xf32>", R"(
    %r = nn.dequantize %0
      : (tensor<1x2x!quant.uniform<i8:f32:1, {1.0:1, 0.25:-2}>>)
        -> tensor<1x2xf32>)",
                   {tensor<int8_t>({1, 2}, {3, 2})}),
      (Values{2, 1}));
}

// u8 to i8 with the same scale is exact, in both modes.
TEST(Requantize, ShiftOfTheZeroPoint) {
  constexpr llvm::StringLiteral body = R"(
    %r = nn.requantize %0 : (tensor<3x!quant.uniform<u8:f32, 0.3:130>>)
      -> tensor<3x!quant.uniform<i8:f32, 0.3:2>>)";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(evaluateText({"tensor<3x!quant.uniform<u8:f32, 0.3:130>>"},
                           "tensor<3x!quant.uniform<i8:f32, 0.3:2>>", body,
                           {tensor<uint8_t>({3}, {0, 130, 255})}, mode),
              (Values{-128, 2, 127}));
}

// Half the steps: ties at 0.5 and -0.5 tell the modes apart.
TEST(Requantize, AnotherScale) {
  constexpr llvm::StringLiteral in = "tensor<4x!quant.uniform<i8:f32, 0.5>>";
  constexpr llvm::StringLiteral out = "tensor<4x!quant.uniform<i8:f32, 1.0:1>>";
  constexpr llvm::StringLiteral body = R"(
    %r = nn.requantize %0 : (tensor<4x!quant.uniform<i8:f32, 0.5>>)
      -> tensor<4x!quant.uniform<i8:f32, 1.0:1>>)";
  const HostTensor values = tensor<int8_t>({4}, {1, -1, 3, 127});
  EXPECT_EQ(evaluateText({in}, out, body, {values}), (Values{2, 1, 3, 65}));
  EXPECT_EQ(evaluateText({in}, out, body, {values}, kFloatMode),
            (Values{1, 1, 3, 65}));
}

TEST(Requantize, ToWiderAndFromWide) {
  EXPECT_EQ(evaluateText({"tensor<2x!quant.uniform<i8:f32, 1.0:-1>>"},
                         "tensor<2x!quant.uniform<i16:f32, 0.01>>", R"(
    %r = nn.requantize %0 : (tensor<2x!quant.uniform<i8:f32, 1.0:-1>>)
      -> tensor<2x!quant.uniform<i16:f32, 0.01>>)",
                         {tensor<int8_t>({2}, {-128, 99})}),
            (Values{-12700, 10000}));
  EXPECT_EQ(evaluateText({"tensor<2x!quant.uniform<i32:f32, 0.001>>"},
                         "tensor<2x!quant.uniform<i8:f32, 1.0>>", R"(
    %r = nn.requantize %0 : (tensor<2x!quant.uniform<i32:f32, 0.001>>)
      -> tensor<2x!quant.uniform<i8:f32, 1.0>>)",
                         {tensor<int32_t>({2}, {25400, -1000000})}),
            (Values{25, -128}));
}

TEST(FakeQuant, WithoutRangeChangesNothing) {
  EXPECT_EQ(evaluateText({"tensor<2xf32>"}, "tensor<2xf32>", R"(
    %r = nn.fake_quant %0 <bits = 8> : tensor<2xf32>)",
                         {tensor<float>({2}, {0.3f, 1e6f})}),
            (Values{0.3f, 1e6}));
}

// [-64, 63.5] in 255 steps of 0.5, zero point 0.
TEST(FakeQuant, Asymmetric) {
  EXPECT_EQ(evaluateText({"tensor<4xf32>"}, "tensor<4xf32>", R"(
    %r = nn.fake_quant %0 <bits = 8> range [-64.0] to [63.5] : tensor<4xf32>)",
                         {tensor<float>({4}, {0.7f, 0.8f, 100.0f, -100.0f})}),
            (Values{0.5, 1, 63.5, -64}));
}

// Axis 1, symmetric, narrow, 4 bits: steps of 7/7 and 14/7.
TEST(FakeQuant, SymmetricPerAxis) {
  EXPECT_EQ(evaluateText({"tensor<2x2xf32>"}, "tensor<2x2xf32>", R"(
    %r = nn.fake_quant %0
      <bits = 4, symmetric = true, narrow = true, axis = 1>
      range [-7.0, -3.0] to [5.0, 14.0] : tensor<2x2xf32>)",
                         {tensor<float>({2, 2}, {3.4f, 3.4f, -9.0f, -20.0f})}),
            (Values{3, 4, -7, -14}));
}

} // namespace
