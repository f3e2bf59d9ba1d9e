//===- DepthwiseSums.h - The arithmetic of depthwise windows ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What differs between f32 and 8-bit depthwise convolutions: how taps are added
// to the sums of several neighbouring output columns.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISESUMS_H
#define PARE_LIB_TARGET_CPU_DEPTHWISESUMS_H

#include "DepthwiseLayout.h"
#include "Layer.h"

#include <memory>

namespace pare::cpu {

/// A row of the input, or one of padding in its place.
struct WindowRow {
  Value buffer;
  /// Flat offset of its first element.
  Value start;
};

/// The columns of the input under the windows of some neighbouring outputs:
/// place i is column first + i.
struct WindowColumns {
  Value first;
  /// The places [low, high) are inside the image, the others are padding.
  int64_t low, high;
  /// Number of outputs.
  int64_t outputs;

  bool isInside(int64_t place) const { return place >= low && place < high; }
};

/// A chunk of a run of channels.
struct ChannelChunk {
  const ChannelRun &run;
  /// The first channel.
  Value first;
};

class DepthwiseSums {
public:
  virtual ~DepthwiseSums();

  using Acc = llvm::SmallVector<Value>;

  /// The sums of `outputs` columns before any tap.
  virtual Acc start(const ChannelChunk &chunk, int64_t outputs) = 0;
  /// Adds rows of taps, of which `ky` is the number of the first: all rows if
  /// the layout unrolls them, otherwise one.
  virtual Acc addRows(ValueRange acc, llvm::ArrayRef<WindowRow> rows, Value ky,
                      const WindowColumns &columns,
                      const ChannelChunk &chunk) = 0;
  /// Stores the results; `to` is the flat offset of the first column.
  virtual void finish(ValueRange acc, Value to, const ChannelChunk &chunk,
                      int64_t outputs) = 0;

  /// An element of padding.
  virtual Value padding(Type type) = 0;
};

std::unique_ptr<DepthwiseSums> createFloatSums(Layer &e, kernel::DepthwiseOp op,
                                               const DepthwiseLayout &layout);
/// `packed` are the weights and the bias, which has the contribution of the
/// input's zero point in it.
std::unique_ptr<DepthwiseSums>
createIntegerSums(Layer &e, kernel::DepthwiseOp op,
                  const DepthwiseLayout &layout,
                  llvm::ArrayRef<llvm::StringRef> packed);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISESUMS_H
