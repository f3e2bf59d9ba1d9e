//===- Window.h - Which taps of a window lie inside -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_EMIT_WINDOW_H
#define PARE_LIB_TARGET_CPU_EMIT_WINDOW_H

#include "Emit/Emitter.h"

namespace pare::cpu {

/// Taps [low, high) of a window.
struct Taps {
  Value low, high;
};

/// The taps inside an input of `size` for a window that starts at `start`
/// (which may be negative).
inline Taps tapsInside(Emitter &e, Value start, int64_t size, int64_t kernel,
                       int64_t dilation) {
  Value before = e.max(e.sub(e.index(0), start), e.index(0));
  Value until = e.max(e.sub(e.index(size), start), e.index(0));
  Value low = e.div(e.add(before, dilation - 1), dilation);
  Value high = e.div(e.add(until, dilation - 1), dilation);
  return {low, e.min(high, e.index(kernel))};
}

/// The output positions [low, high) whose windows lie inside altogether.
struct Inner {
  int64_t low, high;
};
inline Inner innerPositions(int64_t outSize, int64_t size, int64_t kernel,
                            int64_t stride, int64_t dilation, int64_t before) {
  int64_t low = (before + stride - 1) / stride;
  int64_t room = size - 1 - (kernel - 1) * dilation + before;
  int64_t high = room < 0 ? 0 : room / stride + 1;
  low = std::min(low, outSize);
  return {low, std::max(low, std::min(high, outSize))};
}

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_EMIT_WINDOW_H
