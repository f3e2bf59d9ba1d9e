//===- Movement.h - Moving elements without changing them --*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_INTERPRETER_MOVEMENT_H
#define PARE_LIB_INTERPRETER_MOVEMENT_H

#include "Evaluate.h"

namespace pare::interpreter {

/// Result `result` consists of the elements `indices` (row-major) of the first
/// operand; index -1 stands for the real number `fill`.
void moveElements(Layer &layer, mlir::Value input, mlir::Value output,
                  llvm::ArrayRef<int64_t> indices, unsigned result = 0,
                  double fill = 0.0);

} // namespace pare::interpreter

#endif // PARE_LIB_INTERPRETER_MOVEMENT_H
