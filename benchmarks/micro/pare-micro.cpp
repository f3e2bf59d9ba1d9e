//===- pare-micro.cpp - Times single layers -------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   pare-micro [--target=NAME] [options of Google Benchmark]
//
// compiles layers of well-known networks, each as a network of its own, and
// times them on one core. Beside the time stand what is computed in a second
// (two operations for a multiply-accumulate step), and its share of what the
// processor's vectors reach on that target, which is measured first; for layers
// that have no such steps, the bytes in a second and their share of a copy's.
//
//===----------------------------------------------------------------------===//

#include "LayerText.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/JitExecutable.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <limits>

using namespace mlir;
using namespace pare;
using namespace pare::micro;

static llvm::Expected<std::unique_ptr<Executable>>
compile(MLIRContext &context, const LayerCase &layer, NumberKind numbers,
        const std::string &target) {
  auto module =
      parseSourceString<ModuleOp>(networkOf(layer, numbers), &context);
  if (!module)
    return llvm::createStringError("the network does not parse");
  // What compiled code uses unless a network says otherwise.
  (*module)->setAttr(
      nn::NNDialect::kRequantModeAttr,
      nn::RequantModeAttr::get(&context, nn::RequantMode::Float));
  JitOptions options;
  options.target = target;
  return createJitExecutable(*module, options);
}

/// Inputs of many different values.
static llvm::SmallVector<HostTensor> makeInputs(const Executable &network) {
  llvm::SmallVector<HostTensor> inputs;
  for (const TensorInfo &info : network.inputs()) {
    inputs.push_back(HostTensor::zeros(info.dtype, info.shape));
    for (int64_t i = 0; i < inputs.back().getNumElements(); ++i)
      inputs.back().setFromDouble(i, double(i * 37 % 251 - 125) /
                                         (info.dtype == DType::F32 ? 64 : 1));
  }
  return inputs;
}

static void run(benchmark::State &state, MLIRContext &context,
                const LayerCase &layer, NumberKind numbers,
                const std::string &target, const PeakRates &peaks) {
  auto network = compile(context, layer, numbers, target);
  if (!network) {
    state.SkipWithError(llvm::toString(network.takeError()).c_str());
    return;
  }
  llvm::SmallVector<HostTensor> inputs = makeInputs(**network), outputs;
  using Clock = std::chrono::steady_clock;
  // The fastest call: other programs can only slow a call down, and a mean
  // shows how busy the machine was.
  double seconds = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    if (llvm::Error error = (*network)->run(inputs, outputs)) {
      state.SkipWithError(llvm::toString(std::move(error)).c_str());
      return;
    }
    seconds = std::min(
        seconds, std::chrono::duration<double>(Clock::now() - start).count());
  }
  const bool isFloat = numbers == NumberKind::F32;
  if (const int64_t macs = countMacs(layer)) {
    const double peak = isFloat ? peaks.floatMacs : peaks.integerMacs;
    const double rate = 1e-9 * double(macs) / seconds;
    state.counters["GOP/s"] = 2 * rate;
    state.counters["%peak"] = 100 * rate / peak;
    return;
  }
  const int64_t bytes = countBytes(layer, numbers);
  const double rate = 1e-9 * double(bytes) / seconds;
  state.counters["GB/s"] = rate;
  state.counters["%copy"] = 100 * rate / peaks.bytesRate(bytes);
}

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  std::string target = "native";
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    if (argument.consume_front("--target=")) {
      target = argument.str();
      continue;
    }
    llvm::errs() << "pare-micro: error: unknown argument '" << argv[i]
                 << "'; expected --target=NAME and --benchmark_...\n";
    return 2;
  }
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  llvm::Expected<PeakRates> peaks = measurePeaks(&context, target);
  if (!peaks) {
    llvm::errs() << "pare-micro: error: " << llvm::toString(peaks.takeError())
                 << '\n';
    return 1;
  }
  benchmark::AddCustomContext("target", target);
  benchmark::AddCustomContext("peak f32, GFLOP/s",
                              std::to_string(2 * peaks->floatMacs));
  benchmark::AddCustomContext("peak int8, GOP/s",
                              std::to_string(2 * peaks->integerMacs));
  for (const LayerCase &layer : layerCases())
    for (NumberKind numbers : numbersOf(layer.kind))
      benchmark::RegisterBenchmark(
          nameOf(layer, numbers).c_str(), [&, numbers](benchmark::State &s) {
            run(s, context, layer, numbers, target, *peaks);
          });
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
