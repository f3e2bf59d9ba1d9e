//===- Work.h - How much an operation has to do -----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
/// \file
/// What an operation of kernel costs at least, whatever computes it.

#ifndef PARE_DIALECT_KERNEL_IR_WORK_H
#define PARE_DIALECT_KERNEL_IR_WORK_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace pare::kernel {

struct Work {
  /// Multiply-accumulate steps, those of stored weights alone for compressed
  /// weights; 0 for operations that are none.
  int64_t macs = 0;
  /// Bytes of what is read and written, each buffer once: copies and gathers
  /// count the elements that they touch.
  int64_t bytes = 0;
  /// Those of them that are constants: weights, which come again a run later.
  int64_t constantBytes = 0;
  /// Whether the steps are on 8-bit integers.
  bool isInteger = false;
};

/// The work of an operation of kernel that computes; nothing for others.
Work getWork(mlir::Operation *op);

/// Bytes that code for an operation reads and writes while it runs, each one as
/// often as it does so: what a fast memory saves time for.
struct AccessedBytes {
  /// Of each operand. An input under a window is read once for each window; by
  /// code without working memory (`kernel.work_bytes`) once for each product.
  llvm::SmallVector<int64_t> operands;
  /// Of the working memory: halfwords that are written once for each window,
  /// and read by two products at a time.
  int64_t work = 0;
};
AccessedBytes getAccessedBytes(mlir::Operation *op);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_IR_WORK_H
