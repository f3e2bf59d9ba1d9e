//===- Header.h - The header of a network in C ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_C_HEADER_H
#define PARE_LIB_TARGET_C_HEADER_H

#include "Network.h"

namespace pare::c {

/// Enough for every element type.
inline constexpr int64_t kArenaAlignment = 8;

/// What the caller of a network includes: the memory that it takes as a
/// comment, sizes and quantization parameters as macros, and the functions.
std::string writeHeader(const Network &network);

/// The parameters of NAME_invoke and of NAME_invoke_generic.
llvm::SmallVector<std::string> getInvokeParameters(const Network &network);
llvm::SmallVector<std::string> getGenericParameters(const Network &network);

} // namespace pare::c

#endif // PARE_LIB_TARGET_C_HEADER_H
