//===- DepthwiseLayout.h - Chunks of channels and packed taps ---*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a depthwise convolution cuts its channels into vectors, and the layout of
// its packed 8-bit weights that follows. kernel-pack-weights and the lowering
// both compute it from the shape and the target, so that they agree.
//
// Packed 8-bit weights are less the zero point, in 16 bits, a chunk of channels
// after the other. A chunk of singles is [KH][KW][width]. A chunk of pairs is
// [pairs][2][width / 2][2]: two taps together, the two halves of the chunk as
// MicroKernel::packedColumn numbers channels. Where all taps are unrolled, rows
// of taps stand in pairs, two taps of a column together; what is left, the last
// of an odd number of rows or every row, has two taps of a row together. A tap
// without a partner has one of weight 0.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISELAYOUT_H
#define PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISELAYOUT_H

#include "Contract/ContractPlan.h"

namespace pare::cpu {

/// Chunks of one width, one after the other.
struct ChannelRun {
  int64_t first, width, count;
  /// 8 bit: whether taps stand in pairs, and where the packed weights begin.
  bool pairs = false;
  int64_t weights = 0;
  /// Packed weights of a channel.
  int64_t perChannel = 0;
  /// Channels at the end of a chunk that the image does not have.
  int64_t missing = 0;

  int64_t valid() const { return width - missing; }
};

/// Calls `body` with each chunk of `width` channels and the first of them.
void forEachChunk(
    llvm::ArrayRef<ChannelRun> runs,
    llvm::function_ref<void(const ChannelRun &, int64_t first)> body);

class DepthwiseLayout {
public:
  DepthwiseLayout(const ConvShape &shape, const TargetInfo &target,
                  bool integer);

  /// Whether there are chunks for this number of outputs a channel.
  static bool fits(const ConvShape &shape);

  /// Output channels of an input channel.
  int64_t multiplier() const { return s.outChannels / s.inChannels; }
  /// All taps are unrolled, otherwise those of a row.
  static bool unrolls(const ConvShape &shape);
  bool unrolls() const { return unrolls(s); }
  /// Rows of taps that stand in pairs, and pairs of a row that does not.
  int64_t pairedRows() const { return unrolls() ? s.kernelHeight / 2 * 2 : 0; }
  int64_t pairsOfRow() const { return (s.kernelWidth + 1) / 2; }
  /// Pairs of a chunk.
  int64_t numPairs() const {
    return pairedRows() / 2 * s.kernelWidth +
           (s.kernelHeight - pairedRows()) * pairsOfRow();
  }
  llvm::ArrayRef<ChannelRun> runs() const { return channelRuns; }

  /// For each place of the packed weights the offset in the filter, -1 for a
  /// place that holds no weight.
  llvm::SmallVector<int64_t> weightOrder() const;
  /// The channel at each place of per-channel data.
  llvm::SmallVector<int64_t> channelOrder() const;

private:
  void addRun(int64_t &first, int64_t width, int64_t last);

  ConvShape s;
  bool integer, prefersPairs;
  llvm::SmallVector<ChannelRun> channelRuns;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISELAYOUT_H
