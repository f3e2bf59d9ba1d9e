//===- Tuning.h - Measures how fast layers run ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TUNING_TUNING_H
#define PARE_TUNING_TUNING_H

#include "pare/Target/CPU/CodeOptions.h"
#include "pare/Target/CPU/TargetInfo.h"
#include "pare/Target/CPU/Tuning.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/Support/Error.h"

namespace pare {

struct TuningOptions {
  /// Register tiles that are tried of each shape in each kind of direct code,
  /// beside Winograd's tiles: the best of the cost model's order.
  size_t candidates = 8;
  /// What the code will be made with: what it asks for is not measured.
  cpu::CodeOptions code;
  /// The file that the table was read from, for messages.
  std::string path;
};

/// What was measured.
struct TuningCounts {
  /// Shapes of layers, and pieces of code for them that differ. A single one
  /// needs no measurement.
  int64_t shapes = 0, codes = 0;
};

/// Times the layers of a module of kernel, each alone and those in a row that
/// may run in stripes, whose shapes `table` does not have, and adds what was
/// fastest. Choices that make the same code are one. An error if this machine
/// cannot run code for `target`, or if `table` has something that a layer
/// cannot follow.
llvm::Expected<TuningCounts> tuneLayers(mlir::ModuleOp module,
                                        const cpu::TargetInfo &target,
                                        cpu::TuningTable &table,
                                        const TuningOptions &options = {});

} // namespace pare

#endif // PARE_TUNING_TUNING_H
