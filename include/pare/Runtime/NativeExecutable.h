//===- NativeExecutable.h - A network in machine code -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the JIT and loaded shared libraries share: the functions of abi.h
// behind the interface of executables.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_NATIVEEXECUTABLE_H
#define PARE_RUNTIME_NATIVEEXECUTABLE_H

#include "pare/Runtime/Executable.h"
#include "pare/Runtime/ThreadPool.h"
#include "pare/Runtime/abi.h"

#include <memory>

namespace pare {

/// Runs compiled code. Outputs that `run` is given again with the right types
/// are written in place, so that a loop of runs allocates nothing.
class NativeExecutable : public Executable {
public:
  /// `code` keeps the machine code alive that `network` and `invoke` point to.
  /// Runs on the threads of `pool`, or on the caller's alone. An error if the
  /// network is of another version of the interface.
  static llvm::Expected<std::unique_ptr<NativeExecutable>>
  create(const pare_network *network, pare_invoke_parallel_fn invoke,
         std::shared_ptr<void> code, std::shared_ptr<ThreadPool> pool);

  llvm::Error run(llvm::ArrayRef<HostTensor> in,
                  llvm::SmallVectorImpl<HostTensor> &out) override;
  int64_t arenaBytes() const override { return arena.getNumElements(); }
  int64_t scratchBytes() const override { return network->scratch_bytes; }
  int64_t weightBytes() const override { return network->weight_bytes; }
  std::string target() const override { return network->target; }

private:
  NativeExecutable(Signature signature, const pare_network *network,
                   pare_invoke_parallel_fn invoke, std::shared_ptr<void> code,
                   std::shared_ptr<ThreadPool> pool);

  std::shared_ptr<void> code;
  std::shared_ptr<ThreadPool> pool;
  const pare_network *network;
  pare_invoke_parallel_fn invoke;
  HostTensor arena;
};

/// Loads a shared library that Pare made and finds its network: the one called
/// `name`, or the only one if `name` is empty. It runs on the threads of
/// `pool`, or on the caller's alone. Errors name the path.
llvm::Expected<std::unique_ptr<Executable>>
openSharedLibrary(llvm::StringRef path, llvm::StringRef name = {},
                  std::shared_ptr<ThreadPool> pool = nullptr);

} // namespace pare

#endif // PARE_RUNTIME_NATIVEEXECUTABLE_H
