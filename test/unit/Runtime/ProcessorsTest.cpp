//===- ProcessorsTest.cpp - How many threads are of use -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/Processors.h"
#include "pare/Runtime/ThreadPool.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

#include <sched.h>

#include <thread>

using namespace llvm;
using namespace pare;

namespace {

/// A folder like /sys/fs/cgroup.
class Processors : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("pare-groups", groups));
  }
  void TearDown() override { sys::fs::remove_directories(groups); }

  void write(StringRef path, StringRef text) {
    const std::string full = (groups + path).str();
    ASSERT_FALSE(sys::fs::create_directories(sys::path::parent_path(full)));
    std::error_code error;
    raw_fd_ostream(full, error) << text;
    ASSERT_FALSE(error);
  }

  std::optional<int64_t> find(StringRef membership) {
    return findProcessorQuota(groups, membership);
  }

  SmallString<128> groups;
};

TEST_F(Processors, NoQuota) {
  EXPECT_EQ(find(""), std::nullopt);
  EXPECT_EQ(find("0::/\n"), std::nullopt);
  EXPECT_EQ(find("nonsense\n::\n0::relative\n"), std::nullopt);
  write("/a/cpu.max", "max 100000\n");
  EXPECT_EQ(find("0::/a\n"), std::nullopt);
  write("/cpu/a/cpu.cfs_quota_us", "-1\n");
  write("/cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(find("3:cpu,cpuacct:/a\n"), std::nullopt);
}

// Proves: a quota counts whole processors, but one at least, and may be that of
// a group around the process's own.
TEST_F(Processors, Version2) {
  write("/a/cpu.max", "350000 100000\n");
  write("/a/b/cpu.max", "max 100000\n");
  write("/a/c/cpu.max", "50000 100000\n");
  EXPECT_EQ(find("0::/a\n"), 3);
  EXPECT_EQ(find("0::/a/b\n"), 3);
  EXPECT_EQ(find("0::/a/c\n"), 1);
  EXPECT_EQ(find("0::/b\n"), std::nullopt);
  write("/cpu.max", "200000 100000\n");
  EXPECT_EQ(find("0::/a/b\n"), 2);
  EXPECT_EQ(find("0::/\n"), 2);
}

TEST_F(Processors, Version1) {
  write("/cpu/a/cpu.cfs_quota_us", "400000\n");
  write("/cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(find("4:memory:/b\n3:cpu,cpuacct:/a\n0::/\n"), 4);
  EXPECT_EQ(find("4:memory:/a\n2:cpuacct:/a\n"), std::nullopt);
}

TEST_F(Processors, BadFiles) {
  write("/a/cpu.max", "many 100000\n");
  write("/b/cpu.max", "200000 0\n");
  write("/c/cpu.max", "");
  for (StringRef membership : {"0::/a\n", "0::/b\n", "0::/c\n"})
    EXPECT_EQ(find(membership), std::nullopt) << membership.str();
}

// Proves: what the system lets a thread run on is what counts for it, and for
// the size of pools.
TEST_F(Processors, Affinity) {
  EXPECT_GE(countProcessors(), 1);
  std::thread([] {
    cpu_set_t all, one;
    ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
    int first = 0;
    while (!CPU_ISSET(first, &all))
      ++first;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(countProcessors(), 1);
    auto pool = ThreadPool::create(64);
    ASSERT_TRUE(bool(pool)) << toString(pool.takeError());
    EXPECT_EQ((*pool)->size(), 1);
  }).join();
}

} // namespace
