//===- TableByProducts.cpp - Tables of bytes by fused products ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/TableByProducts.h"

#include <algorithm>
#include <cmath>

namespace pare {
namespace {

/// How far factors are moved, in units of the last place. Half a result is
/// rounded away from zero in a table and to even here: a gate that is greater
/// by more than the last place of a sum is on its side.
constexpr int kFewSteps[] = {0, 1, -1, 2, -2, 4, -4};
constexpr int kSteps[] = {0,  1, -1, 2,  -2,  3,  -3,  4,
                          -4, 8, -8, 16, -16, 64, -64, 256};

float moved(double value, int steps) {
  const float nearest = static_cast<float>(value);
  const float unit =
      std::nextafter(std::fabs(nearest), INFINITY) - std::fabs(nearest);
  return nearest + static_cast<float>(steps) * unit;
}

/// Bytes, those first whose results are the nearest to the middle between two.
std::vector<int32_t> orderBytes(const GatedFunction &scaled,
                                int32_t zeroPoint) {
  std::vector<std::pair<double, int32_t>> distances;
  for (int32_t q = -128; q <= 127; ++q) {
    const double x = q - zeroPoint;
    const double gate =
        std::clamp(scaled.slope * x + scaled.offset, scaled.low, scaled.high);
    const double value = x * gate;
    distances.emplace_back(std::fabs(value - std::floor(value) - 0.5), q);
  }
  std::sort(distances.begin(), distances.end());
  std::vector<int32_t> order;
  for (const auto &[distance, q] : distances)
    order.push_back(q);
  return order;
}

bool holdFor(const std::vector<int32_t> &bytes, const TableProducts &products,
             QuantRange range, const std::vector<int32_t> &entries) {
  return std::all_of(bytes.begin(), bytes.end(), [&](int32_t q) {
    return tableByProducts(q, products, range) == entries[q + 128];
  });
}

} // namespace

QuantRange rangeOfTable(const std::vector<int32_t> &entries) {
  auto [least, greatest] = std::minmax_element(entries.begin(), entries.end());
  return {*least, *greatest};
}

bool giveTable(const TableProducts &products,
               const std::vector<int32_t> &entries) {
  const QuantRange range = rangeOfTable(entries);
  for (int32_t q = -128; q <= 127; ++q)
    if (tableByProducts(q, products, range) != entries[q + 128])
      return false;
  return true;
}

std::optional<TableProducts>
findTableProducts(const GatedFunction &function, const QuantParams &input,
                  const QuantParams &output,
                  const std::vector<int32_t> &entries) {
  // In steps of the operand and of the result.
  const double ratio = double(input.scale) / output.scale;
  GatedFunction scaled = function;
  scaled.low *= ratio, scaled.high *= ratio, scaled.offset *= ratio;
  const bool isLinear = scaled.low == scaled.high;
  if (isLinear)
    scaled.slope = scaled.offset = 0.0;
  else if (std::isinf(function.slope))
    // A step of x is enough for either bound.
    scaled.slope = std::copysign(
        2.0 * std::max(std::fabs(scaled.low), std::fabs(scaled.high)),
        function.slope);
  else
    scaled.slope *= ratio * input.scale;
  // Far from where floats have no last place.
  constexpr double kGreatest = 0x1p20;
  for (double value : {scaled.slope, scaled.offset, scaled.low, scaled.high})
    if (!(std::fabs(value) <= kGreatest))
      return std::nullopt;

  const int32_t zeroPoint = static_cast<int32_t>(input.zeroPoint);
  const std::vector<int32_t> bytes = orderBytes(scaled, zeroPoint);
  const QuantRange range = rangeOfTable(entries);
  const bool isStep = std::isinf(function.slope);
  for (int j : kSteps)
    for (int k : kFewSteps)
      for (int l : kFewSteps) {
        // Only slopes that are not too steep to matter are moved alone.
        if ((isLinear || isStep) && (k != 0 || l != 0))
          continue;
        TableProducts products;
        products.zeroPoint = zeroPoint;
        products.low = moved(scaled.low, j);
        products.high = moved(scaled.high, j);
        products.slope = moved(scaled.slope, isStep ? 0 : j + k);
        products.offset = moved(scaled.offset, j + l);
        products.constant = static_cast<float>(output.zeroPoint);
        if (isLinear)
          products.slope = products.offset = 0.0f;
        if (holdFor(bytes, products, range, entries))
          return products;
      }
  return std::nullopt;
}

bool extendsBeyond(const TableProducts &products, QuantRange range, int32_t end,
                   bool above) {
  const float gate =
      products.gate(static_cast<float>(end - products.zeroPoint));
  const bool stays =
      products.isLinear() || products.slope == 0.0f ||
      gate == ((products.slope > 0.0f) == above ? products.high : products.low);
  if (!stays)
    return false;
  if (gate == 0.0f)
    return true;
  return tableByProducts(end, products, range) ==
         ((gate > 0.0f) == above ? range.hi : range.lo);
}

} // namespace pare
