//===- ElementwiseByProductsTest.cpp - Bytes by fused products ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/ElementwiseByProducts.h"

#include "gtest/gtest.h"

#include <random>

using namespace pare;

namespace {

constexpr RequantMode kModes[] = {RequantMode::Fixed, RequantMode::Float};

// Proves: factors that are found give every sum and difference of bytes, and
// they are found for most scales of real networks.
TEST(ElementwiseByProducts, FoundFactorsOfSumsAreExact) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> exponent(-6.0f, 0.0f);
  std::uniform_int_distribution<int32_t> zero(-128, 127);
  int tried = 0, found = 0;
  for (int i = 0; i < 100; ++i) {
    auto draw = [&](float most) {
      return QuantParams{most * std::exp2(exponent(random)), zero(random)};
    };
    const QuantParams a = draw(1.0f), b = draw(1.0f), out = draw(4.0f);
    const QuantRange range = {i % 3 == 0 ? out.zeroPoint : -128, 127};
    const AddScales scales = prepareAdd(a, b, out);
    const bool subtract = i % 4 == 0;
    // Half of them as code has them that has taken the zero point off before.
    const int32_t offset = i % 2 == 0 ? a.zeroPoint : 0;
    for (RequantMode mode : kModes) {
      auto factors = findAddFactors(scales, mode, range, subtract, offset);
      ++tried;
      if (!factors)
        continue;
      ++found;
      EXPECT_EQ(factors->offset, offset);
      for (int32_t x = -128; x <= 127; ++x)
        for (int32_t y = -128; y <= 127; ++y)
          ASSERT_EQ(addByProducts(x, y, *factors, range),
                    evalAdd(x, y, scales, mode, range, subtract));
    }
  }
  EXPECT_GE(found * 10, tried * 9) << found << " of " << tried;
}

// Proves: the same of products; but in mode `fixed` halves of few bits behind
// the point are rounded twice, which mostly has no such factors.
TEST(ElementwiseByProducts, FoundFactorsOfProductsAreExact) {
  std::mt19937 random(8);
  std::uniform_real_distribution<float> exponent(-6.0f, 0.0f);
  std::uniform_int_distribution<int32_t> zero(-128, 127);
  int tried = 0, found = 0;
  for (int i = 0; i < 100; ++i) {
    auto draw = [&](float most) {
      return QuantParams{most * std::exp2(exponent(random)), zero(random)};
    };
    const QuantParams a = draw(1.0f), b = draw(0.1f), out = draw(4.0f);
    const QuantRange range = {i % 3 == 0 ? out.zeroPoint : -128, 127};
    const MulScales scales = prepareMul(a, b, out);
    for (RequantMode mode : kModes) {
      auto factors = findMulFactors(scales, mode, range);
      const bool isFloat = mode == RequantMode::Float;
      tried += isFloat;
      if (!factors)
        continue;
      found += isFloat;
      for (int32_t x = -128; x <= 127; ++x)
        for (int32_t y = -128; y <= 127; ++y)
          ASSERT_EQ(mulByProducts(x, y, *factors, range),
                    evalMul(x, y, scales, mode, range));
    }
  }
  EXPECT_GE(found * 10, tried * 9) << found << " of " << tried;
}

// Proves: where halves are rounded away from zero on both sides, no factors are
// found, since rint rounds them to even results.
TEST(ElementwiseByProducts, HalvesAwayFromZeroHaveNone) {
  const AddScales scales = prepareAdd({1.0f, 0}, {1.0f, 0}, {2.0f, 0});
  EXPECT_FALSE(findAddFactors(scales, RequantMode::Fixed, {-128, 127}));
  EXPECT_TRUE(findAddFactors(scales, RequantMode::Float, {-128, 127}));
}

// Proves: factors that no float has are refused.
TEST(ElementwiseByProducts, HugeFactorsHaveNone) {
  const AddScales scales = prepareAdd({1.0e30f, 0}, {1.0f, 0}, {1.0e-5f, 0});
  EXPECT_FALSE(findAddFactors(scales, RequantMode::Float, {-128, 127}));
}

} // namespace
