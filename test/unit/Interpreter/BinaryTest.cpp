//===- BinaryTest.cpp - Functions of two operands -------------------------===//
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

/// "nn.OP" of two tensors of the same type, `rest` before the types.
std::vector<double> run(llvm::StringRef op, llvm::StringRef type,
                        const HostTensor &lhs, const HostTensor &rhs,
                        llvm::StringRef mode = "") {
  auto [name, rest] = op.split(' ');
  return evaluateText({type, type}, type,
                      ("    %r = nn." + name + " %0, %1 " + rest + " : (" +
                       type + ", " + type + ") -> " + type)
                          .str(),
                      {lhs, rhs}, mode);
}

TEST(Binary, Float) {
  const HostTensor a = tensor<float>({4}, {-1.0f, 2.0f, 9.0f, 0.5f});
  const HostTensor b = tensor<float>({4}, {4.0f, 2.0f, -3.0f, 2.0f});
  auto on = [&](llvm::StringRef op) { return run(op, "tensor<4xf32>", a, b); };
  EXPECT_EQ(on("add"), (Values{3, 4, 6, 2.5}));
  EXPECT_EQ(on("add act <relu_n1_to_1>"), (Values{1, 1, 1, 1}));
  EXPECT_EQ(on("sub"), (Values{-5, 0, 12, -1.5}));
  EXPECT_EQ(on("mul act <relu>"), (Values{0, 4, 0, 1}));
  EXPECT_EQ(on("div"), (Values{-0.25, 1, -3, 0.25}));
  EXPECT_EQ(on("maximum"), (Values{4, 2, 9, 2}));
  EXPECT_EQ(on("minimum"), (Values{-1, 2, -3, 0.5}));
  EXPECT_EQ(on("squared_difference"), (Values{25, 0, 144, 2.25}));
  EXPECT_EQ(on("prelu"), (Values{-4, 2, 9, 0.5}));
  expectNear(on("pow"), {1, 4, 1.0 / 729, 0.25});
}

TEST(Binary, BroadcastsBothSides) {
  EXPECT_EQ(evaluateText({"tensor<2x1xf32>", "tensor<3xf32>"},
                         "tensor<2x3xf32>",
                         R"(
    %r = nn.sub %0, %1 : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>)",
                         {tensor<float>({2, 1}, {10, 20}),
                          tensor<float>({3}, {1, 2, 3})}),
            (Values{9, 8, 7, 19, 18, 17}));
}

TEST(Binary, Integers) {
  const HostTensor a = tensor<int32_t>({4}, {-7, 7, 2147483647, -3});
  const HostTensor b = tensor<int32_t>({4}, {2, 2, 1, 3});
  auto on = [&](llvm::StringRef op) { return run(op, "tensor<4xi32>", a, b); };
  EXPECT_EQ(on("add"), (Values{-5, 9, -2147483648.0, 0}));
  EXPECT_EQ(on("sub"), (Values{-9, 5, 2147483646, -6}));
  EXPECT_EQ(on("mul act <relu6>"), (Values{0, 6, 6, 0}));
  EXPECT_EQ(on("div"), (Values{-3, 3, 2147483647, -1}));
  EXPECT_EQ(on("maximum"), (Values{2, 7, 2147483647, 3}));
  EXPECT_EQ(on("minimum"), (Values{-7, 2, 1, -3}));
  EXPECT_EQ(on("pow"), (Values{49, 49, 2147483647, -27}));
  EXPECT_EQ(on("squared_difference"), (Values{81, 25, 4, 36}));
}

TEST(Binary, IntegerErrors) {
  const HostTensor a = tensor<int32_t>({1}, {5});
  auto on = [&](llvm::StringRef op, const HostTensor &b) {
    Network network(function({"tensor<1xi32>", "tensor<1xi32>"},
                             "tensor<1xi32>",
                             ("    %r = nn." + op +
                              " %0, %1 : (tensor<1xi32>, tensor<1xi32>) -> "
                              "tensor<1xi32> loc(\"ratio\")")
                                 .str()));
    return network.runError({a, b});
  };
  EXPECT_EQ(on("div", tensor<int32_t>({1}, {0})),
            "layer 'ratio' (nn.div): expects divisors other than 0");
  EXPECT_EQ(on("pow", tensor<int32_t>({1}, {-1})),
            "layer 'ratio' (nn.pow): expects exponents from 0 on for integers, "
            "found -1");
}

// One scale for all: 10 + 20 - zp(5) -> (10 - 5) + (20 - 5) + 5 = 25. The sum
// saturates; both modes are exact here.
TEST(Add, QuantizedOneScale) {
  constexpr llvm::StringLiteral type =
      "tensor<3x!quant.uniform<i8:f32, 0.5:5>>";
  const HostTensor a = tensor<int8_t>({3}, {10, 120, -120});
  const HostTensor b = tensor<int8_t>({3}, {20, 100, -100});
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(run("add", type, a, b, mode), (Values{25, 127, -128}));
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(run("sub", type, a, b, mode), (Values{-5, 25, -15}));
}

// 0.5 * 3 + 0.25 * 5 = 2.75 and 0.5 * 1 + 0 = 0.5, in steps of 1: 3 and a tie
// that goes up in mode fixed, to even in mode float.
TEST(Add, QuantizedThreeScales) {
  constexpr llvm::StringLiteral lhs = "tensor<2x!quant.uniform<i8:f32, 0.5>>";
  constexpr llvm::StringLiteral rhs =
      "tensor<2x!quant.uniform<i8:f32, 0.25:2>>";
  constexpr llvm::StringLiteral out = "tensor<2x!quant.uniform<i8:f32, 1.0>>";
  constexpr llvm::StringLiteral body = R"(
    %r = nn.add %0, %1
      : (tensor<2x!quant.uniform<i8:f32, 0.5>>,
         tensor<2x!quant.uniform<i8:f32, 0.25:2>>)
        -> tensor<2x!quant.uniform<i8:f32, 1.0>>)";
  const HostTensor a = tensor<int8_t>({2}, {3, 1});
  const HostTensor b = tensor<int8_t>({2}, {7, 2});
  EXPECT_EQ(evaluateText({lhs, rhs}, out, body, {a, b}), (Values{3, 1}));
  EXPECT_EQ(evaluateText({lhs, rhs}, out, body, {a, b}, kFloatMode),
            (Values{3, 0}));
}

TEST(Mul, Quantized) {
  // 0.5 * 3 * 0.5 * 5 = 3.75 in steps of 0.5: 7.5, a tie; -7.5; saturation.
  constexpr llvm::StringLiteral type = "tensor<3x!quant.uniform<i8:f32, 0.5>>";
  const HostTensor a = tensor<int8_t>({3}, {3, -3, 100});
  const HostTensor b = tensor<int8_t>({3}, {5, 5, 100});
  EXPECT_EQ(run("mul", type, a, b), (Values{8, -7, 127}));
  EXPECT_EQ(run("mul", type, a, b, kFloatMode), (Values{8, -8, 127}));
  EXPECT_EQ(run("mul act <relu6>", type, a, b), (Values{8, 0, 12}));
}

TEST(Binary, QuantizedComparisonKeepsIntegers) {
  constexpr llvm::StringLiteral type =
      "tensor<2x!quant.uniform<u8:f32, 0.37:200>>";
  const HostTensor a = tensor<uint8_t>({2}, {0, 255});
  const HostTensor b = tensor<uint8_t>({2}, {7, 254});
  EXPECT_EQ(run("maximum", type, a, b), (Values{7, 255}));
  EXPECT_EQ(run("minimum", type, a, b), (Values{0, 254}));
}

// Without integer arithmetic: dequantize, compute, quantize.
TEST(Binary, QuantizedOnRealNumbers) {
  constexpr llvm::StringLiteral type =
      "tensor<2x!quant.uniform<i8:f32, 0.5:1>>";
  // Real {2, -3} and {4, 2}.
  const HostTensor a = tensor<int8_t>({2}, {5, -5});
  const HostTensor b = tensor<int8_t>({2}, {9, 5});
  EXPECT_EQ(run("div", type, a, b), (Values{2, -2}));
  EXPECT_EQ(run("squared_difference", type, a, b), (Values{9, 51}));
  EXPECT_EQ(run("pow", type, a, b), (Values{33, 19}));
  EXPECT_EQ(run("prelu", type, a, b), (Values{5, -11}));
}

TEST(Add, Int16) {
  constexpr llvm::StringLiteral type = "tensor<2x!quant.uniform<i16:f32, 1.0>>";
  for (llvm::StringRef mode : {llvm::StringRef(), llvm::StringRef(kFloatMode)})
    EXPECT_EQ(run("add", type, tensor<int16_t>({2}, {20000, -4}),
                  tensor<int16_t>({2}, {20000, 1}), mode),
              (Values{32767, -3}));
}

} // namespace
