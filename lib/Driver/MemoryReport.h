//===- MemoryReport.h - A memory plan for people ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DRIVER_MEMORYREPORT_H
#define PARE_LIB_DRIVER_MEMORYREPORT_H

#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace pare::driver {

/// The bytes of the arena, the lower bound, and for each operation what lives
/// while it runs.
void printMemoryPlan(const kernel::MemoryPlan &plan, llvm::raw_ostream &os);

/// The same as a picture: time goes to the right, addresses go up, each buffer
/// is a box with its name. Each region is a band.
std::string drawMemoryPlan(const kernel::MemoryPlan &plan,
                           llvm::StringRef title);

/// The name of the layer that a step belongs to, or of its operation.
std::string getStepName(const kernel::MemoryPlan &plan, size_t step);

/// Bytes of the buffers in a region that one run reads and writes.
int64_t countAccesses(const kernel::MemoryPlan &plan, size_t region);

/// The operations at which the arena of a region is fullest, with what lives
/// there.
std::string describePeaks(const kernel::MemoryPlan &plan, size_t region = 0);

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_MEMORYREPORT_H
