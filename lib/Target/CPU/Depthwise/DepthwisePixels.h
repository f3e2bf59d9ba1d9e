//===- DepthwisePixels.h - Depthwise, vectors of pixels ---------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The f32 depthwise convolution of an image in blocks of pixels to another
// (Sparse/PixelBlocks.h): vectors of neighbouring pixels of one channel, each
// weight repeated in all places of a vector. Lines of the output are computed a
// few at a time, a unit, so that they share the lines of the input that they
// load. Each output has the sum that it has with channels innermost, in the
// same order.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEPIXELS_H
#define PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEPIXELS_H

#include "Contract/ContractPlan.h"
#include "Sparse/PixelBlocks.h"

#include <optional>

namespace pare::cpu {

class Layer;

struct DepthwisePixels {
  ConvShape shape;
  PixelBlocks blocks;
  /// Elements of a vector, at most those of the target: a power of two. The
  /// last vector of a line overlaps the one before, or has less pixels than
  /// elements where the line has.
  int64_t width = 0;
  /// Where what is left of a line fits half of a vector, the pixels of that
  /// half: two channels share the last vector. Else 0.
  int64_t half = 0;
  /// Lines of the output that are computed at a time: whole blocks. If they do
  /// not divide the image, the last unit overlaps the one before.
  int64_t unitLines = 0;
  /// Whether parts of a vector are loaded by one instruction, and stored.
  bool loadsMasked = false, storesMasked = false;

  /// How to compute it, if it can be: both images in blocks, as many outputs as
  /// inputs, steps of 1 or 2, at most 25 taps, lines of at least four pixels
  /// and of a whole vector where there are no masks. `rows` are those that a
  /// call computes: the height but in kernel.stripes.
  static std::optional<DepthwisePixels> of(const ConvShape &shape,
                                           const PixelBlocks &blocks,
                                           int64_t rows,
                                           const TargetInfo &target);
  /// The same with what the operation's attributes say; null also where its
  /// numbers are no floats.
  static std::optional<DepthwisePixels> of(kernel::DepthwiseOp op,
                                           const TargetInfo &target);

  /// Vectors of a line of the output that one channel has for itself.
  int64_t vectors() const {
    return half > 0 ? shape.outWidth / width
                    : (shape.outWidth + width - 1) / width;
  }
  /// The same with its share of others.
  double vectorsOfLine() const {
    return double(vectors()) + (half > 0 ? 0.5 : 0.0);
  }
  int64_t units() const {
    return (shape.outHeight + unitLines - 1) / unitLines;
  }
  /// Lines of the input from the first to the last under the windows of a unit.
  int64_t inputLines() const {
    return (unitLines - 1) * shape.strideHeight +
           (shape.kernelHeight - 1) * shape.dilationHeight + 1;
  }
};

/// Whether `op` can read and write blocks of so many lines.
bool canBlockPixels(kernel::DepthwiseOp op, const PixelBlocks &blocks,
                    const TargetInfo &target);

/// Cycles of one core for the whole image in blocks of pixels, and with
/// channels innermost; what comes from beyond the L2 cache not counted.
double estimateDepthwise(const DepthwisePixels &plan, const TargetInfo &target);
double estimateDepthwise(const ConvShape &shape, const TargetInfo &target);

void lowerDepthwisePixels(Layer &e, const DepthwisePixels &plan,
                          kernel::DepthwiseOp op);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_DEPTHWISE_DEPTHWISEPIXELS_H
