//===- TermBlocks.cpp - Terms of a block side by side ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/TermBlocks.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <cstdlib>
#include <limits>

using namespace llvm;

namespace pare::cpu {
namespace {

/// The sums of the positive and of the negative weights of each column, four in
/// a word.
class ColumnSums {
public:
  ColumnSums() = default;
  explicit ColumnSums(const TermBlock::Weights &weights) {
    for (auto [column, weight] : llvm::enumerate(weights))
      words[(weight < 0 ? kHalf : 0) + column / kPerWord] +=
          uint64_t(std::abs(int32_t(weight))) << (column % kPerWord * kBits);
  }

  ColumnSums turned() const {
    ColumnSums other;
    for (size_t i = 0; i < words.size(); ++i)
      other.words[i] = words[(i + kHalf) % words.size()];
    return other;
  }
  ColumnSums operator+(const ColumnSums &other) const {
    ColumnSums both;
    for (size_t i = 0; i < words.size(); ++i)
      both.words[i] = words[i] + other.words[i];
    return both;
  }
  bool fits() const {
    uint64_t over = 0;
    for (uint64_t word : words)
      over |= word + kRoom;
    return (over & kTop) == 0;
  }

private:
  static constexpr size_t kBits = 16, kPerWord = 64 / kBits;
  static constexpr size_t kHalf = TermStep::kColumns / kPerWord;
  /// A sum of more than the most reaches the top bit of its part with this.
  static constexpr uint64_t kOnes = 0x0001000100010001;
  static constexpr uint64_t kTop = kOnes << (kBits - 1);
  static constexpr uint64_t kRoom = kTop - kOnes * (TermStep::kMostSum + 1);

  std::array<uint64_t, 2 * kHalf> words = {};
};

/// Terms of a lane, and which of them are turned.
struct Lane {
  SmallVector<int8_t, 4> terms;
  uint32_t turned = 0;
};

class BlockSearch {
public:
  explicit BlockSearch(ArrayRef<TermBlock::Weights> terms) {
    for (const TermBlock::Weights &weights : terms) {
      sums.push_back(ColumnSums(weights));
      // 128 is not a weight.
      mayTurn.push_back(!llvm::is_contained(weights, int8_t(-128)));
    }
    partners.resize(sums.size(), 0);
    for (size_t i = 0; i < sums.size(); ++i)
      for (size_t j = i + 1; j < sums.size(); ++j)
        if ((sums[i] + sums[j]).fits() ||
            ((mayTurn[i] || mayTurn[j]) &&
             (sums[i] + sums[j].turned()).fits())) {
          partners[i] |= uint32_t(1) << j;
          partners[j] |= uint32_t(1) << i;
        }
  }

  /// Lanes of `size` terms out of `left`, as many as are wanted if they are
  /// found soon.
  SmallVector<Lane> find(size_t size, size_t wanted, uint32_t left) {
    found.clear();
    best.clear();
    laneSize = size;
    numWanted = wanted;
    budget = kBudget;
    nextLane(left);
    return best;
  }

private:
  bool nextLane(uint32_t left) {
    if (found.size() > best.size())
      best = found;
    if (found.size() == numWanted)
      return true;
    if (budget <= 0 ||
        found.size() + llvm::popcount(left) / laneSize <= best.size())
      return false;
    // The term with the fewest partners first: it is the one to go without.
    unsigned chosen = 0;
    int fewest = TermBlock::kTerms;
    for (uint32_t rest = left; rest != 0; rest &= rest - 1) {
      unsigned term = llvm::countr_zero(rest);
      int count = llvm::popcount(partners[term] & left);
      if (count < fewest) {
        fewest = count;
        chosen = term;
      }
    }
    left &= ~(uint32_t(1) << chosen);
    if (fill({{int8_t(chosen)}, 0}, sums[chosen], left,
             left & partners[chosen]))
      return true;
    // Without it, if terms may be left over.
    return size_t(llvm::popcount(left)) >=
               (numWanted - found.size()) * laneSize &&
           nextLane(left);
  }

  /// Adds terms of `candidates` to a lane until it is full.
  bool fill(const Lane &lane, const ColumnSums &sum, uint32_t left,
            uint32_t candidates) {
    if (lane.terms.size() == laneSize) {
      found.push_back(lane);
      if (nextLane(left))
        return true;
      found.pop_back();
      return false;
    }
    for (uint32_t rest = candidates; rest != 0; rest &= rest - 1) {
      unsigned term = llvm::countr_zero(rest);
      const uint32_t bit = uint32_t(1) << term;
      // Behind `term`: sets are found once.
      const uint32_t behind = rest & (rest - 1) & partners[term];
      for (bool turn : {false, true}) {
        if (turn && !mayTurn[term])
          continue;
        if (--budget < 0)
          return false;
        ColumnSums both = sum + (turn ? sums[term].turned() : sums[term]);
        if (!both.fits())
          continue;
        Lane longer = lane;
        longer.terms.push_back(int8_t(term));
        longer.turned |= turn ? bit : 0;
        if (fill(longer, both, left & ~bit, behind))
          return true;
      }
    }
    return false;
  }

  static constexpr int kBudget = 3000;
  SmallVector<ColumnSums> sums;
  SmallVector<bool> mayTurn;
  SmallVector<uint32_t> partners;
  SmallVector<Lane> found, best;
  size_t laneSize = 0, numWanted = 0;
  int budget = 0;
};

} // namespace

TermBlock arrangeBlock(ArrayRef<TermBlock::Weights> terms) {
  const size_t count = terms.size(), lanesOfFour = count / 8 * 2;
  const size_t numSteps = llvm::divideCeil(count, size_t(TermStep::kTerms));
  BlockSearch search(terms);
  const uint32_t all = (uint32_t(1) << count) - 1;
  SmallVector<Lane> found, fours, twos;
  for (size_t wanted = lanesOfFour; wanted > found.size(); wanted -= 2)
    found = search.find(4, wanted, all);
  uint32_t left = all;
  double least = std::numeric_limits<double>::infinity();
  // What remains must find neighbours: fewer fours may leave better ones.
  for (found.truncate(found.size() / 2 * 2);;
       found.truncate(found.size() - 2)) {
    uint32_t remaining = all;
    for (const Lane &lane : found)
      for (int8_t term : lane.terms)
        remaining &= ~(uint32_t(1) << term);
    const size_t wanted = llvm::popcount(remaining) / 2;
    SmallVector<Lane> pairs = search.find(2, wanted, remaining);
    // Each pair less leaves two terms to the lanes that are free, or to steps
    // more.
    const size_t single = llvm::popcount(remaining) - 2 * pairs.size();
    const size_t free = 2 * (numSteps - found.size()) - pairs.size();
    const double cost =
        TermGroups::costOf(2) * double(found.size()) / 2.0 +
        TermGroups::costOf(1) * double(numSteps - found.size() +
                                       (single > free ? single - free : 0));
    if (cost < least) {
      least = cost;
      fours = found;
      twos = std::move(pairs);
      left = remaining;
    }
    if (found.empty() || single <= free)
      break;
  }
  TermBlock block;
  for (const Lane &lane : fours) {
    block.fours.push_back(
        {lane.terms[0], lane.terms[1], lane.terms[2], lane.terms[3]});
    block.turned |= lane.turned;
  }
  for (const Lane &lane : twos) {
    block.twos.push_back({lane.terms[0], lane.terms[1]});
    block.turned |= lane.turned;
    for (int8_t term : lane.terms)
      left &= ~(uint32_t(1) << term);
  }
  // Terms by themselves take the lanes that are free.
  const size_t lanes = 2 * (numSteps - fours.size());
  for (; left != 0; left &= left - 1) {
    const int8_t term = int8_t(llvm::countr_zero(left));
    if (block.twos.size() < lanes)
      block.twos.push_back({term, -1});
    else
      block.left.push_back(term);
  }
  block.twos.resize(lanes, {-1, -1});
  return block;
}

} // namespace pare::cpu
