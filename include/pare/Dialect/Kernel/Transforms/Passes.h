//===- Passes.h - Passes on the kernel dialect ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Constructors and options of the passes on kernel, which
/// dialects/kernel/KernelPasses.td describes. `lower-nn-to-kernel` is declared
/// in pare/Conversion/NNToKernel.

#ifndef PARE_DIALECT_KERNEL_TRANSFORMS_PASSES_H
#define PARE_DIALECT_KERNEL_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"

namespace pare::kernel {

#define GEN_PASS_DECL_CHOOSEREGIONSPASS
#define GEN_PASS_REGISTRATION_CHOOSEREGIONSPASS
#define GEN_PASS_DECL_ELIDECOPIESPASS
#define GEN_PASS_REGISTRATION_ELIDECOPIESPASS
#define GEN_PASS_DECL_FUSECLAMPSPASS
#define GEN_PASS_REGISTRATION_FUSECLAMPSPASS
#define GEN_PASS_DECL_FUSEFUNCTIONSPASS
#define GEN_PASS_REGISTRATION_FUSEFUNCTIONSPASS
#define GEN_PASS_DECL_FUSERESIDUALSPASS
#define GEN_PASS_REGISTRATION_FUSERESIDUALSPASS
#define GEN_PASS_DECL_FUSETABLESPASS
#define GEN_PASS_REGISTRATION_FUSETABLESPASS
#define GEN_PASS_DECL_INSERTTIMESTAMPSPASS
#define GEN_PASS_REGISTRATION_INSERTTIMESTAMPSPASS
#define GEN_PASS_DECL_PLANMEMORYPASS
#define GEN_PASS_REGISTRATION_PLANMEMORYPASS
#define GEN_PASS_DECL_SPLITROWSPASS
#define GEN_PASS_REGISTRATION_SPLITROWSPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_PASSES_H
