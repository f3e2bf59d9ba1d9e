//===- ObjectData.h - Large constants beside LLVM ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM would hold weights three times, as a constant, in a fragment of a
// section and in the object, and copy them element by element. To it they are
// zeros that something else initializes; when the object is written, the bytes
// go where its table of symbols says.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CODEGEN_OBJECTDATA_H
#define PARE_LIB_TARGET_CPU_CODEGEN_OBJECTDATA_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace pare::cpu {

/// The bytes of constants by the names of their symbols. They belong to the
/// attributes of a module in the LLVM dialect.
using ObjectData = llvm::StringMap<llvm::ArrayRef<char>>;

/// The values of large constants, taken out of a module in the LLVM dialect
/// until this goes.
class HeldConstants {
public:
  explicit HeldConstants(mlir::ModuleOp module);
  HeldConstants(const HeldConstants &) = delete;
  HeldConstants &operator=(const HeldConstants &) = delete;
  ~HeldConstants();

  /// Makes them zeros in `code`, the translation of the module without them,
  /// and adds their bytes to `data`.
  void declare(llvm::Module &code, ObjectData &data) const;

private:
  struct Held {
    mlir::LLVM::GlobalOp global;
    mlir::Attribute value;
    mlir::LLVM::Linkage linkage;
    llvm::ArrayRef<char> bytes;
  };
  llvm::SmallVector<Held> constants;
};

/// Calls `write` with the bytes of each constant of `data` that `code` still
/// has, and their offset in `object`, the ELF object that `code` became.
llvm::Error placeData(
    llvm::MemoryBufferRef object, const llvm::Module &code,
    const ObjectData &data,
    llvm::function_ref<void(uint64_t offset, llvm::ArrayRef<char>)> write);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CODEGEN_OBJECTDATA_H
