//===- Probe.h - Looking into a network while it runs -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_CALIBRATION_PROBE_H
#define PARE_LIB_CALIBRATION_PROBE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "pare/Calibration/Calibration.h"
#include "pare/Support/HostTensor.h"
#include <string>

namespace pare {

/// What is seen of one value for each sample.
struct Observation {
  /// The first three reduce to one element; ChannelMean to one mean for each
  /// index of the last dimension.
  enum Kind { Minimum, Maximum, Sum, ChannelMean };
  mlir::Value value;
  Kind kind;
};

/// The samples and what runs them; the options of the passes.
struct ProbeOptions {
  std::string samples;
  double scale = 1.0;
  double offset = 0.0;
  int64_t limit = 0;
  nn::CalibrationBackend backend = nn::CalibrationBackend::Jit;
};

/// Called with the number of a sample and one f32 tensor for each observation.
using ProbeCallback = llvm::function_ref<llvm::LogicalResult(
    int64_t, llvm::ArrayRef<HostTensor>)>;

/// Runs the float network of `function`, without its fake_quant operations,
/// over the samples. Returns the number of samples; emits an error on
/// `function`'s module and fails if the network or the samples cannot be used,
/// or if `callback` fails.
llvm::FailureOr<int64_t> runProbe(mlir::func::FuncOp function,
                                  llvm::ArrayRef<Observation> observations,
                                  const ProbeOptions &options,
                                  ProbeCallback callback);

} // namespace pare

#endif // PARE_LIB_CALIBRATION_PROBE_H
