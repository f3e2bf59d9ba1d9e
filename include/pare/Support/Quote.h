//===- Quote.h - Text of a file in messages ---------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_QUOTE_H
#define PARE_SUPPORT_QUOTE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace pare {

/// Text that comes from a file, and so may be anything, as it may be printed:
/// in single quotes, control characters escaped, cut after 200 bytes.
std::string quote(llvm::StringRef text);

} // namespace pare

#endif // PARE_SUPPORT_QUOTE_H
