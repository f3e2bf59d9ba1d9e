//===- Diagnostics.cpp - Diagnostics of MLIR as one error -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace pare::driver;

std::string pare::driver::describeLocation(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return "layer '" + name.getName().str() + "'";
  if (auto file = dyn_cast<FileLineColLoc>(location))
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
            Twine(file.getColumn()))
        .str();
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (std::string text = describeLocation(part); !text.empty())
        return text;
  if (auto call = dyn_cast<CallSiteLoc>(location))
    return describeLocation(call.getCallee());
  return {};
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context, StringRef path)
    : path(path), handler(context, [this](Diagnostic &diagnostic) {
        std::string where = describeLocation(diagnostic.getLocation());
        std::string text = diagnostic.str();
        // Many passes name the layer themselves.
        if (!where.empty() && !StringRef(text).starts_with(where))
          text = where + ": " + text;
        // An importer names the file itself.
        if (!StringRef(text).starts_with(this->path))
          text = this->path + ": " + text;
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
          if (firstError.empty())
            firstError = text;
        } else if (diagnostic.getSeverity() == DiagnosticSeverity::Warning) {
          llvm::errs() << "pare: warning: " << text << '\n';
        } else if (diagnostic.getSeverity() == DiagnosticSeverity::Remark) {
          // Passes make remarks where they are asked to.
          llvm::errs() << "pare: note: " << text << '\n';
        }
        return success();
      }) {}

llvm::Error DiagnosticCollector::takeError(StringRef fallback) {
  std::string text =
      firstError.empty() ? path + ": " + fallback.str() : firstError;
  firstError.clear();
  return llvm::createStringError(text);
}
