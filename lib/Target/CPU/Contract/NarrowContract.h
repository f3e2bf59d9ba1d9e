//===- NarrowContract.h - Products with few columns -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A f32 contraction of one tap that has no more columns than half of a vector
// would leave most lanes of a vector of columns empty. Its vectors run along
// the terms instead: each product of a row and a column has a vector of partial
// sums, as many of them as a vector has lanes, which shuffles and additions
// turn into one vector of results as they lie in memory. Weights are read where
// the network has them and are not packed.
//
// One row by a vector of columns would load an element of the row in all lanes
// for each product. Along the terms a vector of the row is for all columns.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_NARROWCONTRACT_H
#define PARE_LIB_TARGET_CPU_CONTRACT_NARROWCONTRACT_H

#include "Emit/Layer.h"

namespace pare::cpu {

struct Residual;

/// Whether `op` is multiplied by vectors of terms: f32, every pixel of the
/// input one of the output, not in kernel.stripes, a number of columns that
/// divides the lanes, and terms for a vector at least; or one row by up to
/// eight columns of some vectors of terms.
bool isNarrow(kernel::ContractOp op, const TargetInfo &target);

/// The code of a contraction that is narrow; `residual` may be null.
void lowerNarrowContract(Layer &e, kernel::ContractOp op,
                         const Residual *residual);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_NARROWCONTRACT_H
