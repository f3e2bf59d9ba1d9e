//===- Tuning.h - Measured choices of code generation -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table says which register tile is fastest for the shape of a layer on a
// target. As a file it has a line for each, in alphabetical order:
//
//   x86-64-v3 contract i8 1x14x14x512 by 512x1x1x512 ... tile 6x2
//
// Lines that are empty or begin with # are comments. What the table does not
// know, the cost model decides. Results do not depend on it, to the bit.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_TUNING_H
#define PARE_TARGET_CPU_TUNING_H

#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace pare::cpu {

/// Rows and vectors of a register tile, both at least 1.
using Tile = std::pair<int64_t, int64_t>;

class TuningTable {
public:
  /// The table of a file. Errors name the path and the line.
  static llvm::Expected<TuningTable> read(llvm::StringRef path);
  /// The table of the text of a file; errors name `path` and the line.
  static llvm::Expected<TuningTable> parse(llvm::StringRef text,
                                           llvm::StringRef path);
  /// The text of a file.
  std::string print() const;

  std::optional<Tile> find(llvm::StringRef shape) const;
  void set(llvm::StringRef shape, Tile tile);
  size_t size() const { return tiles.size(); }

private:
  std::map<std::string, Tile, std::less<>> tiles;
};

/// What the table knows a layer by: the target, the elements, all sizes, and
/// whether the weights, constants of `symbols`, allow the target's faster
/// product of byte pairs, which is noted on the operation. Empty for an
/// operation that has no tile to choose.
std::string describeShape(mlir::Operation *op, mlir::SymbolTable &symbols,
                          const TargetInfo &target);

/// At most `count` tiles for an operation that has a shape, the one that the
/// cost model prefers first.
llvm::SmallVector<Tile> listTiles(mlir::Operation *op, const TargetInfo &target,
                                  size_t count);

/// Makes code generation use a tile.
void setTile(mlir::Operation *op, Tile tile);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_TUNING_H
