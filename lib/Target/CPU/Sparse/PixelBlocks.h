//===- PixelBlocks.h - Images in blocks of pixels ---------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The second layout of an f32 image of one batch. Its type stays that of an
// image with channels innermost, 1 x height x width x channels, and it has as
// many elements; they stand as
//
//   [height / lines][channels][lines][width]
//
// so that a vector of neighbouring pixels of a channel is one load. All pixels
// of a block, lines * width of them for each channel, are neighbours: vectors
// may lie across the lines of a block but not across blocks. Where lines *
// width is no multiple of a vector's elements, the last vector of a block's
// channel overlaps the one before.
//
// The attribute kernel.pixel_blocks of an operation has the lines of a block of
// its input and of its output, 0 for channels innermost. All operations on an
// image have the same, which is linesPerBlock.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_SPARSE_PIXELBLOCKS_H
#define PARE_LIB_TARGET_CPU_SPARSE_PIXELBLOCKS_H

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Target/CPU/TargetInfo.h"

namespace pare::cpu {

/// Lines of a block of what an operation reads and of what it writes (and of
/// what is added to that); 0 for channels innermost.
struct PixelBlocks {
  int64_t in = 0, out = 0;

  /// What kernel.pixel_blocks says; {0, 0} without it.
  static PixelBlocks of(mlir::Operation *op);
  /// No attribute for {0, 0}.
  void set(mlir::Operation *op) const;

  explicit operator bool() const { return in > 0 || out > 0; }
};

/// Lines of a block of an image of that size, a divisor of `height`; 0 where
/// the image has fewer pixels than a vector has elements, and no blocks.
///
/// One line where an image is large enough for stripes, since so many rows of
/// it can be computed at a time, or where lines leave vectors nearly full; else
/// as few as leave them nearly full; else those that leave them fullest.
int64_t linesPerBlock(int64_t height, int64_t width, const TargetInfo &target);

/// Vectors of a block's channel, of which the last may overlap the one before.
int64_t vectorsPerBlock(int64_t lines, int64_t width, const TargetInfo &target);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_SPARSE_PIXELBLOCKS_H
