//===- Compare.cpp - Compiled networks against the interpreter ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Runtime/Signature.h"
#include "pare/Runtime/ThreadPool.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/TargetParser/Host.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace pare::test {

std::string join(llvm::ArrayRef<int64_t> values, llvm::StringRef separator) {
  std::string text;
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? separator.str() : "") + std::to_string(values[i]);
  return text;
}

std::string list(llvm::ArrayRef<int64_t> values) {
  return "[" + join(values, ", ") + "]";
}

std::string tensorType(const Shape &shape, llvm::StringRef element) {
  std::string sizes = shape.empty() ? "" : join(shape, "x") + "x";
  return "tensor<" + sizes + element.str() + ">";
}

std::string quantized(double scale, int64_t zero, llvm::StringRef storage) {
  return llvm::formatv("!quant.uniform<{0}:f32, {1:e}:{2}>", storage, scale,
                       zero);
}

std::string quantizedPerAxis(int64_t channels, int64_t axis, double scale,
                             llvm::StringRef storage) {
  std::string scales;
  for (int64_t c = 0; c < channels; ++c)
    scales += llvm::formatv("{0}{1:e}", c ? ", " : "",
                            scale * (1.0 + double(c % 7) / 8));
  return llvm::formatv("!quant.uniform<{0}:f32:{1}, {{{2}}>", storage, axis,
                       scales);
}

NetworkText::Value NetworkText::input(const Shape &shape,
                                      llvm::StringRef element) {
  Value value{"%in" + std::to_string(inputs.size()),
              tensorType(shape, element)};
  inputs.push_back(value);
  return value;
}

NetworkText::Value NetworkText::constant(const Shape &shape,
                                         llvm::StringRef storage,
                                         llvm::StringRef element,
                                         int32_t most) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  std::string bytes;
  auto append = [&](auto v) {
    bytes.append(reinterpret_cast<const char *>(&v), sizeof(v));
  };
  for (int64_t i = 0; i < count; ++i) {
    int32_t r = static_cast<int32_t>(random() & 0xffff);
    if (storage == "f32")
      append(static_cast<float>(r - 0x8000) / 0x8000);
    else if (storage == "i8")
      append(static_cast<int8_t>(r % (2 * most + 1) - most));
    else
      append(r % 4001 - 2000);
  }
  return addConstant(shape, storage, element, bytes);
}

NetworkText::Value NetworkText::constant(const Shape &shape,
                                         llvm::ArrayRef<int8_t> values,
                                         llvm::StringRef element) {
  return addConstant(
      shape, "i8", element,
      {reinterpret_cast<const char *>(values.data()), values.size()});
}

NetworkText::Value NetworkText::addConstant(const Shape &shape,
                                            llvm::StringRef storage,
                                            llvm::StringRef element,
                                            llvm::StringRef bytes) {
  Value value{"%" + std::to_string(next++), tensorType(shape, element)};
  body += llvm::formatv("  {0} = nn.constant dense<\"0x{1}\"> : {2} -> {3}\n",
                        value.name, llvm::toHex(bytes),
                        tensorType(shape, storage), value.type);
  return value;
}

NetworkText::Value NetworkText::layer(llvm::StringRef operation,
                                      llvm::ArrayRef<Value> operands,
                                      const std::string &type) {
  std::string text = operation.str(), types;
  for (size_t i = 0; i < operands.size(); ++i) {
    std::string place = "%{" + std::to_string(i) + "}";
    size_t at = text.find(place);
    EXPECT_NE(at, std::string::npos) << text;
    text.replace(at, place.size(), operands[i].name);
    types += (i ? ", " : "") + operands[i].type;
  }
  Value value{"%" + std::to_string(next++), type};
  body +=
      "  " + value.name + " = " + text + " : (" + types + ") -> " + type + "\n";
  return value;
}

std::string NetworkText::str() const {
  std::string arguments, types, values;
  for (const Value &input : inputs)
    arguments +=
        (arguments.empty() ? "" : ", ") + input.name + ": " + input.type;
  for (const Value &output : outputs) {
    types += (types.empty() ? "" : ", ") + output.type;
    values += (values.empty() ? "" : ", ") + output.name;
  }
  return "func.func @net(" + arguments + ") -> (" + types + ") {\n" + body +
         "  return " + values + " : " + types + "\n}\n";
}

static HostTensor randomTensor(const TensorInfo &info, Inputs kind,
                               std::mt19937 &random) {
  HostTensor tensor = HostTensor::zeros(info.dtype, info.shape);
  const int64_t third = tensor.getNumElements() / 3;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i) {
    int32_t r = static_cast<int32_t>(random() & 0xffff);
    const bool high = i < third || (i >= 2 * third && r % 2 == 0);
    if (info.dtype == DType::F32)
      tensor.setFromDouble(i, double(r - 0x8000) / 0x8000);
    else if (info.isQuantized() && kind == Inputs::Extreme)
      tensor.setFromDouble(i, high ? info.storageMax : info.storageMin);
    else if (info.isQuantized())
      tensor.setFromDouble(i, info.storageMin +
                                  r % (info.storageMax - info.storageMin + 1));
    else
      tensor.setFromDouble(i, r % 5);
  }
  return tensor;
}

static void compare(const HostTensor &expected, const HostTensor &found,
                    llvm::StringRef what) {
  ASSERT_EQ(expected.typeString(), found.typeString()) << what.str();
  double greatest = 1.0, worst = 0.0;
  int64_t different = 0;
  for (int64_t i = 0; i < expected.getNumElements(); ++i) {
    double x = expected.getAsDouble(i), y = found.getAsDouble(i);
    if (std::isfinite(x))
      greatest = std::max(greatest, std::abs(x));
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    ++different;
    worst = std::isfinite(x - y) ? std::max(worst, std::abs(x - y)) : INFINITY;
  }
  if (expected.getDType() == DType::F32)
    EXPECT_LE(worst, 1e-5 * greatest) << what.str();
  else
    EXPECT_EQ(different, 0) << what.str() << ", by up to " << worst;
}

/// Threads that share every layer give the bits of one thread, on every run.
static void expectSameOnThreads(ModuleOp module, ArrayRef<HostTensor> inputs,
                                ArrayRef<HostTensor> expected, int64_t threads,
                                const cpu::CodeOptions &code) {
  auto pool = ThreadPool::create(threads, /*processors=*/threads);
  ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
  JitOptions options;
  options.optLevel = 0;
  options.pool = *pool;
  options.threadCycles = 0;
  options.code = code;
  auto jit = createJitExecutable(module, options);
  ASSERT_TRUE(bool(jit)) << llvm::toString(jit.takeError());
  for (int run = 0; run < 2; ++run) {
    llvm::SmallVector<HostTensor> found;
    llvm::Error error = (*jit)->run(inputs, found);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_TRUE(expected[i].bytes() == found[i].bytes())
          << "output " << i << " on " << threads << " threads, run " << run;
  }
}

void expectSame(const NetworkText &text, ArrayRef<Inputs> kinds,
                cpu::CodeOptions code) {
  // Sparse layers are too small to be worth it.
  code.sparsify = 0.0;
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(text.str(), &context);
  ASSERT_TRUE(module) << text.str();
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  for (nn::RequantMode mode :
       {nn::RequantMode::Fixed, nn::RequantMode::Float}) {
    (*module)->setAttr(nn::NNDialect::kRequantModeAttr,
                       nn::RequantModeAttr::get(&context, mode));
    auto func = findNetwork(*module);
    ASSERT_TRUE(bool(func));
    auto interpreter = Interpreter::create(*func);
    ASSERT_TRUE(bool(interpreter)) << llvm::toString(interpreter.takeError());
    std::mt19937 random(11);
    struct Sample {
      llvm::SmallVector<HostTensor> inputs, expected;
    };
    std::vector<Sample> samples(kinds.size());
    for (auto [kind, sample] : llvm::zip_equal(kinds, samples)) {
      for (const TensorInfo &info : (*interpreter)->inputs())
        sample.inputs.push_back(randomTensor(info, kind, random));
      llvm::Error error = (*interpreter)->run(sample.inputs, sample.expected);
      ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    }
    // The mode and the inner step do not meet in code: half of the
    // combinations show both.
    std::vector<std::string> targets = {"native"};
    if (mode == nn::RequantMode::Fixed)
      targets.push_back("generic");
    else if (features.lookup("avx2") && features.lookup("fma"))
      targets.push_back("x86-64-v3");
    if (mode == nn::RequantMode::Fixed && features.lookup("avx512bw") &&
        features.lookup("avx512vl") && features.lookup("avx512vnni"))
      targets.push_back("x86-64-v4");
    for (const std::string &target : targets) {
      JitOptions options;
      options.target = target;
      options.code = code;
      // The code, not LLVM's passes, is what is tested.
      options.optLevel = 0;
      auto jit = createJitExecutable(*module, options);
      ASSERT_TRUE(bool(jit)) << llvm::toString(jit.takeError());
      for (const Sample &sample : samples) {
        llvm::SmallVector<HostTensor> found;
        llvm::Error error = (*jit)->run(sample.inputs, found);
        ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
        ASSERT_EQ(sample.expected.size(), found.size());
        for (size_t i = 0; i < found.size(); ++i)
          compare(sample.expected[i], found[i],
                  "output " + std::to_string(i) + ", " + target + ", " +
                      nn::stringifyRequantMode(mode).str());
        if (target == "native" && &sample == &samples[0])
          expectSameOnThreads(*module, sample.inputs, found,
                              mode == nn::RequantMode::Fixed ? 2 : 3, code);
      }
    }
  }
}

std::vector<HostTensor> runCompiled(const NetworkText &text) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(text.str(), &context);
  EXPECT_TRUE(module) << text.str();
  if (!module)
    return {};
  auto jit = createJitExecutable(*module, JitOptions());
  EXPECT_TRUE(bool(jit));
  if (!jit) {
    ADD_FAILURE() << llvm::toString(jit.takeError());
    return {};
  }
  std::mt19937 random(11);
  llvm::SmallVector<HostTensor> inputs, found;
  for (const TensorInfo &info : (*jit)->inputs())
    inputs.push_back(randomTensor(info, Inputs::Random, random));
  llvm::Error error = (*jit)->run(inputs, found);
  EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
  return {found.begin(), found.end()};
}

} // namespace pare::test
