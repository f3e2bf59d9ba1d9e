//===- NNTransformsTest.cpp - What passes on nn do to results -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs small networks through the reference interpreter before and after a
// pass: exact passes keep every bit, folding keeps results up to float
// rounding, and quantization gives what fake quantization predicts, up to one
// step.
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Runtime/Signature.h"

#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace pare;

namespace {
class NNTransforms : public ::testing::Test {
protected:
  NNTransforms() {
    context.loadDialect<func::FuncDialect, nn::NNDialect,
                        sparse_tensor::SparseTensorDialect>();
  }

  OwningOpRef<ModuleOp> parse(StringRef text) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text.str();
    return module;
  }

  /// A copy of `module` after `passes`.
  OwningOpRef<ModuleOp>
  transform(ModuleOp module,
            llvm::function_ref<void(OpPassManager &)> addPasses) {
    OwningOpRef<ModuleOp> copy = module.clone();
    PassManager manager(&context);
    addPasses(manager);
    EXPECT_TRUE(succeeded(manager.run(*copy)));
    return copy;
  }

  /// Random inputs: reals in [-4, 4], or any bytes for quantized inputs.
  static std::vector<HostTensor> makeInputs(const Signature &signature,
                                            unsigned seed) {
    std::mt19937 random(seed);
    std::vector<HostTensor> inputs;
    for (const TensorInfo &info : signature.inputs) {
      HostTensor tensor = HostTensor::zeros(info.dtype, info.shape);
      for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
        const int32_t byte = random() % 256;
        if (info.dtype == DType::F32)
          tensor.setFromDouble(i, (byte - 128) / 32.0);
        else
          tensor.setFromDouble(i, info.dtype == DType::U8 ? byte : byte - 128);
      }
      inputs.push_back(std::move(tensor));
    }
    return inputs;
  }

  struct Run {
    std::vector<TensorInfo> infos;
    SmallVector<HostTensor> outputs;
  };

  /// Runs the network of `module` on `inputs`, quantized to its input types.
  Run run(ModuleOp module, ArrayRef<HostTensor> inputs) {
    Run result;
    llvm::Expected<func::FuncOp> network = findNetwork(module);
    if (!network) {
      ADD_FAILURE() << llvm::toString(network.takeError());
      return result;
    }
    auto interpreter = Interpreter::create(*network);
    if (!interpreter) {
      ADD_FAILURE() << llvm::toString(interpreter.takeError());
      return result;
    }
    std::vector<HostTensor> stored;
    for (auto [input, info] : llvm::zip_equal(inputs, (*interpreter)->inputs()))
      stored.push_back(input.getDType() == info.dtype ? input
                                                      : info.fromReal(input));
    result.infos = (*interpreter)->outputs().vec();
    if (llvm::Error error = (*interpreter)->run(stored, result.outputs))
      ADD_FAILURE() << llvm::toString(std::move(error));
    return result;
  }

  std::vector<HostTensor> makeInputs(ModuleOp module, unsigned seed) {
    llvm::Expected<func::FuncOp> network = findNetwork(module);
    llvm::Expected<Signature> signature = getSignature(*network);
    return makeInputs(*signature, seed);
  }

  /// Holds the quantized network to what the fake-quantized one predicts: at
  /// most `steps` steps apart, and `share` of the elements not at all.
  void expectPredicted(StringRef text, double steps = 1.0,
                       double share = 0.97) {
    OwningOpRef<ModuleOp> fake = parse(text);
    if (!fake)
      return;
    for (nn::RequantMode mode :
         {nn::RequantMode::Fixed, nn::RequantMode::Float}) {
      OwningOpRef<ModuleOp> quantized =
          transform(*fake, [&](OpPassManager &manager) {
            manager.addPass(nn::createQuantizePass());
            nn::FoldScalesPassOptions options;
            options.mode = mode;
            manager.addPass(nn::createFoldScalesPass(options));
          });
      int64_t elements = 0, equal = 0;
      for (unsigned seed = 0; seed < 8; ++seed) {
        std::vector<HostTensor> inputs = makeInputs(*fake, seed);
        const Run predicted = run(*fake, inputs);
        const Run found = run(*quantized, inputs);
        ASSERT_EQ(predicted.outputs.size(), found.outputs.size());
        for (size_t k = 0; k < found.outputs.size(); ++k) {
          ASSERT_TRUE(found.infos[k].isQuantized());
          const HostTensor real = found.infos[k].toReal(found.outputs[k]);
          for (int64_t i = 0; i < real.getNumElements(); ++i) {
            const double distance =
                std::abs(real.getAsDouble(i) -
                         predicted.outputs[k].getAsDouble(i)) /
                found.infos[k].scales.front();
            EXPECT_LE(distance, steps + 1e-3) << "element " << i;
            ++elements;
            equal += distance < 0.5;
          }
        }
      }
      EXPECT_GE(equal, share * elements);
    }
  }

  MLIRContext context;
};
} // namespace

//===----------------------------------------------------------------------===//
// Fake quantization predicts integers
//===----------------------------------------------------------------------===//

TEST_F(NNTransforms, ConvolutionIsPredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<1x5x5x2xf32>) -> tensor<1x5x5x3xf32> {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<1x5x5x2xf32>
      %w = nn.constant dense<[
          [[[0.5, -0.3], [0.2, 0.7]], [[-0.9, 0.11], [0.4, 0.6]]],
          [[[1.5, -2.3], [1.2, 0.7]], [[-1.9, 1.11], [2.4, 2.6]]],
          [[[0.05, 0.03], [0.02, 0.07]], [[0.09, 0.011], [0.04, 0.06]]]]>
          : tensor<3x2x2x2xf32> -> tensor<3x2x2x2xf32>
      %b = nn.constant dense<[0.33, -1.27, 0.05]> : tensor<3xf32> -> tensor<3xf32>
      %wq = nn.fake_quant %w <bits = 8, symmetric = true, narrow = true, axis = 0>
          range [-0.9, -2.6, -0.09] to [0.9, 2.6, 0.09] : tensor<3x2x2x2xf32>
      %0 = nn.conv2d %xq, %wq, %b pad [0, 1, 0, 1] act <relu6>
          : (tensor<1x5x5x2xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>)
            -> tensor<1x5x5x3xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [6.0] : tensor<1x5x5x3xf32>
      return %1 : tensor<1x5x5x3xf32>
    })mlir");
}

// Mode `fixed` rounds twice, which tells where few bits and a small kernel make
// small sums: the first rounding is to 1/8 of a step here.
TEST_F(NNTransforms, DepthwiseWithFourBitsIsPredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<1x5x5x2xf32>) -> tensor<1x4x4x2xf32> {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<1x5x5x2xf32>
      %w = nn.constant dense<[[[[0.5, -0.3], [0.2, 0.7]], [[-0.9, 0.11], [0.4, 0.6]]]]>
          : tensor<1x2x2x2xf32> -> tensor<1x2x2x2xf32>
      %wq = nn.fake_quant %w <bits = 4, symmetric = true, narrow = true, axis = 3>
          range [-0.9, -0.7] to [0.9, 0.7] : tensor<1x2x2x2xf32>
      %0 = nn.depthwise_conv2d %xq, %wq
          : (tensor<1x5x5x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x4x4x2xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [-6.0] to [5.0] : tensor<1x4x4x2xf32>
      return %1 : tensor<1x4x4x2xf32>
    })mlir",
                  /*steps=*/1.0, /*share=*/0.9);
}

TEST_F(NNTransforms, ProductOfMatricesIsPredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<1x3x4xf32>, %y: tensor<1x4x5xf32>)
        -> tensor<1x3x5xf32> {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<1x3x4xf32>
      %yq = nn.fake_quant %y <bits = 8> range [-3.0] to [3.9] : tensor<1x4x5xf32>
      %0 = nn.batch_matmul %xq, %yq
          : (tensor<1x3x4xf32>, tensor<1x4x5xf32>) -> tensor<1x3x5xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [-30.0] to [35.0] : tensor<1x3x5xf32>
      return %1 : tensor<1x3x5xf32>
    })mlir");
}

TEST_F(NNTransforms, ArithmeticIsPredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<64xf32>, %y: tensor<64xf32>)
        -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<64xf32>
      %yq = nn.fake_quant %y <bits = 8> range [-3.0] to [3.7] : tensor<64xf32>
      %0 = nn.add %xq, %yq act <relu>
          : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [7.3] : tensor<64xf32>
      %2 = nn.sub %xq, %yq : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
      %3 = nn.fake_quant %2 <bits = 8> range [-7.7] to [6.9] : tensor<64xf32>
      %4 = nn.mul %xq, %yq : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
      %5 = nn.fake_quant %4 <bits = 8> range [-15.0] to [14.3] : tensor<64xf32>
      return %1, %3, %5 : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
    })mlir");
}

// Averages have no requantization: the sum of integers is rounded at once.
TEST_F(NNTransforms, AveragesArePredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<1x4x4x3xf32>)
        -> (tensor<1x2x2x3xf32>, tensor<1x3xf32>) {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<1x4x4x3xf32>
      %0 = nn.avg_pool2d %xq kernel [2, 2] strides [2, 2]
          : (tensor<1x4x4x3xf32>) -> tensor<1x2x2x3xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [-4.0] to [3.9] : tensor<1x2x2x3xf32>
      %2 = nn.reduce_mean %xq axes [1, 2]
          : (tensor<1x4x4x3xf32>) -> tensor<1x3xf32>
      %3 = nn.fake_quant %2 <bits = 8> range [-2.0] to [2.1] : tensor<1x3xf32>
      return %1, %3 : tensor<1x2x2x3xf32>, tensor<1x3xf32>
    })mlir",
                  /*steps=*/1.0, /*share=*/0.7);
}

// Tables are computed from the very formula: the same, but where a value lies
// between two integers.
TEST_F(NNTransforms, TablesArePredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<256xf32>)
        -> (tensor<256xf32>, tensor<256xf32>, tensor<256xf32>) {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<256xf32>
      %0 = nn.sigmoid %xq : (tensor<256xf32>) -> tensor<256xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [0.99609375] : tensor<256xf32>
      %2 = nn.tanh %xq : (tensor<256xf32>) -> tensor<256xf32>
      %3 = nn.fake_quant %2 <bits = 8> range [-1.0] to [0.9921875] : tensor<256xf32>
      %4 = nn.hard_swish %xq : (tensor<256xf32>) -> tensor<256xf32>
      %5 = nn.fake_quant %4 <bits = 8> range [-0.4] to [3.9] : tensor<256xf32>
      return %1, %3, %5 : tensor<256xf32>, tensor<256xf32>, tensor<256xf32>
    })mlir");
}

// The integer softmax has an exponential of its own.
TEST_F(NNTransforms, SoftmaxIsPredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<8x6xf32>) -> tensor<8x6xf32> {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<8x6xf32>
      %0 = nn.softmax %xq : (tensor<8x6xf32>) -> tensor<8x6xf32>
      %1 = nn.fake_quant %0 <bits = 8> range [0.0] to [0.99609375] : tensor<8x6xf32>
      return %1 : tensor<8x6xf32>
    })mlir",
                  /*steps=*/1.0, /*share=*/0.9);
}

// Movement is exact; a float layer between sees the same numbers.
TEST_F(NNTransforms, MovementAndFloatLayersArePredicted) {
  expectPredicted(R"mlir(
    func.func @main(%x: tensor<1x4x4x2xf32>) -> (tensor<4x8xf32>, tensor<16x2xf32>) {
      %xq = nn.fake_quant %x <bits = 8> range [-4.0] to [3.9] : tensor<1x4x4x2xf32>
      %0 = nn.max_pool2d %xq kernel [1, 1]
          : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
      %1 = nn.transpose %0 perm [0, 2, 1, 3]
          : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
      %2 = nn.reshape %1 : (tensor<1x4x4x2xf32>) -> tensor<4x8xf32>
      %3 = nn.reshape %xq : (tensor<1x4x4x2xf32>) -> tensor<16x2xf32>
      %4 = nn.squared_difference %3, %3
          : (tensor<16x2xf32>, tensor<16x2xf32>) -> tensor<16x2xf32>
      %5 = nn.fake_quant %4 <bits = 8> range [0.0] to [1.0] : tensor<16x2xf32>
      return %2, %5 : tensor<4x8xf32>, tensor<16x2xf32>
    })mlir",
                  /*steps=*/0.0, /*share=*/1.0);
}

//===----------------------------------------------------------------------===//
// Exact passes
//===----------------------------------------------------------------------===//

TEST_F(NNTransforms, UnsignedToSignedKeepsEveryByte) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    !in = !quant.uniform<u8:f32, 0.5:100>
    !out = !quant.uniform<u8:f32, 0.7:30>
    module attributes {nn.requant_mode = #nn.requant_mode<fixed>} {
      func.func @main(%x: tensor<1x4x4x1x!in>)
          -> (tensor<1x4x4x2x!out>, tensor<1x2x2x1x!in>) {
        %w = nn.constant dense<[[[[1], [200]]], [[[90], [255]]]]>
            : tensor<2x1x2x1xi8>
            -> tensor<2x1x2x1x!quant.uniform<u8<1:255>:f32, 0.01:130>>
        %b = nn.constant dense<[300, -200]> : tensor<2xi32>
            -> tensor<2x!quant.uniform<i32:f32, 0.005>>
        %0 = nn.conv2d %x, %w, %b pad [0, 0, 0, 1] act <relu>
            : (tensor<1x4x4x1x!in>,
               tensor<2x1x2x1x!quant.uniform<u8<1:255>:f32, 0.01:130>>,
               tensor<2x!quant.uniform<i32:f32, 0.005>>) -> tensor<1x4x4x2x!out>
        %1 = nn.max_pool2d %x kernel [2, 2] strides [2, 2]
            : (tensor<1x4x4x1x!in>) -> tensor<1x2x2x1x!in>
        return %0, %1 : tensor<1x4x4x2x!out>, tensor<1x2x2x1x!in>
      }
    })mlir");
  ASSERT_TRUE(module);
  OwningOpRef<ModuleOp> converted =
      transform(*module, [](OpPassManager &manager) {
        manager.addPass(nn::createUnsignedToSignedPass());
      });
  for (unsigned seed = 0; seed < 16; ++seed) {
    std::vector<HostTensor> inputs = makeInputs(*module, seed);
    EXPECT_EQ(run(*module, inputs).outputs, run(*converted, inputs).outputs);
  }
}

TEST_F(NNTransforms, SparseWeightsKeepEveryBit) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    !q = !quant.uniform<i8:f32, 0.5:3>
    !w = !quant.uniform<i8<-127:127>:f32, 0.01>
    func.func @main(%x: tensor<1x4x4x2xf32>, %y: tensor<3x4x!q>)
        -> (tensor<1x3x3x2xf32>, tensor<3x2x!q>) {
      %w = nn.constant dense<[
          [[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.4, 0.6]]],
          [[[0.0, 0.0], [0.0, 0.7]], [[0.0, 1.11], [0.0, 0.0]]]]>
          : tensor<2x2x2x2xf32> -> tensor<2x2x2x2xf32>
      %0 = nn.conv2d %x, %w : (tensor<1x4x4x2xf32>, tensor<2x2x2x2xf32>)
            -> tensor<1x3x3x2xf32>
      %v = nn.constant dense<[[0, 0, 7, -9], [0, 0, 0, 100]]>
          : tensor<2x4xi8> -> tensor<2x4x!w>
      %1 = nn.fully_connected %y, %v
          : (tensor<3x4x!q>, tensor<2x4x!w>) -> tensor<3x2x!q>
      return %0, %1 : tensor<1x3x3x2xf32>, tensor<3x2x!q>
    })mlir");
  ASSERT_TRUE(module);
  for (std::pair<int64_t, int64_t> block :
       {std::pair<int64_t, int64_t>(1, 1), {2, 1}, {1, 2}, {2, 2}}) {
    OwningOpRef<ModuleOp> sparse =
        transform(*module, [&](OpPassManager &manager) {
          nn::SparsifyPassOptions options;
          options.threshold = 0.0;
          options.blockRows = block.first;
          options.blockColumns = block.second;
          manager.addPass(nn::createSparsifyPass(options));
        });
    unsigned count = 0;
    sparse->walk([&](nn::SparseConstantOp) { ++count; });
    EXPECT_EQ(count, 2u);
    for (unsigned seed = 0; seed < 4; ++seed) {
      std::vector<HostTensor> inputs = makeInputs(*module, seed);
      EXPECT_EQ(run(*module, inputs).outputs, run(*sparse, inputs).outputs);
    }
  }
}

TEST_F(NNTransforms, FoldingKeepsResultsUpToRounding) {
  OwningOpRef<ModuleOp> module = parse(R"mlir(
    func.func @main(%x: tensor<1x5x5x2xf32>) -> tensor<1x4x4x2xf32> {
      %w = nn.constant dense<[[[[0.5, -0.3], [0.2, 0.7]], [[-0.9, 0.11], [0.4, 0.6]]]]>
          : tensor<1x2x2x2xf32> -> tensor<1x2x2x2xf32>
      %gamma = nn.constant dense<[0.3, 1.9]> : tensor<2xf32> -> tensor<2xf32>
      %beta = nn.constant dense<[0.7, -0.2]> : tensor<2xf32> -> tensor<2xf32>
      %mean = nn.constant dense<[-0.1, 0.4]> : tensor<2xf32> -> tensor<2xf32>
      %variance = nn.constant dense<[0.5, 0.02]> : tensor<2xf32> -> tensor<2xf32>
      %0 = nn.depthwise_conv2d %x, %w
          : (tensor<1x5x5x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x4x4x2xf32>
      %1 = nn.batch_norm %0, %gamma, %beta, %mean, %variance {epsilon = 0.001 : f32}
          : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
             tensor<2xf32>) -> tensor<1x4x4x2xf32>
      %2 = nn.batch_norm %1, %gamma, %beta, %mean, %variance {epsilon = 0.1 : f32}
          : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>,
             tensor<2xf32>) -> tensor<1x4x4x2xf32>
      %3 = nn.relu6 %2 : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
      return %3 : tensor<1x4x4x2xf32>
    })mlir");
  ASSERT_TRUE(module);
  OwningOpRef<ModuleOp> folded = transform(*module, [](OpPassManager &manager) {
    manager.addPass(nn::createFoldBatchNormPass());
    manager.addNestedPass<func::FuncOp>(nn::createFuseActivationsPass());
  });
  unsigned layers = 0;
  folded->walk([&](nn::LayerOpInterface) { ++layers; });
  EXPECT_EQ(layers, 1u);
  for (unsigned seed = 0; seed < 4; ++seed) {
    std::vector<HostTensor> inputs = makeInputs(*module, seed);
    const Run expected = run(*module, inputs), found = run(*folded, inputs);
    ASSERT_EQ(found.outputs.size(), 1u);
    for (int64_t i = 0; i < found.outputs[0].getNumElements(); ++i)
      EXPECT_NEAR(found.outputs[0].getAsDouble(i),
                  expected.outputs[0].getAsDouble(i), 1e-4);
  }
}
