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
#include "pare/Dialect/Kernel/IR/Regions.h"
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

/// Something with a place in an arena.
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
  /// Index of its region.
  size_t region = 0;
  /// Bytes of it that one run reads and writes, each as often as it does.
  int64_t accesses = 0;
  /// In increasing order; what is in none of them is never used.
  llvm::SmallVector<PlannedPiece, 1> pieces;
};

/// An operation that runs; the steps are numbered from 0.
struct PlannedStep {
  mlir::Operation *op;
  std::string layer;
  struct Use {
    /// The highest end of what is alive.
    int64_t top = 0;
    /// The bytes of the arena that hold something alive; less than `top` where
    /// there are holes.
    int64_t alive = 0;
  };
  /// Of each region.
  llvm::SmallVector<Use, 1> uses = {};

  /// The bytes alive in all regions.
  int64_t getAlive() const;
};

struct MemoryPlan {
  llvm::SmallVector<PlannedBuffer> buffers;
  llvm::SmallVector<PlannedStep> steps;
  /// The fastest one first; a single one without a name is the arena.
  llvm::SmallVector<MemoryRegion, 1> regions;
  /// The sums over all regions.
  int64_t arenaBytes = 0;
  /// No plan of these buffers needs fewer bytes: the largest sum of what is
  /// alive at a step, working memory included; -1 if unknown.
  int64_t lowerBound = -1;
  /// The same without working memory.
  int64_t bufferBound = -1;

  bool hasRegions() const { return !regions.front().name.empty(); }
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

struct PlanOptions {
  /// Every offset is a multiple of this many bytes.
  int64_t alignment = KernelDialect::kBufferAlignment;
  /// The code computes rows in order (RowOrderOpInterface), so that outputs may
  /// overlap with inputs that die.
  bool overlaps = false;
  /// Inputs and outputs get room in the arena too.
  bool ports = false;
};

/// Gives every buffer of `function`, which has one block, its place in the
/// arena of its region (`kernel.regions`, `kernel.region`), and writes it to
/// the IR: the offsets of kernel.buffer, of working memory and of ports, and
/// the bytes of the arenas with their lower bounds. Places that it had before
/// are forgotten.
MemoryPlan planMemory(mlir::func::FuncOp function, const PlanOptions &options);

/// How buffers were divided among regions.
struct RegionChoice {
  /// Whether each region has the bytes that the plan takes of it.
  bool fits = false;
  /// Whether no other way has fewer accesses to slow regions, as far as quick
  /// plans show.
  bool isOptimal = false;
};

/// Says of every buffer of `function` in which of `regions` it lies, the
/// fastest of which comes first: those that are read and written most in the
/// first one, as far as its budget reaches. What has a region keeps it; `tries`
/// limits the search (splitSlots). planMemory with the same options does not go
/// beyond the budgets, if the result says so.
RegionChoice chooseRegions(mlir::func::FuncOp function,
                           const PlanOptions &options,
                           llvm::ArrayRef<MemoryRegion> regions,
                           int64_t tries = 300);

/// No plan has fewer bytes in all regions together.
int64_t getArenaBound(mlir::func::FuncOp function, const PlanOptions &options);

/// The plan that the IR of `function` holds. Buffers without an offset are left
/// out.
MemoryPlan readMemoryPlan(mlir::func::FuncOp function);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_TRANSFORMS_MEMORYPLAN_H
