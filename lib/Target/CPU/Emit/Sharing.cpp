//===- Sharing.cpp - Which layers threads share ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Sharing.h"
#include "Emit/MicroKernel.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/Kernel/IR/Work.h"

#include <algorithm>

using namespace mlir;

namespace pare::cpu {

/// Multiply-accumulate steps a cycle that the kernels of `op` reach, about.
static double stepsPerCycle(Operation *op, bool isInteger,
                            const TargetInfo &target) {
  const double lanes = double(target.lanes());
  const bool isVNNI = target.dotStep == DotStep::VNNI;
  // Depthwise windows load and store as much as they multiply.
  if (isa<kernel::DepthwiseOp>(op))
    return lanes * (!isInteger ? 1.0 : isVNNI ? 2.0 : 1.5);
  if (!isInteger)
    return lanes * 1.5;
  return lanes * (isVNNI                                  ? 6.0
                  : MicroKernel::hasDotSmallQuads(target) ? 4.0
                                                          : 3.0);
}

int64_t estimateCycles(Operation *op, const TargetInfo &target) {
  if (auto stripes = dyn_cast<kernel::StripesOp>(op)) {
    int64_t cycles = 0;
    for (Operation *member : stripes.getMembers())
      cycles += estimateCycles(member, target);
    return cycles;
  }
  const kernel::Work work = kernel::getWork(op);
  // What only moves and maps elements takes some cycles a vector.
  constexpr int64_t kBytesPerCycle = 8;
  return std::max(
      int64_t(double(work.macs) / stepsPerCycle(op, work.isInteger, target)),
      work.bytes / kBytesPerCycle);
}

std::optional<Sharing> chooseSharing(Operation *op, const TargetInfo &target,
                                     int64_t iterations) {
  // Threads share the chain that it belongs to.
  if (kernel::StripesOp::isMember(op))
    return std::nullopt;
  int64_t parts = iterations;
  if (target.threadCycles > 0) {
    // What a short layer gains by a thread is lost again when the next ones
    // read from another core's cache.
    constexpr int64_t kLeastWork = 4;
    const int64_t work = estimateCycles(op, target) / target.threadCycles;
    if (work < kLeastWork)
      return std::nullopt;
    parts = std::min(parts, work);
  }
  // Each part of a chain computes the rows under its first windows again.
  constexpr int64_t kFewParts = 4, kLongPart = 16;
  if (isa<kernel::StripesOp>(op))
    parts = std::min(parts, std::max(kFewParts, iterations / kLongPart));
  if (parts < 2)
    return std::nullopt;
  return Sharing{iterations, (iterations + parts - 1) / parts};
}

} // namespace pare::cpu
