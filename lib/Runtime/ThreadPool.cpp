//===- ThreadPool.cpp - Threads for compiled networks ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/ThreadPool.h"

#include <pthreadpool.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

using namespace llvm;
using namespace pare;

namespace {
/// What is left of a worker's share of the iterations: [next, end).
struct alignas(64) Share {
  std::atomic<int64_t> next;
  int64_t end;

  /// Takes half of the rest but at least `grain` iterations; false if nothing
  /// is left. Shares shrink as they are done, so that all workers end together.
  bool take(int64_t grain, int64_t &begin, int64_t &stop) {
    begin = next.load(std::memory_order_relaxed);
    do {
      if (begin >= end)
        return false;
      stop = std::min(end, begin + std::max(grain, (end - begin) / 2));
    } while (
        !next.compare_exchange_weak(begin, stop, std::memory_order_relaxed));
    return true;
  }
};

class PThreadPool : public ThreadPool {
public:
  PThreadPool(pthreadpool_t pool, int64_t threads)
      : ThreadPool(threads), pool(pool), shares(threads) {
    interface = {this, run};
  }
  ~PThreadPool() override { pthreadpool_destroy(pool); }

private:
  static void run(void *self, pare_task_fn task, void *argument, int64_t count,
                  int64_t grain) {
    static_cast<PThreadPool *>(self)->run(task, argument, count,
                                          std::max<int64_t>(grain, 1));
  }

  void run(pare_task_fn task, void *argument, int64_t count, int64_t grain) {
    const int64_t workers = std::min(threads, count / grain);
    if (workers <= 1) {
      task(argument, 0, 0, count);
      return;
    }
    std::lock_guard<std::mutex> lock(mutex);
    for (int64_t w = 0; w < workers; ++w) {
      shares[w].next.store(count * w / workers, std::memory_order_relaxed);
      shares[w].end = count * (w + 1) / workers;
    }
    job = {task, argument, grain, workers};
    // Starting and ending the threads orders all that they store.
    pthreadpool_parallelize_1d(
        pool,
        [](void *self, size_t worker) {
          static_cast<PThreadPool *>(self)->work(worker);
        },
        this, workers, /*flags=*/0);
  }

  void work(int64_t worker) {
    int64_t begin, end;
    for (int64_t i = 0; i < job.workers; ++i) {
      Share &share = shares[(worker + i) % job.workers];
      while (share.take(job.grain, begin, end))
        job.task(job.argument, worker, begin, end);
    }
  }

  struct Job {
    pare_task_fn task;
    void *argument;
    int64_t grain, workers;
  };

  pthreadpool_t pool;
  /// Held while a layer is shared out.
  std::mutex mutex;
  Job job = {};
  std::vector<Share> shares;
};
} // namespace

ThreadPool::~ThreadPool() = default;

Expected<std::shared_ptr<ThreadPool>> ThreadPool::create(int64_t threads) {
  if (threads < 1 || threads > kMostThreads)
    return createStringError("expected 1 to " + Twine(kMostThreads) +
                             " threads, found " + Twine(threads));
  pthreadpool_t pool = pthreadpool_create(threads);
  if (!pool)
    return createStringError("cannot start " + Twine(threads) + " threads");
  return std::make_shared<PThreadPool>(pool, threads);
}

int64_t ThreadPool::countCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    return CPU_COUNT(&set);
  return std::max(1u, std::thread::hardware_concurrency());
}
