//===- Info.h - What the forms of pare info share ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DRIVER_INFO_H
#define PARE_LIB_DRIVER_INFO_H

#include "pare/Driver/Commands.h"
#include "pare/Driver/Network.h"

namespace pare::driver {

/// `pare info --memory`: the plan of C code for one target, or a row for each.
llvm::Error describeMemory(const InfoCommand &command, Network &network,
                           mlir::func::FuncOp func, llvm::raw_ostream &os);

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_INFO_H
