//===- Statistics.h - Median, minimum, and how alike two are ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_STATISTICS_H
#define PARE_SUPPORT_STATISTICS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace pare {

/// The middle value, or the mean of the two middle ones; NaN if empty.
double median(llvm::ArrayRef<double> values);

/// The least value; NaN if empty.
double minimum(llvm::ArrayRef<double> values);

/// Arithmetic mean; NaN if empty.
double mean(llvm::ArrayRef<double> values);

/// Index of the greatest score (the first of several); -1 if empty.
int64_t argmax(llvm::ArrayRef<float> scores);

/// True if `label` is among the `k` best scores. Of equal scores the earlier
/// one is better, so that the answer does not depend on a sort.
bool isInTopK(llvm::ArrayRef<float> scores, int64_t label, int64_t k);

/// The least and the median time of something that ran several times.
struct Ticks {
  double least = 0, median = 0;
};

/// The times of each step, of all steps one behind the other, and the least of
/// a reading of the counter, in its ticks.
struct StepTicks {
  std::vector<Ticks> steps;
  Ticks all;
  double reading = 0;
};

/// Each run has the readings of a counter before each step, behind the last and
/// at once again: what lies between the last two is what a reading takes, the
/// least of which is taken off the time of each step. At least one run, all of
/// the same length, two at least. A time that a coarse counter does not see is
/// half of a tick.
StepTicks summarizeTicks(llvm::ArrayRef<std::vector<int64_t>> runs);

/// How `test` differs from `reference`, both of the same length.
struct ErrorStatistics {
  /// Signal to quantization noise ratio, 10 log10(sum r^2 / sum (r - t)^2):
  /// +inf if equal, -inf or NaN if the reference is zero.
  double sqnrDecibel = 0;
  /// Mean squared difference.
  double meanSquared = 0;
  double maxAbsolute = 0;
  /// maxAbsolute / (greatest - least reference value); 0 if both are 0.
  double maxRelativeToRange = 0;
  /// Number of elements that differ.
  int64_t numDifferent = 0;
};

ErrorStatistics compareValues(llvm::ArrayRef<float> reference,
                              llvm::ArrayRef<float> test);

} // namespace pare

#endif // PARE_SUPPORT_STATISTICS_H
