//===- PixelWindows.h - Windows as rows of pixels ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The windows of a tile of pixels, transposed: a scratch of one row of pixels
// for each step of 32 bits (an f32 term, a pair, a quad), so that a weight
// times a vector of pixels is one instruction. An input in blocks of pixels
// stands so by itself.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_PIXELWINDOWS_H
#define PARE_LIB_TARGET_CPU_SPARSE_PIXELWINDOWS_H

#include "Emit/Transpose.h"
#include "Sparse/SparseRows.h"

namespace pare::cpu {

/// Rows and columns of what is transposed in registers.
constexpr int64_t kSquare = 4;

class PixelWindows {
public:
  PixelWindows(Layer &e, const SparsePlan &plan, Value input);

  /// Brings `vectors` vectors of pixels from `first` on into the scratch, of
  /// which the first `valid` pixels exist; the others repeat the last. Where
  /// windows are read in place, a cache line of each pixel of all vectors is
  /// done before the next: what is read and written meanwhile stays in the L1
  /// cache, of which all rows of the scratch may take the most.
  void transpose(Value first, int64_t vectors, int64_t valid);

  /// The scratch: rows of SparsePlan::pitch() pixels; or the input in blocks of
  /// pixels. Steps are SparsePlan::inputPitch() apart.
  Value rows() const { return transposed ? transposed : source; }
  /// The type of an element of the scratch, and of a term of it.
  Type stepType() const { return step; }
  Type termType() const { return windows.termType(); }

private:
  llvm::SmallVector<Value> startsOf(Value first, int64_t valid);
  void transposeSteps(Value first, Value to, int64_t valid, Value low,
                      Value high);
  void transposeRest(Value first, Value to, int64_t valid);
  Value asSteps(Value elements);

  Layer &e;
  const SparsePlan &plan;
  SparseRows windows;
  Type step;
  /// Steps of a window.
  int64_t steps;
  /// The scratch; the windows of a vector of pixels, null where they are read
  /// in place; what they are read from.
  Value transposed, gathered, source;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_PIXELWINDOWS_H
