//===- SharedLibraryTest.cpp - Code in files ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Pipelines/Lowering.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Runtime/NativeExecutable.h"
#include "pare/Target/CPU/CodeGen.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace pare;

namespace {

constexpr llvm::StringLiteral kNetwork = R"(
func.func @doubled(
    %x: tensor<2x3x!quant.uniform<i8:f32, 0.5:1>> {nn.name = "image"})
    -> (tensor<2x3xf32> {nn.name = "result"}) {
  %0 = nn.dequantize %x
      : (tensor<2x3x!quant.uniform<i8:f32, 0.5:1>>) -> tensor<2x3xf32>
  %1 = nn.add %0, %0
      : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
})";

class SharedLibrary : public testing::Test {
protected:
  void SetUp() override {
    registerAllDialects(registry);
    ASSERT_FALSE(
        llvm::sys::fs::createUniqueDirectory("pare-library", directory));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }

  std::string path(llvm::StringRef name) {
    llvm::SmallString<128> result = directory;
    llvm::sys::path::append(result, name);
    return result.str().str();
  }

  /// The object of the network, through all passes from the start.
  std::string object() {
    MLIRContext context(registry);
    auto module = parseSourceString<ModuleOp>(kNetwork, &context);
    PassManager manager(&context);
    KernelPipelineOptions options;
    buildKernelPipeline(manager, options);
    EXPECT_TRUE(succeeded(manager.run(*module)));
    llvm::Expected<cpu::TargetInfo> target = cpu::TargetInfo::get("native");
    EXPECT_TRUE(succeeded(cpu::lowerToLLVM(*module, *target)));
    auto code = cpu::generateCode(*module, *target);
    EXPECT_TRUE(bool(code));
    return (*code)->getBuffer().str();
  }

  static llvm::Error link(llvm::MemoryBufferRef object, llvm::StringRef path) {
    llvm::Expected<cpu::TargetInfo> target = cpu::TargetInfo::get("native");
    if (!target)
      return target.takeError();
    return cpu::linkSharedLibrary(object, path, *target);
  }

  static std::string messageOf(llvm::Expected<std::unique_ptr<Executable>> e) {
    return e ? "" : llvm::toString(e.takeError());
  }

  DialectRegistry registry;
  llvm::SmallString<128> directory;
};

TEST_F(SharedLibrary, RunsWithItsInterface) {
  std::string file = path("doubled.so");
  llvm::Error error = link(llvm::MemoryBufferRef(object(), "doubled.o"), file);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  auto library = openSharedLibrary(file);
  ASSERT_TRUE(bool(library)) << llvm::toString(library.takeError());

  const TensorInfo &input = (*library)->inputs()[0];
  EXPECT_EQ(input.name, "image");
  EXPECT_EQ(input.typeString(), "2x3xi8");
  EXPECT_EQ(input.scales, std::vector<double>{0.5});
  EXPECT_EQ(input.zeroPoints, std::vector<int32_t>{1});
  EXPECT_EQ(input.storageMin, -128);
  EXPECT_EQ((*library)->outputs()[0].name, "result");

  llvm::SmallVector<HostTensor> out;
  error = (*library)->run(
      HostTensor::fromValues<int8_t>({2, 3}, {1, 2, 3, -128, 127, 0}), out);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(out[0].toFloats(), (std::vector<float>{0, 1, 2, -129, 126, -1}));

  error = (*library)->run(HostTensor::zeros(DType::F32, {2, 3}), out);
  EXPECT_NE(llvm::toString(std::move(error)).find("image"), std::string::npos);
}

TEST_F(SharedLibrary, SameNetworkSameBytes) { EXPECT_EQ(object(), object()); }

TEST_F(SharedLibrary, Errors) {
  EXPECT_NE(messageOf(openSharedLibrary(path("missing.so"))), "");
  std::string text = path("text.so");
  std::error_code error;
  llvm::raw_fd_ostream(text, error) << "not a library";
  EXPECT_NE(messageOf(openSharedLibrary(text)).find("text.so"),
            std::string::npos);

  std::string file = path("doubled.so");
  ASSERT_FALSE(bool(link(llvm::MemoryBufferRef(object(), "doubled.o"), file)));
  EXPECT_EQ(messageOf(openSharedLibrary(file, "other")),
            file + ": no network 'other'");
  // What is no object does not replace the library that is there.
  llvm::Error bad = link(llvm::MemoryBufferRef("rubbish", "rubbish.o"), file);
  EXPECT_NE(llvm::toString(std::move(bad)).find("linking"), std::string::npos);
  EXPECT_EQ(messageOf(openSharedLibrary(file)), "");
}

TEST_F(SharedLibrary, JitErrors) {
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(kNetwork, &context);
  ASSERT_TRUE(module);
  JitOptions options;
  options.network = "other";
  EXPECT_NE(messageOf(createJitExecutable(*module, options)).find("other"),
            std::string::npos);
  options = {};
  options.target = "z80";
  EXPECT_NE(messageOf(createJitExecutable(*module, options)).find("'z80'"),
            std::string::npos);
}

} // namespace
