//===- PoolTest.cpp - Pooling ---------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

using namespace pare;
using namespace pare::test;

using Values = std::vector<double>;

namespace {

TEST(AvgPool2D, PaddingDoesNotCount) {
  EXPECT_EQ(evaluateText({"tensor<1x2x2x1xf32>"}, "tensor<1x2x2x1xf32>",
                         R"(
    %r = nn.avg_pool2d %0 kernel [2, 2] pad [0, 1, 0, 1]
      : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>)",
                         {tensor<float>({1, 2, 2, 1}, {1, 2, 3, 4})}),
            (Values{2.5, 3, 3.5, 4}));
}

TEST(AvgPool2D, PaddingCountsAsZeros) {
  EXPECT_EQ(evaluateText({"tensor<1x2x2x1xf32>"}, "tensor<1x2x2x1xf32>",
                         R"(
    %r = nn.avg_pool2d %0 kernel [2, 2] pad [0, 1, 0, 1] act <clip, 0.0, 2.0>
      {count_include_pad} : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>)",
                         {tensor<float>({1, 2, 2, 1}, {1, 2, 3, 4})}),
            (Values{2, 1.5, 1.75, 1}));
}

// Halves go away from zero: sums 3, -3 of two elements.
TEST(AvgPool2D, QuantizedRoundsAwayFromZero) {
  constexpr llvm::StringLiteral in =
      "tensor<1x1x4x1x!quant.uniform<i8:f32, 0.3:9>>";
  EXPECT_EQ(evaluateText({in}, "tensor<1x1x2x1x!quant.uniform<i8:f32, 0.3:9>>",
                         R"(
    %r = nn.avg_pool2d %0 kernel [1, 2] strides [1, 2]
      : (tensor<1x1x4x1x!quant.uniform<i8:f32, 0.3:9>>)
        -> tensor<1x1x2x1x!quant.uniform<i8:f32, 0.3:9>>)",
                         {tensor<int8_t>({1, 1, 4, 1}, {1, 2, -1, -2})}),
            (Values{2, -2}));
}

// The padding is the zero point 10: (20 + 10) / 2.
TEST(AvgPool2D, QuantizedPaddingCountsAsZeroPoint) {
  constexpr llvm::StringLiteral type =
      "tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0:10>>";
  EXPECT_EQ(evaluateText({type}, type, R"(
    %r = nn.avg_pool2d %0 kernel [1, 2] pad [0, 0, 0, 1] {count_include_pad}
      : (tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0:10>>)
        -> tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0:10>>)",
                         {tensor<int8_t>({1, 1, 1, 1}, {20})}),
            (Values{15}));
}

// Scales differ: on real numbers, (4 + 5) / 2 * 0.5 = 2.25 -> 2.
TEST(AvgPool2D, AnotherScale) {
  EXPECT_EQ(evaluateText({"tensor<1x1x2x1x!quant.uniform<i8:f32, 0.5>>"},
                         "tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>",
                         R"(
    %r = nn.avg_pool2d %0 kernel [1, 2]
      : (tensor<1x1x2x1x!quant.uniform<i8:f32, 0.5>>)
        -> tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>)",
                         {tensor<int8_t>({1, 1, 2, 1}, {4, 5})}),
            (Values{2}));
}

// Padding is not zero: all values are negative.
TEST(MaxPool2D, PaddingIsNeverTheMaximum) {
  EXPECT_EQ(
      evaluateText({"tensor<1x1x3x2xf32>"}, "tensor<1x1x2x2xf32>",
                   R"(
    %r = nn.max_pool2d %0 kernel [1, 2] strides [1, 2] pad [0, 0, 1, 0]
      : (tensor<1x1x3x2xf32>) -> tensor<1x1x2x2xf32>)",
                   {tensor<float>({1, 1, 3, 2}, {-5, -6, -7, -1, -2, -9})}),
      (Values{-5, -6, -2, -1}));
}

// relu clamps at the zero point.
TEST(MaxPool2D, QuantizedWithRelu) {
  EXPECT_EQ(evaluateText({"tensor<1x2x2x1x!quant.uniform<u8:f32, 0.1:100>>"},
                         "tensor<1x2x1x1x!quant.uniform<u8:f32, 0.1:100>>",
                         R"(
    %r = nn.max_pool2d %0 kernel [1, 2] act <relu>
      : (tensor<1x2x2x1x!quant.uniform<u8:f32, 0.1:100>>)
        -> tensor<1x2x1x1x!quant.uniform<u8:f32, 0.1:100>>)",
                         {tensor<uint8_t>({1, 2, 2, 1}, {200, 3, 99, 98})}),
            (Values{200, 100}));
}

TEST(GlobalPool, AverageAndMaximum) {
  const HostTensor in =
      tensor<float>({1, 2, 2, 2}, {1, -1, 2, -2, 3, -3, 6, -4});
  EXPECT_EQ(evaluateText({"tensor<1x2x2x2xf32>"}, "tensor<1x1x1x2xf32>", R"(
    %r = nn.global_avg_pool %0
      : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32>)",
                         {in}),
            (Values{3, -2.5}));
  EXPECT_EQ(evaluateText({"tensor<1x2x2x2xf32>"}, "tensor<1x1x1x2xf32>", R"(
    %r = nn.global_max_pool %0
      : (tensor<1x2x2x2xf32>) -> tensor<1x1x1x2xf32>)",
                         {in}),
            (Values{6, -1}));
}

TEST(GlobalPool, Quantized) {
  EXPECT_EQ(evaluateText({"tensor<1x1x3x1x!quant.uniform<i8:f32, 0.1:3>>"},
                         "tensor<1x1x1x1x!quant.uniform<i8:f32, 0.1:3>>",
                         R"(
    %r = nn.global_avg_pool %0
      : (tensor<1x1x3x1x!quant.uniform<i8:f32, 0.1:3>>)
        -> tensor<1x1x1x1x!quant.uniform<i8:f32, 0.1:3>>)",
                         {tensor<int8_t>({1, 1, 3, 1}, {-100, -101, -100})}),
            (Values{-100}));
}

} // namespace
