//===- ThreadPool.h - Threads for compiled networks -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiled code sees of a pool is pare_parallel of abi.h; any other pool
// can serve it too. This one is made of the threads of pthreadpool.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_THREADPOOL_H
#define PARE_RUNTIME_THREADPOOL_H

#include "pare/Runtime/abi.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>

namespace pare {

/// Some threads, of which the caller's is one. Networks may share a pool;
/// inferences that run at the same time take turns, layer by layer, so that no
/// more threads compute than the pool has. Threads that wait for a layer spin
/// for some milliseconds before they sleep.
class ThreadPool {
public:
  static constexpr int64_t kMostThreads = 256;

  /// An error if `threads` is not from 1 to kMostThreads, or if the system has
  /// no more threads.
  static llvm::Expected<std::shared_ptr<ThreadPool>> create(int64_t threads);

  virtual ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;

  int64_t size() const { return threads; }
  /// For NAME_invoke_parallel, with an arena for size() workers. Each worker
  /// starts with an equal share of the iterations and then takes from those of
  /// others, so that a thread that loses its core delays nobody for long.
  const pare_parallel *parallel() const { return &interface; }

  /// The cores that this process may run on.
  static int64_t countCores();

protected:
  explicit ThreadPool(int64_t threads) : threads(threads) {}

  int64_t threads;
  pare_parallel interface = {};
};

} // namespace pare

#endif // PARE_RUNTIME_THREADPOOL_H
