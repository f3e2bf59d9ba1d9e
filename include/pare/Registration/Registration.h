//===- Registration.h - All of Pare, by one call ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tools and embedders call these once. They are functions of a library, so that
// a tool's main stays a few lines and the plugin, the optimizer and the
// language server can never disagree about what exists.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_REGISTRATION_REGISTRATION_H
#define PARE_REGISTRATION_REGISTRATION_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace pare {

/// Adds Pare's own dialects and the external models they need to `registry`.
void registerPareDialects(mlir::DialectRegistry &registry);

/// Adds Pare's dialects and all upstream dialects and extensions to `registry`.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers Pare's own passes and pipelines with MLIR's global pass registry.
/// Calling it twice is harmless.
void registerParePasses();

/// Registers Pare's passes and pipelines and all upstream passes.
void registerAllPasses();

} // namespace pare

#endif // PARE_REGISTRATION_REGISTRATION_H
