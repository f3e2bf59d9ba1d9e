//===- Bench.cpp - pare bench ---------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "pare/Driver/Summary.h"
#include "pare/Support/Progress.h"
#include "pare/Support/Statistics.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <cmath>
#include <optional>
#include <random>

using namespace pare;
using namespace pare::driver;

namespace {
/// What was measured. Times in microseconds.
struct Times {
  int64_t warmUps = 0;
  /// The first run, which may pay for page faults and caches.
  double first = 0;
  std::vector<double> runs;
};
} // namespace

std::vector<HostTensor>
pare::driver::makeBenchInputs(llvm::ArrayRef<TensorInfo> inputs) {
  std::mt19937 random(1);
  std::vector<HostTensor> tensors;
  for (const TensorInfo &input : inputs) {
    HostTensor tensor = HostTensor::zeros(input.dtype, input.shape);
    const bool isReal = input.dtype == DType::F16 ||
                        input.dtype == DType::F32 || input.dtype == DType::F64;
    // Other integers may be indices, of which only 0 is sure to exist.
    if (isReal || input.isQuantized())
      for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
        const double share = random() / 4294967296.0;
        const int64_t levels = int64_t(input.storageMax) - input.storageMin + 1;
        tensor.setFromDouble(
            i, isReal ? share : input.storageMin + std::floor(share * levels));
      }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

llvm::Expected<int64_t>
pare::driver::repeatRuns(int64_t runs,
                         llvm::function_ref<llvm::Error(bool counts)> runOnce) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kBudget = std::chrono::milliseconds(1000);
  constexpr int64_t kMinRuns = 5, kMaxRuns = 1000, kMaxWarmUps = 10;

  int64_t warmUps = 0;
  const Clock::time_point warmUpStart = Clock::now();
  do {
    if (llvm::Error error = runOnce(false))
      return std::move(error);
    ++warmUps;
  } while (warmUps < kMaxWarmUps && Clock::now() - warmUpStart < kBudget / 10);

  Progress progress("timing", runs);
  const Clock::time_point start = Clock::now();
  auto isEnough = [&](int64_t done) {
    if (runs != 0)
      return done >= runs;
    return done >= kMaxRuns ||
           (done >= kMinRuns && Clock::now() - start >= kBudget);
  };
  for (int64_t done = 0; !isEnough(done); ++done) {
    if (llvm::Error error = runOnce(true))
      return std::move(error);
    progress.step();
  }
  return warmUps;
}

static llvm::Expected<Times> measure(Executable &executable, int64_t runs) {
  using Clock = std::chrono::steady_clock;
  const std::vector<HostTensor> in = makeBenchInputs(executable.inputs());
  llvm::SmallVector<HostTensor> out;
  Times times;
  bool isFirst = true;
  auto runOnce = [&](bool counts) {
    const Clock::time_point start = Clock::now();
    llvm::Error error = executable.run(in, out);
    const double time =
        std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    if (isFirst)
      times.first = time;
    isFirst = false;
    if (counts)
      times.runs.push_back(time);
    return error;
  };
  llvm::Expected<int64_t> warmUps = repeatRuns(runs, runOnce);
  if (!warmUps)
    return warmUps.takeError();
  times.warmUps = *warmUps;
  return times;
}

/// Finds the number of multiply-accumulate steps too, unless the network is a
/// library, which does not know.
static llvm::Expected<std::unique_ptr<Executable>>
makeTimed(const BenchCommand &command, std::optional<int64_t> &macs) {
  if (isSharedLibrary(command.network))
    return makeExecutable(command.network, command.run);
  llvm::Expected<Network> network = Network::load(command.network);
  if (!network)
    return network.takeError();
  llvm::Expected<mlir::func::FuncOp> func = network->getFunction();
  if (!func)
    return func.takeError();
  macs = summarize(*func).macs;
  return makeExecutable(std::move(*network), command.run);
}

llvm::Error pare::driver::benchNetwork(const BenchCommand &command,
                                       llvm::raw_ostream &os) {
  if (command.runs < 0)
    return llvm::createStringError("expected --runs of at least 1, found " +
                                   llvm::Twine(command.runs));
  if (command.layers)
    return benchLayers(command, os);
  std::optional<int64_t> macs;
  llvm::Expected<std::unique_ptr<Executable>> executable =
      makeTimed(command, macs);
  if (!executable)
    return executable.takeError();
  llvm::Expected<Times> times = measure(**executable, command.runs);
  if (!times)
    return times.takeError();

  const int64_t threads = countThreads(command.run);
  const double middle = median(times->runs);
  std::optional<double> gops;
  if (macs && middle > 0)
    gops = 2.0 * double(*macs) / middle / 1e3;
  if (command.json) {
    llvm::json::Object object{{"network", command.network},
                              {"threads", threads},
                              {"runs", int64_t(times->runs.size())},
                              {"warm_ups", times->warmUps},
                              {"first_us", times->first},
                              {"median_us", middle},
                              {"min_us", minimum(times->runs)},
                              {"times_us", llvm::json::Array(times->runs)},
                              {"arena_bytes", (*executable)->arenaBytes()},
                              {"weight_bytes", (*executable)->weightBytes()}};
    if (gops) {
      object["macs"] = *macs;
      object["gops"] = *gops;
    }
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
    return llvm::Error::success();
  }
  os << llvm::formatv(
            "median   {0,11:f1} us of {1} runs after {2} to warm up\n", middle,
            times->runs.size(), times->warmUps)
     << llvm::formatv("minimum  {0,11:f1} us\n", minimum(times->runs))
     << llvm::formatv("first    {0,11:f1} us\n", times->first);
  if (gops)
    os << llvm::formatv("speed    {0,11:f2} GOP/s, {1} MACs a run\n", *gops,
                        *macs);
  os << llvm::formatv("arena    {0,11} bytes\n", (*executable)->arenaBytes())
     << llvm::formatv("weights  {0,11} bytes\n", (*executable)->weightBytes())
     << llvm::formatv("threads  {0,11}\n", threads);
  return llvm::Error::success();
}
