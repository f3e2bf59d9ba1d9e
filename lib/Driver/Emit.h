//===- Emit.h - Writing a compiled network ----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DRIVER_EMIT_H
#define PARE_LIB_DRIVER_EMIT_H

#include "Report.h"
#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include "pare/Driver/Commands.h"
#include "pare/Runtime/Executable.h"

namespace pare::driver {

/// A network that is ready to be written.
struct Emission {
  Emit emit = Emit::NN;
  /// In nn for Emit::NN, in the LLVM dialect for machine code, and in kernel
  /// with a planned arena for all others.
  mlir::ModuleOp module;
  /// "c", or the name of a CPU or of several.
  std::string target;
  std::string output;
  /// For the headers of machine code; its name is the prefix of symbols.
  Signature signature;
  int64_t arenaBytes = 0;
  /// The plan of C code.
  kernel::MemoryPlan plan;
  int64_t scratchBytes = 0;
  /// In the LLVM dialect, one for each CPU, if the target is several: then
  /// `module` is in kernel.
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> forms;
};

/// Writes all files of a network, or none: `output` and, for code, a header
/// beside it. Adds what was written to `report`.
llvm::Error emitNetwork(const Emission &emission, const CompileCommand &command,
                        CompileReport &report);

/// What C allows as a name, made from `text`.
std::string makeIdentifier(llvm::StringRef text);

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_EMIT_H
