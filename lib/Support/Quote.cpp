//===- Quote.cpp - Text of a file in messages -----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Quote.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

std::string pare::quote(llvm::StringRef text) {
  constexpr size_t kLongest = 200;
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '\'';
  llvm::printEscapedString(text.take_front(kLongest), os);
  os << (text.size() > kLongest ? "...'" : "'");
  return result;
}
