//===- Bench.cpp - pare bench ---------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Commands.h"
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

/// Any values that the network accepts, the same on every call.
static std::vector<HostTensor> makeInputs(llvm::ArrayRef<TensorInfo> inputs) {
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

static llvm::Expected<Times> measure(Executable &executable, int64_t runs) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kBudget = std::chrono::milliseconds(1000);
  constexpr int64_t kMinRuns = 5, kMaxRuns = 1000, kMaxWarmUps = 10;

  const std::vector<HostTensor> in = makeInputs(executable.inputs());
  llvm::SmallVector<HostTensor> out;
  auto timeOnce = [&]() -> llvm::Expected<double> {
    const Clock::time_point start = Clock::now();
    if (llvm::Error error = executable.run(in, out))
      return std::move(error);
    return std::chrono::duration<double, std::micro>(Clock::now() - start)
        .count();
  };

  Times times;
  const Clock::time_point warmUpStart = Clock::now();
  do {
    llvm::Expected<double> time = timeOnce();
    if (!time)
      return time.takeError();
    if (times.warmUps++ == 0)
      times.first = *time;
  } while (times.warmUps < kMaxWarmUps &&
           Clock::now() - warmUpStart < kBudget / 10);

  Progress progress("timing", runs);
  const Clock::time_point start = Clock::now();
  auto isEnough = [&] {
    const int64_t done = times.runs.size();
    if (runs != 0)
      return done >= runs;
    return done >= kMaxRuns ||
           (done >= kMinRuns && Clock::now() - start >= kBudget);
  };
  while (!isEnough()) {
    llvm::Expected<double> time = timeOnce();
    if (!time)
      return time.takeError();
    times.runs.push_back(*time);
    progress.step();
  }
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
  if (command.threads != 1)
    return llvm::createStringError(
        command.network + ": expected --threads=1, found --threads=" +
        llvm::Twine(command.threads) + "; networks run on one thread");
  if (command.runs < 0)
    return llvm::createStringError("expected --runs of at least 1, found " +
                                   llvm::Twine(command.runs));
  std::optional<int64_t> macs;
  llvm::Expected<std::unique_ptr<Executable>> executable =
      makeTimed(command, macs);
  if (!executable)
    return executable.takeError();
  llvm::Expected<Times> times = measure(**executable, command.runs);
  if (!times)
    return times.takeError();

  const double middle = median(times->runs);
  std::optional<double> gops;
  if (macs && middle > 0)
    gops = 2.0 * double(*macs) / middle / 1e3;
  if (command.json) {
    llvm::json::Object object{{"network", command.network},
                              {"threads", command.threads},
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
     << llvm::formatv("weights  {0,11} bytes\n", (*executable)->weightBytes());
  return llvm::Error::success();
}
