//===- Diagnostics.h - Diagnostics of MLIR as one error ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DRIVER_DIAGNOSTICS_H
#define PARE_DRIVER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Error.h"
#include <string>

namespace pare::driver {

/// "layer 'conv1'" for a named location, "file:line:column" for one in a file,
/// nothing where a location says nothing.
std::string describeLocation(mlir::Location location);

/// Collects the diagnostics of a context while it lives. The first error
/// becomes the text of an llvm::Error; warnings go to standard error at once.
class DiagnosticCollector {
public:
  DiagnosticCollector(mlir::MLIRContext *context, llvm::StringRef path);

  bool hasError() const { return !firstError.empty(); }

  /// The first error, as "path: layer 'x': message", or `fallback` if a step
  /// failed without a word.
  llvm::Error takeError(llvm::StringRef fallback);

private:
  std::string path;
  std::string firstError;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace pare::driver

#endif // PARE_DRIVER_DIAGNOSTICS_H
