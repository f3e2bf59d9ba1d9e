//===- Summary.h - What a network consists of -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DRIVER_SUMMARY_H
#define PARE_DRIVER_SUMMARY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cstdint>
#include <string>
#include <vector>

namespace pare::driver {

/// Constants, counted. What is stored sparsely counts with all its elements,
/// but only with the bytes that it takes.
struct WeightSummary {
  int64_t parameters = 0;
  /// Elements that stand for zero.
  int64_t zeros = 0;
  int64_t bytes = 0;

  /// Share of zeros, 0 to 1.
  double sparsity() const {
    return parameters ? double(zeros) / parameters : 0.0;
  }
};

/// One operation of nn that is not a constant.
struct LayerSummary {
  /// The layer's own name; the operation without its dialect; the type of its
  /// first result.
  std::string name, op, type;
  WeightSummary weights;
  /// Multiply-accumulate steps.
  int64_t macs = 0;
  /// Whether it computes on integers, or is one that could (no conversion
  /// between the two) and computes in floating point.
  bool isInteger = false, isFloat = false;
};

struct NetworkSummary {
  std::vector<LayerSummary> layers;
  /// All constants, each once, also those that two layers share.
  WeightSummary weights;
  int64_t macs = 0;

  int64_t countIntegerLayers() const;
};

/// Whether an operation of `func` computes on integers, without a look at the
/// weights.
bool hasIntegerLayers(mlir::func::FuncOp func);

/// Describes the nn operations of `func`.
NetworkSummary summarize(mlir::func::FuncOp func);

} // namespace pare::driver

#endif // PARE_DRIVER_SUMMARY_H
