//===- UnaryTest.cpp - Functions of one operand ---------------------------===//
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

struct Case {
  const char *op;
  std::initializer_list<double> expected;
};

/// Runs "nn.OP" on four numbers.
std::vector<double> runFloat(llvm::StringRef op, const HostTensor &in) {
  auto [name, rest] = op.split(' ');
  return evaluateText({"tensor<4xf32>"}, "tensor<4xf32>",
                      ("    %r = nn." + name + " %0" + rest +
                       " : (tensor<4xf32>) -> tensor<4xf32>")
                          .str(),
                      {in});
}

// Expected values from the definitions, to ten digits where irrational.
TEST(Unary, Float) {
  const HostTensor any = tensor<float>({4}, {-8.0f, -0.5f, 0.0f, 2.0f});
  for (const Case &c : std::initializer_list<Case>{
           {"relu", {0, 0, 0, 2}},
           {"relu6", {0, 0, 0, 2}},
           {"clip , -1.0, 1.5", {-1, -0.5, 0, 1.5}},
           {"leaky_relu  {alpha = 0.25 : f64}", {-2, -0.125, 0, 2}},
           {"hard_swish", {0, -0.2083333333, 0, 1.6666666667}},
           {"sigmoid", {3.353501305e-4, 0.3775406688, 0.5, 0.8807970780}},
           {"tanh", {-0.9999997749, -0.4621171573, 0, 0.9640275801}},
           {"gelu", {-4.976e-15, -0.1542687694, 0, 1.9544997361}},
           {"gelu  {approximate}", {0, -0.1542859982, 0, 1.9545976994}},
           {"exp", {3.354626279e-4, 0.6065306597, 1, 7.3890560989}},
           {"abs", {8, 0.5, 0, 2}},
           {"neg", {8, 0.5, 0, -2}}}) {
    SCOPED_TRACE(c.op);
    expectNear(runFloat(c.op, any), c.expected);
  }
  const HostTensor positive = tensor<float>({4}, {0.25f, 1.0f, 4.0f, 100.0f});
  for (const Case &c : std::initializer_list<Case>{
           {"sqrt", {0.5, 1, 2, 10}},
           {"rsqrt", {2, 1, 0.5, 0.1}},
           {"log", {-1.3862943611, 0, 1.3862943611, 4.6051701860}},
           {"relu6", {0.25, 1, 4, 6}}}) {
    SCOPED_TRACE(c.op);
    expectNear(runFloat(c.op, positive), c.expected);
  }
}

// Input scale 0.1, zero point -10: {-128, -10, 0, 127} is {-11.8, 0, 1, 13.7}.
TEST(Unary, QuantizedByTable) {
  const HostTensor in = tensor<int8_t>({4}, {-128, -10, 0, 127});
  auto run = [&](llvm::StringRef op, llvm::StringRef out) {
    auto [name, rest] = op.split(' ');
    return evaluateText({"tensor<4x!quant.uniform<i8:f32, 0.1:-10>>"},
                        ("tensor<4x!quant.uniform<" + out + ">>").str(),
                        ("    %r = nn." + name + " %0" + rest +
                         " : (tensor<4x!quant.uniform<i8:f32, 0.1:-10>>) -> "
                         "tensor<4x!quant.uniform<" +
                         out + ">>")
                            .str(),
                        {in});
  };
  // Same scale: only the clamp is left.
  EXPECT_EQ(run("relu", "i8:f32, 0.1:-10"), (Values{-10, -10, 0, 127}));
  EXPECT_EQ(run("relu6", "i8:f32, 0.05:-100"), (Values{-100, -100, -80, 20}));
  // 1/256: 0.0000075 -> 0, 0.5 -> 128, 0.7310586 -> 187.15, 0.9999989 -> 256.
  EXPECT_EQ(run("sigmoid", "i8:f32, 3.906250e-03:-128"),
            (Values{-128, 0, 59, 127}));
  // 1/128: -1, 0, 0.7615942 -> 97.48, 1.
  EXPECT_EQ(run("tanh", "i8:f32, 7.812500e-03"), (Values{-128, 0, 97, 127}));
  EXPECT_EQ(run("neg", "i8:f32, 0.1:0"), (Values{118, 0, -10, -128}));
  EXPECT_EQ(run("abs", "i8:f32, 0.2"), (Values{59, 0, 5, 69}));
  // A wider result of the same table.
  EXPECT_EQ(run("leaky_relu  {alpha = 0.5 : f64}", "i16:f32, 0.01"),
            (Values{-590, 0, 100, 1370}));
  // The square root of a negative number is no number: the zero point.
  EXPECT_EQ(run("sqrt", "i8:f32, 0.1:5"), (Values{5, 5, 15, 42}));
}

TEST(Unary, Uint8) {
  EXPECT_EQ(evaluateText({"tensor<2x!quant.uniform<u8:f32, 0.5:128>>"},
                         "tensor<2x!quant.uniform<u8:f32, 0.5:0>>",
                         R"(
    %r = nn.relu %0 : (tensor<2x!quant.uniform<u8:f32, 0.5:128>>)
      -> tensor<2x!quant.uniform<u8:f32, 0.5:0>>)",
                         {tensor<uint8_t>({2}, {28, 228})}),
            (Values{0, 100}));
}

// No table of 65536 entries: on real numbers.
TEST(Unary, Int16) {
  EXPECT_EQ(evaluateText({"tensor<2x!quant.uniform<i16:f32, 0.25>>"},
                         "tensor<2x!quant.uniform<i16:f32, 0.5>>",
                         R"(
    %r = nn.abs %0 : (tensor<2x!quant.uniform<i16:f32, 0.25>>)
      -> tensor<2x!quant.uniform<i16:f32, 0.5>>)",
                         {tensor<int16_t>({2}, {-1000, 30})}),
            (Values{500, 15}));
}

} // namespace
