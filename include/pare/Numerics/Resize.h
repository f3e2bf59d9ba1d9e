//===- Resize.h - Where resized images read ---------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The positions of the input that one row (or column) of a resized image reads.
// Row y of `out` rows reads position y * in / out of `in` rows, or
// y * (in - 1) / (out - 1) with aligned corners, or (y + 1/2) * in / out - 1/2
// with half-pixel centers. Positions are exact fractions, so that no rounding
// of a scale decides which element is nearest.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_RESIZE_H
#define PARE_NUMERICS_RESIZE_H

#include <algorithm>
#include <cstdint>

namespace pare {

/// A position numerator / denominator, denominator > 0.
struct ResizePosition {
  int64_t numerator;
  int64_t denominator;

  int64_t floor() const {
    const int64_t quotient = numerator / denominator;
    return numerator % denominator < 0 ? quotient - 1 : quotient;
  }
};

/// `in` and `out` > 0, 0 <= y < out.
inline ResizePosition resizePosition(int64_t y, int64_t in, int64_t out,
                                     bool alignCorners, bool halfPixelCenters) {
  if (alignCorners && out > 1) {
    in -= 1;
    out -= 1;
  }
  if (halfPixelCenters)
    return {(2 * y + 1) * in - out, 2 * out};
  return {y * in, out};
}

/// The element that `resize_nearest` reads: the nearest (of two, the later)
/// with aligned corners or half-pixel centers, otherwise the one at or before
/// the position.
inline int64_t resizeNearest(int64_t y, int64_t in, int64_t out,
                             bool alignCorners, bool halfPixelCenters) {
  ResizePosition position =
      resizePosition(y, in, out, alignCorners, halfPixelCenters);
  if (alignCorners || halfPixelCenters)
    position = {2 * position.numerator + position.denominator,
                2 * position.denominator};
  return std::clamp<int64_t>(position.floor(), 0, in - 1);
}

/// The two elements between which `resize_bilinear` interpolates, and the
/// weight of the second.
struct ResizeLine {
  int64_t first;
  int64_t second;
  float weight;
};

inline ResizeLine resizeBilinear(int64_t y, int64_t in, int64_t out,
                                 bool alignCorners, bool halfPixelCenters) {
  const ResizePosition position =
      resizePosition(y, in, out, alignCorners, halfPixelCenters);
  const int64_t below = position.floor();
  const int64_t rest = position.numerator - below * position.denominator;
  return {std::clamp<int64_t>(below, 0, in - 1),
          std::clamp<int64_t>(below + 1, 0, in - 1),
          static_cast<float>(static_cast<double>(rest) /
                             static_cast<double>(position.denominator))};
}

} // namespace pare

#endif // PARE_NUMERICS_RESIZE_H
