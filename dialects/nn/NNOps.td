//===- NNOps.td - Operations of the nn dialect ------------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS
#define PARE_NN_OPS

include "NNOpsConv.td"
include "NNOpsElementwise.td"
include "NNOpsMovement.td"
include "NNOpsNormalize.td"
include "NNOpsPool.td"
include "NNOpsQuant.td"
include "NNOpsRecurrent.td"

#endif // PARE_NN_OPS
