//===- DepthwiseQuads.cpp - Depthwise windows four taps at a time ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Depthwise/DepthwiseQuads.h"
#include "Emit/MicroKernel.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;

namespace pare::cpu {

/// Each of the four vectors of sums has a 128-bit lane at least.
static constexpr int64_t kLeastWidth = 16;

/// Whether a chunk may have fewer channels than its width.
static bool takesPartOfChunk(const ConvShape &s, const TargetInfo &target) {
  constexpr int64_t kLeastPart = 8;
  return s.outChannels == s.inChannels && s.outChannels % kLeastPart == 0 &&
         MicroKernel::hasDotQuads(target);
}

DepthwiseQuads::DepthwiseQuads(const ConvShape &shape, const TargetInfo &target)
    : s(shape) {
  const bool shares = s.strideHeight == 1 && s.dilationHeight == 1 &&
                      s.kernelHeight % kTaps != 0 && s.outHeight > 1;
  outputRows = shares ? 2 : 1;
  int64_t width = 4 * target.lanes();
  // With gaps between columns putting them together takes as long as it saves,
  // unless products are one instruction.
  const bool joins = s.strideWidth == 1 || MicroKernel::hasDotQuads(target);
  if (joins && s.outChannels == s.inChannels && s.outChannels < width &&
      llvm::isPowerOf2_64(s.outChannels) && s.outWidth > 1) {
    outputColumns = std::min<int64_t>(width / s.outChannels,
                                      llvm::bit_floor(uint64_t(s.outWidth)));
    channelRuns.push_back({0, outputColumns * s.outChannels, 1});
    channelRuns.back().perChannel = rows() * weightsOfRow(1);
    return;
  }
  const bool takesPart = takesPartOfChunk(s, target);
  int64_t first = 0, weights = 0;
  auto addRun = [&](int64_t count, int64_t missing) {
    ChannelRun run = {first, width, count};
    run.missing = missing;
    run.weights = weights;
    run.perChannel = rows() * weightsOfRow(1);
    channelRuns.push_back(run);
    first += count * width;
    weights += count * width * run.perChannel;
  };
  for (; width >= kLeastWidth && first < s.outChannels; width /= 2) {
    if (const int64_t count = (s.outChannels - first) / width)
      addRun(count, /*missing=*/0);
    const int64_t left = s.outChannels - first;
    if (takesPart && left > 0 && (2 * left > width || width == kLeastWidth))
      addRun(1, width - left);
  }
}

bool DepthwiseQuads::fits(const ConvShape &s, const TargetInfo &target) {
  if (s.kernelHeight == 1 || !DepthwiseLayout::unrolls(s) ||
      !llvm::isPowerOf2_64(s.outChannels / s.inChannels) ||
      MicroKernel::quadsAreSigned(target) ||
      !(MicroKernel::hasDotQuads(target) ||
        MicroKernel::hasDotSmallQuads(target)))
    return false;
  DepthwiseQuads quads(s, target);
  return quads.columns() > 1
             ? quads.runs()[0].width >= kLeastWidth
             : s.outChannels % kLeastWidth == 0 ||
                   (s.outChannels > kLeastWidth && takesPartOfChunk(s, target));
}

/// The channel of a chunk of `width` that stands at `place` of its sums.
static int64_t channelAt(int64_t place, int64_t width) {
  const int64_t lanes = width / 4, vector = place / lanes, lane = place % lanes;
  return lane / 4 * 16 + vector * 4 + lane % 4;
}

SmallVector<int64_t> DepthwiseQuads::weightOrder() const {
  SmallVector<int64_t> order;
  forEachChunk(runs(), [&](const ChannelRun &run, int64_t first) {
    for (int64_t row = 0; row < rows(); ++row)
      for (int64_t quad = 0; quad < quadsOf(rows()); ++quad)
        for (int64_t kx = 0; kx < s.kernelWidth; ++kx)
          for (int64_t place = 0; place < run.width; ++place)
            for (int64_t tap = 0; tap < kTaps; ++tap) {
              const int64_t ky = rowOf(quad, tap) - row;
              const int64_t channel =
                  (first + channelAt(place, run.width)) % s.outChannels;
              order.push_back(ky < 0 || ky >= s.kernelHeight
                                  ? -1
                                  : (ky * s.kernelWidth + kx) * s.outChannels +
                                        channel);
            }
  });
  return order;
}

SmallVector<int64_t> DepthwiseQuads::channelOrder() const {
  SmallVector<int64_t> order;
  forEachChunk(runs(), [&](const ChannelRun &run, int64_t first) {
    for (int64_t place = 0; place < run.width; ++place)
      order.push_back((first + channelAt(place, run.width)) % s.outChannels);
  });
  return order;
}

//===----------------------------------------------------------------------===//
// Inputs that are turned
//===----------------------------------------------------------------------===//

namespace {

/// The ways in which the second input of a pair may be taken, as bits.
enum Ways : uint8_t { kNone = 0, kPlain = 1, kTurned = 2, kBoth = 3 };

bool fitsPair(int one, int two) {
  return std::max(one, 0) + std::max(two, 0) <= DepthwiseQuads::kMostPair &&
         std::min(one, 0) + std::min(two, 0) >= -DepthwiseQuads::kMostPair;
}

Ways waysOf(int8_t one, int8_t two) {
  int ways = fitsPair(one, two) ? kPlain : kNone;
  if (two != std::numeric_limits<int8_t>::min() && fitsPair(one, -two))
    ways |= kTurned;
  return Ways(ways);
}

} // namespace

/// Turns inputs where pairs of weights do not fit. False if that is not enough,
/// or does not pay.
bool DepthwiseQuads::turn(PackedQuads &packed) const {
  const int64_t quads = quadsOf(rows()), columns = s.kernelWidth;
  // To turn inputs again for other columns takes as long as to widen them, but
  // vectors of so few channels are not full.
  const bool turnsAgain = s.outChannels < kLeastWidth;
  bool turnsAny = false;
  SmallVector<int8_t> masks;
  for (const ChannelRun &run : runs()) {
    const int64_t width = run.width, lanes = width / 4;
    for (int64_t chunk = 0; chunk < run.count; ++chunk) {
      const size_t before = masks.size();
      masks.resize(before + masksOfChunk(width));
      int8_t *ofChunk = masks.data() + before;
      std::fill_n(ofChunk, quads * kTaps * width, kUnsigned);
      for (int64_t quad = 0; quad < quads; ++quad)
        for (int64_t place = 0; place < width; ++place)
          for (int64_t tap = 1; tap < kTaps; tap += 2) {
            const int64_t vector = place / lanes, lane = place % lanes;
            auto weightAt = [&](int64_t row, int64_t kx,
                                int64_t tap) -> int8_t & {
              return packed
                  .weights[run.weights + chunk * width * run.perChannel +
                           weightsAt(row, quad, kx, vector, width) +
                           lane * kTaps + tap];
            };
            SmallVector<int> ways(columns, kBoth);
            int all = kBoth;
            for (int64_t kx = 0; kx < columns; ++kx) {
              for (int64_t row = 0; row < rows(); ++row)
                ways[kx] &=
                    waysOf(weightAt(row, kx, tap - 1), weightAt(row, kx, tap));
              if (ways[kx] == kNone)
                return false;
              all &= ways[kx];
            }
            if (all == kNone && !turnsAgain)
              return false;
            // As all columns can, or the first one if they disagree.
            const bool base = !((all == kNone ? ways[0] : all) & kPlain);
            if (base)
              ofChunk[maskOfTap(quad, tap, width) + channelAt(place, width)] =
                  ~kUnsigned;
            for (int64_t kx = 0; kx < columns; ++kx) {
              const bool turned =
                  base ? ways[kx] & kTurned : !(ways[kx] & kPlain);
              turnsAny |= turned;
              if (turned != base)
                ofChunk[maskOfColumn(kx, quad, vector, width) + lane * kTaps +
                        tap] = -1;
              if (!turned)
                continue;
              for (int64_t row = 0; row < rows(); ++row) {
                int8_t &weight = weightAt(row, kx, tap);
                int32_t &bias =
                    packed.bias[(run.first + chunk * width) * rows() +
                                row * width + place];
                bias =
                    int32_t(uint32_t(bias) + uint32_t(255 * int32_t(weight)));
                weight = int8_t(-weight);
              }
            }
          }
    }
  }
  if (turnsAny)
    packed.masks = std::move(masks);
  return true;
}

std::optional<PackedQuads> DepthwiseQuads::pack(const ConvShape &s,
                                                const TargetInfo &target,
                                                ArrayRef<int8_t> filter,
                                                ArrayRef<int32_t> bias,
                                                int32_t inputZero) {
  if (!fits(s, target))
    return std::nullopt;
  DepthwiseQuads quads(s, target);
  PackedQuads packed;
  for (int64_t offset : quads.weightOrder())
    packed.weights.push_back(offset < 0 ? 0 : filter[offset]);
  const SmallVector<int64_t> order = quads.channelOrder();
  forEachChunk(quads.runs(), [&](const ChannelRun &run, int64_t first) {
    for (int64_t row = 0; row < quads.rows(); ++row)
      for (int64_t place = 0; place < run.width; ++place) {
        const int64_t channel = order[first + place];
        uint32_t sum = bias[channel];
        for (size_t at = channel; at < filter.size(); at += s.outChannels)
          sum -= uint32_t(int32_t(filter[at])) *
                 uint32_t(inputZero + int32_t(kInputOffset));
        packed.bias.push_back(int32_t(sum));
      }
  });
  if (!MicroKernel::hasDotQuads(target) && !quads.turn(packed))
    return std::nullopt;
  return packed;
}

} // namespace pare::cpu
