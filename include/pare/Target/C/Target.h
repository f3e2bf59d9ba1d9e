//===- Target.h - The machines that C code is written for -------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// What the C back end knows of a processor: which instructions its kernels may
/// use, which decides the files of kernels and the order of packed weights. C
/// for any of them compiles everywhere and computes the same bits, as each
/// instruction has a portable twin; elsewhere it is only slow.

#ifndef PARE_TARGET_C_TARGET_H
#define PARE_TARGET_C_TARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace pare {

/// Instructions beyond those that C is compiled to anyway. Each one includes
/// those before it.
enum class CIsa {
  /// Plain C99.
  Portable,
  /// SMLAD, SXTB16 and the like: Armv7E-M and the DSP extension of Armv8-M.
  DSP,
  /// The vector extension of Armv8.1-M (MVE).
  Helium,
};

/// What decides between two forms of a layer.
enum class COptimize {
  /// The fewest instructions: each layer has kernels of its own, in which its
  /// sizes are constants.
  Speed,
  /// As `Speed` where a layer runs long, as `Size` elsewhere.
  Balanced,
  /// The fewest bytes: layers share kernels.
  Size,
};

struct CTarget {
  /// As the user spells it: "cortex-m4".
  llvm::StringRef name;
  CIsa isa;
  /// One line for lists of targets.
  llvm::StringRef description;
  /// The GNU tools that compile for it ("arm-none-eabi" of
  /// "arm-none-eabi-gcc"), and their options, one blank apart; empty if there
  /// are none that everybody uses.
  llvm::StringRef tools, flags;

  /// Every target, in the order in which they are listed to users.
  static llvm::ArrayRef<CTarget> getAll();
  /// The target `name`; null if there is none.
  static const CTarget *lookup(llvm::StringRef name);
};

} // namespace pare

#endif // PARE_TARGET_C_TARGET_H
