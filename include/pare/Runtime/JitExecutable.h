//===- JitExecutable.h - Compile and run in one process ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_JITEXECUTABLE_H
#define PARE_RUNTIME_JITEXECUTABLE_H

#include "pare/Runtime/Executable.h"
#include "pare/Runtime/ThreadPool.h"
#include "pare/Target/CPU/CodeOptions.h"
#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pare {

struct JitOptions {
  /// The network to run, see findNetwork.
  std::string network;
  /// See pare/Target/CPU/TargetInfo.h; this process must be able to run it.
  std::string target = "native";
  /// LLVM's optimization level, 0 to 3.
  unsigned optLevel = 3;
  /// The threads to run on; null for the caller's alone.
  std::shared_ptr<ThreadPool> pool;
  /// Overrides the target's threadCycles: 0 shares even the smallest layers.
  std::optional<int64_t> threadCycles;
  /// What else decides about the code.
  cpu::CodeOptions code;
};

/// Compiles a module of nn, which is left as it is, into this process. The
/// requantization mode is the module's own; `fixed` if it has none. The result
/// is independent of the module and its context. An error carries the
/// diagnostics of the compilation, which name layers.
llvm::Expected<std::unique_ptr<Executable>>
createJitExecutable(mlir::ModuleOp module, const JitOptions &options = {});

/// The same of a module in the LLVM dialect, as cpu::lowerToLLVM makes it: its
/// network `name`, on the caller's thread alone.
llvm::Expected<std::unique_ptr<Executable>>
createLoweredExecutable(mlir::ModuleOp module, llvm::StringRef name,
                        const cpu::TargetInfo &target);

/// An operation of a compiled network, as a profile shows it.
struct ProfiledLayer {
  /// The layer's own name, and the operation of kernel without its dialect.
  std::string name, kind;
  /// What it has to do: see pare/Dialect/Kernel/IR/Work.h.
  int64_t macs = 0, bytes = 0, constantBytes = 0;
  bool isInteger = false;
};

/// A network with one more output, the last: `ticks`, as
/// kernel-insert-timestamps describes it, two elements more than `layers`.
struct ProfiledExecutable {
  std::unique_ptr<Executable> executable;
  std::vector<ProfiledLayer> layers;
};
llvm::Expected<ProfiledExecutable>
createProfiledExecutable(mlir::ModuleOp module, const JitOptions &options = {});

/// What one core of this machine reaches on a target's vectors, in 1e9 a
/// second.
struct PeakRates {
  /// Multiply-accumulate steps on f32, and on 8-bit integers, exactly.
  double floatMacs = 0, integerMacs = 0;
  /// Bytes copied (read and written) inside the L1 cache, the L2 cache, and
  /// beyond both.
  double l1Bytes = 0, l2Bytes = 0, memoryBytes = 0;
  /// Data caches of a core, in bytes.
  int64_t l1Size = 0, l2Size = 0;

  /// The rate for a working set of that many bytes; one that fills more than
  /// half of a cache meets what else is in it.
  double bytesRate(int64_t bytes) const {
    return 2 * bytes <= l1Size   ? l1Bytes
           : 2 * bytes <= l2Size ? l2Bytes
                                 : memoryBytes;
  }

  /// Microseconds to move what a layer touches. Until its weights are read
  /// again all `runBytes` that a run of the network touches have passed by, so
  /// that they come from a cache that has room for these.
  double microsecondsToMove(const ProfiledLayer &layer,
                            int64_t runBytes) const {
    const double farRate = runBytes <= l1Size   ? l1Bytes
                           : runBytes <= l2Size ? l2Bytes
                                                : memoryBytes;
    const double rate = bytesRate(layer.bytes);
    return 1e-3 * (double(layer.constantBytes) / std::min(rate, farRate) +
                   double(layer.bytes - layer.constantBytes) / rate);
  }
};

/// Takes about a tenth of a second: the best of several tries.
llvm::Expected<PeakRates> measurePeaks(mlir::MLIRContext *context,
                                       llvm::StringRef target);

} // namespace pare

#endif // PARE_RUNTIME_JITEXECUTABLE_H
