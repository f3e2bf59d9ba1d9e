//===- Sharing.cpp - Which layers threads share ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sharing.h"
#include "MicroKernel.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/Kernel/IR/Work.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

int64_t estimateCycles(Operation *op, const TargetInfo &target) {
  if (auto stripes = dyn_cast<kernel::StripesOp>(op)) {
    int64_t cycles = 0;
    for (Operation *member : stripes.getMembers())
      cycles += estimateCycles(member, target);
    return cycles;
  }
  const kernel::Work work = kernel::getWork(op);
  // Half of two vectors of products a cycle, and of two or four products to a
  // lane for integers. Depthwise windows load as much as they multiply.
  int64_t perLane = 1;
  if (work.isInteger)
    perLane = MicroKernel::hasDotQuads(target) ? 4 : 2;
  int64_t perCycle = target.lanes() * perLane;
  if (isa<kernel::DepthwiseOp>(op))
    perCycle = std::max<int64_t>(1, target.lanes() / 2);
  // What only moves and maps elements takes some cycles a vector.
  constexpr int64_t kBytesPerCycle = 8;
  return std::max(work.macs / perCycle, work.bytes / kBytesPerCycle);
}

std::optional<Sharing> chooseSharing(Operation *op, const TargetInfo &target,
                                     int64_t iterations) {
  // Threads share the chain that it belongs to.
  if (kernel::StripesOp::isMember(op))
    return std::nullopt;
  int64_t parts = iterations;
  if (target.threadCycles > 0)
    parts = std::min(parts, estimateCycles(op, target) / target.threadCycles);
  // Each part of a chain computes the rows under its first windows again.
  constexpr int64_t kFewParts = 4, kLongPart = 16;
  if (isa<kernel::StripesOp>(op))
    parts = std::min(parts, std::max(kFewParts, iterations / kLongPart));
  if (parts < 2)
    return std::nullopt;
  return Sharing{iterations, (iterations + parts - 1) / parts};
}

} // namespace pare::cpu
