//===- ReduceTest.cpp - Reductions ----------------------------------------===//
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

/// "nn.OP %0 axes AXES" on one tensor.
std::vector<double> run(llvm::StringRef op, llvm::StringRef axes,
                        llvm::StringRef in, llvm::StringRef out,
                        const HostTensor &input, llvm::StringRef mode = "") {
  return evaluateText(
      {in}, out,
      ("    %r = nn." + op + " %0 axes " + axes + " : (" + in + ") -> " + out)
          .str(),
      {input}, mode);
}

TEST(Reduce, FloatAlongAnyDimensions) {
  const HostTensor in = tensor<float>({2, 2, 2}, {1, -2, 3, 4, 5, 6, -7, 8});
  constexpr llvm::StringLiteral type = "tensor<2x2x2xf32>";
  EXPECT_EQ(run("reduce_sum", "[0]", type, "tensor<2x2xf32>", in),
            (Values{6, 4, -4, 12}));
  EXPECT_EQ(run("reduce_mean", "[1]", type, "tensor<2x2xf32>", in),
            (Values{2, 1, -1, 7}));
  EXPECT_EQ(run("reduce_max", "[2]", type, "tensor<2x2xf32>", in),
            (Values{1, 4, 6, 8}));
  EXPECT_EQ(run("reduce_min", "[0, 2]", type, "tensor<2xf32>", in),
            (Values{-2, -7}));
  EXPECT_EQ(run("reduce_sum", "[0, 1, 2]", type, "tensor<f32>", in),
            (Values{18}));
  EXPECT_EQ(evaluateText({type}, "tensor<1x2x1xf32>", R"(
    %r = nn.reduce_mean %0 axes [0, 2] {keep_dims}
      : (tensor<2x2x2xf32>) -> tensor<1x2x1xf32>)",
                         {in}),
            (Values{2.5, 2}));
}

TEST(Reduce, Integers) {
  const HostTensor in = tensor<int32_t>({2, 2}, {-5, 2147483647, 2, 1});
  auto on = [&](llvm::StringRef op) {
    return run(op, "[0]", "tensor<2x2xi32>", "tensor<2xi32>", in);
  };
  EXPECT_EQ(on("reduce_sum"), (Values{-3, -2147483648.0}));
  EXPECT_EQ(on("reduce_mean"), (Values{-1, 1073741824}));
  EXPECT_EQ(on("reduce_max"), (Values{2, 2147483647}));
  EXPECT_EQ(on("reduce_min"), (Values{-5, 1}));
}

// (11 + 12 + 12 - 3 * 10) * 0.5 / 3 = 0.8333 in steps of 0.25 from -1.
TEST(ReduceMean, QuantizedAnotherScale) {
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(run("reduce_mean", "[0]",
                  "tensor<3x!quant.uniform<i8:f32, 0.5:10>>",
                  "tensor<!quant.uniform<i8:f32, 0.25:-1>>",
                  tensor<int8_t>({3}, {11, 12, 12}), mode),
              (Values{2}));
}

// (127 + 127 + 1) * 1 / 2 = 127.5 + 3 saturates at 127; (1 + 2 + 3) / 2.
TEST(ReduceSum, Quantized) {
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(run("reduce_sum", "[1]",
                  "tensor<2x3x!quant.uniform<i8:f32, 1.0>>",
                  "tensor<2x!quant.uniform<i8:f32, 2.0:3>>",
                  tensor<int8_t>({2, 3}, {127, 127, 1, 1, 2, 3}), mode),
              (Values{127, 6}));
}

TEST(ReduceMax, QuantizedKeepsIntegers) {
  constexpr llvm::StringLiteral in = "tensor<3x!quant.uniform<u8:f32, 0.3:9>>";
  constexpr llvm::StringLiteral out = "tensor<!quant.uniform<u8:f32, 0.3:9>>";
  const HostTensor values = tensor<uint8_t>({3}, {3, 255, 8});
  EXPECT_EQ(run("reduce_max", "[0]", in, out, values), (Values{255}));
  EXPECT_EQ(run("reduce_min", "[0]", in, out, values), (Values{3}));
}

// Scales differ: on real numbers, 5 * 0.5 = 2.5 -> 10 in steps of 0.25.
TEST(ReduceMax, QuantizedAnotherScale) {
  EXPECT_EQ(run("reduce_max", "[0]", "tensor<2x!quant.uniform<i8:f32, 0.5>>",
                "tensor<!quant.uniform<i8:f32, 0.25>>",
                tensor<int8_t>({2}, {5, -8})),
            (Values{10}));
}

TEST(ReduceMean, OfNothing) {
  Network network(function({"tensor<0xf32>"}, "tensor<f32>", R"(
    %r = nn.reduce_mean %0 axes [0]
      : (tensor<0xf32>) -> tensor<f32> loc("mean"))"));
  EXPECT_EQ(network.runError({tensor<float>({0}, {})}),
            "layer 'mean' (nn.reduce_mean): expects at least one element to "
            "take the mean of");
}

} // namespace
