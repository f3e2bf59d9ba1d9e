//===- QuantizeByProductsTest.cpp - Quantization without division ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/QuantizeByProducts.h"

#include "gtest/gtest.h"

#include <cstring>
#include <limits>
#include <random>

using namespace pare;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float floatOf(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

void expectSame(float x, const QuotientFactors &factors,
                const QuantParams &params, QuantRange range) {
  ASSERT_EQ(quantizeByProducts(x, factors, params.zeroPoint),
            quantizeF32(x, params, range))
      << x << " / " << params.scale << " + " << params.zeroPoint;
}

// Proves: factors exist for nearly all scales, and with them numbers of all
// magnitudes, the last bits about every step among them, give what the division
// gives; so do infinities and NaN.
TEST(QuantizeByProducts, GivesWhatTheDivisionGives) {
  std::mt19937 random(5);
  int found = 0, tried = 0;
  const double fixed[] = {1.0, 0.5, 1.0 / 255, 1.0 / 3, 0.0157, 0x1.fffffep-8};
  for (int i = 0; i < 60; ++i) {
    QuantParams params;
    params.scale =
        i < 6 ? fixed[i]
              : floatOf(0x3a000000 + random() % 0x08000000); // 2^-11 to 2^5
    const bool isSigned = i % 2 == 0;
    const QuantRange range =
        isSigned ? QuantRange{-128, 127} : QuantRange{0, 255};
    params.zeroPoint = range.lo + int32_t(random() % 256);
    std::optional<QuotientFactors> factors = findQuotientFactors(params, range);
    ++tried;
    if (!factors)
      continue;
    ++found;
    for (float x : {0.0f, -0.0f, kInfinity, -kInfinity, floatOf(0x7fc00000),
                    floatOf(0xffc00001), 1e38f, -1e38f, 1e-45f, -1e-45f})
      expectSame(x, *factors, params, range);
    for (int k = 0; k < 100000; ++k)
      expectSame(floatOf(random()), *factors, params, range);
    for (int32_t value = range.lo - 3; value <= range.hi + 3; ++value) {
      float x = float(params.scale * (value - params.zeroPoint - 0.5));
      for (int k = 0; k < 60; ++k)
        x = std::nextafter(x, -kInfinity);
      for (int k = 0; k < 120; ++k, x = std::nextafter(x, kInfinity))
        expectSame(x, *factors, params, range);
    }
  }
  EXPECT_GE(found, tried - 2);
}

// Proves: what is not covered is said so, and not computed wrongly.
TEST(QuantizeByProducts, SaysWhatItDoesNotCover) {
  EXPECT_FALSE(findQuotientFactors({0.1, 0}, {-32768, 32767}));
  EXPECT_FALSE(findQuotientFactors({1e-30, 0}, {-128, 127}));
  EXPECT_FALSE(findQuotientFactors({1e30, 0}, {-128, 127}));
}

} // namespace
