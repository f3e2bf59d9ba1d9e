//===- MatrixTest.cpp - Matrix products -----------------------------------===//
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

TEST(FullyConnected, RowsOfAnyRank) {
  EXPECT_EQ(evaluateText({"tensor<2x1x2xf32>"}, "tensor<2x1x3xf32>",
                         R"(
    %w = nn.constant dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]>
      : tensor<3x2xf32> -> tensor<3x2xf32>
    %b = nn.constant dense<[0.0, 0.0, -100.0]>
      : tensor<3xf32> -> tensor<3xf32>
    %r = nn.fully_connected %0, %w, %b act <clip, -50.0, 3.0>
      : (tensor<2x1x2xf32>, tensor<3x2xf32>, tensor<3xf32>)
        -> tensor<2x1x3xf32>)",
                         {tensor<float>({2, 1, 2}, {1, 2, 3, 4})}),
            (Values{1, 2, -50, 3, 3, -50}));
}

// f16 weights behind a cast: 1.5 and -0.25 are exact.
TEST(FullyConnected, HalfWeights) {
  EXPECT_EQ(evaluateText({"tensor<1x2xf32>"}, "tensor<1x1xf32>",
                         R"(
    %h = nn.constant dense<[[1.5, -0.25]]> : tensor<1x2xf16>
      -> tensor<1x2xf16>
    %w = nn.cast %h : (tensor<1x2xf16>) -> tensor<1x2xf32>
    %r = nn.fully_connected %0, %w
      : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>)",
                         {tensor<float>({1, 2}, {2, 4})}),
            (Values{2}));
}

// (q + 1) = {4, 5}, weights {3, -1}: 12 - 5 + 5 = 12; 0.1 * 0.5 / 0.2 = 1/4.
TEST(FullyConnected, Quantized) {
  constexpr llvm::StringLiteral body = R"(
    %w = nn.constant dense<[[3, -1]]> : tensor<1x2xi8>
      -> tensor<1x2x!quant.uniform<i8:f32, 0.5>>
    %b = nn.constant dense<[5]> : tensor<1xi32> -> tensor<1xi32>
    %r = nn.fully_connected %0, %w, %b
      : (tensor<1x2x!quant.uniform<i8:f32, 0.1:-1>>,
         tensor<1x2x!quant.uniform<i8:f32, 0.5>>, tensor<1xi32>)
        -> tensor<1x1x!quant.uniform<i8:f32, 0.2:7>>)";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(evaluateText({"tensor<1x2x!quant.uniform<i8:f32, 0.1:-1>>"},
                           "tensor<1x1x!quant.uniform<i8:f32, 0.2:7>>", body,
                           {tensor<int8_t>({1, 2}, {3, 4})}, mode),
              (Values{10}));
}

// Results beyond the storage range saturate.
TEST(FullyConnected, Saturates) {
  constexpr llvm::StringLiteral body = R"(
    %w = nn.constant dense<[[127], [-127]]> : tensor<2x1xi8>
      -> tensor<2x1x!quant.uniform<i8:f32, 1.0>>
    %r = nn.fully_connected %0, %w
      : (tensor<1x1x!quant.uniform<i8:f32, 1.0>>,
         tensor<2x1x!quant.uniform<i8:f32, 1.0>>)
        -> tensor<1x2x!quant.uniform<i8:f32, 1.0>>)";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(evaluateText({"tensor<1x1x!quant.uniform<i8:f32, 1.0>>"},
                           "tensor<1x2x!quant.uniform<i8:f32, 1.0>>", body,
                           {tensor<int8_t>({1, 1}, {100})}, mode),
              (Values{127, -128}));
}

// One 2x2 block, in columns 2..3 of a 2x4 matrix. An element that is not stored
// is the zero point, the real number zero.
TEST(SparseFullyConnected, BlocksAndZeroPoint) {
  EXPECT_EQ(evaluateText({"tensor<1x4x!quant.uniform<i8:f32, 1.0>>"},
                         "tensor<1x2x!quant.uniform<i8:f32, 1.0>>",
                         R"(
    %w = nn.sparse_constant positions dense<[0, 1]> : tensor<2xi32>
      coordinates dense<[1]> : tensor<1xi32>
      values dense<[13, 14, 9, 12]> : tensor<4xi8>
      : tensor<2x4x!quant.uniform<i8:f32, 1.0:10>, #sparse_tensor.encoding<{
          map = (i, j) -> (i floordiv 2 : dense, j floordiv 2 : compressed,
                           i mod 2 : dense, j mod 2 : dense)}>>
    %r = nn.sparse_fully_connected %0, %w
      : (tensor<1x4x!quant.uniform<i8:f32, 1.0>>,
         tensor<2x4x!quant.uniform<i8:f32, 1.0:10>, #sparse_tensor.encoding<{
          map = (i, j) -> (i floordiv 2 : dense, j floordiv 2 : compressed,
                           i mod 2 : dense, j mod 2 : dense)}>>)
        -> tensor<1x2x!quant.uniform<i8:f32, 1.0>>)",
                         {tensor<int8_t>({1, 4}, {1, 2, 3, 4})}),
            // 3*3 + 4*4, -1*3 + 2*4
            (Values{25, 5}));
}

// Blocks of one row: row 0 has columns 2..3, row 1 columns 0..1.
TEST(SparseFullyConnected, BlocksOfOneRow) {
  EXPECT_EQ(evaluateText({"tensor<1x4xf32>"}, "tensor<1x2xf32>", R"(
    %w = nn.sparse_constant positions dense<[0, 1, 2]> : tensor<3xi32>
      coordinates dense<[1, 0]> : tensor<2xi32>
      values dense<[3.0, 4.0, -1.0, 2.0]> : tensor<4xf32>
      : tensor<2x4xf32, #sparse_tensor.encoding<{
          map = (i, j) -> (i : dense, j floordiv 2 : compressed,
                           j mod 2 : dense)}>>
    %r = nn.sparse_fully_connected %0, %w
      : (tensor<1x4xf32>, tensor<2x4xf32, #sparse_tensor.encoding<{
          map = (i, j) -> (i : dense, j floordiv 2 : compressed,
                           j mod 2 : dense)}>>) -> tensor<1x2xf32>)",
                         {tensor<float>({1, 4}, {1, 2, 3, 4})}),
            (Values{25, 3}));
}

// Blocks of two rows and one column, at columns 1 and 3.
TEST(SparseFullyConnected, BlocksOfOneColumn) {
  EXPECT_EQ(evaluateText({"tensor<1x4xf32>"}, "tensor<1x2xf32>", R"(
    %w = nn.sparse_constant positions dense<[0, 2]> : tensor<2xi32>
      coordinates dense<[1, 3]> : tensor<2xi32>
      values dense<[3.0, 4.0, -1.0, 2.0]> : tensor<4xf32>
      : tensor<2x4xf32, #sparse_tensor.encoding<{
          map = (i, j) -> (i floordiv 2 : dense, j : compressed,
                           i mod 2 : dense)}>>
    %r = nn.sparse_fully_connected %0, %w
      : (tensor<1x4xf32>, tensor<2x4xf32, #sparse_tensor.encoding<{
          map = (i, j) -> (i floordiv 2 : dense, j : compressed,
                           i mod 2 : dense)}>>) -> tensor<1x2xf32>)",
                         {tensor<float>({1, 4}, {1, 2, 3, 4})}),
            (Values{2, 16}));
}

TEST(BatchMatmul, BroadcastsBatches) {
  EXPECT_EQ(evaluateText({"tensor<2x1x2xf32>", "tensor<2x1xf32>"},
                         "tensor<2x1x1xf32>",
                         R"(
    %r = nn.batch_matmul %0, %1
      : (tensor<2x1x2xf32>, tensor<2x1xf32>) -> tensor<2x1x1xf32>)",
                         {tensor<float>({2, 1, 2}, {1, 2, 3, 4}),
                          tensor<float>({2, 1}, {10, 1})}),
            (Values{12, 34}));
}

// The transposes of [[1 2] [3 4] [5 6]] (3x2, read as 2x3) and of
// [[1 1 1] [1 0 0]] (2x3, read as 3x2).
TEST(BatchMatmul, Transposed) {
  EXPECT_EQ(evaluateText({"tensor<3x2xf32>", "tensor<2x3xf32>"},
                         "tensor<2x2xf32>",
                         R"(
    %r = nn.batch_matmul %0, %1 {transpose_lhs, transpose_rhs}
      : (tensor<3x2xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>)",
                         {tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}),
                          tensor<float>({2, 3}, {1, 1, 1, 1, 0, 0})}),
            (Values{9, 1, 12, 2}));
}

// (2 - 1) * (5 + 1) + (4 - 1) * (-2 + 1) = 3, times 1/2.
TEST(BatchMatmul, QuantizedBothZeroPoints) {
  constexpr llvm::StringLiteral body = R"(
    %r = nn.batch_matmul %0, %1
      : (tensor<1x2x!quant.uniform<i8:f32, 0.5:1>>,
         tensor<2x1x!quant.uniform<i8:f32, 1.0:-1>>)
        -> tensor<1x1x!quant.uniform<i8:f32, 1.0:-2>>)";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(evaluateText({"tensor<1x2x!quant.uniform<i8:f32, 0.5:1>>",
                            "tensor<2x1x!quant.uniform<i8:f32, 1.0:-1>>"},
                           "tensor<1x1x!quant.uniform<i8:f32, 1.0:-2>>", body,
                           {tensor<int8_t>({1, 2}, {2, 4}),
                            tensor<int8_t>({2, 1}, {5, -2})},
                           mode),
              // 1.5 is 2 in both modes.
              (Values{0}));
}

} // namespace
