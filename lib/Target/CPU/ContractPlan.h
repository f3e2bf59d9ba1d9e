//===- ContractPlan.h - Tiles and packed layouts ----------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a windowed contraction is cut into register tiles, and the layout of its
// weights that follows. kernel-pack-weights and the lowering both compute the
// plan from the operation and the target, so that they agree.
//
// A contraction is, per group, a matrix product of `rows` output pixels by
// `columns` output channels over `depth` = KH * KW * I terms in the order
// (ky, kx, i). The columns stand in panels of `panelWidth()`; the last panel of
// a group is only as wide as whole vectors make it. A packed panel is
//
//   f32: [depth][width]        8 bit: [pairs of depth][width][2]
//   8 bit, on a target with products of bytes: [quads of depth][width][4]
//
// Where such products take the input as unsigned, 128 is added to it, and what
// that adds to the sum is taken from the bias.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACTPLAN_H
#define PARE_LIB_TARGET_CPU_CONTRACTPLAN_H

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Target/CPU/TargetInfo.h"

namespace pare::cpu {

/// The sizes of a convolution, in elements.
struct ConvShape {
  int64_t batch, inHeight, inWidth, inChannels;
  int64_t outHeight, outWidth, outChannels;
  int64_t kernelHeight, kernelWidth;
  int64_t strideHeight, strideWidth, dilationHeight, dilationWidth;
  int64_t padTop, padLeft;

  static ConvShape of(kernel::ContractOp op);
  static ConvShape of(kernel::DepthwiseOp op);

  /// One tap, and every window inside the input.
  bool isPointwise() const;
};

struct ContractPlan {
  ConvShape shape;
  /// The filter is 1xKHxKWxO: a depthwise convolution of one channel.
  bool depthwiseFilter = false;
  /// 8-bit operands, in pairs of 16-bit factors or in quads of bytes.
  bool integer = false;
  bool quads = false;
  /// What is added to the input: 128 where quads are unsigned.
  int64_t inputOffset = 0;
  /// Packed 8-bit weights have 16 bits, since their zero point is not 0.
  bool wideWeights = false;
  int64_t inputZero = 0, filterZero = 0;

  int64_t groups = 1, rows = 0, depth = 0, columns = 0;
  int64_t lanes = 4;
  /// Register tile: rows by vectors.
  int64_t tileRows = 1, tileVectors = 1;

  int64_t panelWidth() const { return tileVectors * lanes; }
  int64_t fullPanels() const { return columns / panelWidth(); }
  /// Vectors of the last, narrower panel; 0 if there is none.
  int64_t tailVectors() const {
    return (columns % panelWidth() + lanes - 1) / lanes;
  }
  int64_t paddedColumns() const {
    return fullPanels() * panelWidth() + tailVectors() * lanes;
  }
  int64_t termsPerStep() const { return quads ? 4 : integer ? 2 : 1; }
  /// Steps of the inner loop.
  int64_t steps() const {
    return (depth + termsPerStep() - 1) / termsPerStep();
  }
  /// Terms of a row with the padding to whole steps.
  int64_t paddedDepth() const { return steps() * termsPerStep(); }
  /// Elements of the packed filter of one group.
  int64_t groupSize() const { return paddedColumns() * paddedDepth(); }
  /// The channel at each place of padded per-channel data, -1 for none.
  llvm::SmallVector<int64_t> channelOrder() const;

  /// Row-major offset of weight (channel, term) in the operation's filter.
  int64_t filterOffset(int64_t channel, int64_t term) const;
};

ContractPlan planContract(kernel::ContractOp op, const TargetInfo &target);

/// For depthwise convolutions of a single input channel.
ContractPlan planContract(kernel::DepthwiseOp op, const TargetInfo &target);

/// The globals that `kernel.packed` names: the filter and the bias, which has
/// the contribution of the input's zero point in it; empty if there are none.

llvm::SmallVector<llvm::StringRef, 2> packedWeights(mlir::Operation *op);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACTPLAN_H
