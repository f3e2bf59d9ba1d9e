//===- SignatureTest.cpp - The interface of a network ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/Signature.h"
#include "pare/Dialect/NN/IR/NN.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace pare;

namespace {

class SignatureTest : public ::testing::Test {
protected:
  SignatureTest() {
    context.disableMultithreading();
    context.loadDialect<nn::NNDialect, mlir::func::FuncDialect>();
  }

  mlir::ModuleOp parse(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return *module;
  }

  std::optional<TensorInfo> info(llvm::StringRef type) {
    return getTensorInfo(mlir::parseType(type, &context));
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(SignatureTest, StorageTypes) {
  auto dtype = [&](llvm::StringRef type) {
    return getStorageDType(mlir::parseType(type, &context));
  };
  EXPECT_EQ(dtype("f32"), DType::F32);
  EXPECT_EQ(dtype("f16"), DType::F16);
  EXPECT_EQ(dtype("i1"), DType::Bool);
  EXPECT_EQ(dtype("i8"), DType::I8);
  EXPECT_EQ(dtype("i64"), DType::I64);
  EXPECT_EQ(dtype("!quant.uniform<u8:f32, 1.0>"), DType::U8);
  EXPECT_EQ(dtype("!quant.uniform<i8<-7:7>:f32, 1.0>"), DType::I8);
  EXPECT_EQ(dtype("!quant.uniform<i16:f32, 1.0>"), DType::I16);
  EXPECT_EQ(dtype("!quant.uniform<i32:f32, 1.0>"), DType::I32);
  // Types that host memory does not have.
  EXPECT_EQ(dtype("!quant.uniform<i4:f32, 1.0>"), std::nullopt);
  EXPECT_EQ(dtype("i7"), std::nullopt);
  EXPECT_EQ(dtype("bf16"), std::nullopt);
}

TEST_F(SignatureTest, QuantizedPerTensor) {
  std::optional<TensorInfo> found =
      info("tensor<2x3x!quant.uniform<u8<1:254>:f32, 0.5:7>>");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->isQuantized());
  EXPECT_EQ(found->typeString(), "2x3xu8");
  EXPECT_EQ(found->getNumElements(), 6);
  EXPECT_EQ(found->scales, (std::vector<double>{0.5}));
  EXPECT_EQ(found->zeroPoints, (std::vector<int32_t>{7}));
  EXPECT_EQ(found->axis, -1);
  EXPECT_EQ(found->storageMin, 1);
  EXPECT_EQ(found->storageMax, 254);
}

TEST_F(SignatureTest, RealNumbersThereAndBack) {
  std::optional<TensorInfo> found =
      info("tensor<2x2x!quant.uniform<i8<-127:127>:f32:1, {0.5, 2.0:1}>>");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->axis, 1);
  const HostTensor real =
      HostTensor::fromValues<float>({2, 2}, {0.75f, 3.0f, -500.0f, -500.0f});
  const HostTensor stored = found->fromReal(real);
  EXPECT_EQ(stored, HostTensor::fromValues<int8_t>({2, 2}, {2, 3, -127, -127}));
  EXPECT_EQ(found->toReal(stored),
            HostTensor::fromValues<float>({2, 2}, {1, 4, -63.5f, -256}));
}

TEST_F(SignatureTest, UnquantizedIsConverted) {
  std::optional<TensorInfo> found = info("tensor<2xi32>");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->isQuantized());
  const HostTensor stored = HostTensor::fromValues<int32_t>({2}, {-5, 9});
  const HostTensor real = HostTensor::fromValues<float>({2}, {-5, 9});
  EXPECT_EQ(found->toReal(stored), real);
  EXPECT_EQ(found->fromReal(real), stored);
}

TEST_F(SignatureTest, OtherTypesHaveNoInfo) {
  EXPECT_FALSE(info("tensor<?xf32>"));
  EXPECT_FALSE(info("tensor<*xf32>"));
  EXPECT_FALSE(info("memref<2xf32>"));
  EXPECT_FALSE(info("f32"));
}

TEST_F(SignatureTest, NamesOfArgumentsAndResults) {
  mlir::ModuleOp found = parse(R"(
    func.func @net(%a: tensor<1xf32> {nn.name = "image"}, %b: tensor<2xf32>)
        -> (tensor<1xf32> {nn.name = "scores"}, tensor<2xf32>) {
      return %a, %b : tensor<1xf32>, tensor<2xf32>
    })");
  llvm::Expected<mlir::func::FuncOp> func = findNetwork(found);
  ASSERT_TRUE(bool(func));
  llvm::Expected<Signature> signature = getSignature(*func);
  ASSERT_TRUE(bool(signature));
  EXPECT_EQ(signature->name, "net");
  ASSERT_EQ(signature->inputs.size(), 2u);
  EXPECT_EQ(signature->inputs[0].name, "image");
  EXPECT_EQ(signature->inputs[1].name, "input_1");
  ASSERT_EQ(signature->outputs.size(), 2u);
  EXPECT_EQ(signature->outputs[0].name, "scores");
  EXPECT_EQ(signature->outputs[1].name, "output_1");
}

TEST_F(SignatureTest, FindsTheNetwork) {
  mlir::ModuleOp found = parse(R"(
    func.func private @declared()
    func.func private @helper() { return }
    func.func @other() { return }
    func.func @main() { return })");
  auto nameOf = [&](llvm::StringRef name) {
    llvm::Expected<mlir::func::FuncOp> func = findNetwork(found, name);
    return func ? func->getSymName().str() : llvm::toString(func.takeError());
  };
  EXPECT_EQ(nameOf(""), "main");
  EXPECT_EQ(nameOf("helper"), "helper");
  EXPECT_EQ(nameOf("declared"),
            "no function 'declared' with a body in the module");
  EXPECT_EQ(nameOf("absent"), "no function 'absent' with a body in the module");
}

TEST_F(SignatureTest, EmptyModule) {
  llvm::Expected<mlir::func::FuncOp> func = findNetwork(parse("module {}"));
  ASSERT_FALSE(bool(func));
  EXPECT_EQ(llvm::toString(func.takeError()),
            "expected one public function or one called 'main' in the module, "
            "found 0 public functions");
}

} // namespace
