//===- BenchLayers.cpp - pare bench --layers ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Support/Memory.h"
#include "pare/Support/Statistics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <algorithm>
#include <chrono>

using namespace pare;
using namespace pare::driver;

namespace {
/// Counter readings of one run, and when it began by the system's clock.
struct Run {
  double startMicroseconds = 0;
  std::vector<int64_t> ticks;
};

/// A layer beside what the core could do.
struct LayerTime {
  ProfiledLayer layer;
  /// The least time and the median.
  double microseconds = 0, medianMicroseconds = 0;
  /// Shares of the least time that the arithmetic and the traffic would take at
  /// the best rates of the core.
  double peakShare = 0, bandwidthShare = 0;

  bool isMemoryBound() const { return bandwidthShare > peakShare; }
  double gops() const { return 2e-3 * double(layer.macs) / microseconds; }
  double gigabytes() const { return 1e-3 * double(layer.bytes) / microseconds; }
};

struct Profile {
  std::vector<LayerTime> layers;
  PeakRates peaks;
  /// Least time of a whole run and the median, and all layers' least times
  /// together; and what a reading of the counter took, which is in none of
  /// them.
  double runMicroseconds = 0, medianMicroseconds = 0;
  double sumMicroseconds = 0, readingMicroseconds = 0;
  int64_t runs = 0;
};
} // namespace

static llvm::Expected<std::vector<Run>> collectRuns(Executable &executable,
                                                    int64_t runs) {
  using Clock = std::chrono::steady_clock;
  const std::vector<HostTensor> in = makeBenchInputs(executable.inputs());
  llvm::SmallVector<HostTensor> out;
  std::vector<Run> found;
  const Clock::time_point origin = Clock::now();
  auto runOnce = [&](bool counts) -> llvm::Error {
    Run run;
    run.startMicroseconds =
        std::chrono::duration<double, std::micro>(Clock::now() - origin)
            .count();
    if (llvm::Error error = executable.run(in, out))
      return error;
    const HostTensor &ticks = out.back();
    run.ticks.assign(ticks.data<int64_t>().begin(),
                     ticks.data<int64_t>().end());
    // The first run counts the start of the clocks' common time.
    if (counts || found.empty())
      found.push_back(std::move(run));
    return llvm::Error::success();
  };
  llvm::Expected<int64_t> warmUps = repeatRuns(runs, runOnce);
  if (!warmUps)
    return warmUps.takeError();
  return found;
}

/// The counter's rate, by two clocks that were read together at the start of
/// the first run and of the last.
static double ticksPerMicrosecond(llvm::ArrayRef<Run> runs) {
  const Run &first = runs.front(), &last = runs.back();
  return double(last.ticks.front() - first.ticks.front()) /
         (last.startMicroseconds - first.startMicroseconds);
}

static Profile evaluate(llvm::ArrayRef<Run> all,
                        llvm::ArrayRef<ProfiledLayer> layers,
                        const PeakRates &peaks, int64_t arenaBytes) {
  Profile profile;
  profile.peaks = peaks;
  const double rate = ticksPerMicrosecond(all);
  std::vector<std::vector<int64_t>> runs;
  for (const Run &run : all.drop_front())
    runs.push_back(run.ticks);
  profile.runs = runs.size();
  int64_t runBytes = arenaBytes;
  for (const ProfiledLayer &layer : layers)
    runBytes += layer.constantBytes;
  const StepTicks steps = summarizeTicks(runs);
  for (auto [layer, ticks] : llvm::zip_equal(layers, steps.steps)) {
    LayerTime time;
    time.layer = layer;
    time.microseconds = ticks.least / rate;
    time.medianMicroseconds = ticks.median / rate;
    const double macs = layer.isInteger ? peaks.integerMacs : peaks.floatMacs;
    time.peakShare = 1e-3 * double(layer.macs) / macs / time.microseconds;
    time.bandwidthShare =
        peaks.microsecondsToMove(layer, runBytes) / time.microseconds;
    profile.sumMicroseconds += time.microseconds;
    profile.layers.push_back(std::move(time));
  }
  profile.runMicroseconds = steps.all.least / rate;
  profile.medianMicroseconds = steps.all.median / rate;
  profile.readingMicroseconds = steps.reading / rate;
  return profile;
}

static llvm::json::Value toJson(const BenchCommand &command,
                                const Profile &profile) {
  const PeakRates &peaks = profile.peaks;
  llvm::json::Array rows;
  for (const LayerTime &time : profile.layers)
    rows.push_back(llvm::json::Object{
        {"name", time.layer.name},
        {"kind", time.layer.kind},
        {"type", time.layer.isInteger ? "int8" : "other"},
        {"min_us", time.microseconds},
        {"median_us", time.medianMicroseconds},
        {"share", time.microseconds / profile.sumMicroseconds},
        {"macs", time.layer.macs},
        {"bytes", time.layer.bytes},
        {"constant_bytes", time.layer.constantBytes},
        {"gops", time.gops()},
        {"gigabytes_per_second", time.gigabytes()},
        {"of_peak", time.peakShare},
        {"of_bandwidth", time.bandwidthShare},
        {"bound", time.isMemoryBound() ? "memory" : "arithmetic"}});
  return llvm::json::Object{
      {"network", command.network},
      {"target", command.run.target},
      {"runs", profile.runs},
      {"min_us", profile.runMicroseconds},
      {"median_us", profile.medianMicroseconds},
      {"layers_us", profile.sumMicroseconds},
      {"reading_us", profile.readingMicroseconds},
      {"peaks",
       llvm::json::Object{{"f32_gops", 2 * peaks.floatMacs},
                          {"int8_gops", 2 * peaks.integerMacs},
                          {"l1_gigabytes_per_second", peaks.l1Bytes},
                          {"l2_gigabytes_per_second", peaks.l2Bytes},
                          {"memory_gigabytes_per_second", peaks.memoryBytes}}},
      {"layers", std::move(rows)}};
}

static void print(const Profile &profile, llvm::raw_ostream &os) {
  const PeakRates &peaks = profile.peaks;
  size_t nameWidth = 5;
  for (const LayerTime &time : profile.layers)
    nameWidth =
        std::max(nameWidth, std::min<size_t>(time.layer.name.size(), 40));
  os << llvm::left_justify("layer", nameWidth) << "  "
     << llvm::left_justify("kind", 16)
     << llvm::formatv(
            " {0,10} {1,10} {2,6} {3,12} {4,7} {5,7} {6,6} {7,6}  {8}\n",
            "min ms", "median ms", "share", "MACs", "GOP/s", "GB/s", "% peak",
            "% band", "bound by");
  for (const LayerTime &time : profile.layers) {
    os << llvm::left_justify(llvm::StringRef(time.layer.name).take_back(40),
                             nameWidth)
       << "  " << llvm::left_justify(time.layer.kind, 16)
       << llvm::formatv(" {0,10:f4} {1,10:f4} {2,6:P1} {3,12}",
                        time.microseconds / 1e3, time.medianMicroseconds / 1e3,
                        time.microseconds / profile.sumMicroseconds,
                        time.layer.macs);
    if (time.layer.macs != 0)
      os << llvm::formatv(" {0,7:f1} {1,7:f1} {2,6:f0} {3,6:f0}  {4}\n",
                          time.gops(), time.gigabytes(), 100 * time.peakShare,
                          100 * time.bandwidthShare,
                          time.isMemoryBound() ? "memory" : "arithmetic");
    else
      os << llvm::formatv(" {0,7} {1,7:f1} {2,6} {3,6:f0}  memory\n", "-",
                          time.gigabytes(), "-", 100 * time.bandwidthShare);
  }
  os << llvm::formatv("all layers {0:f4} ms, a run {1:f4} ms, least of {2} "
                      "runs, without readings of the counter, {3:f1} ns each; "
                      "the median of a run {4:f4} ms\n",
                      profile.sumMicroseconds / 1e3,
                      profile.runMicroseconds / 1e3, profile.runs,
                      1e3 * profile.readingMicroseconds,
                      profile.medianMicroseconds / 1e3)
     << llvm::formatv("peaks of the core: f32 {0:f1} GOP/s, int8 {1:f1} GOP/s, "
                      "copies in the L1 cache {2:f1} GB/s, in the L2 cache "
                      "{3:f1} GB/s, beyond {4:f1} GB/s\n",
                      2 * peaks.floatMacs, 2 * peaks.integerMacs, peaks.l1Bytes,
                      peaks.l2Bytes, peaks.memoryBytes);
}

namespace {
/// What is measured, and what with.
struct Prepared {
  ProfiledExecutable profiled;
  PeakRates peaks;
};
} // namespace

/// Compiles the network, which is gone when this returns.
static llvm::Expected<Prepared> prepare(const BenchCommand &command) {
  llvm::Expected<Network> network = Network::load(command.network);
  if (!network)
    return network.takeError();
  if (llvm::Error error = setRequantMode(*network, command.run.requant))
    return std::move(error);
  auto fail = [&](llvm::Error error) {
    return llvm::createStringError(command.network + ": " +
                                   llvm::toString(std::move(error)));
  };
  auto pool = makeThreadPool(command.run);
  if (!pool)
    return pool.takeError();
  auto profiled = createProfiledExecutable(network->getModule(),
                                           makeJitOptions(command.run, *pool));
  if (!profiled)
    return fail(profiled.takeError());
  auto peaks = measurePeaks(network->getContext(), command.run.target);
  if (!peaks)
    return fail(peaks.takeError());
  // Cores that do not share what limits them.
  for (double *rate : {&peaks->floatMacs, &peaks->integerMacs, &peaks->l1Bytes,
                       &peaks->l2Bytes, &peaks->memoryBytes})
    *rate *= double(countThreads(command.run));
  return Prepared{std::move(*profiled), *peaks};
}

llvm::Error pare::driver::benchLayers(const BenchCommand &command,
                                      llvm::raw_ostream &os) {
  if (isSharedLibrary(command.network))
    return llvm::createStringError(
        command.network +
        ": expected a network for --layers, found a library, whose code does "
        "not time itself");
  if (command.run.backend != Backend::Jit)
    return llvm::createStringError(command.network +
                                   ": expected --backend=jit for --layers");
  llvm::Expected<Prepared> prepared = prepare(command);
  if (!prepared)
    return prepared.takeError();
  returnFreeMemory();
  Executable &executable = *prepared->profiled.executable;
  auto runs = collectRuns(executable, command.runs);
  if (!runs)
    return llvm::createStringError(command.network + ": " +
                                   llvm::toString(runs.takeError()));
  const Profile profile = evaluate(*runs, prepared->profiled.layers,
                                   prepared->peaks, executable.arenaBytes());
  if (command.json)
    os << llvm::formatv("{0:2}\n", toJson(command, profile));
  else
    print(profile, os);
  return llvm::Error::success();
}
