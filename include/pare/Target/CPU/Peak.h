//===- Peak.h - Networks that measure a processor ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The inner steps of a target repeated on independent sums, with nothing else
// around them: what no layer can exceed.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TARGET_CPU_PEAK_H
#define PARE_TARGET_CPU_PEAK_H

#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace pare::cpu {

/// The steps that layers consist of.
enum class PeakStep {
  /// Multiply-add of f32.
  Float,
  /// The fastest exact step on 8-bit integers.
  Integer
};

struct PeakNetwork {
  /// One function `peak` without inputs, ready for `lowerToLLVM`.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Multiply-accumulate steps of a run.
  int64_t macs = 0;
};

PeakNetwork buildPeakNetwork(mlir::MLIRContext *context,
                             const TargetInfo &target, PeakStep step);

} // namespace pare::cpu

#endif // PARE_TARGET_CPU_PEAK_H
