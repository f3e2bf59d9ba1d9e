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

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISESUMS_H
#define PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISESUMS_H

#include "Depthwise/DepthwiseLayout.h"
#include "Emit/Layer.h"

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

/// The rows of the input under the windows of a row of outputs, from the top:
/// all of them where the taps are unrolled, with one more for each further row
/// of outputs; otherwise none, and `at` makes them.
struct WindowRows {
  llvm::ArrayRef<WindowRow> all;
  llvm::function_ref<WindowRow(Value ky)> at;
};

/// The arithmetic of a layer: of which channels at once, and of how many rows
/// of outputs.
class DepthwiseSums {
public:
  DepthwiseSums(Layer &e, const ConvShape &s) : e(e), s(s) {}
  virtual ~DepthwiseSums();

  /// How channels are cut.
  virtual llvm::ArrayRef<ChannelRun> runs() const = 0;
  /// Rows of outputs that share what is done to inputs, at most.
  virtual int64_t rowsAtOnce() const { return 1; }
  /// Columns of outputs that are one vector. A block has as many at least.
  virtual int64_t columnsAtOnce() const { return 1; }
  /// Computes and stores neighbouring columns of a row of outputs, or of as
  /// many rows as `to` has elements: the flat offsets of their first columns.
  virtual void block(const WindowRows &rows, const WindowColumns &columns,
                     llvm::ArrayRef<Value> to, const ChannelChunk &chunk) = 0;
  /// An element of padding.
  virtual Value padding(Type type) = 0;

protected:
  int64_t placeOf(int64_t output, int64_t kx) const {
    return output * s.strideWidth + kx * s.dilationWidth;
  }
  /// The inputs of a chunk of output channels, at a place inside the image.
  Value loadInput(const WindowRow &row, int64_t place,
                  const WindowColumns &columns, const ChannelChunk &chunk);

  Layer &e;
  ConvShape s;
};

std::unique_ptr<DepthwiseSums> createFloatSums(Layer &e, kernel::DepthwiseOp op,
                                               const DepthwiseLayout &layout);
/// `packed` are the weights and the bias, which has the contribution of the
/// input's zero point in it.
std::unique_ptr<DepthwiseSums>
createIntegerSums(Layer &e, kernel::DepthwiseOp op,
                  const DepthwiseLayout &layout,
                  llvm::ArrayRef<llvm::StringRef> packed);
/// The same for weights that kernel-pack-weights packed as DepthwiseQuads.h
/// says.
std::unique_ptr<DepthwiseSums>
createQuadSums(Layer &e, kernel::DepthwiseOp op,
               llvm::ArrayRef<llvm::StringRef> packed);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISESUMS_H
