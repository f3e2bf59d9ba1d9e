//===- TermGroups.h - Products that can be added in 16 bits -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step multiplies kTerms unsigned bytes of a row by the weights of kColumns
// columns and adds them in pairs, in lanes of 16 bits. Lanes of several steps
// may be added before they are widened, if for each lane neither its positive
// weights nor its negative ones come to more than kMostSum: then no input, not
// even one of all 255, leaves 16 bits on the way. Which steps are added
// together is free, as a step may take its terms from anywhere in the row. This
// finds groups of up to kMostDepth steps.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_TERMGROUPS_H
#define PARE_LIB_TARGET_CPU_CONTRACT_TERMGROUPS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <array>
#include <cstdint>

namespace pare::cpu {

/// One step for the columns of a panel.
struct TermStep {
  static constexpr int64_t kTerms = 4, kColumns = 8;
  /// 255 times this fits in 16 bits.
  static constexpr int32_t kMostSum = 128;

  /// Of its first term in the row.
  int64_t place = 0;
  /// [kColumns][kTerms].
  std::array<int8_t, kColumns * kTerms> weights = {};

  /// Whether two neighbours of a lane may have these weights.
  static bool fits(int32_t x, int32_t y) {
    const int32_t high = (x > 0 ? x : 0) + (y > 0 ? y : 0);
    const int32_t low = (x < 0 ? x : 0) + (y < 0 ? y : 0);
    return high <= kMostSum && low >= -kMostSum;
  }
};

/// Steps of a panel by groups.
struct TermGroups {
  static constexpr int64_t kMostDepth = 4;
  using Group = llvm::SmallVector<TermStep, kMostDepth>;
  /// Groups of d steps at index d.
  std::array<llvm::SmallVector<Group>, kMostDepth + 1> ofDepth;

  int64_t numSteps() const;
  /// Instructions: a multiplication a step and additions between them, then two
  /// to widen and to add.
  static double costOf(int64_t depth) { return 2.0 * double(depth) + 1.0; }
  double cost() const;
  /// Makes groups of `depth` into groups of one step less and single steps.
  void split(int64_t depth);
};

/// Groups of `steps` of small cost. A step of which a lane exceeds kMostSum by
/// itself becomes two, each with a part of the weights.
TermGroups groupSteps(llvm::ArrayRef<TermStep> steps);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_TERMGROUPS_H
