//===- Backends.h - Back ends under test ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TEST_E2E_RANDOM_BACKENDS_H
#define PARE_TEST_E2E_RANDOM_BACKENDS_H

#include "mlir/IR/BuiltinOps.h"
#include "pare/Runtime/Executable.h"
#include "pare/Target/C/Target.h"
#include <memory>
#include <string>
#include <vector>

namespace pare {
class ThreadPool;
} // namespace pare

namespace pare::test {

/// Makes networks runnable, one after the other or many at once.
class BackendUnderTest {
public:
  virtual ~BackendUnderTest();
  virtual llvm::StringRef getName() const = 0;

  /// Takes the network `module`, which is left as it is; `stem` is a name that
  /// no other network of the run has.
  virtual llvm::Error add(mlir::ModuleOp module, llvm::StringRef stem) = 0;

  /// Finishes the networks added since the last call, in that order.
  virtual llvm::Expected<std::vector<std::unique_ptr<Executable>>> take() = 0;
};

/// Code compiled into this process. With a pool, threads share every layer.
std::unique_ptr<BackendUnderTest>
makeJitBackend(std::shared_ptr<ThreadPool> pool = nullptr);

/// Shared libraries in `directory`, loaded again; `pool` likewise. All chains
/// of layers that can run `stripes` rows at a time, unless it is 0: targets
/// decide, then.
std::unique_ptr<BackendUnderTest>
makeSharedBackend(std::string directory,
                  std::shared_ptr<ThreadPool> pool = nullptr,
                  int64_t stripes = 0);

/// Shared libraries in `directory` for the CPU `target`, run by
/// `emulator LIBRARY NAME INPUT... OUTPUT...` (test/Inputs/run-network.c).
/// `tiles` is the size of the tiles of all 3x3 convolutions that can be
/// computed by such, negative for what the target decides; `stripes` as above.
std::unique_ptr<BackendUnderTest>
makeEmulatedBackend(std::string directory, std::string target,
                    std::vector<std::string> emulator, int64_t tiles,
                    int64_t stripes = 0);

/// C sources in `directory` with the kernels and the memory plan for `target`,
/// all warnings errors, compiled by `compiler` to one library for each take().
std::unique_ptr<BackendUnderTest>
makeCBackend(std::string directory, std::string compiler, const CTarget &target,
             COptimize optimize = COptimize::Speed);

} // namespace pare::test

#endif // PARE_TEST_E2E_RANDOM_BACKENDS_H
