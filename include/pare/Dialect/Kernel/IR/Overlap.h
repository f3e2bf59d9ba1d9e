//===- Overlap.h - Outputs that run into inputs -----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DIALECT_KERNEL_IR_OVERLAP_H
#define PARE_DIALECT_KERNEL_IR_OVERLAP_H

#include "llvm/ADT/StringRef.h"

namespace pare::kernel {

/// Attribute of an operation: bytes by which its output must begin before its
/// first input to run into it, for the code that a back end has chosen. Without
/// it, RowOrderOpInterface::getOverlapDistance says how many, for any code that
/// computes rows in order; code that copies what it reads needs fewer.
inline constexpr llvm::StringLiteral kOverlapDistanceAttr =
    "kernel.overlap_distance";

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_IR_OVERLAP_H
