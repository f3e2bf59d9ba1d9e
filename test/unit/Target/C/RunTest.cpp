//===- RunTest.cpp - Networks in C against the interpreter ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes the networks of networks.mlir in C, compiles them with all warnings as
// errors and with the undefined-behavior sanitizer, runs them on random inputs
// and compares with the interpreter: integers to the bit, floats within what
// sums in f32 explain.
//
//===----------------------------------------------------------------------===//

#include "pare/Interpreter/Interpreter.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/Signature.h"
#include "pare/Runtime/abi.h"
#include "pare/Support/FileOutput.h"
#include "pare/Target/C/EmitC.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <random>

using namespace mlir;
using namespace pare;

namespace {

using Tensors = SmallVector<HostTensor>;

/// One function of the file.
struct Case {
  std::string name;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<Interpreter> interpreter;
  pare_invoke_fn invoke = nullptr;
  int64_t arenaBytes = 0;
};

HostTensor makeInput(const TensorInfo &info, std::mt19937 &random) {
  HostTensor tensor = HostTensor::zeros(info.dtype, info.shape);
  auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  if (info.dtype == DType::F32) {
    for (float &value : tensor.data<float>())
      value = between(-2000, 2000) / 1000.0f;
  } else if (info.dtype == DType::I8 || info.dtype == DType::U8) {
    for (uint8_t &byte : tensor.bytes())
      byte = static_cast<uint8_t>(between(0, 255));
  } else if (info.dtype == DType::I32) {
    // Biases, and numbers to move and convert.
    for (int32_t &value : tensor.data<int32_t>())
      value = between(-20000, 20000);
  } else {
    // Indices.
    for (int64_t &value : tensor.data<int64_t>())
      value = between(0, 2);
  }
  return tensor;
}

class RunTest : public testing::TestWithParam<nn::RequantMode> {
protected:
  void SetUp() override {
    if (!llvm::sys::findProgramByName("gcc"))
      GTEST_SKIP() << "no gcc";
    const char *source = std::getenv("PARE_SOURCE_DIR");
    if (!source)
      GTEST_SKIP() << "PARE_SOURCE_DIR is not set";
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("pare-c", directory));
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
    file = parseSourceFile<ModuleOp>(
        std::string(source) + "/test/unit/Target/C/networks.mlir", &context);
    ASSERT_TRUE(file);
    (*file)->setAttr(nn::NNDialect::kRequantModeAttr,
                     nn::RequantModeAttr::get(&context, GetParam()));
  }

  void TearDown() override {
    if (!directory.empty())
      llvm::sys::fs::remove_directories(directory);
  }

  /// The network `name` alone, written to files.
  void add(StringRef name) {
    Case test;
    test.name = name.str();
    test.module = file->clone();
    for (auto func :
         llvm::make_early_inc_range(test.module->getOps<func::FuncOp>()))
      if (func.getName() != name)
        func.erase();
    OwningOpRef<ModuleOp> lowered = test.module->clone();
    auto func = *test.module->getOps<func::FuncOp>().begin();
    auto interpreter = Interpreter::create(func);
    ASSERT_TRUE(bool(interpreter)) << llvm::toString(interpreter.takeError());
    test.interpreter = std::move(*interpreter);

    PassManager passes(&context);
    KernelPipelineOptions options;
    options.requantMode = GetParam();
    buildKernelPipeline(passes, options);
    ASSERT_TRUE(succeeded(passes.run(*lowered))) << test.name;
    FailureOr<CSource> source = emitC(*lowered, {test.name});
    ASSERT_TRUE(succeeded(source)) << test.name;
    test.arenaBytes = source->arenaBytes;
    std::string base = path(test.name);
    ASSERT_FALSE(bool(writeFile(base + ".h", source->header)));
    ASSERT_FALSE(bool(writeFile(base + ".c", source->source)));
    cases.push_back(std::move(test));
  }

  void compile() {
    std::string library = path("networks.so");
    std::vector<std::string> arguments = {
        "gcc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Wconversion",
        "-pedantic", "-Werror", "-fPIC", "-shared", "-fsanitize=undefined",
        "-fno-sanitize-recover=all",
        // Both modes are loaded at once.
        "-Wl,-Bsymbolic", "-o", library};
    for (const Case &test : cases)
      arguments.push_back(path(test.name) + ".c");
    arguments.push_back("-lm");
    std::vector<StringRef> references(arguments.begin(), arguments.end());
    ASSERT_EQ(0, llvm::sys::ExecuteAndWait(*llvm::sys::findProgramByName("gcc"),
                                           references));
    std::string message;
    auto loaded = llvm::sys::DynamicLibrary::getPermanentLibrary(
        library.c_str(), &message);
    ASSERT_TRUE(loaded.isValid()) << message;
    for (Case &test : cases) {
      test.invoke = reinterpret_cast<pare_invoke_fn>(
          loaded.getAddressOfSymbol((test.name + "_invoke_generic").c_str()));
      ASSERT_TRUE(test.invoke) << test.name;
    }
  }

  static void run(Case &test, ArrayRef<HostTensor> in, Tensors &out) {
    std::vector<const void *> inputs;
    std::vector<void *> outputs;
    for (const HostTensor &tensor : in)
      inputs.push_back(tensor.rawData());
    for (const TensorInfo &info : test.interpreter->outputs()) {
      out.push_back(HostTensor::zeros(info.dtype, info.shape));
      outputs.push_back(out.back().rawData());
    }
    std::vector<uint64_t> arena(test.arenaBytes / 8 + 1, ~uint64_t(0));
    EXPECT_EQ(0, test.invoke(inputs.data(), outputs.data(), arena.data()));
  }

  static void compare(const HostTensor &expected, const HostTensor &found,
                      const std::string &what) {
    for (int64_t i = 0, e = expected.getNumElements(); i < e; ++i) {
      const double a = expected.getAsDouble(i), b = found.getAsDouble(i);
      if (a == b || (std::isnan(a) && std::isnan(b)))
        continue;
      const double tolerance = 1e-5 * std::max(1.0, std::fabs(a));
      if (expected.getDType() == DType::F32 && std::fabs(a - b) <= tolerance)
        continue;
      FAIL() << what << ", element " << i << ": expected " << a << ", found "
             << b;
    }
  }

  std::string path(const std::string &name) const {
    SmallString<128> path(directory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> file;
  SmallString<128> directory;
  std::vector<Case> cases;
};

TEST_P(RunTest, EqualsTheInterpreter) {
  for (auto func : file->getOps<func::FuncOp>())
    ASSERT_NO_FATAL_FAILURE(add(func.getName()));
  ASSERT_NO_FATAL_FAILURE(compile());
  std::mt19937 random(7);
  for (Case &test : cases) {
    for (int sample = 0; sample < 20; ++sample) {
      Tensors inputs, expected, found;
      for (const TensorInfo &info : test.interpreter->inputs())
        inputs.push_back(makeInput(info, random));
      llvm::Error error = test.interpreter->run(inputs, expected);
      ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
      run(test, inputs, found);
      for (size_t k = 0; k < expected.size(); ++k)
        compare(expected[k], found[k],
                test.name + ", output " + std::to_string(k));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, RunTest,
                         testing::Values(nn::RequantMode::Fixed,
                                         nn::RequantMode::Float),
                         [](const auto &info) {
                           return info.param == nn::RequantMode::Fixed
                                      ? "Fixed"
                                      : "Float";
                         });

} // namespace
