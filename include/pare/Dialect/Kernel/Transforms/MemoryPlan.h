//===- MemoryPlan.h - What lies where in the arena --------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The memory plan of a function of the kernel dialect as a table: made by
/// `kernel-plan-memory`, read from the IR again for people, pictures and code.

#ifndef PARE_DIALECT_KERNEL_TRANSFORMS_MEMORYPLAN_H
#define PARE_DIALECT_KERNEL_TRANSFORMS_MEMORYPLAN_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace pare::kernel {

/// Bytes [begin, end) of a buffer that are alive from step `first` to step
/// `last`, both included: the rows of a buffer that is read and written in
/// stripes live and die apart.
struct PlannedPiece {
  int64_t begin, end;
  int64_t first, last;
};

/// Something with a place in the arena.
struct PlannedBuffer {
  enum class Kind { Buffer, Input, Output, Work };
  Kind kind = Kind::Buffer;
  /// The name of the layer that writes it, or of the port.
  std::string name;
  /// A kernel.buffer or an argument; null for the working memory of `op`.
  mlir::Value value;
  mlir::Operation *op = nullptr;
  /// The steps of its life, both included; an input lives from step 0, an
  /// output to the last step.
  int64_t first = 0, last = 0;
  int64_t bytes = 0, offset = 0;
  /// In increasing order; what is in none of them is never used.
  llvm::SmallVector<PlannedPiece, 1> pieces;
};

/// An operation that runs; the steps are numbered from 0.
struct PlannedStep {
  mlir::Operation *op;
  std::string layer;
  /// The highest end of what is alive.
  int64_t top = 0;
  /// The bytes of the arena that hold something alive; less than `top` where
  /// there are holes.
  int64_t alive = 0;
};

struct MemoryPlan {
  llvm::SmallVector<PlannedBuffer> buffers;
  llvm::SmallVector<PlannedStep> steps;
  int64_t arenaBytes = 0;
  /// No plan of these buffers needs fewer bytes; -1 if unknown.
  int64_t lowerBound = -1;

  /// The steps at which `top` is the whole arena.
  llvm::SmallVector<const PlannedStep *> getPeaks() const;
};

/// `output` may begin `distance` bytes before `input` or earlier, though both
/// are alive while one operation runs that reads one and writes the other in
/// the order of rows. The values are root buffers, the ranges those of the
/// views that the operation sees.
struct Overlap {
  mlir::Value input, output;
  int64_t inputBegin, inputBytes, outputBegin, outputBytes;
  int64_t distance;
};
llvm::SmallVector<Overlap> findOverlaps(mlir::Operation *op);

/// Where a view begins in its root buffer, in bytes.
int64_t getViewOffset(mlir::Value value);

struct PlanOptions {
  /// Every offset is a multiple of this many bytes.
  int64_t alignment = KernelDialect::kBufferAlignment;
  /// The code computes rows in order (RowOrderOpInterface), so that outputs may
  /// overlap with inputs that die.
  bool overlaps = false;
  /// Inputs and outputs get room in the arena too.
  bool ports = false;
};

/// Gives every buffer of `function`, which has one block, its place, and writes
/// it to the IR: the offsets of kernel.buffer, of working memory and of ports,
/// and the bytes of the arena with their lower bound.
MemoryPlan planMemory(mlir::func::FuncOp function, const PlanOptions &options);

/// The lower bound of planMemory, without a plan.
int64_t getArenaBound(mlir::func::FuncOp function, const PlanOptions &options);

/// The plan that the IR of `function` holds. Buffers without an offset are left
/// out.
MemoryPlan readMemoryPlan(mlir::func::FuncOp function);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_MEMORYPLAN_H
