//===- Statistics.cpp - Median, minimum, and how alike two are ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Statistics.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

using namespace pare;

static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double pare::median(llvm::ArrayRef<double> values) {
  if (values.empty())
    return kNaN;
  std::vector<double> sorted(values.begin(), values.end());
  llvm::sort(sorted);
  const size_t middle = sorted.size() / 2;
  if (sorted.size() % 2)
    return sorted[middle];
  return sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
}

double pare::minimum(llvm::ArrayRef<double> values) {
  if (values.empty())
    return kNaN;
  return *llvm::min_element(values);
}

double pare::mean(llvm::ArrayRef<double> values) {
  if (values.empty())
    return kNaN;
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / static_cast<double>(values.size());
}

StepTicks pare::summarizeTicks(llvm::ArrayRef<std::vector<int64_t>> runs) {
  assert(!runs.empty() && runs.front().size() >= 2);
  const size_t steps = runs.front().size() - 2;
  std::vector<double> times(runs.size());
  auto collect = [&](size_t from, size_t to) {
    llvm::transform(runs, times.begin(), [&](const std::vector<int64_t> &run) {
      return double(run[to] - run[from]);
    });
    return Ticks{minimum(times), median(times)};
  };
  StepTicks ticks;
  ticks.reading = collect(steps, steps + 1).least;
  auto withoutReadings = [&](size_t from, size_t to) {
    const double readings = double(to - from) * ticks.reading;
    const Ticks found = collect(from, to);
    return Ticks{std::max(found.least - readings, 0.5),
                 std::max(found.median - readings, 0.5)};
  };
  for (size_t step = 0; step < steps; ++step)
    ticks.steps.push_back(withoutReadings(step, step + 1));
  ticks.all = withoutReadings(0, steps);
  return ticks;
}

int64_t pare::argmax(llvm::ArrayRef<float> scores) {
  if (scores.empty())
    return -1;
  return llvm::max_element(scores) - scores.begin();
}

bool pare::isInTopK(llvm::ArrayRef<float> scores, int64_t label, int64_t k) {
  if (label < 0 || label >= static_cast<int64_t>(scores.size()))
    return false;
  int64_t better = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(scores.size()); ++i)
    if (scores[i] > scores[label] || (scores[i] == scores[label] && i < label))
      ++better;
  return better < k;
}

ErrorStatistics pare::compareValues(llvm::ArrayRef<float> reference,
                                    llvm::ArrayRef<float> test) {
  assert(reference.size() == test.size() && "tensors of different sizes");
  ErrorStatistics result;
  double signal = 0, noise = 0;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -least;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i];
    const double difference = r - static_cast<double>(test[i]);
    signal += r * r;
    noise += difference * difference;
    least = std::min(least, r);
    greatest = std::max(greatest, r);
    // A NaN must not pass as equal; once there it stays, as nothing exceeds it.
    if (std::isnan(difference) || std::fabs(difference) > result.maxAbsolute)
      result.maxAbsolute = std::fabs(difference);
    if (reference[i] != test[i])
      ++result.numDifferent;
  }
  if (!reference.empty())
    result.meanSquared = noise / static_cast<double>(reference.size());
  result.sqnrDecibel = noise == 0 ? std::numeric_limits<double>::infinity()
                                  : 10 * std::log10(signal / noise);
  if (result.maxAbsolute != 0)
    result.maxRelativeToRange = result.maxAbsolute / (greatest - least);
  return result;
}
