//===- Reduce.cpp - Reductions over dimensions ----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "pare/Numerics/Elementwise.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace pare;
using namespace pare::interpreter;

/// For each element of the input (row-major) the index of the result's element
/// that it goes into.
static std::vector<int64_t> resultIndices(ArrayRef<int64_t> shape,
                                          ArrayRef<int64_t> axes) {
  std::vector<int64_t> indices(1, 0);
  for (auto [d, size] : llvm::enumerate(shape)) {
    const bool isReduced = llvm::is_contained(axes, int64_t(d));
    std::vector<int64_t> next;
    next.reserve(indices.size() * size);
    for (int64_t index : indices)
      for (int64_t i = 0; i < size; ++i)
        next.push_back(isReduced ? index : index * size + i);
    indices = std::move(next);
  }
  return indices;
}

/// Combines the elements that go into each result, starting from `start`.
template <typename To, typename From, typename Combine>
static std::vector<To> reduce(Layer &layer, ArrayRef<int64_t> axes,
                              ArrayRef<From> input, To start, Combine combine) {
  const std::vector<int64_t> indices =
      resultIndices(layer.operandShape(0), axes);
  std::vector<To> results(layer.result().getNumElements(), start);
  for (size_t i = 0; i < indices.size(); ++i) {
    To &result = results[indices[i]];
    result = combine(result, static_cast<To>(input[i]));
  }
  return results;
}

static constexpr auto add = [](auto a, auto b) { return a + b; };

//===----------------------------------------------------------------------===//
// Sum and mean
//===----------------------------------------------------------------------===//

/// `prepare` is prepareMean or prepareSum; `divisor` what real sums are divided
/// by.
template <typename OpT>
static llvm::Error evalScaled(OpT op, Layer &layer,
                              ReduceScales (*prepare)(const QuantParams &,
                                                      const QuantParams &,
                                                      int64_t),
                              int64_t divisor) {
  ArrayRef<int64_t> axes = op.getAxes();
  if (nn::isIntegerOp(op)) {
    ReduceScales scales =
        prepare(paramsOf(op.getInput()), paramsOf(op.getOutput()),
                nn::getReducedCount(op, axes));
    const nn::ScalesAttr prepared = scalesOf(op);
    scales.scale = nn::getScaleEntry(prepared, 0);
    const pare::RequantMode mode = nn::getNumericMode(prepared.getMode());
    const QuantRange range = rangeOf(op.getOutput());
    const std::vector<uint32_t> sums =
        reduce<uint32_t, int32_t>(layer, axes, layer.integers(0), 0u, add);
    std::vector<int32_t> values(sums.size());
    for (size_t i = 0; i < sums.size(); ++i)
      values[i] =
          evalReduce(static_cast<int32_t>(sums[i]), scales, mode, range);
    layer.setIntegers(values);
    return llvm::Error::success();
  }
  if (layer.isPlainInteger(op.getInput())) {
    const std::vector<uint64_t> sums = reduce<uint64_t, int64_t>(
        layer, axes, layer.wideIntegers(0), uint64_t(0), add);
    std::vector<int64_t> values(sums.begin(), sums.end());
    for (int64_t &value : values)
      value /= divisor;
    layer.setWrapped(values);
    return llvm::Error::success();
  }
  const std::vector<double> sums =
      reduce<double, float>(layer, axes, layer.real(0), 0.0, add);
  std::vector<float> values(sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    values[i] = sums[i] / divisor;
  layer.setReal(values);
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::ReduceMeanOp op, Layer &layer) {
  const int64_t count = nn::getReducedCount(op, op.getAxes());
  if (count == 0)
    return layer.error("expects at least one element to take the mean of");
  return evalScaled(op, layer, prepareMean, count);
}
llvm::Error interpreter::eval(nn::ReduceSumOp op, Layer &layer) {
  return evalScaled(op, layer, prepareSum, /*divisor=*/1);
}

//===----------------------------------------------------------------------===//
// Maximum and minimum
//===----------------------------------------------------------------------===//

/// `choose(a, b)` is one of its arguments; `isMaximum` says which start loses
/// against everything.
template <typename OpT, typename Choose>
static llvm::Error evalExtreme(OpT op, Layer &layer, bool isMaximum,
                               Choose choose) {
  ArrayRef<int64_t> axes = op.getAxes();
  const bool isQuantized = bool(nn::getQuantizedType(op.getInput()));
  if (layer.isPlainInteger(op.getInput()) ||
      (isQuantized && layer.haveOneElementType())) {
    using Limits = std::numeric_limits<int64_t>;
    layer.setWrapped(reduce<int64_t, int64_t>(
        layer, axes, layer.wideIntegers(0),
        isMaximum ? Limits::min() : Limits::max(), choose));
    return llvm::Error::success();
  }
  constexpr float infinity = std::numeric_limits<float>::infinity();
  layer.setReal(reduce<float, float>(layer, axes, layer.real(0),
                                     isMaximum ? -infinity : infinity, choose));
  return llvm::Error::success();
}

llvm::Error interpreter::eval(nn::ReduceMaxOp op, Layer &layer) {
  return evalExtreme(op, layer, /*isMaximum=*/true,
                     [](auto a, auto b) { return a < b ? b : a; });
}
llvm::Error interpreter::eval(nn::ReduceMinOp op, Layer &layer) {
  return evalExtreme(op, layer, /*isMaximum=*/false,
                     [](auto a, auto b) { return b < a ? b : a; });
}
