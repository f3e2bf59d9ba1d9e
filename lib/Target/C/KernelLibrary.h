//===- KernelLibrary.h - The C functions of generated code ------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions in kernels/, as text. A source file gets a copy of those that
// it uses and of no others, so that it needs no run-time library and holds no
// dead code.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_KERNELLIBRARY_H
#define PARE_LIB_TARGET_C_KERNELLIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include <string>
#include <vector>

namespace pare::c {

class KernelLibrary {
public:
  /// The library for networks that requantize by f32, or in fixed point, whose
  /// layers share kernels or have their own.
  KernelLibrary(bool requantizesByFloat, bool sharesKernels);

  /// The definitions that `code` needs, directly or not, in an order in which
  /// they compile.
  std::string select(llvm::StringRef code) const;

  /// True if the library, in either mode, defines `name`.
  static bool defines(llvm::StringRef name);

private:
  /// A definition at file scope with the comment above it.
  struct Definition {
    llvm::StringRef name;
    llvm::StringRef text;
  };

  void addFile(llvm::StringRef text);

  std::vector<Definition> definitions;
};

/// Adds the identifiers in `code` to `names`, those in comments and string
/// literals excepted.
void collectIdentifiers(llvm::StringRef code, llvm::StringSet<> &names);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_KERNELLIBRARY_H
