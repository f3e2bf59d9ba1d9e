//===- TermGroups.cpp - Products that can be added in 16 bits -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/TermGroups.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cstdlib>

using namespace llvm;

namespace pare::cpu {

int64_t TermGroups::numSteps() const {
  int64_t steps = 0;
  for (int64_t depth = 1; depth <= kMostDepth; ++depth)
    steps += depth * int64_t(ofDepth[depth].size());
  return steps;
}

double TermGroups::cost() const {
  double cost = 0;
  for (int64_t depth = 1; depth <= kMostDepth; ++depth)
    cost += costOf(depth) * double(ofDepth[depth].size());
  return cost;
}

void TermGroups::split(int64_t depth) {
  for (Group &group : ofDepth[depth]) {
    ofDepth[1].push_back({group.pop_back_val()});
    ofDepth[depth - 1].push_back(std::move(group));
  }
  ofDepth[depth].clear();
}

namespace {

/// The sums of the positive and of the negative weights of each lane, four in a
/// word.
class LaneSums {
public:
  LaneSums() = default;
  explicit LaneSums(const TermStep &step) {
    for (int64_t lane = 0; lane < kLanes; ++lane)
      for (int64_t i : {0, 1}) {
        const int32_t weight = step.weights[2 * lane + i];
        const int64_t at = weight < 0 ? kLanes + lane : lane;
        words[at / kPerWord] += uint64_t(std::abs(weight))
                                << (at % kPerWord * kBits);
      }
  }

  bool fits() const {
    uint64_t over = 0;
    for (uint64_t word : words)
      over |= word + kRoom;
    return (over & kTop) == 0;
  }
  LaneSums operator+(const LaneSums &other) const {
    LaneSums both;
    for (int64_t i = 0; i < kWords; ++i)
      both.words[i] = words[i] + other.words[i];
    return both;
  }
  /// How near lanes are to what they can hold.
  int64_t load() const {
    int64_t load = 0;
    for (int64_t i = 0; i < 2 * kLanes; ++i) {
      const int64_t sum =
          words[i / kPerWord] >> (i % kPerWord * kBits) & 0xFFFF;
      load += sum * sum;
    }
    return load;
  }

private:
  static constexpr int64_t kLanes = TermStep::kColumns * TermStep::kTerms / 2;
  static constexpr int64_t kBits = 16, kPerWord = 64 / kBits;
  static constexpr int64_t kWords = 2 * kLanes / kPerWord;
  /// A sum of more than the most reaches the top bit of its part with this.
  static constexpr uint64_t kOnes = 0x0001000100010001;
  static constexpr uint64_t kTop = kOnes << (kBits - 1);
  static constexpr uint64_t kRoom = kTop - kOnes * (TermStep::kMostSum + 1);

  std::array<uint64_t, kWords> words = {};
};

/// Fills groups one after the other, with the step of the greatest weights and
/// then with the greatest ones that fit beside it.
class Grouping {
public:
  explicit Grouping(ArrayRef<TermStep> steps) : steps(steps) {
    SmallVector<int64_t> loads;
    for (const TermStep &step : steps) {
      sums.push_back(LaneSums(step));
      loads.push_back(sums.back().load());
    }
    for (unsigned i = 0; i < steps.size(); ++i)
      order.push_back(i);
    llvm::sort(order, [&](unsigned x, unsigned y) {
      return loads[x] != loads[y] ? loads[x] > loads[y] : x < y;
    });
  }

  TermGroups find(int64_t mostDepth) const {
    TermGroups groups;
    SmallVector<unsigned> left(order);
    while (!left.empty()) {
      TermGroups::Group group = {steps[left.front()]};
      LaneSums sum = sums[left.front()];
      left.erase(left.begin());
      // An end for rows of many terms.
      int tries = 512;
      for (auto *it = left.begin();
           it != left.end() && int64_t(group.size()) < mostDepth && tries > 0;
           --tries) {
        const LaneSums both = sum + sums[*it];
        if (!both.fits()) {
          ++it;
          continue;
        }
        sum = both;
        group.push_back(steps[*it]);
        it = left.erase(it);
      }
      groups.ofDepth[group.size()].push_back(std::move(group));
    }
    return groups;
  }

private:
  ArrayRef<TermStep> steps;
  SmallVector<LaneSums> sums;
  SmallVector<unsigned> order;
};

} // namespace

TermGroups groupSteps(ArrayRef<TermStep> steps) {
  SmallVector<TermStep> fitting;
  for (const TermStep &step : steps) {
    if (LaneSums(step).fits()) {
      fitting.push_back(step);
      continue;
    }
    // Halves fit, whatever the weights; what fits already stays in one.
    TermStep first = step, second = step;
    second.weights = {};
    for (size_t lane = 0; lane < step.weights.size(); lane += 2) {
      if (TermStep::fits(step.weights[lane], step.weights[lane + 1]))
        continue;
      for (size_t i : {lane, lane + 1}) {
        first.weights[i] = step.weights[i] / 2;
        second.weights[i] = step.weights[i] - first.weights[i];
      }
    }
    fitting.append({first, second});
  }
  Grouping grouping(fitting);
  // Few steps may fill groups of fewer without a remainder.
  TermGroups best = grouping.find(TermGroups::kMostDepth);
  for (int64_t depth = TermGroups::kMostDepth - 1; depth > 1; --depth) {
    const double possible = TermGroups::costOf(depth) / double(depth);
    if (best.cost() <= possible * double(fitting.size()))
      break;
    TermGroups groups = grouping.find(depth);
    if (groups.cost() < best.cost())
      best = std::move(groups);
  }
  return best;
}

} // namespace pare::cpu
