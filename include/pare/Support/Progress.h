//===- Progress.h - A progress line for terminals ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_PROGRESS_H
#define PARE_SUPPORT_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace pare {

/// One line on the terminal, redrawn in place: "title  37% (74/200) detail".
/// Silent where standard error is not a terminal, so that logs and pipes stay
/// clean. The line is erased at the end.
class Progress {
public:
  /// Draws to standard error if that is a terminal. `total` 0 means unknown.
  Progress(llvm::StringRef title, uint64_t total);

  /// Draws to `os` if `enabled`; redraws at every step.
  Progress(llvm::raw_ostream &os, bool enabled, llvm::StringRef title,
           uint64_t total);

  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  ~Progress() { finish(); }

  /// `count` more units are done; `detail` is what is being worked on.
  void step(uint64_t count = 1, llvm::StringRef detail = {});

  /// Erases the line. Also done by the destructor.
  void finish();

private:
  void draw(llvm::StringRef detail);

  llvm::raw_ostream &os;
  bool enabled;
  std::string title;
  uint64_t total;
  uint64_t done = 0;
  size_t drawnWidth = 0;
  /// Redrawing costs more than many steps: at most every this often.
  std::chrono::milliseconds interval{0};
  std::chrono::steady_clock::time_point lastDraw;
};

} // namespace pare

#endif // PARE_SUPPORT_PROGRESS_H
