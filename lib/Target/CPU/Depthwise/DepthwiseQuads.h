//===- DepthwiseQuads.h - Depthwise windows four taps at a time -*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where an instruction adds four products of bytes, the bytes of four rows that
// stand above each other are put side by side and multiplied by four taps of a
// column. Windows of three rows leave one of the four unused, so that two rows
// of outputs share them: taps (w0, w1, w2, 0) make the upper, (0, w0, w1, w2)
// the lower output. Nothing is widened.
//
// Bytes are multiplied without a sign: inputs are taken 128 higher, and the
// bias makes up for it. A chunk has 64, 32 or 16 channels, which are four
// vectors of sums, of which the order is that of unpack instructions
// (MicroKernel::laneOrder). Packed weights are [chunk][row of outputs][quad of
// rows][KW][4 vectors][lanes][4 taps].
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEQUADS_H
#define PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEQUADS_H

#include "Depthwise/DepthwiseLayout.h"

namespace pare::cpu {

class DepthwiseQuads {
public:
  /// What inputs are taken higher by.
  static constexpr int64_t kInputOffset = 128;
  static constexpr int64_t kTaps = 4;

  /// Whether the target multiplies quads of this layer: always, or since no two
  /// of its weights that are added together saturate.
  static bool fits(const ConvShape &shape, const TargetInfo &target,
                   llvm::ArrayRef<int8_t> filter);

  DepthwiseQuads(const ConvShape &shape, const TargetInfo &target);

  llvm::ArrayRef<ChannelRun> runs() const { return channelRuns; }
  /// Rows of outputs that share quads.
  int64_t rows() const { return outputRows; }
  /// Quads under the windows of `outputs` rows of outputs.
  int64_t quadsOf(int64_t outputs) const {
    return (s.kernelHeight + outputs - 1 + kTaps - 1) / kTaps;
  }
  /// Packed weights of a row of outputs and of a chunk of `width` channels.
  int64_t weightsOfRow(int64_t width) const {
    return quadsOf(rows()) * s.kernelWidth * kTaps * width;
  }

  /// For each place of the packed weights the offset in the filter, -1 for a
  /// place that holds no weight.
  llvm::SmallVector<int64_t> weightOrder() const;
  /// The channel at each place of per-channel data.
  llvm::SmallVector<int64_t> channelOrder() const;

private:
  ConvShape s;
  int64_t outputRows;
  llvm::SmallVector<ChannelRun> channelRuns;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEQUADS_H
