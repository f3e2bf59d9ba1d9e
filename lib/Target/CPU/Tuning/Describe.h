//===- Describe.h - Parts of the lines of a tuning file ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_TUNING_DESCRIBE_H
#define PARE_LIB_TARGET_CPU_TUNING_DESCRIBE_H

#include "pare/Target/CPU/Tuning.h"

namespace pare::cpu {

/// "1x2x3" of sizes.
std::string joinSizes(llvm::ArrayRef<int64_t> sizes);

/// The name of a target, and which processor it stands for.
std::string describeTarget(const TargetInfo &target);

/// "none", "steps" or "terms".
llvm::StringRef nameOf(TermOrdering order);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_TUNING_DESCRIBE_H
