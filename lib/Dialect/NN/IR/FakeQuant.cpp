//===- FakeQuant.cpp - The type behind a fake_quant -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/IR/FakeQuant.h"
#include "pare/Numerics/QuantizationParameters.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::nn;

QuantRange pare::nn::getQuantRange(QuantSpecAttr spec) {
  return spec.getNarrow() ? narrowRange(spec.getBits())
                          : storageRange(spec.getBits(), /*isSigned=*/true);
}

quant::QuantizedType pare::nn::getFakeQuantType(QuantSpecAttr spec,
                                                ArrayRef<float> minimums,
                                                ArrayRef<float> maximums) {
  if (minimums.empty() || minimums.size() != maximums.size())
    return {};
  const QuantRange range = getQuantRange(spec);
  SmallVector<double> scales;
  SmallVector<int64_t> zeroPoints;
  for (auto [low, high] : llvm::zip_equal(minimums, maximums)) {
    std::optional<QuantParams> params =
        spec.getSymmetric()
            ? chooseSymmetric(std::max(std::fabs(low), std::fabs(high)), range)
            : chooseAsymmetric(low, high, range);
    if (!params)
      return {};
    scales.push_back(params->scale);
    zeroPoints.push_back(params->zeroPoint);
  }
  MLIRContext *context = spec.getContext();
  auto storage = IntegerType::get(context, spec.getBits() <= 8 ? 8 : 16);
  auto expressed = Float32Type::get(context);
  if (spec.getAxis() < 0)
    return quant::UniformQuantizedType::get(
        quant::QuantizationFlags::Signed, storage, expressed, scales.front(),
        zeroPoints.front(), range.lo, range.hi);
  return quant::UniformQuantizedPerAxisType::get(
      quant::QuantizationFlags::Signed, storage, expressed, scales, zeroPoints,
      spec.getAxis(), range.lo, range.hi);
}

quant::QuantizedType pare::nn::getFakeQuantType(FakeQuantOp op) {
  std::optional<ArrayRef<float>> minimums = op.getMinimums();
  std::optional<ArrayRef<float>> maximums = op.getMaximums();
  if (!minimums || !maximums)
    return {};
  return getFakeQuantType(op.getSpec(), *minimums, *maximums);
}
