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
// (MicroKernel::laneOrder). Fewer channels than that, if they are a power of
// two, are taken of several neighbouring columns of outputs at once. What 64
// channels leave, eights of them, is one chunk where products are one
// instruction: it takes as long as a full one, a second one would take as long
// again. Places without a channel have zeros as inputs and weights of another
// channel, and are not stored.
//
// AVX2 adds two products in 16 bits, which two weights of one sign can leave.
// Of weights of different signs no two can, so the second input of a pair is
// turned where it has to be: u * w = 255 * w + (255 - u) * -w. Whether it is
// turned depends on the channel; where columns of taps disagree, on the column
// too, which only layers of few channels are better for. Rows are paired as 0
// and 2, 1 and 3: of windows of three rows, one pair of a column has two
// weights that are not zero. Products of several columns are added in 16 bits
// where the weights allow it.
//
// Packed weights are [chunk][row of outputs][quad of rows][KW][4 vectors]
// [lanes][4 taps], the bias is [chunk][row of outputs][4 vectors][lanes]. Where
// inputs are turned, a third constant says which: what to XOR with bytes of
// inputs, [chunk] of [quad][4 taps][channels], before they are put side by
// side, then of [KW][quad][4 vectors][lanes][4 taps], what else to XOR with
// them for a column of taps.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEQUADS_H
#define PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEQUADS_H

#include "Depthwise/DepthwiseLayout.h"

namespace pare::cpu {

/// The constants of a layer; `masks` is empty where nothing is turned.
struct PackedQuads {
  llvm::SmallVector<int8_t> weights, masks;
  llvm::SmallVector<int32_t> bias;
};

class DepthwiseQuads {
public:
  /// What inputs are taken higher by.
  static constexpr int64_t kInputOffset = 128;
  /// The mask that does so.
  static constexpr int8_t kUnsigned = -128;
  static constexpr int64_t kTaps = 4;
  /// Two products of unsigned bytes with weights that come to as much, of each
  /// sign, fit in 16 bits: 255 * 128 does, and 255 * -128.
  static constexpr int kMostPair = 128;

  DepthwiseQuads(const ConvShape &shape, const TargetInfo &target);

  /// The constants for a filter without a zero point and a bias; nullopt if the
  /// target does not multiply quads of this layer, or not with these weights.
  static std::optional<PackedQuads> pack(const ConvShape &shape,
                                         const TargetInfo &target,
                                         llvm::ArrayRef<int8_t> filter,
                                         llvm::ArrayRef<int32_t> bias,
                                         int32_t inputZero);

  llvm::ArrayRef<ChannelRun> runs() const { return channelRuns; }
  /// Rows of outputs that share quads.
  int64_t rows() const { return outputRows; }
  /// Neighbouring columns of outputs that are computed as one vector.
  int64_t columns() const { return outputColumns; }
  /// Quads under the windows of `outputs` rows of outputs.
  int64_t quadsOf(int64_t outputs) const {
    return (s.kernelHeight + outputs - 1 + kTaps - 1) / kTaps;
  }
  /// The row of inputs, from the top of the windows, of a tap of a quad.
  static int64_t rowOf(int64_t quad, int64_t tap) {
    constexpr int64_t kOrder[kTaps] = {0, 2, 1, 3};
    return quad * kTaps + kOrder[tap];
  }
  /// Packed weights of a row of outputs and of a chunk of `width` channels.
  int64_t weightsOfRow(int64_t width) const {
    return quadsOf(rows()) * s.kernelWidth * kTaps * width;
  }
  /// Where the weights of a vector begin in those of a chunk.
  int64_t weightsAt(int64_t row, int64_t quad, int64_t kx, int64_t vector,
                    int64_t width) const {
    return row * weightsOfRow(width) +
           ((quad * s.kernelWidth + kx) * 4 + vector) * width;
  }
  /// Packed masks of a chunk of `width` channels, and where they begin: those
  /// of a tap, and those of a column of taps.
  int64_t masksOfChunk(int64_t width) const {
    return (1 + s.kernelWidth) * quadsOf(rows()) * kTaps * width;
  }
  int64_t maskOfTap(int64_t quad, int64_t tap, int64_t width) const {
    return (quad * kTaps + tap) * width;
  }
  int64_t maskOfColumn(int64_t kx, int64_t quad, int64_t vector,
                       int64_t width) const {
    return (((1 + kx) * quadsOf(rows()) + quad) * 4 + vector) * width;
  }

  /// For each place of the packed weights the offset in the filter, -1 for a
  /// place that holds no weight.
  llvm::SmallVector<int64_t> weightOrder() const;
  /// The channel at each place of the sums of a row.
  llvm::SmallVector<int64_t> channelOrder() const;

private:
  static bool fits(const ConvShape &shape, const TargetInfo &target);
  bool turn(PackedQuads &packed) const;

  ConvShape s;
  int64_t outputRows, outputColumns = 1;
  llvm::SmallVector<ChannelRun> channelRuns;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEQUADS_H
