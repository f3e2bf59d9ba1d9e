//===- WinogradTransforms.h - Transforms of vectors -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One dimension of the transforms of pare/Numerics/Winograd.h, on vectors of
// which each holds one point of many channels: the products of matrices with
// what rows have in common computed once. Vectors of floats or of integers,
// which wrap.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRADTRANSFORMS_H
#define PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRADTRANSFORMS_H

#include "Emit/Layer.h"
#include "pare/Numerics/Winograd.h"

namespace pare::cpu {

/// `t.input` times the points of `x`.
llvm::SmallVector<Value> transformInput(Layer &e, const WinogradTransform &t,
                                        llvm::ArrayRef<Value> x);

/// `t.output` times the points of `x`, with its columns scaled for integers.
llvm::SmallVector<Value> transformOutput(Layer &e, const WinogradTransform &t,
                                         llvm::ArrayRef<Value> x);

/// What `transformInput` gives for points that all are `value`.
llvm::SmallVector<int64_t> transformConstant(const WinogradTransform &t,
                                             int64_t value);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_WINOGRAD_WINOGRADTRANSFORMS_H
