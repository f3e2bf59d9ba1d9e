//===- Regions.h - Several memories -----------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// A machine may have several memories, such as a small fast and a large slow
/// one. A function that names them has an arena in each, and each of its
/// buffers lies in one of these.

#ifndef PARE_DIALECT_KERNEL_IR_REGIONS_H
#define PARE_DIALECT_KERNEL_IR_REGIONS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>

namespace pare::kernel {

/// Attribute of a function: its memories, the fastest one first, an array of
/// dictionaries with the fields of MemoryRegion. Without it there is one.
inline constexpr llvm::StringLiteral kRegionsAttr = "kernel.regions";
/// Attribute of a kernel.buffer and of an argument: the name of its memory. Of
/// several, what names none lies in the last one.
inline constexpr llvm::StringLiteral kRegionAttr = "kernel.region";
/// Attribute of an operation: the memory of its working memory.
inline constexpr llvm::StringLiteral kWorkRegionAttr = "kernel.work_region";

struct MemoryRegion {
  /// A letter, then letters, digits and underscores; empty for the only one.
  std::string name;
  /// What there is of it; 0 for no limit.
  int64_t budget = 0;
  /// A power of two: every offset is a multiple of so many bytes; 0 for that of
  /// the plan.
  int64_t alignment = 0;
  /// What a plan takes of it, and what no plan with the same buffers in it can
  /// go below; -1 before there is a plan.
  int64_t bytes = -1, bound = -1;
};

/// Reads "dtcm:64K,sram:256K:32": for each memory its name, its bytes, with K
/// or M for the powers of two, and, if it matters, its alignment.
llvm::Expected<llvm::SmallVector<MemoryRegion>>
parseRegions(llvm::ArrayRef<std::string> texts);

/// "65536", "64K" or "1M", from 1 to 2^30 bytes; nothing for any other text.
std::optional<int64_t> parseBytes(llvm::StringRef text);

/// The memories that `function` names; none if it has one arena.
llvm::SmallVector<MemoryRegion> getRegions(mlir::Operation *function);
void setRegions(mlir::Operation *function,
                llvm::ArrayRef<MemoryRegion> regions);

/// Says what is wrong with one of the three attributes on `op`, where it is.
llvm::LogicalResult verifyRegionAttribute(mlir::Operation *op,
                                          mlir::NamedAttribute attribute);

} // namespace pare::kernel

#endif // PARE_DIALECT_KERNEL_IR_REGIONS_H
