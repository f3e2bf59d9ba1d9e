//===- PixelBlocks.cpp - Images in blocks of pixels -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/PixelBlocks.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {

PixelBlocks PixelBlocks::of(Operation *op) {
  auto attr = op->getAttrOfType<DenseI64ArrayAttr>(
      kernel::KernelDialect::kPixelBlocksAttr);
  if (!attr || attr.size() != 2)
    return {};
  return {attr[0], attr[1]};
}

void PixelBlocks::set(Operation *op) const {
  if (*this)
    op->setAttr(kernel::KernelDialect::kPixelBlocksAttr,
                Builder(op).getDenseI64ArrayAttr({in, out}));
  else
    op->removeAttr(kernel::KernelDialect::kPixelBlocksAttr);
}

int64_t vectorsPerBlock(int64_t lines, int64_t width,
                        const TargetInfo &target) {
  return llvm::divideCeil(lines * width, target.lanes());
}

int64_t linesPerBlock(int64_t height, int64_t width, const TargetInfo &target) {
  // Pixels of images that may run in stripes; the most pixels of a block of
  // several lines: a tile of many channels would lie on more pages than are at
  // hand at once.
  constexpr int64_t kLarge = 48 * 48, kMostPixels = 256;
  constexpr double kFull = 0.93;
  const int64_t lanes = target.lanes();
  // Vectors of a block that make a good tile.
  const int64_t vectorsOfTile = lanes > 8 ? 3 : 6;
  if (height * width < lanes)
    return 0;
  if (height * width >= kLarge && width >= vectorsOfTile * lanes)
    return 1;
  int64_t best = 0;
  double fullest = 0.0;
  for (int64_t lines = 1; lines <= height; ++lines) {
    const int64_t pixels = lines * width;
    if (height % lines != 0 || pixels < lanes)
      continue;
    if (best > 0 && pixels > kMostPixels)
      break;
    const int64_t vectors = vectorsPerBlock(lines, width, target);
    const double full = double(pixels) / double(vectors * lanes);
    if (full >= kFull && vectors >= vectorsOfTile)
      return lines;
    if (full > fullest) {
      fullest = full;
      best = lines;
    }
  }
  return best;
}

} // namespace pare::cpu
