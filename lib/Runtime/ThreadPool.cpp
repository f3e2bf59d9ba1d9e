//===- ThreadPool.cpp - Threads for compiled networks ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pools that end each job by waiting for all of their threads, as pthreadpool
// does, stop an inference for as long as one thread has no processor, and a
// network has a job for each layer. Here a layer is a gate: threads that come
// while it is open take part; whoever has found nothing left to do closes it,
// and waits for those inside alone.
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/ThreadPool.h"

#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

using namespace llvm;
using namespace pare;

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// How long a thread looks for what it waits for before it sleeps. Layers that
/// one thread computes alone take less than about 10 microseconds, and few of
/// them follow each other; to wake a thread takes some tens.
static constexpr std::chrono::microseconds kSpinTime(50);

using Word = std::atomic<uint32_t>;
static_assert(sizeof(Word) == sizeof(uint32_t) && Word::is_always_lock_free,
              "the system waits for words of 32 bits");

/// Sleeps while `word` is `value`; may return before.
static void sleepWhile(Word &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr);
}

/// Wakes the thread that sleeps for `word`.
static void wake(Word &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
}

/// Tells the processor that this thread does nothing of use.
static void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  asm volatile("yield" ::: "memory");
#endif
}

/// Whether `isDone` became true in kSpinTime.
template <typename Condition> static bool spinUntil(Condition isDone) {
  using Clock = std::chrono::steady_clock;
  // Work that is there at once needs no look at the clock.
  Clock::time_point start;
  for (int64_t round = 0;; ++round) {
    for (int i = 0; i < 16; ++i) {
      if (isDone())
        return true;
      relax();
    }
    const Clock::time_point now = Clock::now();
    if (round == 0)
      start = now;
    else if (now - start >= kSpinTime)
      return false;
  }
}

//===----------------------------------------------------------------------===//
// Parts of the pool
//===----------------------------------------------------------------------===//

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

/// Lets threads come and go while it is open. One thread opens and closes it.
class alignas(64) Gate {
public:
  /// Stores before this are visible to all who enter.
  void open() { state.store(kIsOpen, std::memory_order_release); }

  bool enter() {
    uint32_t now = state.load(std::memory_order_relaxed);
    while (now & kIsOpen)
      if (state.compare_exchange_weak(now, now + 1, std::memory_order_acquire,
                                      std::memory_order_relaxed))
        return true;
    return false;
  }

  /// Only after enter().
  void leave() {
    if (state.fetch_sub(1, std::memory_order_release) - 1 == kIsAwaited)
      wake(state);
  }

  /// Returns when nobody is inside; what they stored is visible then.
  void close() {
    state.fetch_and(~kIsOpen, std::memory_order_relaxed);
    if (spinUntil([&] { return state.load(std::memory_order_acquire) == 0; }))
      return;
    state.fetch_or(kIsAwaited, std::memory_order_relaxed);
    uint32_t now;
    while ((now = state.load(std::memory_order_acquire)) != kIsAwaited)
      sleepWhile(state, now);
  }

private:
  static constexpr uint32_t kIsOpen = 1u << 31;
  /// Closed, and the thread that closed it sleeps.
  static constexpr uint32_t kIsAwaited = 1u << 30;

  /// The flags, and how many threads are inside.
  Word state{0};
};

/// Calls one thread.
class alignas(64) Bell {
public:
  /// Stores before this are visible to the thread.
  void ring() {
    if (state.exchange(kRung, std::memory_order_release) == kAsleep)
      wake(state);
  }

  /// Returns when it was rung since the last time.
  void await() {
    auto wasRung = [&] {
      return state.load(std::memory_order_relaxed) == kRung;
    };
    if (!spinUntil(wasRung)) {
      uint32_t quiet = kQuiet;
      if (state.compare_exchange_strong(quiet, kAsleep,
                                        std::memory_order_relaxed))
        while (!wasRung())
          sleepWhile(state, kAsleep);
    }
    state.exchange(kQuiet, std::memory_order_acquire);
  }

private:
  static constexpr uint32_t kQuiet = 0, kAsleep = 1, kRung = 2;

  Word state{kQuiet};
};

//===----------------------------------------------------------------------===//
// The pool
//===----------------------------------------------------------------------===//

class GatedThreadPool : public ThreadPool {
public:
  explicit GatedThreadPool(int64_t threads)
      : ThreadPool(threads), shares(threads), bells(threads) {
    interface = {this, run};
    if (threads == 1)
      return;
    // Each thread has one task, which lasts as long as the pool.
    helpers.emplace(llvm::hardware_concurrency(threads - 1));
    for (int64_t worker = 1; worker < threads; ++worker)
      helpers->async([this, worker] { serve(worker); });
  }

  ~GatedThreadPool() override {
    isEnding.store(true, std::memory_order_relaxed);
    for (Bell &bell : bells)
      bell.ring();
    helpers.reset();
  }

private:
  static void run(void *self, pare_task_fn task, void *argument, int64_t count,
                  int64_t grain) {
    static_cast<GatedThreadPool *>(self)->run(task, argument, count,
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
    gate.open();
    for (int64_t w = 1; w < workers; ++w)
      bells[w].ring();
    work(0);
    gate.close();
  }

  /// What the thread of `worker` does.
  void serve(int64_t worker) {
    for (;;) {
      bells[worker].await();
      if (isEnding.load(std::memory_order_relaxed))
        return;
      if (!gate.enter())
        continue;
      // Who comes late may come into the job after that of its bell.
      if (worker < job.workers)
        work(worker);
      gate.leave();
    }
  }

  /// Computes what is left, beginning with the share of `worker`.
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

  /// Held while a layer is shared out.
  std::mutex mutex;
  /// Written while the gate is closed.
  Job job = {};
  std::vector<Share> shares;
  Gate gate;
  /// By worker; that of the caller has no bell.
  std::vector<Bell> bells;
  std::atomic<bool> isEnding{false};
  /// All threads but the caller's.
  std::optional<DefaultThreadPool> helpers;
};
} // namespace

ThreadPool::~ThreadPool() = default;

int64_t ThreadPool::fit(int64_t threads, int64_t processors) {
  return std::min(threads, std::max<int64_t>(processors, 1));
}

Expected<std::shared_ptr<ThreadPool>> ThreadPool::create(int64_t threads,
                                                         int64_t processors) {
  if (threads < 1 || threads > kMostThreads)
    return createStringError("expected 1 to " + Twine(kMostThreads) +
                             " threads, found " + Twine(threads));
  return std::make_shared<GatedThreadPool>(fit(threads, processors));
}
