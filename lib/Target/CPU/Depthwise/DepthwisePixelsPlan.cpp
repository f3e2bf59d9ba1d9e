//===- DepthwisePixelsPlan.cpp - Units of lines, and their cost -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwisePixels.h"
#include "Emit/Window.h"

#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;

namespace pare::cpu {

/// All taps are unrolled.
static constexpr int64_t kMostTaps = 25;
/// Lines of fewer pixels leave most of a vector empty.
static constexpr int64_t kLeastWidth = 4;
/// Vectors of outputs of an image that is one unit, and of a unit at most.
static constexpr double kSmallImage = 28, kMostVectors = 64;
/// Lines of a unit that share enough of what they load.
static constexpr int64_t kFewLines = 4;

/// Lines of a unit, of `rows` that a call computes, in steps of `unit`.
static int64_t chooseLines(int64_t rows, int64_t unit, double vectors,
                           bool mustDivide) {
  if (double(rows) * vectors <= kSmallImage)
    return rows;
  int64_t best = unit;
  double least = 0.0;
  for (int64_t lines = unit; lines <= std::max(unit, kFewLines + 2);
       lines += unit) {
    if (lines > rows || (mustDivide && rows % lines != 0))
      continue;
    // Lines that are loaded for others alone, and those that are computed
    // twice; more than a few occupy the L1 cache.
    const double cost = double(llvm::divideCeil(rows, lines)) *
                        (double(lines) + 1.0 + (lines > kFewLines ? 0.5 : 0.0));
    if (least == 0.0 || cost < least) {
      least = cost;
      best = lines;
    }
  }
  return best;
}

std::optional<DepthwisePixels> DepthwisePixels::of(const ConvShape &s,
                                                   const PixelBlocks &blocks,
                                                   int64_t rows,
                                                   const TargetInfo &target) {
  const int64_t lanes = target.lanes();
  auto divides = [](int64_t lines, int64_t height) {
    return lines > 0 && height % lines == 0;
  };
  if (s.batch != 1 || s.inChannels != s.outChannels || s.inChannels < 2 ||
      s.kernelHeight * s.kernelWidth > kMostTaps || s.strideHeight > 2 ||
      s.strideWidth > 2 || !divides(blocks.in, s.inHeight) ||
      !divides(blocks.out, s.outHeight))
    return std::nullopt;
  DepthwisePixels plan;
  plan.shape = s;
  plan.blocks = blocks;
  // From AVX on. Some processors have AVX's stores of parts in microcode.
  plan.loadsMasked = target.vectorBits >= 256;
  plan.storesMasked = target.vectorBits >= 512;
  const int64_t least =
      plan.loadsMasked ? kLeastWidth : std::max(lanes, kLeastWidth);
  if (s.outWidth < least || s.inWidth < least)
    return std::nullopt;

  const int64_t rest = s.outWidth % lanes;
  if (rest > 0 && 2 * rest <= lanes && lanes >= 2 * kLeastWidth &&
      s.inChannels % 2 == 0) {
    plan.width = lanes;
    plan.half = lanes / 2;
  } else {
    plan.width =
        std::min(lanes, int64_t(llvm::PowerOf2Ceil(uint64_t(s.outWidth))));
  }
  // Units begin with blocks of both images.
  const int64_t unit =
      std::lcm(blocks.out, blocks.in / std::gcd(blocks.in, s.strideHeight));
  plan.unitLines = unit >= rows ? rows
                                : chooseLines(rows, unit, plan.vectorsOfLine(),
                                              rows < s.outHeight);
  // More is too much code.
  if (double(plan.unitLines) * std::min(plan.vectorsOfLine(), 3.5) >
      kMostVectors)
    return std::nullopt;
  return plan;
}

static bool isOfFloats(kernel::DepthwiseOp op) {
  return llvm::all_of(
      ValueRange{op.getInput(), op.getFilter(), op.getOutput()},
      [](Value operand) {
        return cast<MemRefType>(operand.getType()).getElementType().isF32();
      });
}

std::optional<DepthwisePixels> DepthwisePixels::of(kernel::DepthwiseOp op,
                                                   const TargetInfo &target) {
  if (!isOfFloats(op))
    return std::nullopt;
  const ConvShape shape = ConvShape::of(op);
  int64_t rows = shape.outHeight;
  const PixelBlocks blocks = PixelBlocks::of(op);
  if (kernel::StripesOp::isMember(op)) {
    // A call gets rows that begin anywhere.
    if (blocks.in != 1 || blocks.out != 1)
      return std::nullopt;
    rows =
        op->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kStripeRowsAttr)
            .getInt();
  }
  return of(shape, blocks, rows, target);
}

bool canBlockPixels(kernel::DepthwiseOp op, const PixelBlocks &blocks,
                    const TargetInfo &target) {
  const ConvShape shape = ConvShape::of(op);
  return isOfFloats(op) &&
         DepthwisePixels::of(shape, blocks, shape.outHeight, target);
}

/// Vector operations in a cycle, and the share of them that kernels reach.
static constexpr double kPerCycle = 2.0, kReached = 0.85;

double estimateDepthwise(const DepthwisePixels &plan,
                         const TargetInfo &target) {
  const ConvShape &s = plan.shape;
  const double vectors = double(s.outHeight) * plan.vectorsOfLine();
  const double products = vectors * double(s.kernelHeight * s.kernelWidth) *
                          target.operationsOfFloats();
  return double(s.inChannels) * products / (kPerCycle * kReached);
}

double estimateDepthwise(const ConvShape &s, const TargetInfo &target) {
  const double outputs = double(s.outHeight * s.outWidth * s.outChannels);
  return double(s.batch) * outputs / double(target.lanes()) *
         double(s.kernelHeight * s.kernelWidth) * target.operationsOfFloats() /
         (kPerCycle * kReached);
}

} // namespace pare::cpu
