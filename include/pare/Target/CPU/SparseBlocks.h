//===- SparseBlocks.h - The blocks that a CPU likes -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_SPARSEBLOCKS_H
#define PARE_TARGET_CPU_SPARSEBLOCKS_H

#include "pare/Target/CPU/TargetInfo.h"

#include <utility>

namespace pare::cpu {

/// The block, in output channels and weights of one channel, in which weights
/// should be pruned for `target`: the smallest that its code for sparse layers
/// multiplies about as fast as dense weights.
std::pair<int64_t, int64_t> preferredBlock(const TargetInfo &target,
                                           bool integer);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_SPARSEBLOCKS_H
