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
/// Lines of a unit that share enough of what they load, or its vectors, where
/// lines are short.
static constexpr int64_t kFewLines = 4;
static constexpr double kFewVectors = 12;

/// Lines of a unit, of `rows` that a call computes, in steps of `unit`.
static int64_t chooseLines(int64_t rows, int64_t unit, double vectors,
                           int64_t stride, bool mustDivide) {
  if (double(rows) * vectors <= kSmallImage)
    return rows;
  int64_t best = unit;
  double least = 0.0;
  // Steps of 2 read twice as many lines, which displace each other in L1.
  const double fewVectors = stride > 1 ? 0.0 : kFewVectors;
  const int64_t most = std::max(kFewLines + 2, int64_t(fewVectors / vectors));
  for (int64_t lines = unit; lines <= std::max(unit, most); lines += unit) {
    if (lines > rows || (mustDivide && rows % lines != 0))
      continue;
    // Lines that are loaded for others alone, and those that are computed
    // twice; more than a few occupy the L1 cache.
    const bool isFew =
        lines <= kFewLines || double(lines) * vectors <= fewVectors;
    const double cost = double(llvm::divideCeil(rows, lines)) *
                        (double(lines) + (isFew ? 1.0 : 1.5));
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
  if (lanes < kLeastWidth || s.outWidth < least || s.inWidth < least)
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
  plan.unitLines = unit >= rows
                       ? rows
                       : chooseLines(rows, unit, plan.vectorsOfLine(),
                                     s.strideHeight, rows < s.outHeight);
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

//===----------------------------------------------------------------------===//
// Costs, in cycles of a vector of outputs
//===----------------------------------------------------------------------===//

/// Vector operations in a cycle.
static constexpr double kPerCycle = 2.0;
/// What a vector takes beside its products: clamps, its store, its share of the
/// ends of lines; with channels innermost there are none.
static constexpr double kPixels = 1.5, kChannels = 1.0;
/// More of that on vectors of whole cache lines, since windows lie across two.
static constexpr double kPixelsAcross = 3.0, kChannelsAcross = 1.5;
/// Of each tap: with steps of 2, to choose every other pixel, and to load what
/// neighbours do not share; where weights do not stay in registers, to load
/// them.
static constexpr double kChoosePixels = 0.4, kLoadChannels = 0.12,
                        kLoadWeights = 0.13;
/// With channels innermost, where the lines of a window and all weights are far
/// more than the L1 cache holds: they come from L2 for each line.
static constexpr double kFar = 1.0;
/// Registers for what else there is: sums, inputs, the bias and bounds.
static constexpr double kOtherRegisters = 7.0;

static double tapsOf(const ConvShape &s) {
  return double(s.kernelHeight * s.kernelWidth);
}

double estimateDepthwise(const DepthwisePixels &plan,
                         const TargetInfo &target) {
  const ConvShape &s = plan.shape;
  const double taps = tapsOf(s);
  double cycles = taps * target.operationsOfFloats() / kPerCycle + kPixels;
  if (plan.width >= 16)
    cycles += kPixelsAcross;
  if (s.strideWidth > 1)
    cycles += taps * kChoosePixels;
  if (taps + kOtherRegisters > double(target.vectorRegisters))
    cycles += taps * kLoadWeights;
  // Units that overlap are computed twice.
  const double lines = double(plan.units() * plan.unitLines);
  return double(s.inChannels) * lines * plan.vectorsOfLine() * cycles;
}

double estimateDepthwise(const ConvShape &s, const TargetInfo &target) {
  const double taps = tapsOf(s), lanes = double(target.lanes());
  double cycles = taps * target.operationsOfFloats() / kPerCycle + kChannels;
  if (target.lanes() >= 16)
    cycles += kChannelsAcross;
  if (s.strideWidth > 1)
    cycles += taps * kLoadChannels;
  const double window =
      4.0 * double(s.inChannels) * (double(s.kernelHeight * s.inWidth) + taps);
  if (window > 2.0 * double(target.l1Bytes))
    cycles += kFar;
  return double(s.batch * s.outHeight * s.outWidth * s.outChannels) / lanes *
         cycles;
}

} // namespace pare::cpu
