//===- Tuning.h - Measured choices of code generation -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table says what code is fastest for the shape of a layer on a target: the
// direct one with a register tile, or tiles of minimal filtering (Winograd). As
// a file it has a line for each, in alphabetical order:
//
//   x86-64-v3 contract i8 1x14x14x512 by 512x1x1x512 ... tile 6x2
//   x86-64-v3 contract i8 1x14x14x256 by 256x3x3x256 ... winograd 4x4
//
// Lines that are empty or begin with # are comments. What the table does not
// know, the cost model decides. Results of integers do not depend on it, to the
// bit; those of floats do in their rounding, where Winograd's tiles are chosen.
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

/// What computes a layer: direct code, or tiles of minimal filtering.
struct Choice {
  /// Rows and vectors of the register tile of direct code, both at least 1.
  std::pair<int64_t, int64_t> tile = {0, 0};
  /// Results of a side of Winograd's tiles, or 0 for direct code.
  int64_t winograd = 0;

  bool operator==(const Choice &other) const {
    return tile == other.tile && winograd == other.winograd;
  }
};

class TuningTable {
public:
  /// The table of a file. Errors name the path and the line.
  static llvm::Expected<TuningTable> read(llvm::StringRef path);
  /// The table of the text of a file; errors name `path` and the line.
  static llvm::Expected<TuningTable> parse(llvm::StringRef text,
                                           llvm::StringRef path);
  /// The text of a file.
  std::string print() const;

  std::optional<Choice> find(llvm::StringRef shape) const;
  void set(llvm::StringRef shape, Choice choice);
  size_t size() const { return choices.size(); }

private:
  std::map<std::string, Choice, std::less<>> choices;
};

/// What the table knows a layer by: the target, the elements, all sizes, and
/// whether the weights, constants of `symbols`, allow the target's faster
/// product of byte pairs, which is noted on the operation. Empty for an
/// operation that has nothing to choose.
std::string describeShape(mlir::Operation *op, mlir::SymbolTable &symbols,
                          const TargetInfo &target);

/// What can compute an operation that has a shape: at most `count` register
/// tiles, and Winograd's tiles that fit it. What the cost model prefers comes
/// first.
llvm::SmallVector<Choice> listChoices(mlir::Operation *op,
                                      mlir::SymbolTable &symbols,
                                      const TargetInfo &target, size_t count);

/// Makes code generation follow a choice.
void setChoice(mlir::Operation *op, Choice choice);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_TUNING_H
