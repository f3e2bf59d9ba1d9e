//===- UnsupportedOperators.h - What an importer cannot do ------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_UNSUPPORTEDOPERATORS_H
#define PARE_SUPPORT_UNSUPPORTEDOPERATORS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace pare {

/// The operators of a model file that have no importer, for one error that
/// lists all of them.
class UnsupportedOperators {
public:
  /// Another layer with the operator `op`. Operators are listed as they are
  /// given, layers quoted.
  void add(llvm::StringRef op, llvm::StringRef layer);

  bool empty() const { return entries.empty(); }

  /// "operators that are not supported: A (1 layer, 'x'), B (2 layers, first
  /// 'y')", in the order in which they were found.
  std::string describe() const;

private:
  struct Entry {
    std::string op, layer;
    int64_t count;
  };
  llvm::SmallVector<Entry> entries;
};

} // namespace pare

#endif // PARE_SUPPORT_UNSUPPORTEDOPERATORS_H
