//===- TermBlocks.h - Terms of a block side by side -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which terms of a block share a lane of 16 bits, in all columns of a panel.
// Lanes of two steps that are added take four terms, others two. A term may be
// turned: u * w = 255 * w + (255 - u) * -w, so that its weights have the other
// sign, in all columns at once, and the byte has its bits inverted. Where
// weights are large that is what makes them fit: for two terms by themselves
// there are two ways instead of one, for four there are eight.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_TERMBLOCKS_H
#define PARE_LIB_TARGET_CPU_CONTRACT_TERMBLOCKS_H

#include "Contract/TermGroups.h"

namespace pare::cpu {

/// Terms that change places with each other.
struct TermBlock {
  static constexpr int64_t kTerms = 16;
  using Weights = std::array<int8_t, TermStep::kColumns>;

  /// Terms of lanes of two steps, of which there are an even number, and of
  /// lanes of one step; -1 for none.
  llvm::SmallVector<std::array<int8_t, 4>> fours;
  llvm::SmallVector<std::array<int8_t, 2>> twos;
  /// Terms that found no neighbour and no lane.
  llvm::SmallVector<int8_t> left;
  /// Bit i: term i is turned.
  uint32_t turned = 0;
};

/// Finds lanes for the terms with the given weights, at most kTerms, in as many
/// steps as they fill; not always the best ones.
TermBlock arrangeBlock(llvm::ArrayRef<TermBlock::Weights> terms);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_TERMBLOCKS_H
