//===- DepthwiseSums.h - The arithmetic of depthwise windows ----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What differs between f32 and 8-bit depthwise convolutions: how a row of taps
// is added to the sums of several neighbouring output columns.
//
// Packed 8-bit weights are less the zero point, in 16 bits. Channels stand in
// chunks as `chunks` makes them at `2 * lanes`. A chunk of at least 8 channels
// is [KH][pairs of KW][2][width / 2][2]: the two halves of a chunk are those
// that interleaving inside 128 bits gives. A smaller chunk, and each on a
// target that is better off without pairs, is [KH][KW][width].
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISESUMS_H
#define PARE_LIB_TARGET_CPU_DEPTHWISESUMS_H

#include "ContractPlan.h"
#include "Layer.h"

#include <memory>

namespace pare::cpu {

/// A row of the input under a row of taps.
struct TapRow {
  /// Flat offset of the row's first element of the first channel.
  Value start;
  /// Column of the first tap of the first output column.
  Value column;
  /// Taps may lie left or right of the image: they count as zero.
  bool guarded;
};

/// The vector at column `place` of a row, made by `load` from a flat offset.
Value loadTap(Emitter &e, const TapRow &row, int64_t place, const ConvShape &s,
              llvm::function_ref<Value(Value)> load);

class DepthwiseSums {
public:
  virtual ~DepthwiseSums();

  using Acc = llvm::SmallVector<Value>;

  /// Calls `body` with the first channel and the width of each chunk.
  virtual void forChannels(Emitter::ChunkBody body) = 0;
  /// The sums of `columns` columns before any tap. `atBorder`: taps may be
  /// left out, since they lie outside.
  virtual Acc start(Value channel, int64_t width, int64_t columns,
                    bool atBorder) = 0;
  /// Adds row `ky` of taps to the sums of `columns` columns.
  virtual Acc addRow(ValueRange acc, const TapRow &row, Value ky, Value channel,
                     int64_t width, int64_t columns, bool atBorder) = 0;
  virtual void finish(ValueRange acc, Value to, Value channel, int64_t width,
                      int64_t columns) = 0;
};

std::unique_ptr<DepthwiseSums> createFloatSums(Layer &e,
                                               kernel::DepthwiseOp op);
/// `packed` are the weights, the bias, and the bias with the contribution of
/// the input's zero point.
std::unique_ptr<DepthwiseSums>
createIntegerSums(Layer &e, kernel::DepthwiseOp op,
                  llvm::ArrayRef<llvm::StringRef> packed);

/// For each place of the packed weights of a depthwise convolution the offset
/// in its filter, -1 for a place that holds no weight.
llvm::SmallVector<int64_t> depthwiseOrder(const ConvShape &s,
                                          const TargetInfo &target);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISESUMS_H
