//===- Identifier.h - Names that code can use -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_IDENTIFIER_H
#define PARE_SUPPORT_IDENTIFIER_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace pare {

/// The letters and digits of a layer's name, up to the first ';' (converters
/// join the names of fused layers with it), with one '_' for whatever stands
/// between them; at most 64 characters. May be empty or begin with a digit: the
/// caller knows what to put before it.
std::string makeIdentifierCharacters(llvm::StringRef name);

} // namespace pare

#endif // PARE_SUPPORT_IDENTIFIER_H
