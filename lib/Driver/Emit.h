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
#include "pare/Driver/Commands.h"

namespace pare::driver {

/// Writes `network`, which is in nn for Emit::NN and in kernel with a planned
/// arena for all others, to `command.output` and, where `emit` says so, to a
/// header beside it: all files or none. `target` is the name of a CPU, or "c".
/// Adds what was written to `report`.
llvm::Error emitNetwork(Network &network, const CompileCommand &command,
                        Emit emit, llvm::StringRef target,
                        CompileReport &report);

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_EMIT_H
