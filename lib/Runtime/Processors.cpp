//===- Processors.cpp - How many threads are of use -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/Processors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <sched.h>

#include <algorithm>
#include <string>
#include <thread>

using namespace llvm;

namespace pare {

/// The text of a file that says to have no bytes; empty if there is none.
static std::string readText(const Twine &path) {
  auto buffer = MemoryBuffer::getFileAsStream(path);
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}

/// Processors that `quota` microseconds of each `period` pay for. "max" or -1
/// are no quota.
static std::optional<int64_t> countPaid(StringRef quota, StringRef period) {
  int64_t time, span;
  if (quota.trim().getAsInteger(10, time) ||
      period.trim().getAsInteger(10, span) || time <= 0 || span <= 0)
    return std::nullopt;
  return std::max<int64_t>(time / span, 1);
}

/// The quota of the group whose folder is `group`.
static std::optional<int64_t> readQuota(const Twine &group, bool isVersion2) {
  if (isVersion2) {
    const std::string text = readText(group + "/cpu.max");
    auto [quota, period] = StringRef(text).split(' ');
    return countPaid(quota, period);
  }
  return countPaid(readText(group + "/cpu.cfs_quota_us"),
                   readText(group + "/cpu.cfs_period_us"));
}

std::optional<int64_t> findProcessorQuota(StringRef groups,
                                          StringRef membership) {
  std::optional<int64_t> least;
  // Lines are HIERARCHY:CONTROLLERS:GROUP; version 2 has no controllers here.
  for (StringRef line : split(membership, '\n')) {
    auto [controllers, group] = line.split(':').second.split(':');
    const bool isVersion2 = controllers.empty();
    if (!group.starts_with("/") ||
        !(isVersion2 || is_contained(split(controllers, ','), "cpu")))
      continue;
    const std::string root = (groups + (isVersion2 ? "" : "/cpu")).str();
    for (StringRef at = group;; at = sys::path::parent_path(at)) {
      if (std::optional<int64_t> paid = readQuota(root + at, isVersion2))
        least = std::min(least.value_or(*paid), *paid);
      if (at.size() <= 1)
        break;
    }
  }
  return least;
}

int64_t countProcessors() {
  int64_t count = std::max(1u, std::thread::hardware_concurrency());
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    count = CPU_COUNT(&set);
  if (std::optional<int64_t> paid =
          findProcessorQuota("/sys/fs/cgroup", readText("/proc/self/cgroup")))
    count = std::min(count, *paid);
  return count;
}

} // namespace pare
