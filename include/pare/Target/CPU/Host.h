//===- Host.h - What this machine can run -----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_HOST_H
#define PARE_TARGET_CPU_HOST_H

#include "pare/Target/CPU/TargetInfo.h"

namespace pare::cpu {

/// Whether this process can run code for `target`: its architecture is the
/// same, and the processor has the extensions that code for the target uses.
bool runsHere(const TargetInfo &target);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_HOST_H
