//===- InterpreterTest.cpp - Whole networks -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Dialect/NN/IR/Scales.h"

using namespace pare;
using namespace pare::test;

namespace {

constexpr llvm::StringLiteral kChain = R"(
  func.func @classify(%x: tensor<1x4xf32> {nn.name = "image"})
      -> (tensor<1x4xf32> {nn.name = "scores"}, tensor<2x2xf32>) {
    %c = nn.constant dense<2.0> : tensor<4xf32> -> tensor<4xf32>
    %0 = nn.mul %x, %c : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
    %1 = nn.relu %0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
    %unused = nn.exp %1 : (tensor<1x4xf32>) -> tensor<1x4xf32>
    %2 = nn.neg %1 : (tensor<1x4xf32>) -> tensor<1x4xf32>
    %3 = nn.reshape %x : (tensor<1x4xf32>) -> tensor<2x2xf32>
    return %2, %3 : tensor<1x4xf32>, tensor<2x2xf32>
  })";

TEST(Interpreter, SignatureAndResults) {
  Network network(kChain);
  ASSERT_TRUE(network);
  EXPECT_EQ(network->signature().name, "classify");
  ASSERT_EQ(network->inputs().size(), 1u);
  EXPECT_EQ(network->inputs()[0].name, "image");
  EXPECT_EQ(network->inputs()[0].typeString(), "1x4xf32");
  ASSERT_EQ(network->outputs().size(), 2u);
  EXPECT_EQ(network->outputs()[0].name, "scores");
  EXPECT_EQ(network->outputs()[1].name, "output_1");
  llvm::SmallVector<HostTensor> out =
      network.run({tensor<float>({1, 4}, {1, -1, 0.5f, 3})});
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].toFloats(), (std::vector<float>{-2, -0.0f, -1, -6}));
  EXPECT_EQ(out[1], tensor<float>({2, 2}, {1, -1, 0.5f, 3}));
}

// At most %1 and %unused, or %1 and %2, live at once: 16 bytes each; at the end
// %2 and %3.
TEST(Interpreter, FreesDeadValues) {
  Network network(kChain);
  ASSERT_TRUE(network);
  EXPECT_EQ(network->arenaBytes(), 32);
  EXPECT_EQ(network->weightBytes(), 16);
}

TEST(Interpreter, ObserverSeesArgumentsAndResults) {
  Network network(kChain);
  ASSERT_TRUE(network);
  std::vector<std::string> seen;
  llvm::SmallVector<HostTensor> out;
  llvm::Error error = network->run(
      {tensor<float>({1, 4}, {1, 2, 3, 4})}, out,
      [&](mlir::Value value, const HostTensor &tensor) {
        mlir::Operation *op = value.getDefiningOp();
        seen.push_back((op ? op->getName().getStringRef() : "argument").str() +
                       " " + tensor.typeString());
      });
  EXPECT_FALSE(bool(error));
  EXPECT_EQ(seen,
            (std::vector<std::string>{"argument 1x4xf32", "nn.mul 1x4xf32",
                                      "nn.relu 1x4xf32", "nn.exp 1x4xf32",
                                      "nn.neg 1x4xf32", "nn.reshape 2x2xf32"}));
}

TEST(Interpreter, InputsAreChecked) {
  Network network(kChain);
  EXPECT_EQ(network.runError({}), "network 'classify' takes 1 inputs, found 0");
  EXPECT_EQ(network.runError({tensor<float>({4}, {1, 2, 3, 4})}),
            "input 'image': expected 1x4xf32, found 4xf32");
  EXPECT_EQ(network.runError({tensor<int8_t>({1, 4}, {1, 2, 3, 4})}),
            "input 'image': expected 1x4xf32, found 1x4xi8");
}

TEST(Interpreter, DynamicShapesAreRefused) {
  Network network(R"(
    func.func @main(%x: tensor<?x4xf32> {nn.name = "image"}) -> tensor<?x4xf32> {
      %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
      return %0 : tensor<?x4xf32>
    })",
                  Network::ExpectError());
  EXPECT_EQ(network.getError(),
            "network 'main', input 'image': expected a tensor of static shape, "
            "found tensor<?x4xf32>");
}

TEST(Interpreter, OtherDialectsAreRefused) {
  Network network(R"(
    func.func private @helper(tensor<1xf32>) -> tensor<1xf32>
    func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
      %0 = func.call @helper(%x)
        : (tensor<1xf32>) -> tensor<1xf32> loc("helper_call")
      return %0 : tensor<1xf32>
    })",
                  Network::ExpectError());
  EXPECT_EQ(network.getError(), "layer 'helper_call' (func.call): expects "
                                "operations of nn alone");
}

TEST(Interpreter, NetworkMustBeClear) {
  Network network(R"(
    func.func @a() { return }
    func.func @b() { return })",
                  Network::ExpectError());
  EXPECT_EQ(network.getError(),
            "expected one public function or one called 'main' in the module, "
            "found 2 public functions");
}

// Every way in which a constant is stored: list, splat, resource, bits.
TEST(Interpreter, Constants) {
  Network network(R"(
    func.func @main() -> (tensor<2xi16>, tensor<3xf16>, tensor<2xf32>,
                          tensor<3xi1>, tensor<0xf32>) {
      %0 = nn.constant dense<[-7, 300]> : tensor<2xi16> -> tensor<2xi16>
      %1 = nn.constant dense<1.5> : tensor<3xf16> -> tensor<3xf16>
      %2 = nn.constant dense_resource<two> : tensor<2xf32> -> tensor<2xf32>
      %3 = nn.constant dense<[true, false, true]> : tensor<3xi1>
        -> tensor<3xi1>
      %4 = nn.constant dense<> : tensor<0xf32> -> tensor<0xf32>
      return %0, %1, %2, %3, %4 : tensor<2xi16>, tensor<3xf16>, tensor<2xf32>,
                              tensor<3xi1>, tensor<0xf32>
    }
    {-# dialect_resources: { builtin: {
      two: "0x040000000000803F000000C0"
    } } #-})");
  llvm::SmallVector<HostTensor> out = network.run({});
  ASSERT_EQ(out.size(), 5u);
  EXPECT_EQ(out[0], tensor<int16_t>({2}, {-7, 300}));
  EXPECT_EQ(out[1].toFloats(), (std::vector<float>{1.5, 1.5, 1.5}));
  EXPECT_EQ(out[2], tensor<float>({2}, {1, -2}));
  EXPECT_EQ(out[3].getDType(), DType::Bool);
  EXPECT_EQ(out[3].toFloats(), (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(out[4].getNumElements(), 0);
}

TEST(Evaluate, OperandsAreChecked) {
  Network network(kChain);
  ASSERT_TRUE(network);
  nn::ReluOp relu;
  network.getModule()->walk([&](nn::ReluOp op) { relu = op; });
  const HostTensor wrong = tensor<float>({4}, {1, 2, 3, 4});
  llvm::SmallVector<HostTensor> results;
  EXPECT_EQ(llvm::toString(evaluate(relu, {&wrong}, results)),
            "layer 'nn.relu' (nn.relu): expects operand #0 to be 1x4xf32, "
            "found 4xf32");
  EXPECT_EQ(llvm::toString(evaluate(relu, {}, results)),
            "layer 'nn.relu' (nn.relu): expects operand #0 to be 1x4xf32, "
            "found none");
  const HostTensor right = tensor<float>({1, 4}, {1, -2, 3, -4});
  EXPECT_FALSE(bool(evaluate(relu, {&right}, results)));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0], tensor<float>({1, 4}, {1, 0, 3, 0}));
}

// A 32-bit bias without a scale has no meaning outside of integer arithmetic.
TEST(Evaluate, BiasNeedsAScaleOnRealNumbers) {
  Network network(function({"tensor<1x1xf32>"}, "tensor<1x1xf32>", R"(
    %w = nn.constant dense<1.0> : tensor<1x1xf32> -> tensor<1x1xf32>
    %b = nn.constant dense<3> : tensor<1xi32> -> tensor<1xi32>
    %r = nn.fully_connected %0, %w, %b
      : (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1xi32>)
        -> tensor<1x1xf32> loc("dense"))"));
  EXPECT_EQ(network.runError({tensor<float>({1, 1}, {1})}),
            "layer 'dense' (nn.fully_connected): expects a bias with a scale, "
            "or of real numbers");
}

//===----------------------------------------------------------------------===//
// Multipliers attached to operations
//===----------------------------------------------------------------------===//

constexpr llvm::StringLiteral kQuantized = R"(
  !a = !quant.uniform<i8:f32, 0.037:5>
  !b = !quant.uniform<i8:f32, 0.021:-7>
  !c = !quant.uniform<i8:f32, 0.113:11>
  !w = !quant.uniform<i8:f32:0, {0.011, 0.0073}>
  !v = !quant.uniform<i8:f32, 0.017>
  module {
  func.func @main(%x: tensor<1x3x3x2x!a>, %y: tensor<1x3x3x2x!b>)
      -> (tensor<1x3x3x2x!c>, tensor<1x3x3x2x!c>, tensor<1x3x3x2x!c>,
          tensor<1x3x3x2x!c>, tensor<1x3x3x2x!c>, tensor<1x2x!c>, tensor<1x2x!b>,
          tensor<1x3x3x2x!c>, tensor<1x3x3x3x!c>) {
    %w = nn.constant dense<[[[[3, -50]]], [[[127, 4]]]]> : tensor<2x1x1x2xi8>
      -> tensor<2x1x1x2x!w>
    %v = nn.constant dense<[[77, -3], [-8, 15]]> : tensor<2x2xi8>
      -> tensor<2x2x!v>
    %0 = nn.conv2d %x, %w
      : (tensor<1x3x3x2x!a>, tensor<2x1x1x2x!w>) -> tensor<1x3x3x2x!c>
    %1 = nn.fully_connected %x, %v
      : (tensor<1x3x3x2x!a>, tensor<2x2x!v>) -> tensor<1x3x3x2x!c>
    %2 = nn.add %x, %y
      : (tensor<1x3x3x2x!a>, tensor<1x3x3x2x!b>) -> tensor<1x3x3x2x!c>
    %3 = nn.sub %x, %y
      : (tensor<1x3x3x2x!a>, tensor<1x3x3x2x!b>) -> tensor<1x3x3x2x!c>
    %4 = nn.mul %x, %y
      : (tensor<1x3x3x2x!a>, tensor<1x3x3x2x!b>) -> tensor<1x3x3x2x!c>
    %5 = nn.reduce_mean %x axes [1, 2]
      : (tensor<1x3x3x2x!a>) -> tensor<1x2x!c>
    %6 = nn.reduce_sum %x axes [1, 2]
      : (tensor<1x3x3x2x!a>) -> tensor<1x2x!b>
    %7 = nn.requantize %x : (tensor<1x3x3x2x!a>) -> tensor<1x3x3x2x!c>
    %8 = nn.batch_matmul %x, %y {transpose_rhs}
      : (tensor<1x3x3x2x!a>, tensor<1x3x3x2x!b>) -> tensor<1x3x3x3x!c>
    return %0, %1, %2, %3, %4, %5, %6, %7, %8
      : tensor<1x3x3x2x!c>, tensor<1x3x3x2x!c>, tensor<1x3x3x2x!c>,
        tensor<1x3x3x2x!c>, tensor<1x3x3x2x!c>, tensor<1x2x!c>, tensor<1x2x!b>,
        tensor<1x3x3x2x!c>, tensor<1x3x3x3x!c>
  }
  })";

// Multipliers that are attached give the bits that the types give; and the two
// modes are one step apart at most.
TEST(Scales, AttachedAndComputedAgree) {
  HostTensor x = HostTensor::zeros(DType::I8, {1, 3, 3, 2});
  HostTensor y = HostTensor::zeros(DType::I8, {1, 3, 3, 2});
  for (int i = 0; i < 18; ++i) {
    x.setFromDouble(i, (i * 97 + 13) % 256 - 128);
    y.setFromDouble(i, (i * 53 + 101) % 256 - 128);
  }
  llvm::SmallVector<HostTensor> byMode[2];
  for (nn::RequantMode mode :
       {nn::RequantMode::Fixed, nn::RequantMode::Float}) {
    Network network(kQuantized);
    ASSERT_TRUE(network);
    mlir::ModuleOp module = network.getModule();
    module->setAttr(nn::NNDialect::kRequantModeAttr,
                    nn::RequantModeAttr::get(module.getContext(), mode));
    llvm::SmallVector<HostTensor> computed = network.run({x, y});
    int attached = 0;
    module->walk([&](mlir::Operation *op) {
      EXPECT_EQ(nn::isIntegerOp(op), bool(nn::computeScales(op, mode)));
      if (nn::ScalesAttr scales = nn::computeScales(op, mode)) {
        op->setAttr("scales", scales);
        ++attached;
      }
    });
    EXPECT_EQ(attached, 9);
    EXPECT_EQ(network.run({x, y}), computed);
    byMode[mode == nn::RequantMode::Float] = computed;
  }
  ASSERT_EQ(byMode[0].size(), byMode[1].size());
  for (auto [fixed, floating] : llvm::zip_equal(byMode[0], byMode[1]))
    for (int64_t i = 0; i < fixed.getNumElements(); ++i)
      EXPECT_NEAR(fixed.getAsDouble(i), floating.getAsDouble(i), 1);
}

TEST(Scales, CountAndModeAreChecked) {
  auto errorOf = [](llvm::StringRef text) {
    Network network(function({"tensor<1x!quant.uniform<i8:f32, 0.5>>"},
                             "tensor<1x!quant.uniform<i8:f32, 1.0>>", text));
    return network.runError({tensor<int8_t>({1}, {1})});
  };
  EXPECT_EQ(errorOf(R"(
    %r = nn.requantize %0 scales <mode = float, factors = [0.5, 0.5]>
      : (tensor<1x!quant.uniform<i8:f32, 0.5>>)
        -> tensor<1x!quant.uniform<i8:f32, 1.0>> loc("rescale"))"),
            "layer 'rescale' (nn.requantize): expects 1 scales in mode float, "
            "found 2 in mode float");
  EXPECT_EQ(errorOf(R"(
    %w = nn.requantize %0 scales <mode = float, factors = [0.5]>
      : (tensor<1x!quant.uniform<i8:f32, 0.5>>)
        -> tensor<1x!quant.uniform<i32:f32, 1.0>> loc("widen")
    %r = nn.requantize %w : (tensor<1x!quant.uniform<i32:f32, 1.0>>)
      -> tensor<1x!quant.uniform<i8:f32, 1.0>>)"),
            "layer 'widen' (nn.requantize): expects 1 scales in mode fixed, "
            "found 1 in mode float");
}

} // namespace
