//===- UnaryFunction.h - What a layer of one operand computes ---*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The one definition of the element-wise functions of nn. The interpreter
/// evaluates them, and the tables of 8-bit layers are made from them: both must
/// come from the same formulas to agree to the bit.

#ifndef PARE_DIALECT_NN_IR_UNARYFUNCTION_H
#define PARE_DIALECT_NN_IR_UNARYFUNCTION_H

#include "pare/Dialect/NN/IR/NN.h"
#include <functional>

namespace pare::nn {

/// The function of real numbers that `op` applies to each element, from its
/// mnemonic and attributes; null if `op` is not an element-wise layer of one
/// operand.
std::function<double(double)> getUnaryFunction(mlir::Operation *op);

} // namespace pare::nn

#endif // PARE_DIALECT_NN_IR_UNARYFUNCTION_H
