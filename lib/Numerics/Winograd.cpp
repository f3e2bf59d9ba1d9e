//===- Winograd.cpp - Minimal filtering of 3x3 windows --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Winograd.h"

namespace pare {

// The points 0, 1, -1 and infinity.
static constexpr WinogradTransform kTwo = {
    /*outputs=*/2,
    /*filter=*/{{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}},
    /*input=*/{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
    /*output=*/{{1, 1, 1, 0}, {0, 1, -1, -1}},
    /*columnScale=*/{1, 1, 1, 1},
    /*factor=*/2,
    /*shift=*/2,
    /*inverse=*/1};

// The points 0, 1, -1, 2, -2 and infinity. Factors stand with the filter as far
// as 16 bits allow, and are powers of two otherwise.
static constexpr WinogradTransform kFour = {
    /*outputs=*/4,
    /*filter=*/
    {{6, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}},
    /*input=*/
    {{4, 0, -5, 0, 1, 0},
     {0, -4, -4, 1, 1, 0},
     {0, 4, -4, -1, 1, 0},
     {0, -2, -1, 2, 1, 0},
     {0, 2, -1, -2, 1, 0},
     {0, 4, 0, -5, 0, 1}},
    /*output=*/
    {{1, 1, 1, 1, 1, 0},
     {0, 1, -1, 2, -2, 0},
     {0, 1, 1, 4, 4, 0},
     {0, 1, -1, 8, -8, 1}},
    /*columnScale=*/{1, 4, 4, 1, 1, 4},
    /*factor=*/24,
    /*shift=*/6,
    /*inverse=*/0x38E38E39};

/// The greatest sum of absolute values of a row.
template <int64_t Columns>
static constexpr int64_t
widestRow(const int32_t (&matrix)[WinogradTransform::kMostPoints][Columns]) {
  int64_t widest = 0;
  for (const auto &row : matrix) {
    int64_t sum = 0;
    for (int32_t x : row)
      sum += x < 0 ? -x : x;
    widest = sum > widest ? sum : widest;
  }
  return widest;
}

/// What the header promises of widths and inverses.
static constexpr bool isExact(const WinogradTransform &t) {
  const int64_t weight = 255 * widestRow(t.filter) * widestRow(t.filter);
  const int64_t input = 128 * widestRow(t.input) * widestRow(t.input);
  const uint32_t odd = uint32_t(t.factor * t.factor) >> t.shift;
  return weight < (1 << 15) && input < (1 << 15) &&
         2 * weight * input < (int64_t(1) << 31) &&
         odd << t.shift == uint32_t(t.factor * t.factor) &&
         odd * t.inverse == 1 && t.factor % t.columnScale[1] == 0;
}
static_assert(isExact(kTwo) && isExact(kFour));

const WinogradTransform *WinogradTransform::get(int64_t outputs) {
  return outputs == 2 ? &kTwo : outputs == 4 ? &kFour : nullptr;
}

/// `store(place, sum)` for each element of G g G^T.
template <typename SumT, typename TapT, typename RowsT, typename StoreT>
static void transform(int64_t points, const RowsT &rows, const TapT *taps,
                      StoreT store) {
  constexpr int64_t kTaps = WinogradTransform::kTaps;
  for (int64_t i = 0; i < points; ++i)
    for (int64_t j = 0; j < points; ++j) {
      SumT sum = 0;
      for (int64_t y = 0; y < kTaps; ++y)
        for (int64_t x = 0; x < kTaps; ++x)
          sum += rows(i, y) * rows(j, x) * SumT(taps[y * kTaps + x]);
      store(i * points + j, sum);
    }
}

void WinogradTransform::transformFilter(const int32_t *taps,
                                        int16_t *transformed) const {
  transform<int32_t>(
      points(), [&](int64_t i, int64_t y) { return filter[i][y]; }, taps,
      [&](int64_t at, int32_t sum) { transformed[at] = int16_t(sum); });
}

void WinogradTransform::transformFilter(const float *taps,
                                        float *transformed) const {
  transform<double>(
      points(),
      [&](int64_t i, int64_t y) {
        return double(filter[i][y] * columnScale[i]) / double(factor);
      },
      taps, [&](int64_t at, double sum) { transformed[at] = float(sum); });
}

} // namespace pare
