//===- MovementTest.cpp - Layers that move elements -----------------------===//
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

TEST(Reshape, KeepsTheOrder) {
  EXPECT_EQ(evaluateText({"tensor<2x3xi64>"}, "tensor<3x1x2xi64>", R"(
    %r = nn.reshape %0 : (tensor<2x3xi64>) -> tensor<3x1x2xi64>)",
                         {tensor<int64_t>({2, 3}, {1, 2, 3, 4, 5, 6})}),
            (Values{1, 2, 3, 4, 5, 6}));
}

// Bits, not values: the zero point plays no part.
TEST(Transpose, KeepsBits) {
  EXPECT_EQ(evaluateText({"tensor<1x2x3x!quant.uniform<i8:f32, 0.1:5>>"},
                         "tensor<3x1x2x!quant.uniform<i8:f32, 0.1:5>>", R"(
    %r = nn.transpose %0 perm [2, 0, 1]
      : (tensor<1x2x3x!quant.uniform<i8:f32, 0.1:5>>)
        -> tensor<3x1x2x!quant.uniform<i8:f32, 0.1:5>>)",
                         {tensor<int8_t>({1, 2, 3}, {-128, 2, 3, 4, 5, 127})}),
            (Values{-128, 4, 2, 5, 3, 127}));
}

TEST(Concat, AlongAnInnerDimension) {
  EXPECT_EQ(evaluateText({"tensor<2x1xf32>", "tensor<2x2xf32>"},
                         "tensor<2x3xf32>", R"(
    %r = nn.concat %0, %1 axis 1
      : (tensor<2x1xf32>, tensor<2x2xf32>) -> tensor<2x3xf32>)",
                         {tensor<float>({2, 1}, {1, 2}),
                          tensor<float>({2, 2}, {3, 4, 5, 6})}),
            (Values{1, 3, 4, 2, 5, 6}));
}

// Parts of other scales are rescaled as real numbers: 3 * 0.5 and (4 - 2) * 1.
TEST(Concat, OtherScales) {
  EXPECT_EQ(evaluateText({"tensor<1x!quant.uniform<i8:f32, 0.5>>",
                          "tensor<1x!quant.uniform<i8:f32, 1.0:2>>"},
                         "tensor<2x!quant.uniform<i8:f32, 0.25:-10>>", R"(
    %r = nn.concat %0, %1 axis 0
      : (tensor<1x!quant.uniform<i8:f32, 0.5>>,
         tensor<1x!quant.uniform<i8:f32, 1.0:2>>)
        -> tensor<2x!quant.uniform<i8:f32, 0.25:-10>>)",
                         {tensor<int8_t>({1}, {3}), tensor<int8_t>({1}, {4})}),
            (Values{-4, -2}));
}

TEST(Split, UnequalParts) {
  Network network(R"(
    func.func @main(%0: tensor<2x3xf32>)
        -> (tensor<2x1xf32>, tensor<2x2xf32>) {
      %a, %b = nn.split %0 axis 1
        : (tensor<2x3xf32>) -> (tensor<2x1xf32>, tensor<2x2xf32>)
      return %a, %b : tensor<2x1xf32>, tensor<2x2xf32>
    })");
  llvm::SmallVector<HostTensor> out =
      network.run({tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})});
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0], tensor<float>({2, 1}, {1, 4}));
  EXPECT_EQ(out[1], tensor<float>({2, 2}, {2, 3, 5, 6}));
}

TEST(Slice, NegativeStride) {
  EXPECT_EQ(
      evaluateText({"tensor<2x5xi8>"}, "tensor<2x2xi8>", R"(
    %r = nn.slice %0 offsets [0, 4] sizes [2, 2] strides [1, -3]
      : (tensor<2x5xi8>) -> tensor<2x2xi8>)",
                   {tensor<int8_t>({2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}),
      (Values{4, 1, 9, 6}));
}

TEST(Pad, FloatValue) {
  EXPECT_EQ(evaluateText({"tensor<2x1xf32>"}, "tensor<3x3xf32>", R"(
    %r = nn.pad %0 low [0, 1] high [1, 1] {value = -1.5 : f64}
      : (tensor<2x1xf32>) -> tensor<3x3xf32>)",
                         {tensor<float>({2, 1}, {7, 8})}),
            (Values{-1.5, 7, -1.5, -1.5, 8, -1.5, -1.5, -1.5, -1.5}));
}

// The value is a real number: 0 is the zero point, 1.3 the nearest of 0.5.
TEST(Pad, QuantizedValue) {
  constexpr llvm::StringLiteral in = "tensor<1x!quant.uniform<u8:f32, 0.5:9>>";
  constexpr llvm::StringLiteral out = "tensor<3x!quant.uniform<u8:f32, 0.5:9>>";
  EXPECT_EQ(evaluateText({in}, out, R"(
    %r = nn.pad %0 low [1] high [1]
      : (tensor<1x!quant.uniform<u8:f32, 0.5:9>>)
        -> tensor<3x!quant.uniform<u8:f32, 0.5:9>>)",
                         {tensor<uint8_t>({1}, {255})}),
            (Values{9, 255, 9}));
  EXPECT_EQ(evaluateText({in}, out, R"(
    %r = nn.pad %0 low [2] high [0] {value = 1.3 : f64}
      : (tensor<1x!quant.uniform<u8:f32, 0.5:9>>)
        -> tensor<3x!quant.uniform<u8:f32, 0.5:9>>)",
                         {tensor<uint8_t>({1}, {255})}),
            (Values{12, 12, 255}));
}

TEST(Gather, EmbeddingAndInnerAxis) {
  EXPECT_EQ(evaluateText({"tensor<3x2xf32>", "tensor<2x1xi32>"},
                         "tensor<2x1x2xf32>", R"(
    %r = nn.gather %0, %1
      : (tensor<3x2xf32>, tensor<2x1xi32>) -> tensor<2x1x2xf32>)",
                         {tensor<float>({3, 2}, {1, 2, 3, 4, 5, 6}),
                          tensor<int32_t>({2, 1}, {2, 0})}),
            (Values{5, 6, 1, 2}));
  EXPECT_EQ(evaluateText({"tensor<2x3xf32>", "tensor<2xi64>"},
                         "tensor<2x2xf32>", R"(
    %r = nn.gather %0, %1 {axis = 1 : i64}
      : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x2xf32>)",
                         {tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}),
                          tensor<int64_t>({2}, {2, 1})}),
            (Values{3, 2, 6, 5}));
}

// Each batch chooses from its own rows.
TEST(Gather, BatchDims) {
  EXPECT_EQ(evaluateText({"tensor<2x3xi8>", "tensor<2x2xi32>"},
                         "tensor<2x2xi8>", R"(
    %r = nn.gather %0, %1 {axis = 1 : i64, batch_dims = 1 : i64}
      : (tensor<2x3xi8>, tensor<2x2xi32>) -> tensor<2x2xi8>)",
                         {tensor<int8_t>({2, 3}, {1, 2, 3, 4, 5, 6}),
                          tensor<int32_t>({2, 2}, {0, 2, 1, 1})}),
            (Values{1, 3, 5, 5}));
}

TEST(Gather, IndexOutOfRange) {
  Network network(function({"tensor<3xf32>", "tensor<1xi32>"}, "tensor<1xf32>",
                           R"(
    %r = nn.gather %0, %1
      : (tensor<3xf32>, tensor<1xi32>) -> tensor<1xf32> loc("embedding"))"));
  const HostTensor table = tensor<float>({3}, {1, 2, 3});
  EXPECT_EQ(network.runError({table, tensor<int32_t>({1}, {3})}),
            "layer 'embedding' (nn.gather): expects indices in [0, 3), found "
            "3");
  EXPECT_EQ(network.runError({table, tensor<int32_t>({1}, {-1})}),
            "layer 'embedding' (nn.gather): expects indices in [0, 3), found "
            "-1");
}

//===----------------------------------------------------------------------===//
// Resizing
//===----------------------------------------------------------------------===//

std::vector<double>
resize(llvm::StringRef op, llvm::StringRef attributes,
       llvm::StringRef type = "f32",
       const HostTensor &in = tensor<float>({1, 1, 4, 1}, {0, 10, 20, 30})) {
  return evaluateText({("tensor<1x1x4x1x" + type + ">").str()},
                      ("tensor<1x1x6x1x" + type + ">").str(),
                      ("    %r = nn." + op + " %0 size [1, 6] " + attributes +
                       " : (tensor<1x1x4x1x" + type + ">) -> tensor<1x1x6x1x" +
                       type + ">")
                          .str(),
                      {in});
}

// Positions y * 4/6, y * 3/5, (y + 1/2) * 4/6 - 1/2.
TEST(Resize, Bilinear) {
  expectNear(resize("resize_bilinear", ""),
             {0, 20.0 / 3, 40.0 / 3, 20, 80.0 / 3, 30});
  expectNear(resize("resize_bilinear", "{align_corners}"),
             {0, 6, 12, 18, 24, 30});
  expectNear(resize("resize_bilinear", "{half_pixel_centers}"),
             {0, 5, 35.0 / 3, 55.0 / 3, 25, 30});
}

TEST(Resize, Nearest) {
  EXPECT_EQ(resize("resize_nearest", ""), (Values{0, 0, 10, 20, 20, 30}));
  EXPECT_EQ(resize("resize_nearest", "{align_corners}"),
            (Values{0, 10, 10, 20, 20, 30}));
  EXPECT_EQ(resize("resize_nearest", "{half_pixel_centers}"),
            (Values{0, 10, 10, 20, 30, 30}));
}

TEST(Resize, QuantizedNearestKeepsBits) {
  EXPECT_EQ(resize("resize_nearest", "", "!quant.uniform<i8:f32, 0.7:3>",
                   tensor<int8_t>({1, 1, 4, 1}, {-128, 0, 3, 127})),
            (Values{-128, -128, 0, 3, 3, 127}));
}

// Real {0, 5, 10, 15}, interpolated, in steps of 0.5 from 1.
TEST(Resize, QuantizedBilinear) {
  EXPECT_EQ(resize("resize_bilinear", "{align_corners}",
                   "!quant.uniform<i8:f32, 0.5:1>",
                   tensor<int8_t>({1, 1, 4, 1}, {1, 11, 21, 31})),
            (Values{1, 7, 13, 19, 25, 31}));
}

} // namespace
