//===- ThreadPoolTest.cpp - Threads for compiled networks -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/ThreadPool.h"

#include "gtest/gtest.h"

#include <atomic>
#include <thread>
#include <vector>

using namespace pare;

namespace {

/// What a task sees of its calls.
struct Record {
  Record(int64_t count, int64_t workers) : done(count), busy(workers) {}

  /// How often an iteration was done; how often a worker is computing.
  std::vector<std::atomic<int>> done, busy;
  std::atomic<bool> wasFine{true};

  static void task(void *argument, int64_t worker, int64_t begin, int64_t end) {
    auto &record = *static_cast<Record *>(argument);
    const int64_t count = record.done.size();
    const bool isInside = begin >= 0 && begin < end && end <= count &&
                          worker >= 0 && worker < int64_t(record.busy.size());
    if (!isInside || record.busy[worker].fetch_add(1) != 0) {
      record.wasFine = false;
      return;
    }
    for (int64_t i = begin; i < end; ++i)
      record.done[i].fetch_add(1);
    record.busy[worker].fetch_sub(1);
  }
};

void expectCovers(ThreadPool &pool, int64_t count, int64_t grain) {
  Record record(count, pool.size());
  const pare_parallel *parallel = pool.parallel();
  parallel->run(parallel->pool, Record::task, &record, count, grain);
  EXPECT_TRUE(record.wasFine) << count << " by " << grain;
  for (int64_t i = 0; i < count; ++i)
    ASSERT_EQ(record.done[i], 1)
        << "iteration " << i << " of " << count << " by " << grain;
}

TEST(ThreadPool, DoesEachIterationOnce) {
  for (int64_t threads : {1, 2, 3, 4}) {
    auto pool = ThreadPool::create(threads);
    ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
    EXPECT_EQ((*pool)->size(), threads);
    for (int64_t count : {1, 2, 3, 5, 16, 97, 1000})
      for (int64_t grain : {0, 1, 2, 7, 1000})
        expectCovers(**pool, count, grain);
  }
}

TEST(ThreadPool, TakesTurns) {
  auto pool = ThreadPool::create(3);
  ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int run = 0; run < 20; ++run)
        expectCovers(**pool, 40, 1);
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST(ThreadPool, Errors) {
  for (int64_t threads :
       {int64_t(-1), int64_t(0), ThreadPool::kMostThreads + 1})
    EXPECT_EQ(llvm::toString(ThreadPool::create(threads).takeError()),
              "expected 1 to 256 threads, found " + std::to_string(threads));
}

TEST(ThreadPool, CountsCores) { EXPECT_GE(ThreadPool::countCores(), 1); }

} // namespace
