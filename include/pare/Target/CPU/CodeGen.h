//===- CodeGen.h - Objects, shared libraries and headers --------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the LLVM dialect to files. The same module and target give the same
// bytes.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_CODEGEN_H
#define PARE_TARGET_CPU_CODEGEN_H

#include "pare/Target/CPU/CodeOptions.h"
#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>

namespace pare {
struct Signature;
} // namespace pare

namespace pare::cpu {

enum class FileKind { Object, Assembly, LLVMIR };

struct CodeGenOptions {
  /// LLVM's optimization level, 0 to 3.
  unsigned optLevel = 3;
  FileKind kind = FileKind::Object;
  /// The functions of the modules are not needed afterwards: they are erased
  /// when they have been translated, which makes room for what follows.
  bool erasesFunctions = false;
};

/// Lowers a module of kernel operations with a planned arena to the LLVM
/// dialect, in place (the pipeline `kernel-to-llvm`). Diagnostics go to the
/// context.
llvm::LogicalResult lowerToLLVM(mlir::ModuleOp module, const TargetInfo &target,
                                const CodeOptions &options = {});

/// Optimizes a module in the LLVM dialect and generates code for it:
/// position-independent, weights as constant data.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(mlir::ModuleOp module, const TargetInfo &target,
             const CodeGenOptions &options = {});

/// The network `name` in the LLVM dialect, lowered for one target.
struct LoweredForm {
  mlir::ModuleOp module;
  TargetInfo target;
};

/// The same for several forms of one network, best first, as
/// TargetInfo::getAll orders them: what is exported asks the processor, on the
/// first call, which it can run. Also for a single form.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(llvm::StringRef name, llvm::ArrayRef<LoweredForm> forms,
             const CodeGenOptions &options = {});

/// The same, written to a file that is empty: of weights, the network's are
/// then the only ones in memory. The file lies at `path`, from where its tables
/// are read again. Errors of writing are the stream's.
llvm::Error generateCode(llvm::StringRef name,
                         llvm::ArrayRef<LoweredForm> forms,
                         const CodeGenOptions &options,
                         llvm::raw_fd_ostream &file, llvm::StringRef path);

/// Links an object for `target` to the shared library `path` by `ld.lld-22` or
/// `ld.lld`, which must be in PATH or in LLVM's own directory. The library
/// exports the C interface alone and needs the C library's mathematics at most:
/// if it does, and they are not here for another architecture, that is an
/// error.
llvm::Error linkSharedLibrary(llvm::MemoryBufferRef object,
                              llvm::StringRef path, const TargetInfo &target);

/// Writes an object to the file at the path, as generateCode does.
using ObjectWriter =
    llvm::function_ref<llvm::Error(llvm::raw_fd_ostream &, llvm::StringRef)>;

/// The same with the object that `write` writes.
llvm::Error linkSharedLibrary(ObjectWriter write, llvm::StringRef path,
                              const TargetInfo &target);

/// A C header that declares the functions of the network NAME, with its
/// tensors in comments. `arenaBytes` are those for one thread, `scratchBytes`
/// those for each further one.
std::string makeHeader(const Signature &signature, int64_t arenaBytes,
                       int64_t scratchBytes);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_CODEGEN_H
