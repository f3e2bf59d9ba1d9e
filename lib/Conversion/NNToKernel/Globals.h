//===- Globals.h - Constants of a module ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_CONVERSION_NNTOKERNEL_GLOBALS_H
#define PARE_LIB_CONVERSION_NNTOKERNEL_GLOBALS_H

#include "mlir/IR/SymbolTable.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/DenseMap.h"

namespace pare::kernel {

/// `name` as an identifier of C and MLIR: other characters than letters and
/// digits become single underscores; what follows a ';' is left out (importers
/// join the names of fused layers by it), and what is longer than 64
/// characters.
std::string sanitizeName(llvm::StringRef name);

/// Turns constants into globals, each value once.
class Globals {
public:
  explicit Globals(mlir::ModuleOp module)
      : symbols(module), insertionPoint(module.getBody()->begin()) {}

  /// The global with the elements `value`; a new one is named `name`, made
  /// unique, and stands at the location `loc`.
  mlir::memref::GlobalOp get(mlir::Location loc, mlir::ElementsAttr value,
                             llvm::StringRef name);

private:
  mlir::SymbolTable symbols;
  mlir::Block::iterator insertionPoint;
  llvm::DenseMap<mlir::Attribute, mlir::memref::GlobalOp> known;
};

} // namespace pare::kernel

#endif // PARE_LIB_CONVERSION_NNTOKERNEL_GLOBALS_H
