//===- pare-numerics-samples.cpp - What the arithmetic computes -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints one line a sample: a kind, the inputs, ":", the outputs. Integers are
// decimal, real numbers hexadecimal. numerics.py computes the outputs again.
//
//===----------------------------------------------------------------------===//

#include "pare/Numerics/Elementwise.h"
#include "pare/Numerics/Lstm.h"
#include "pare/Numerics/Softmax.h"

#include <cmath>
#include <cstdio>
#include <random>

using namespace pare;

namespace {

constexpr QuantRange kInt8 = {-128, 127};

/// Always the same numbers.
class Source {
public:
  int32_t any() { return static_cast<int32_t>(random()); }
  int32_t below(uint32_t n) { return static_cast<int32_t>(random() % n); }
  int32_t int8() { return below(256) - 128; }
  float scale() { return 0.001f + static_cast<float>(below(1000)) / 400.0f; }

private:
  std::mt19937 random{3};
};

void printFactors(Source &source) {
  for (int i = 0; i < 10000; ++i) {
    const int32_t x = source.any(), multiplier = source.any() & INT32_MAX;
    const int32_t shift = source.below(63) - 31;
    std::printf("product %d %d %d : %d\n", x, multiplier, shift,
                multiplyByQuantizedMultiplier(x, multiplier, shift));
  }
  for (int i = 0; i < 3000; ++i) {
    const double real =
        std::ldexp(static_cast<double>(source.any()), source.below(90) - 70);
    const QuantizedMultiplier factor = quantizeMultiplier(real);
    std::printf("factor %a : %d %d\n", real, factor.multiplier, factor.shift);
  }
}

void printSoftmax(Source &source) {
  for (float scale : {0.0005f, 0.02f, 0.1f, 0.7f, 3.0f, 40.0f}) {
    const SoftmaxTable table = prepareSoftmax(scale);
    for (int d = 0; d < 256; ++d)
      std::printf("exp %a %d : %d\n", static_cast<double>(scale), d,
                  table.exps[d]);
  }
  for (int i = 0; i < 3000; ++i) {
    const int32_t sum = (1 << 19) + source.below(INT32_MAX - (1 << 19));
    const int32_t exp = source.any() & INT32_MAX;
    const SoftmaxRow row = softmaxRow(sum);
    std::printf("row %d %d : %d %d %d\n", sum, exp, row.mantissa, row.shift,
                softmaxOutput(exp, row));
  }
}

void printLstm() {
  const SigmoidTable table = buildSigmoidTable();
  for (int i = 0; i < 256; ++i)
    std::printf("sigmoid %d : %d\n", i, table[i]);
  for (int32_t i = -32768; i < 32768; i += 7) {
    const int16_t x = static_cast<int16_t>(i);
    std::printf("gate %d : %d %d %d %d\n", x, logistic16(x, table),
                tanh16(x, 0, table), tanh16(x, 3, table), tanh16(x, -3, table));
  }
}

void printMean(Source &source) {
  for (int i = 0; i < 3000; ++i) {
    const QuantParams in = {source.scale(), source.int8()};
    const QuantParams out = {source.scale(), source.int8()};
    const int32_t count = 1 + source.below(5000);
    const int32_t sum = source.int8() * count + source.below(count);
    const ReduceScales scales = prepareMean(in, out, count);
    std::printf("mean %a %d %a %d %d %d : %d %d %d %d\n", in.scale,
                in.zeroPoint, out.scale, out.zeroPoint, count, sum,
                scales.scale.fixed.multiplier, scales.scale.fixed.shift,
                evalReduce(sum, scales, RequantMode::Fixed, kInt8),
                evalReduce(sum, scales, RequantMode::Float, kInt8));
  }
}

void printBinary(Source &source) {
  for (int i = 0; i < 5000; ++i) {
    const QuantParams a = {source.scale(), source.int8()};
    const QuantParams b = {source.scale(), source.int8()};
    const QuantParams out = {source.scale(), source.int8()};
    const int32_t x = source.int8(), y = source.int8();
    const AddScales add = prepareAdd(a, b, out);
    const MulScales mul = prepareMul(a, b, out);
    const RescaleScales rescale = prepareRescale(a, out);
    std::printf("binary %a %d %a %d %a %d %d %d :", a.scale, a.zeroPoint,
                b.scale, b.zeroPoint, out.scale, out.zeroPoint, x, y);
    for (RequantMode mode : {RequantMode::Fixed, RequantMode::Float})
      std::printf(" %d %d %d %d", evalAdd(x, y, add, mode, kInt8),
                  evalAdd(x, y, add, mode, kInt8, /*subtract=*/true),
                  evalMul(x, y, mul, mode, kInt8),
                  evalRescale(x, rescale, mode, kInt8));
    std::printf("\n");
  }
}

} // namespace

int main() {
  Source source;
  printFactors(source);
  printSoftmax(source);
  printLstm();
  printMean(source);
  printBinary(source);
}
