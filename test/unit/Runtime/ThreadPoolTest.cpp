//===- ThreadPoolTest.cpp - Threads for compiled networks -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/ThreadPool.h"

#include "gtest/gtest.h"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <ctime>
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
    auto pool = ThreadPool::create(threads, /*processors=*/threads);
    ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
    EXPECT_EQ((*pool)->size(), threads);
    for (int64_t count : {1, 2, 3, 5, 16, 97, 1000})
      for (int64_t grain : {0, 1, 2, 7, 1000})
        expectCovers(**pool, count, grain);
  }
}

TEST(ThreadPool, TakesTurns) {
  auto pool = ThreadPool::create(3, /*processors=*/3);
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

// Proves: threads take part. Each iteration waits for the other one, which the
// same thread cannot begin; after a pause, in which threads fall asleep, too.
TEST(ThreadPool, ThreadsMeet) {
  auto pool = ThreadPool::create(2, /*processors=*/2);
  ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
  const pare_parallel *parallel = (*pool)->parallel();
  for (int run = 0; run < 40; ++run) {
    std::atomic<int> begun{0};
    auto task = [](void *argument, int64_t, int64_t, int64_t) {
      auto &begun = *static_cast<std::atomic<int> *>(argument);
      begun.fetch_add(1);
      while (begun != 2)
        std::this_thread::yield();
    };
    parallel->run(parallel->pool, task, &begun, /*count=*/2, /*grain=*/1);
    EXPECT_EQ(begun, 2);
    if (run % 2 == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Seconds for which processors worked for this process.
double getProcessorTime() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

// Proves: threads that share one processor do not spin through their time while
// another thread could do the work. Each of 300 jobs waited some milliseconds
// of processor time once. Time that other programs take does not count.
TEST(ThreadPool, SharesOneProcessor) {
  cpu_set_t all, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
  CPU_ZERO(&one);
  for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
    if (CPU_ISSET(i, &all))
      CPU_SET(i, &one);
  // Threads inherit where they may run.
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  {
    auto pool = ThreadPool::create(4, /*processors=*/4);
    ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
    const double start = getProcessorTime();
    for (int job = 0; job < 300; ++job)
      expectCovers(**pool, 64, 1);
    EXPECT_LT(getProcessorTime() - start, 0.5);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
}

// Proves: a pool has no more threads than processors.
TEST(ThreadPool, HasNoMoreThreadsThanProcessors) {
  auto sizeOf = [](int64_t threads, int64_t processors) {
    auto pool = ThreadPool::create(threads, processors);
    return pool ? (*pool)->size() : -1;
  };
  EXPECT_EQ(sizeOf(64, 3), 3);
  EXPECT_EQ(sizeOf(2, 3), 2);
  EXPECT_EQ(sizeOf(3, 1), 1);
  EXPECT_EQ(sizeOf(3, 0), 1);
  auto pool = ThreadPool::create(ThreadPool::kMostThreads);
  ASSERT_TRUE(bool(pool)) << llvm::toString(pool.takeError());
  EXPECT_LE((*pool)->size(), countProcessors());
}

} // namespace
