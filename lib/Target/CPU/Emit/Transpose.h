//===- Transpose.h - Squares in registers --------------------- -*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_TRANSPOSE_H
#define PARE_LIB_TARGET_CPU_EMIT_TRANSPOSE_H

#include "Emit/Emitter.h"

namespace pare::cpu {

/// Transposes the squares in the parts of some vectors, which have as many
/// elements as there are vectors, a power of two: element i of each part of
/// vector j becomes element j of that part of vector i.
llvm::SmallVector<Value> transposeSquares(Emitter &e,
                                          llvm::SmallVector<Value> vectors);

/// A power of two of equal vectors as one, neighbours joined first.
Value concatAll(Emitter &e, llvm::SmallVectorImpl<Value> &parts);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_TRANSPOSE_H
