//===- FuseIntoProducer.h - Functions move into what they read --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What passes have in common that let an operation compute a function of its
// own result, and store that.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DIALECT_KERNEL_TRANSFORMS_FUSEINTOPRODUCER_H
#define PARE_LIB_DIALECT_KERNEL_TRANSFORMS_FUSEINTOPRODUCER_H

#include "pare/Dialect/Kernel/IR/Kernel.h"

namespace pare::kernel {

/// The operation with an epilogue that computes what `function`, a kernel.unary
/// or kernel.table, reads, if that is all it is good for: nothing else reads
/// the buffer, and `function` is the first to touch the one that it writes.
/// Null if there is none.
mlir::Operation *findProducer(mlir::Operation *function);

/// Makes `producer` write what `function` writes, with that epilogue, and
/// erases `function`.
void fuseIntoProducer(mlir::Operation *producer, mlir::Operation *function,
                      EpilogueAttr epilogue);

/// A clamp by `first`, then by `second`, as the bounds of one.
std::pair<double, double> combineBounds(EpilogueAttr first,
                                        EpilogueAttr second);

} // namespace pare::kernel

#endif // PARE_LIB_DIALECT_KERNEL_TRANSFORMS_FUSEINTOPRODUCER_H
