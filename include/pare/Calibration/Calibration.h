//===- Calibration.h - Ranges from a run over samples -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// Constructor, options and registration of nn-calibrate, which
/// dialects/nn/NNCalibrationPasses.td describes. It stands apart from the other
/// passes on nn because it runs the network.

#ifndef PARE_CALIBRATION_CALIBRATION_H
#define PARE_CALIBRATION_CALIBRATION_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "llvm/Support/CommandLine.h"

namespace pare::nn {

/// What runs the network over the samples.
enum class CalibrationBackend { Jit, Reference };

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "pare/Dialect/NN/Transforms/NNCalibrationPasses.h.inc"

} // namespace pare::nn

#endif // PARE_CALIBRATION_CALIBRATION_H
