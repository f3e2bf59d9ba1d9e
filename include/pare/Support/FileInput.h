//===- FileInput.h - Files that are read whole ------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_FILEINPUT_H
#define PARE_SUPPORT_FILEINPUT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace pare {

/// The contents of a file or of a pipe, with a zero behind them, at an address
/// that is a multiple of `alignment` bytes. Errors name `path`. A device is
/// refused: what it gives may never end.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readFile(llvm::StringRef path, llvm::Align alignment = llvm::Align(16));

} // namespace pare

#endif // PARE_SUPPORT_FILEINPUT_H
