//===- ThreadPool.h - Threads for compiled networks -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiled code sees of a pool is pare_parallel of abi.h; any other pool
// can serve it too. The threads of this one are those of LLVM's pool.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_THREADPOOL_H
#define PARE_RUNTIME_THREADPOOL_H

#include "pare/Runtime/Processors.h"
#include "pare/Runtime/abi.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>

namespace pare {

/// Some threads, of which the caller's is one. Networks may share a pool;
/// inferences that run at the same time take turns, layer by layer, so that no
/// more threads compute than the pool has.
///
/// A layer waits for no thread that has not begun to compute it: where others
/// need the processors, the caller's thread does the work of those that do not
/// come. A thread that finds nothing to do looks for work for some microseconds
/// and then sleeps.
class ThreadPool {
public:
  static constexpr int64_t kMostThreads = 256;

  /// How many of `threads` threads a pool has where there are `processors`:
  /// more than those would only wait for each other, and results do not depend
  /// on their number.
  static int64_t fit(int64_t threads, int64_t processors = countProcessors());

  /// A pool of as many of `threads` threads as fit(). An error if `threads` is
  /// not from 1 to kMostThreads.
  static llvm::Expected<std::shared_ptr<ThreadPool>>
  create(int64_t threads, int64_t processors = countProcessors());

  virtual ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;

  /// The threads that there are.
  int64_t size() const { return threads; }
  /// For NAME_invoke_parallel, with an arena for size() workers. Each worker
  /// starts with an equal share of the iterations and then takes from those of
  /// others, so that a thread that loses its core delays nobody for long.
  const pare_parallel *parallel() const { return &interface; }

protected:
  explicit ThreadPool(int64_t threads) : threads(threads) {}

  int64_t threads;
  pare_parallel interface = {};
};

} // namespace pare

#endif // PARE_RUNTIME_THREADPOOL_H
