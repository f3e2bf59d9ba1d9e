//===- NNToKernel.h - From nn to kernel -------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Constructor and registration of the pass `lower-nn-to-kernel`, which
/// dialects/kernel/KernelPasses.td describes.

#ifndef PARE_CONVERSION_NNTOKERNEL_NNTOKERNEL_H
#define PARE_CONVERSION_NNTOKERNEL_NNTOKERNEL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"

namespace pare::kernel {

#define GEN_PASS_DECL_LOWERNNTOKERNELPASS
#define GEN_PASS_REGISTRATION_LOWERNNTOKERNELPASS
#include "pare/Dialect/Kernel/Transforms/KernelPasses.h.inc"

} // namespace pare::kernel

#endif // PARE_CONVERSION_NNTOKERNEL_NNTOKERNEL_H
