//===- Bench.h - What the forms of pare bench share -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DRIVER_BENCH_H
#define PARE_LIB_DRIVER_BENCH_H

#include "pare/Driver/Commands.h"

namespace pare::driver {

/// Any values that the network accepts, the same on every call.
std::vector<HostTensor> makeBenchInputs(llvm::ArrayRef<TensorInfo> inputs);

/// Runs a few times to warm up, then `runs` times; 0: as often as fits into a
/// second, at least 5 and at most 1000 times. `runOnce` is told whether the run
/// counts. Returns the number of runs to warm up.
llvm::Expected<int64_t>
repeatRuns(int64_t runs, llvm::function_ref<llvm::Error(bool counts)> runOnce);

/// `pare bench --layers`.
llvm::Error benchLayers(const BenchCommand &command, llvm::raw_ostream &os);

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_BENCH_H
