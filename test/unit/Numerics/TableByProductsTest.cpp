//===- TableByProductsTest.cpp - Tables of bytes by fused products --------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/TableByProducts.h"

#include "gtest/gtest.h"

#include <cmath>
#include <functional>
#include <random>

using namespace pare;

namespace {

constexpr QuantRange kBytes = {-128, 127};

std::vector<int32_t> entriesOf(const GatedFunction &gated,
                               const QuantParams &input,
                               const QuantParams &output) {
  auto function = [&](double r) {
    const double slope = std::isinf(gated.slope) && r == 0.0 ? 0.0 : r;
    return r * std::clamp(gated.slope * slope + gated.offset, gated.low,
                          gated.high);
  };
  return buildTable(function, input, kBytes, output, kBytes);
}

struct Named {
  const char *name;
  GatedFunction gated;
};

const Named kFunctions[] = {
    {"hard_swish", {1.0 / 6.0, 0.5, 0.0, 1.0}},
    {"leaky_relu", {INFINITY, 0.0, 0.1, 1.0}},
    {"leaky_relu, steep", {-INFINITY, 0.0, 1.0, 1.5}},
    {"relu", {INFINITY, 0.0, 0.0, 1.0}},
    {"abs", {INFINITY, 0.0, -1.0, 1.0}},
    {"neg", {0.0, -1.0, -1.0, -1.0}},
    {"linear", {0.0, 0.25, 0.25, 0.25}},
};

// Proves: products that are found give all entries, and they are found for
// nearly all scales.
TEST(TableByProducts, FoundProductsAreExact) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> exponent(-3.0, 3.0);
  std::uniform_int_distribution<int32_t> zero(-128, 127);
  for (const Named &function : kFunctions) {
    int found = 0, tried = 0;
    for (; tried < 200; ++tried) {
      const QuantParams input = {0.05 * std::exp2(exponent(random)),
                                 zero(random)};
      const QuantParams output = {0.05 * std::exp2(exponent(random)),
                                  zero(random)};
      const auto entries = entriesOf(function.gated, input, output);
      auto products = findTableProducts(function.gated, input, output, entries);
      if (!products)
        continue;
      ++found;
      EXPECT_TRUE(giveTable(*products, entries)) << function.name;
    }
    EXPECT_GE(found * 20, tried * 19)
        << function.name << ": " << found << " of " << tried;
  }
}

// Proves: where a result is in the middle between two, the gate is moved so
// that it is rounded away from zero.
TEST(TableByProducts, HalvesAreRoundedAwayFromZero) {
  for (int32_t zeroPoint : {-128, -3, 0, 57, 127}) {
    const GatedFunction identity = {0.0, 1.0, 1.0, 1.0};
    const QuantParams input = {0.5, 0}, output = {1.0, zeroPoint};
    const auto entries = entriesOf(identity, input, output);
    auto products = findTableProducts(identity, input, output, entries);
    ASSERT_TRUE(products) << zeroPoint;
    EXPECT_TRUE(giveTable(*products, entries));
  }
}

// Proves: another function than that of the entries is not taken for it.
TEST(TableByProducts, OtherTablesHaveNone) {
  const QuantParams input = {0.05, 3}, output = {1.0 / 256, -128};
  auto sigmoid = [](double r) { return 1.0 / (1.0 + std::exp(-r)); };
  const auto entries = buildTable(sigmoid, input, kBytes, output, kBytes);
  EXPECT_FALSE(
      findTableProducts({0.0, 0.25, 0.25, 0.25}, input, output, entries));
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(findTableProducts({0.0, infinity, infinity, infinity}, input,
                                 output, entries));
}

// Proves: what extends beyond an end gives the entry of the end there.
TEST(TableByProducts, EndsExtend) {
  std::mt19937 random(9);
  std::uniform_real_distribution<double> exponent(-3.0, 3.0);
  std::uniform_int_distribution<int32_t> zero(-128, 127);
  int extended = 0;
  for (const Named &function : kFunctions)
    for (int i = 0; i < 50; ++i) {
      const QuantParams input = {0.05 * std::exp2(exponent(random)),
                                 zero(random)};
      const QuantParams output = {0.05 * std::exp2(exponent(random)),
                                  zero(random)};
      const auto entries = entriesOf(function.gated, input, output);
      const QuantRange range = rangeOfTable(entries);
      auto products = findTableProducts(function.gated, input, output, entries);
      for (bool above : {false, true}) {
        if (!products ||
            !extendsBeyond(*products, range, above ? 127 : -128, above))
          continue;
        ++extended;
        for (int32_t step = 1; step < (1 << 16); step *= 3) {
          const int32_t q = above ? 127 + step : -128 - step;
          ASSERT_EQ(tableByProducts(q, *products, range),
                    entries[above ? 255 : 0])
              << function.name << " at " << q;
        }
      }
    }
  EXPECT_GT(extended, 100);
}

} // namespace
