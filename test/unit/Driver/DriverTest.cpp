//===- DriverTest.cpp - The commands as functions -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the commands print and refuse is tested through the tool; here is what
// only a program can ask for.
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Commands.h"
#include "pare/Driver/Summary.h"
#include "pare/Support/FileOutput.h"
#include "pare/Support/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <thread>

using namespace pare;
using namespace pare::driver;

static constexpr llvm::StringLiteral kNetwork = R"(
func.func @main(%x: tensor<1x4xf32> {nn.name = "x"}) -> (tensor<1x2xf32> {nn.name = "y"}) {
  %w = nn.constant dense<[[1.0, 0.0, -1.0, 0.5], [0.0, 0.0, 0.0, 2.0]]> : tensor<2x4xf32> -> tensor<2x4xf32>
  %0 = nn.fully_connected %x, %w act <relu> : (tensor<1x4xf32>, tensor<2x4xf32>) -> tensor<1x2xf32> loc("dense")
  return %0 : tensor<1x2xf32>
}
)";

namespace {
class DriverTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("driver", folder));
    network = path("net.mlir");
    llvm::cantFail(writeFile(network, kNetwork));
    std::vector<float> values;
    for (int i = 0; i < 32; ++i)
      values.push_back(0.125f * static_cast<float>(i % 9) - 0.5f);
    samples = path("x.npy");
    llvm::cantFail(
        writeNpy(samples, HostTensor::fromValues<float>({8, 1, 4}, values)));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(llvm::StringRef name) const {
    llvm::SmallString<128> result(folder);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }

  CompileCommand compileTo(llvm::StringRef output) const {
    CompileCommand command;
    command.network = network;
    command.output = path(output);
    return command;
  }

  CompileCommand quantizeTo(llvm::StringRef output) const {
    CompileCommand command = compileTo(output);
    command.quantize = true;
    command.calibrate = samples;
    return command;
  }

  std::string contents(llvm::StringRef name) const {
    auto file = llvm::MemoryBuffer::getFile(path(name));
    return file ? (*file)->getBuffer().str() : "missing";
  }

  llvm::SmallString<128> folder;
  std::string network, samples;
};
} // namespace

TEST_F(DriverTest, SummaryCountsConstantsOnce) {
  Network net = llvm::cantFail(Network::load(network));
  NetworkSummary summary = summarize(llvm::cantFail(net.getFunction()));
  ASSERT_EQ(summary.layers.size(), 1u);
  EXPECT_EQ(summary.layers[0].name, "dense");
  EXPECT_EQ(summary.layers[0].op, "fully_connected");
  EXPECT_TRUE(summary.layers[0].isFloat);
  EXPECT_EQ(summary.macs, 8);
  EXPECT_EQ(summary.weights.parameters, 8);
  EXPECT_EQ(summary.weights.zeros, 4);
  EXPECT_EQ(summary.weights.bytes, 32);
  EXPECT_EQ(summary.countIntegerLayers(), 0);
}

TEST_F(DriverTest, CompilationsAreIndependent) {
  // Equal commands give equal files, also when they run at the same time with
  // another between them.
  std::vector<std::thread> threads;
  std::vector<std::string> errors(3);
  std::vector<CompileCommand> commands = {
      quantizeTo("a.mlir"), quantizeTo("b.mlir"), quantizeTo("c.mlir")};
  commands[1].requant = nn::RequantMode::Fixed;
  for (size_t i = 0; i < commands.size(); ++i)
    threads.emplace_back([&, i] {
      if (llvm::Error error = compileNetwork(commands[i], llvm::nulls()))
        errors[i] = llvm::toString(std::move(error));
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &error : errors)
    EXPECT_EQ(error, "");
  EXPECT_EQ(contents("a.mlir"), contents("c.mlir"));
  EXPECT_NE(contents("a.mlir"), contents("b.mlir"));
  EXPECT_NE(contents("a.mlir"), "missing");
}

TEST_F(DriverTest, BackEndsAgreeToTheBit) {
  llvm::cantFail(compileNetwork(quantizeTo("q.mlir"), llvm::nulls()));
  CompileCommand link = compileTo("q.so");
  link.network = path("q.mlir");
  llvm::cantFail(compileNetwork(link, llvm::nulls()));

  RunOptions reference, jit;
  reference.backend = Backend::Reference;
  jit.backend = Backend::Jit;
  auto a = llvm::cantFail(makeExecutable(path("q.mlir"), reference));
  auto b = llvm::cantFail(makeExecutable(path("q.mlir"), jit));
  auto c = llvm::cantFail(makeExecutable(path("q.so"), jit));
  ASSERT_EQ(a->inputs().size(), 1u);
  EXPECT_EQ(c->inputs()[0].name, "x");
  EXPECT_EQ(c->inputs()[0].typeString(), a->inputs()[0].typeString());
  EXPECT_EQ(c->inputs()[0].scales, a->inputs()[0].scales);
  for (int start = -128; start < 124; ++start) {
    HostTensor in = HostTensor::fromValues<int8_t>(
        {1, 4}, {int8_t(start), int8_t(start + 3), int8_t(-start - 1),
                 int8_t(start / 2)});
    llvm::SmallVector<HostTensor> fromA, fromB, fromC;
    llvm::cantFail(a->run({in}, fromA));
    llvm::cantFail(b->run({in}, fromB));
    llvm::cantFail(c->run({in}, fromC));
    EXPECT_EQ(fromA[0], fromB[0]) << start;
    EXPECT_EQ(fromA[0], fromC[0]) << start;
  }
}

TEST_F(DriverTest, AFailureLeavesOlderFilesAlone) {
  llvm::cantFail(writeFile(path("old.mlir"), "precious"));
  CompileCommand command = quantizeTo("old.mlir");
  command.calibrate = path("missing.npy");
  llvm::Error error = compileNetwork(command, llvm::nulls());
  ASSERT_TRUE(bool(error));
  llvm::consumeError(std::move(error));
  EXPECT_EQ(contents("old.mlir"), "precious");
}

TEST_F(DriverTest, ALibraryIsToldByItsContent) {
  CompileCommand command = compileTo("library");
  command.emit = Emit::Shared;
  llvm::cantFail(compileNetwork(command, llvm::nulls()));
  EXPECT_TRUE(isSharedLibrary(path("library")));
  EXPECT_FALSE(isSharedLibrary(network));
  EXPECT_FALSE(isSharedLibrary(path("missing")));
  auto executable =
      llvm::cantFail(makeExecutable(path("library"), RunOptions()));
  EXPECT_EQ(executable->signature().name, "library");
}

/// Bytes of memory that belong to this process alone and to no file.
static int64_t anonymousBytes() {
  auto status = llvm::MemoryBuffer::getFileAsStream("/proc/self/status");
  if (!status)
    return -1;
  int64_t kilobytes = -1;
  llvm::StringRef rest =
      (*status)->getBuffer().split("RssAnon:").second.ltrim();
  rest.consumeInteger(10, kilobytes);
  return kilobytes * 1024;
}

/// A layer of `size` by `size` weights of 4 bytes, none of them zero.
static std::string writeLayer(int64_t size) {
  std::vector<float> weights;
  for (int64_t i = 0; i < size * size; ++i)
    weights.push_back(1.0f + float(i % 4099));
  const std::string hex = llvm::toHex(
      llvm::StringRef(reinterpret_cast<const char *>(weights.data()),
                      weights.size() * sizeof(float)));
  const std::string n = std::to_string(size);
  const std::string row = "tensor<1x" + n + "xf32>";
  const std::string square = "tensor<" + n + "x" + n + "xf32>";
  return "func.func @main(%x: " + row + ") -> " + row +
         " {\n%w = nn.constant dense_resource<w> : " + square + " -> " +
         square + "\n%0 = nn.fully_connected %x, %w : (" + row + ", " + square +
         ") -> " + row + "\nreturn %0 : " + row +
         "\n}\n{-# dialect_resources: { builtin: { w: \"0x40000000" + hex +
         "\" } } #-}\n";
}

TEST_F(DriverTest, CompiledWeightsAreInMemoryOnce) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "freed memory is kept to find uses of it";
#endif
#endif
  constexpr int64_t kSize = 2048, kBytes = kSize * kSize * sizeof(float);
  // What a first compilation takes for good, however small the network is.
  llvm::cantFail(makeExecutable(network, RunOptions()));
  llvm::cantFail(writeFile(path("large.mlir"), writeLayer(kSize)));
  const int64_t before = anonymousBytes();
  if (before < 0)
    GTEST_SKIP() << "the system does not tell";
  auto executable =
      llvm::cantFail(makeExecutable(path("large.mlir"), RunOptions()));
  llvm::SmallVector<HostTensor> out;
  llvm::cantFail(
      executable->run({HostTensor::zeros(DType::F32, {1, kSize})}, out));
  const int64_t after = anonymousBytes();
  EXPECT_GE(executable->weightBytes(), kBytes);
  EXPECT_LT(after - before, kBytes * 5 / 4);
}
