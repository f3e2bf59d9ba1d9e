//===- Softmax.cpp - The table of exponentials ----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Softmax.h"

#include <algorithm>
#include <cmath>

using namespace pare;

SoftmaxTable pare::prepareSoftmax(double inputScale, double beta) {
  // The argument of exp is Q5.26. A greater factor than 2^31 - 1 would change
  // nothing: one step already gives exp(-32).
  const double real = std::min(beta * inputScale * double(1 << 26),
                               double((int64_t(1) << 31) - 1));
  const QuantizedMultiplier factor = quantizeMultiplier(real);
  // Differences beyond this one would leave Q5.26.
  const double diffMax = std::floor(
      31.0 * double(1 << 26) / double(int64_t(1) << std::max(factor.shift, 0)));
  SoftmaxTable table;
  for (int32_t d = 0; d < 256; ++d)
    if (d <= diffMax)
      table.exps[d] =
          fixed::expOnNegative(multiplyByQuantizedMultiplier(-d, factor));
  return table;
}
