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

#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <string>

namespace pare {

struct JitOptions {
  /// The network to run, see findNetwork.
  std::string network;
  /// See pare/Target/CPU/TargetInfo.h; this process must be able to run it.
  std::string target = "native";
  /// LLVM's optimization level, 0 to 3.
  unsigned optLevel = 3;
};

/// Compiles a module of nn, which is left as it is, into this process. The
/// requantization mode is the module's own; `fixed` if it has none. The result
/// is independent of the module and its context. An error carries the
/// diagnostics of the compilation, which name layers.
llvm::Expected<std::unique_ptr<Executable>>
createJitExecutable(mlir::ModuleOp module, const JitOptions &options = {});

} // namespace pare

#endif // PARE_RUNTIME_JITEXECUTABLE_H
