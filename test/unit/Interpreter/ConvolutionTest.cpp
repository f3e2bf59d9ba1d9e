//===- ConvolutionTest.cpp - Convolutions ---------------------------------===//
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

// 3x3 ones with padding 1 sum each pixel's neighbourhood.
TEST(Conv2D, SumsTheNeighbourhood) {
  EXPECT_EQ(
      evaluateText({"tensor<1x3x3x1xf32>"}, "tensor<1x3x3x1xf32>",
                   R"(
    %w = nn.constant dense<1.0> : tensor<1x3x3x1xf32> -> tensor<1x3x3x1xf32>
    %r = nn.conv2d %0, %w pad [1, 1, 1, 1]
      : (tensor<1x3x3x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>)",
                   {tensor<float>({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9})}),
      (Values{12, 21, 16, 27, 45, 33, 24, 39, 28}));
}

// Stride 2, unequal padding, two outputs with bias, clamped by relu6:
// windows (rows 0..1, columns 0..1), then (0..1, 2..pad), ...
TEST(Conv2D, StridePaddingBiasAndActivation) {
  EXPECT_EQ(
      evaluateText({"tensor<1x3x3x1xf32>"}, "tensor<1x2x2x2xf32>",
                   R"(
    %w = nn.constant dense<[[[[1.0], [0.0]], [[0.0], [1.0]]],
                            [[[-1.0], [0.0]], [[0.0], [0.0]]]]>
      : tensor<2x2x2x1xf32> -> tensor<2x2x2x1xf32>
    %b = nn.constant dense<[0.5, 4.0]> : tensor<2xf32> -> tensor<2xf32>
    %r = nn.conv2d %0, %w, %b strides [2, 2] pad [0, 1, 0, 1] act <relu6>
      : (tensor<1x3x3x1xf32>, tensor<2x2x2x1xf32>, tensor<2xf32>)
        -> tensor<1x2x2x2xf32>)",
                   {tensor<float>({1, 3, 3, 1}, {1, 2, 3, 4, 0, 6, 7, 8, 9})}),
      // 1+0+.5, 4-1; 3+.5, 4-3; 7+.5 -> 6, 4-7 -> 0; 9.5 -> 6, 4-9 -> 0.
      (Values{1.5, 3, 3.5, 1, 6, 0, 6, 0}));
}

// Dilation 2: taps at distance 2. Two batches.
TEST(Conv2D, DilationAndBatch) {
  EXPECT_EQ(
      evaluateText({"tensor<2x1x4x1xf32>"}, "tensor<2x1x2x1xf32>",
                   R"(
    %w = nn.constant dense<[[[[10.0], [1.0]]]]>
      : tensor<1x1x2x1xf32> -> tensor<1x1x2x1xf32>
    %r = nn.conv2d %0, %w dilations [1, 2]
      : (tensor<2x1x4x1xf32>, tensor<1x1x2x1xf32>) -> tensor<2x1x2x1xf32>)",
                   {tensor<float>({2, 1, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8})}),
      (Values{13, 24, 57, 68}));
}

// Two groups of two inputs and one output each.
TEST(Conv2D, Groups) {
  EXPECT_EQ(evaluateText({"tensor<1x1x1x4xf32>"}, "tensor<1x1x1x2xf32>",
                         R"(
    %w = nn.constant dense<[[[[1.0, 10.0]]], [[[100.0, 1000.0]]]]>
      : tensor<2x1x1x2xf32> -> tensor<2x1x1x2xf32>
    %r = nn.conv2d %0, %w
      : (tensor<1x1x1x4xf32>, tensor<2x1x1x2xf32>) -> tensor<1x1x1x2xf32>)",
                         {tensor<float>({1, 1, 1, 4}, {1, 2, 3, 4})}),
            (Values{21, 4300}));
}

// Effective scale 1/2: sums 1, 5, -1, -5 are ties. `fixed` rounds them up (its
// double rounding takes 2.5 to 3 and -2.5 to -2), `float` to even.
constexpr llvm::StringLiteral kTies = R"(
    %w = nn.constant dense<1> : tensor<1x1x1x1xi8>
      -> tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>>
    %r = nn.conv2d %0, %w
      : (tensor<1x1x4x1x!quant.uniform<i8:f32, 1.0>>,
         tensor<1x1x1x1x!quant.uniform<i8:f32, 0.5>>)
        -> tensor<1x1x4x1x!quant.uniform<i8:f32, 1.0>>)";

TEST(Conv2D, BothModesOnTies) {
  constexpr llvm::StringLiteral type =
      "tensor<1x1x4x1x!quant.uniform<i8:f32, 1.0>>";
  const HostTensor in = tensor<int8_t>({1, 1, 4, 1}, {1, 5, -1, -5});
  EXPECT_EQ(evaluateText({type}, type, kTies, {in}), (Values{1, 3, 0, -2}));
  EXPECT_EQ(evaluateText({type}, type, kTies, {in}, kFloatMode),
            (Values{0, 2, 0, -2}));
}

// Per-channel scales, zero points of input and output, int32 bias, relu6:
// real input 0.5 * (q + 1) = {2, 3}; channel 0: 0.25 * 4 = 1 -> 2 + 3 + b,
// channel 1: 0.5 * {2, -2} = {1, -1} -> 2 - 3 + b. Biases 8 * 0.125 = 1 and
// 0: results 6 and -1, clamped to [0, 6] = [-4, 8] in steps of 0.5 from -4.
TEST(Conv2D, PerChannelQuantized) {
  constexpr llvm::StringLiteral in =
      "tensor<1x1x1x2x!quant.uniform<i8:f32, 0.5:-1>>";
  constexpr llvm::StringLiteral out =
      "tensor<1x1x1x2x!quant.uniform<i8:f32, 0.5:-4>>";
  constexpr llvm::StringLiteral body = R"(
    %w = nn.constant dense<[[[[4, 4]]], [[[2, -2]]]]> : tensor<2x1x1x2xi8>
      -> tensor<2x1x1x2x!quant.uniform<i8<-127:127>:f32:0, {0.25, 0.5}>>
    %b = nn.constant dense<[8, 0]> : tensor<2xi32>
      -> tensor<2x!quant.uniform<i32:f32:0, {0.125, 0.25}>>
    %r = nn.conv2d %0, %w, %b act <relu6>
      : (tensor<1x1x1x2x!quant.uniform<i8:f32, 0.5:-1>>,
         tensor<2x1x1x2x!quant.uniform<i8<-127:127>:f32:0, {0.25, 0.5}>>,
         tensor<2x!quant.uniform<i32:f32:0, {0.125, 0.25}>>)
        -> tensor<1x1x1x2x!quant.uniform<i8:f32, 0.5:-4>>)";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(evaluateText({in}, out, body,
                           {tensor<int8_t>({1, 1, 1, 2}, {3, 5})}, mode),
              (Values{8, -4}));
}

// uint8 with a zero point of the weights; padding stands for real zero. Real
// input (q - 128): {2, -3}; weights 0.5 * (q - 127) = {1, 2}: 2*1 + -3*2 = -4,
// then -3*1 + 0*2 = -3.
TEST(Conv2D, Uint8WithWeightZeroPoint) {
  EXPECT_EQ(evaluateText({"tensor<1x1x2x1x!quant.uniform<u8:f32, 1.0:128>>"},
                         "tensor<1x1x2x1x!quant.uniform<u8:f32, 1.0:10>>",
                         R"(
    %w = nn.constant dense<[[[[129], [131]]]]> : tensor<1x1x2x1xi8>
      -> tensor<1x1x2x1x!quant.uniform<u8:f32, 0.5:127>>
    %r = nn.conv2d %0, %w pad [0, 0, 0, 1]
      : (tensor<1x1x2x1x!quant.uniform<u8:f32, 1.0:128>>,
         tensor<1x1x2x1x!quant.uniform<u8:f32, 0.5:127>>)
        -> tensor<1x1x2x1x!quant.uniform<u8:f32, 1.0:10>>)",
                         {tensor<uint8_t>({1, 1, 2, 1}, {130, 125})}),
            (Values{6, 7}));
}

// 16-bit activations with 8-bit weights.
TEST(Conv2D, Int16) {
  EXPECT_EQ(evaluateText({"tensor<1x1x1x2x!quant.uniform<i16:f32, 1.0>>"},
                         "tensor<1x1x1x1x!quant.uniform<i16:f32, 2.0>>",
                         R"(
    %w = nn.constant dense<[[[[3, -2]]]]> : tensor<1x1x1x2xi8>
      -> tensor<1x1x1x2x!quant.uniform<i8:f32, 1.0>>
    %r = nn.conv2d %0, %w
      : (tensor<1x1x1x2x!quant.uniform<i16:f32, 1.0>>,
         tensor<1x1x1x2x!quant.uniform<i8:f32, 1.0>>)
        -> tensor<1x1x1x1x!quant.uniform<i16:f32, 2.0>>)",
                         {tensor<int16_t>({1, 1, 1, 2}, {10000, -400})}),
            (Values{15400}));
}

// The attribute is what counts where it is present: here it doubles.
TEST(Conv2D, PreparedScalesAreUsed) {
  EXPECT_EQ(evaluateText({"tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>"},
                         "tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>",
                         R"(
    %w = nn.constant dense<1> : tensor<1x1x1x1xi8>
      -> tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>
    %r = nn.conv2d %0, %w scales <mode = float, factors = [2.0]>
      : (tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>,
         tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>)
        -> tensor<1x1x1x1x!quant.uniform<i8:f32, 1.0>>)",
                         {tensor<int8_t>({1, 1, 1, 1}, {21})}),
            (Values{42}));
}

// Two results for each channel: channel c, multiplier m is c * 2 + m.
TEST(DepthwiseConv2D, ChannelMultiplier) {
  EXPECT_EQ(evaluateText({"tensor<1x2x1x2xf32>"}, "tensor<1x1x1x4xf32>",
                         R"(
    %w = nn.constant dense<[[[[1.0, 10.0, 100.0, 1000.0]],
                             [[2.0, 20.0, 200.0, 2000.0]]]]>
      : tensor<1x2x1x4xf32> -> tensor<1x2x1x4xf32>
    %r = nn.depthwise_conv2d %0, %w
      : (tensor<1x2x1x2xf32>, tensor<1x2x1x4xf32>) -> tensor<1x1x1x4xf32>)",
                         {tensor<float>({1, 2, 1, 2}, {1, 2, 3, 4})}),
            (Values{7, 70, 1000, 10000}));
}

// Scales along the last dimension: real weights {0.5, 2.0}, inputs {4, 3}.
TEST(DepthwiseConv2D, PerChannelQuantized) {
  EXPECT_EQ(evaluateText({"tensor<1x1x1x2x!quant.uniform<i8:f32, 1.0>>"},
                         "tensor<1x1x1x2x!quant.uniform<i8:f32, 1.0:5>>",
                         R"(
    %w = nn.constant dense<[[[[2, 2]]]]> : tensor<1x1x1x2xi8>
      -> tensor<1x1x1x2x!quant.uniform<i8:f32:3, {0.25, 1.0}>>
    %r = nn.depthwise_conv2d %0, %w
      : (tensor<1x1x1x2x!quant.uniform<i8:f32, 1.0>>,
         tensor<1x1x1x2x!quant.uniform<i8:f32:3, {0.25, 1.0}>>)
        -> tensor<1x1x1x2x!quant.uniform<i8:f32, 1.0:5>>)",
                         {tensor<int8_t>({1, 1, 1, 2}, {4, 3})}),
            (Values{7, 11}));
}

// Each input pixel times the filter {1, 2, 3} at distance 2; the first of the
// five positions is cut off: 10 [2 3+10 20 30].
TEST(TransposeConv2D, OverlappingWindows) {
  EXPECT_EQ(evaluateText({"tensor<1x1x2x1xf32>"}, "tensor<1x1x4x1xf32>",
                         R"(
    %w = nn.constant dense<[[[[1.0], [2.0], [3.0]]]]>
      : tensor<1x1x3x1xf32> -> tensor<1x1x3x1xf32>
    %b = nn.constant dense<0.5> : tensor<1xf32> -> tensor<1xf32>
    %r = nn.transpose_conv2d %0, %w, %b strides [1, 2] pad [0, 0, 1, 0]
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1xf32>)
        -> tensor<1x1x4x1xf32>)",
                         {tensor<float>({1, 1, 2, 1}, {1, 10})}),
            (Values{2.5, 13.5, 20.5, 30.5}));
}

TEST(TransposeConv2D, Quantized) {
  EXPECT_EQ(evaluateText({"tensor<1x1x2x1x!quant.uniform<i8:f32, 1.0:1>>"},
                         "tensor<1x2x2x2x!quant.uniform<i8:f32, 2.0:-3>>",
                         R"(
    %w = nn.constant dense<[[[[2]], [[4]]], [[[6]], [[8]]]]>
      : tensor<2x2x1x1xi8> -> tensor<2x2x1x1x!quant.uniform<i8:f32, 1.0>>
    %r = nn.transpose_conv2d %0, %w
      : (tensor<1x1x2x1x!quant.uniform<i8:f32, 1.0:1>>,
         tensor<2x2x1x1x!quant.uniform<i8:f32, 1.0>>)
        -> tensor<1x2x2x2x!quant.uniform<i8:f32, 2.0:-3>>)",
                         {tensor<int8_t>({1, 1, 2, 1}, {2, 3})}),
            (Values{-2, 0, -1, 3, -1, 1, 1, 5}));
}

// Rows hold {(0: 2), (3: 5)} and {(1: -1)} of KH * KW * I = 4 weights.
TEST(SparseConv2D, CompressedRows) {
  EXPECT_EQ(evaluateText({"tensor<1x1x2x2xf32>"}, "tensor<1x1x1x2xf32>",
                         R"(
    %w = nn.sparse_constant positions dense<[0, 2, 3]> : tensor<3xi32>
      coordinates dense<[0, 3, 1]> : tensor<3xi32>
      values dense<[2.0, 5.0, -1.0]> : tensor<3xf32>
      : tensor<2x4xf32, #sparse_tensor.encoding<{
          map = (i, j) -> (i : dense, j : compressed)}>>
    %r = nn.sparse_conv2d %0, %w kernel [1, 2]
      : (tensor<1x1x2x2xf32>, tensor<2x4xf32, #sparse_tensor.encoding<{
          map = (i, j) -> (i : dense, j : compressed)}>>)
        -> tensor<1x1x1x2xf32>)",
                         {tensor<float>({1, 1, 2, 2}, {1, 10, 100, 1000})}),
            (Values{5002, -10}));
}

} // namespace
