//===- Tuning.h - Measured choices of code generation -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table says what code is fastest for the shape of a layer on a target, and
// for layers in a row between which images are large, which of them run in
// stripes together. As a file it has a line for each, in alphabetical order:
//
//   x86-64-v3 contract f32 1x14x14x512 by 512x1x1x512 ... tile 6x2 strassen 1
//   x86-64-v3 contract i8 1x14x14x256 by 256x3x3x256 ... winograd 4x4
//   x86-64-v3 chain f32 1x112x112x16, contract 1x1 to 112x112x96, ... stripes
//   0-2:4
//
// (the last one on one line). Lines that are empty or begin with # are
// comments. What the table does not know, the cost model decides. Results of
// integers do not depend on it, to the bit; those of floats do in their
// rounding, where Winograd's tiles or Strassen's algorithm are chosen.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_TUNING_H
#define PARE_TARGET_CPU_TUNING_H

#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
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

/// What of 8-bit weights stands in an order in which products of bytes fit 16
/// bits: nothing, steps of four terms, or terms.
enum class TermOrdering { None, Steps, Terms };

/// Operations [first, first + count) of a run in stripes, of `rows` rows of the
/// last one.
struct StripeGroup {
  int64_t first = 0, count = 0, rows = 0;

  bool operator==(const StripeGroup &other) const {
    return first == other.first && count == other.count && rows == other.rows;
  }
};

/// What computes a layer: direct code, or tiles of minimal filtering; or layers
/// in a row.
struct Choice {
  /// Rows and vectors of the register tile of direct code, both at least 1.
  std::pair<int64_t, int64_t> tile = {0, 0};
  /// Results of a side of Winograd's tiles, or 0 for direct code.
  int64_t winograd = 0;
  /// Beside a tile: levels of Strassen's algorithm, and the order of terms.
  /// Without a value, what the cost model says.
  std::optional<int64_t> strassen;
  std::optional<TermOrdering> order;
  /// Of layers in a row, and nothing else then: those that run together, in
  /// order; empty if each runs alone.
  std::optional<llvm::SmallVector<StripeGroup>> stripes;

  bool operator==(const Choice &other) const {
    return tile == other.tile && winograd == other.winograd &&
           strassen == other.strassen && order == other.order &&
           stripes == other.stripes;
  }
  /// "tile 6x2", "tile 6x2 strassen 1", "tile 5x1 order terms",
  /// "winograd 4x4", "stripes off", "stripes 0-2:4,3-4:2".
  std::string print() const;
  /// Nothing for any other text.
  static std::optional<Choice> parse(llvm::StringRef text);
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

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// What the table knows a layer by: the target, the elements, all sizes, and
/// what its weights, constants of `symbols`, allow: the target's faster product
/// of byte pairs, which is noted on the operation; an order of terms; tiles of
/// 2x2 alone. Empty for an operation that has nothing to choose.
std::string describeShape(mlir::Operation *op, mlir::SymbolTable &symbols,
                          const TargetInfo &target);

/// What can compute an operation that has a shape: about `count` kinds of
/// direct code, and Winograd's tiles that fit it. What the cost model prefers
/// comes first.
llvm::SmallVector<Choice> listChoices(mlir::Operation *op,
                                      mlir::SymbolTable &symbols,
                                      const TargetInfo &target, size_t count);

/// Why a choice cannot be followed; empty if it can.
std::string findMisfit(mlir::Operation *op, const Choice &choice,
                       mlir::SymbolTable &symbols, const TargetInfo &target);

/// Makes code generation follow a choice that fits.
void setChoice(mlir::Operation *op, const Choice &choice);

/// The same for all layers of a module that `table`, of the file `path`, knows
/// and that have no choice yet, but with `direct` not for those with tiles of
/// minimal filtering. Returns how many, or failure with a diagnostic at the
/// layer that a choice does not fit.
mlir::FailureOr<int64_t> applyTuning(mlir::ModuleOp module,
                                     const TuningTable &table,
                                     const TargetInfo &target,
                                     llvm::StringRef path, bool direct);

//===----------------------------------------------------------------------===//
// Layers in a row
//===----------------------------------------------------------------------===//

/// Layers of a network that may run in stripes, with large images between them.
llvm::SmallVector<llvm::SmallVector<mlir::Operation *>>
findRuns(mlir::func::FuncOp network, const TargetInfo &target);

/// What the table knows them by.
std::string describeRun(llvm::ArrayRef<mlir::Operation *> run,
                        const TargetInfo &target);

/// Ways to run them, what the cost model prefers first.
llvm::SmallVector<Choice> listChoices(llvm::ArrayRef<mlir::Operation *> run,
                                      const TargetInfo &target);

/// Why a choice cannot be followed; empty if it can.
std::string findMisfit(llvm::ArrayRef<mlir::Operation *> run,
                       const Choice &choice);

/// Puts layers that run together into kernel.stripes.
void setChoice(llvm::ArrayRef<mlir::Operation *> run, const Choice &choice,
               const TargetInfo &target);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_TUNING_H
