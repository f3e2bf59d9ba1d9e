//===- Sharing.h - Which layers threads share -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// To hand a part of a layer to another thread and to wait for it takes about a
// microsecond. Whether a layer is worth that follows from its work, at compile
// time, here and nowhere else.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_SHARING_H
#define PARE_LIB_TARGET_CPU_EMIT_SHARING_H

#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/IR/Operation.h"

#include <cstdint>
#include <optional>

namespace pare::cpu {

/// How threads share a layer.
struct Sharing {
  /// Independent iterations of its outermost loop; 0 if nothing is shared.
  int64_t iterations = 0;
  /// The least number of them that is worth a thread.
  int64_t grain = 1;
};

/// About how many cycles a core of `target` needs for an operation of kernel.
int64_t estimateCycles(mlir::Operation *op, const TargetInfo &target);

/// How threads share `iterations` iterations of an operation, unless it is too
/// little work: less than that of four (TargetInfo::threadCycles).
std::optional<Sharing> chooseSharing(mlir::Operation *op,
                                     const TargetInfo &target,
                                     int64_t iterations);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_SHARING_H
