//===- PareStatistics.h - Statistics as the libraries have them -*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What llvm::Statistic is, NDEBUG decides in its header. A statistic of a pass
// is made in libMLIR: one that was built without assertions leaves the members
// that only ours would have as they are, and sanitizers notice when a pass
// counts. So where this code has assertions and the library has none, it sees
// the header as the library did.
//
// With sanitizers, comes before all other headers of files that include MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_CMAKE_PARESTATISTICS_H
#define PARE_CMAKE_PARESTATISTICS_H

#include "llvm/Config/abi-breaking.h"

#if !LLVM_ENABLE_ABI_BREAKING_CHECKS && !defined(NDEBUG)
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
#endif

#endif // PARE_CMAKE_PARESTATISTICS_H
