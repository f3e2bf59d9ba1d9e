//===- UnsupportedOperators.cpp - What an importer cannot do --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/UnsupportedOperators.h"
#include "pare/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"

using namespace pare;

void UnsupportedOperators::add(llvm::StringRef op, llvm::StringRef layer) {
  auto *known = llvm::find_if(
      entries, [&](const Entry &entry) { return entry.op == op; });
  if (known != entries.end())
    ++known->count;
  else
    entries.push_back({op.str(), layer.str(), 1});
}

std::string UnsupportedOperators::describe() const {
  std::string text = "operators that are not supported: ";
  llvm::StringRef separator = "";
  for (const Entry &entry : entries) {
    text += separator.str() + entry.op + " (" + std::to_string(entry.count) +
            (entry.count == 1 ? " layer, " : " layers, first ") +
            quote(entry.layer) + ")";
    separator = ", ";
  }
  return text;
}
