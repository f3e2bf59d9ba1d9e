//===- Progress.cpp - A progress line for terminals -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/Progress.h"

#include "llvm/Support/Process.h"

using namespace pare;

Progress::Progress(llvm::StringRef title, uint64_t total)
    : Progress(llvm::errs(), llvm::sys::Process::StandardErrIsDisplayed(),
               title, total) {
  interval = std::chrono::milliseconds(50);
}

Progress::Progress(llvm::raw_ostream &os, bool enabled, llvm::StringRef title,
                   uint64_t total)
    : os(os), enabled(enabled), title(title.str()), total(total) {
  if (enabled)
    draw({});
}

void Progress::step(uint64_t count, llvm::StringRef detail) {
  done += count;
  if (enabled && std::chrono::steady_clock::now() - lastDraw >= interval)
    draw(detail);
}

void Progress::draw(llvm::StringRef detail) {
  lastDraw = std::chrono::steady_clock::now();
  std::string line = title;
  llvm::raw_string_ostream text(line);
  if (total)
    text << ' ' << done * 100 / total << "% (" << done << '/' << total << ')';
  else if (done)
    text << ' ' << done;
  if (!detail.empty())
    text << ' ' << detail;
  // A line that wraps could not be drawn over.
  constexpr size_t maxWidth = 78;
  if (line.size() > maxWidth)
    line.resize(maxWidth);
  os << '\r' << line;
  if (line.size() < drawnWidth)
    os.indent(drawnWidth - line.size());
  drawnWidth = line.size();
  os.flush();
}

void Progress::finish() {
  if (!enabled)
    return;
  os << '\r';
  os.indent(drawnWidth);
  os << '\r';
  os.flush();
  enabled = false;
}
