//===- DepthwiseLayout.cpp - Chunks of channels and packed taps -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwiseLayout.h"
#include "Emit/MicroKernel.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {

/// Windows of more taps are loops over rows of taps.
static constexpr int64_t kMostUnrolledTaps = 25;
/// Multipliers that are no power of two have chunks of all outputs of some
/// input channels, which must fit into registers.
static constexpr int64_t kMostOddMultiplier = 7;

/// Sums of half as many channels are the narrowest that have instructions.
static constexpr int64_t kLeastPairWidth = 8;

bool DepthwiseLayout::fits(const ConvShape &s) {
  int64_t multiplier = s.outChannels / s.inChannels;
  return llvm::isPowerOf2_64(multiplier) || multiplier <= kMostOddMultiplier;
}

DepthwiseLayout::DepthwiseLayout(const ConvShape &shape,
                                 const TargetInfo &target, bool integer)
    : s(shape), integer(integer),
      prefersPairs(MicroKernel::prefersPairs(target)) {
  // Two vectors of 32-bit sums make one store of bytes.
  int64_t width = target.lanes() * (integer ? 2 : 1), unit = 1;
  if (!llvm::isPowerOf2_64(multiplier())) {
    unit = multiplier();
    width = target.lanes();
  }
  int64_t first = 0;
  for (; width >= 1; width /= 2)
    addRun(first, width * unit, s.outChannels);
}

void DepthwiseLayout::addRun(int64_t &first, int64_t width, int64_t last) {
  int64_t count = (last - first) / width;
  if (count == 0)
    return;
  ChannelRun run = {first, width, count};
  run.pairs = integer && prefersPairs && width >= kLeastPairWidth &&
              llvm::isPowerOf2_64(width);
  run.perChannel = run.pairs ? 2 * numPairs() : s.kernelHeight * s.kernelWidth;
  if (!channelRuns.empty()) {
    const ChannelRun &before = channelRuns.back();
    run.weights =
        before.weights + before.count * before.width * before.perChannel;
  }
  channelRuns.push_back(run);
  first += count * width;
}

bool DepthwiseLayout::unrolls(const ConvShape &s) {
  return s.kernelHeight * s.kernelWidth <= kMostUnrolledTaps;
}

void forEachChunk(ArrayRef<ChannelRun> runs,
                  function_ref<void(const ChannelRun &, int64_t first)> body) {
  for (const ChannelRun &run : runs)
    for (int64_t i = 0; i < run.count; ++i)
      body(run, run.first + i * run.width);
}

SmallVector<int64_t> DepthwiseLayout::weightOrder() const {
  SmallVector<int64_t> order;
  struct Tap {
    int64_t ky, kx;
  };
  auto offset = [&](Tap tap, int64_t channel) {
    return tap.ky < s.kernelHeight && tap.kx < s.kernelWidth
               ? (tap.ky * s.kernelWidth + tap.kx) * s.outChannels + channel
               : -1;
  };
  forEachChunk(runs(), [&](const ChannelRun &run, int64_t first) {
    auto addPair = [&](Tap one, Tap two) {
      for (int64_t place = 0; place < run.width; ++place) {
        int64_t channel =
            first + MicroKernel::packedColumn(place, run.width / 2);
        order.push_back(offset(one, channel));
        order.push_back(offset(two, channel));
      }
    };
    if (!run.pairs) {
      for (int64_t ky = 0; ky < s.kernelHeight; ++ky)
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          for (int64_t c = 0; c < run.width; ++c)
            order.push_back(offset({ky, kx}, first + c));
      return;
    }
    for (int64_t ky = 0; ky < pairedRows(); ky += 2)
      for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
        addPair({ky, kx}, {ky + 1, kx});
    for (int64_t ky = pairedRows(); ky < s.kernelHeight; ++ky)
      for (int64_t kx = 0; kx < s.kernelWidth; kx += 2)
        addPair({ky, kx}, {ky, kx + 1});
  });
  return order;
}

SmallVector<int64_t> DepthwiseLayout::channelOrder() const {
  SmallVector<int64_t> order;
  forEachChunk(runs(), [&](const ChannelRun &run, int64_t first) {
    for (int64_t place = 0; place < run.width; ++place)
      order.push_back(
          first + (run.pairs ? MicroKernel::packedColumn(place, run.width / 2)
                             : place));
  });
  return order;
}

} // namespace pare::cpu
