//===- FileInput.cpp - Files that are read whole --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/FileInput.h"

#include "llvm/Support/FileSystem.h"

using namespace pare;
namespace fs = llvm::sys::fs;

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
pare::readFile(llvm::StringRef path, llvm::Align alignment) {
  const fs::file_type type = fs::get_file_type(path);
  if (type == fs::file_type::character_file ||
      type == fs::file_type::block_file)
    return llvm::createStringError("cannot read '" + path +
                                   "': it is a device");
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/true,
                                          /*IsVolatile=*/false, alignment);
  if (!file)
    return llvm::createStringError("cannot read '" + path +
                                   "': " + file.getError().message());
  return std::move(*file);
}
