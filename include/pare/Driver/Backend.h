//===- Backend.h - Ways to run a network ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DRIVER_BACKEND_H
#define PARE_DRIVER_BACKEND_H

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Driver/Network.h"
#include "pare/Runtime/Executable.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Runtime/ThreadPool.h"
#include "pare/Target/CPU/CodeOptions.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <optional>
#include <string>

namespace pare::driver {

/// What runs a network.
enum class Backend { Reference, Jit };

/// How to make a network run.
struct RunOptions {
  Backend backend = Backend::Jit;
  /// Overrides the module's own requantization mode.
  std::optional<nn::RequantMode> requant;
  /// What the JIT compiles for: see pare/Target/CPU/TargetInfo.h.
  std::string target = "native";
  /// The same: what else decides about its code.
  cpu::CodeOptions code;

  /// Whether any of the two is not what it is by default.
  bool asksForCode() const {
    return target != "native" || code != cpu::CodeOptions();
  }
  /// Threads of one inference, at most; the reference runs on one.
  int64_t threads = 1;
};

/// How many threads the network runs on: as many as `options` asks for, but no
/// more than there are processors.
int64_t countThreads(const RunOptions &options);

/// The threads that `options` asks for; null for the caller's alone. Says so
/// where there are fewer.
llvm::Expected<std::shared_ptr<ThreadPool>>
makeThreadPool(const RunOptions &options);

/// The JIT as `options` asks for it, with `pool`.
JitOptions makeJitOptions(const RunOptions &options,
                          std::shared_ptr<ThreadPool> pool);

/// Whether the file at `path` is a library of machine code and not a network.
bool isSharedLibrary(llvm::StringRef path);

/// Something that runs the network at `path`: a network file through
/// `options.backend`, or a shared library that Pare made. The result owns all
/// that it needs.
llvm::Expected<std::unique_ptr<Executable>>
makeExecutable(llvm::StringRef path, const RunOptions &options);

/// Gives the integer layers of `network` the multipliers of `requant`; where
/// that has no value, they keep what the network says.
llvm::Error setRequantMode(Network &network,
                           std::optional<nn::RequantMode> requant);

/// The same for a network in memory, which is consumed.
llvm::Expected<std::unique_ptr<Executable>>
makeExecutable(Network network, const RunOptions &options);

} // namespace pare::driver

#endif // PARE_DRIVER_BACKEND_H
