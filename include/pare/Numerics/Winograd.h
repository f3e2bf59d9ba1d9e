//===- Winograd.h - Minimal filtering of 3x3 windows ------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Winograd's minimal filtering F(m x m, 3 x 3) (Lavin and Gray,
// arXiv:1509.09308): m x m neighbouring results of a convolution by 3x3 taps
// with steps of 1 take (m + 2)^2 products in place of 9 m^2. In one dimension,
// with a filter g and inputs d,
//
//   factor * results = A ((G g) * (B d))           * element by element
//
// where A (m x (m + 2)) is `output` with its columns scaled by `columnScale`,
// G is `filter` and B is `input`; two dimensions apply this to columns, then to
// rows. All three are matrices of integers, so that 8-bit layers are exact:
// sums taken modulo 2^32 give factor^2 times the result modulo 2^32, and
// `limit()` says which results that determines. docs/numerics.md has the proof.
// Floats divide G's rows by the factor instead and leave A as `output`.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NUMERICS_WINOGRAD_H
#define PARE_NUMERICS_WINOGRAD_H

#include <cstdint>

namespace pare {

struct WinogradTransform {
  static constexpr int64_t kTaps = 3;
  static constexpr int64_t kMostOutputs = 4;
  static constexpr int64_t kMostPoints = kMostOutputs + kTaps - 1;

  /// Results of a tile in each dimension: 2 or 4.
  int32_t outputs;
  int32_t filter[kMostPoints][kTaps];
  int32_t input[kMostPoints][kMostPoints];
  int32_t output[kMostOutputs][kMostPoints];
  /// The columns of A in integers, as multiples of those of `output`.
  int32_t columnScale[kMostPoints];
  int32_t factor;
  /// factor^2 = 2^shift * odd, and odd * inverse = 1 modulo 2^32.
  int32_t shift;
  uint32_t inverse;

  /// Inputs of a tile in each dimension, and products.
  int64_t points() const { return outputs + kTaps - 1; }
  int64_t products() const { return points() * points(); }

  /// The transform for tiles of 2x2 or 4x4 results; null for other sizes.
  static const WinogradTransform *get(int64_t outputs);

  /// G g G^T for taps in [-255, 255], row-major, `points()`^2 elements: they
  /// fit 16 bits, and so do transformed inputs of 8 bits; no sum of two
  /// products of these overflows.
  void transformFilter(const int32_t *taps, int16_t *transformed) const;
  /// The same with G divided by `factor`, in double, rounded once.
  void transformFilter(const float *taps, float *transformed) const;

  /// Integer results in [-limit(), limit()) come out exactly, if they are
  ///   floor(wrap32(scaled * inverse) / 2^shift)
  /// of `scaled`, factor^2 times the result modulo 2^32.
  int64_t limit() const { return int64_t(1) << (31 - shift); }
  /// What to add to the product of the middle point (1, 1), modulo 2^32, to add
  /// `bias` to every result of a tile.
  uint32_t scaledBias(int32_t bias) const {
    const uint32_t scale = uint32_t(factor / columnScale[1]);
    return scale * scale * uint32_t(bias);
  }
};

} // namespace pare

#endif // PARE_NUMERICS_WINOGRAD_H
