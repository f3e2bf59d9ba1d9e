//===- Processors.h - How many threads are of use ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// More threads than processors only wait for each other, so what starts threads
// asks here how many there may be.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_PROCESSORS_H
#define PARE_RUNTIME_PROCESSORS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace pare {

/// The processors that the calling thread may use at a time, at least 1: those
/// that it may run on (sched_getaffinity), but no more than the control groups
/// of the process pay for.
int64_t countProcessors();

/// The whole processors, at least 1, that the tightest quota pays for; no value
/// if there is none. `membership` is the text of /proc/self/cgroup and `groups`
/// the folder in which control groups are folders, /sys/fs/cgroup. Reads
/// `cpu.max` of version 2 and `cpu.cfs_quota_us` of version 1 (cgroups(7)), of
/// the group and of those around it; what cannot be read sets no limit.
std::optional<int64_t> findProcessorQuota(llvm::StringRef groups,
                                          llvm::StringRef membership);

} // namespace pare

#endif // PARE_RUNTIME_PROCESSORS_H
