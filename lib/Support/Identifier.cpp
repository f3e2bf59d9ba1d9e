//===- Identifier.cpp - Names that code can use ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Identifier.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

std::string pare::makeIdentifierCharacters(llvm::StringRef name) {
  constexpr size_t kMaxLength = 64;
  std::string result;
  for (char c : name.take_until([](char c) { return c == ';'; })) {
    if (llvm::isAlnum(c))
      result += c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  }
  result.resize(std::min(result.size(), kMaxLength));
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  return result;
}
