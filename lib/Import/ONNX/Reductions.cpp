//===- Reductions.cpp - Reductions --------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include <numeric>

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

/// The list of axes is an attribute at first, an input since operator set
/// `since`.
template <typename OpT, int64_t since, typename... More>
static LogicalResult createReduction(Node &node, More... more) {
  FailureOr<int64_t> rank = node.getRank(0);
  FailureOr<int64_t> keep = node.getInt("keepdims", 1);
  FailureOr<int64_t> emptyIsNone = node.getInt("noop_with_empty_axes", 0);
  auto list = node.getAxesList("axes", 1, since);
  if (failed(rank) || failed(keep) || failed(emptyIsNone) || failed(list))
    return failure();
  SmallVector<int64_t> given = list->value_or(SmallVector<int64_t>());
  if (given.empty() && *emptyIsNone) {
    FailureOr<Entry *> entry = node.getEntry(0);
    if (succeeded(entry))
      node.setOutput(0, **entry);
    return entry;
  }
  if (given.empty()) {
    given.resize(*rank);
    std::iota(given.begin(), given.end(), 0);
  }
  FailureOr<SmallVector<int64_t>> axes = node.getAxes(given, *rank);
  if (failed(axes))
    return failure();

  // Where dimensions go away, the others must be left in logical order: the
  // channels, which stand last, are reduced too or no image dimension is left.
  bool channelsLast = node.isChannelsLast(0);
  if (channelsLast && !*keep && !llvm::is_contained(*axes, 1))
    for (int64_t d = 2; d < *rank; ++d)
      channelsLast &= llvm::is_contained(*axes, d);
  FailureOr<Value> input = node.getInput(0, channelsLast);
  if (failed(input))
    return failure();
  SmallVector<int64_t> physical;
  for (int64_t axis : *axes)
    physical.push_back(channelsLast ? toChannelsLast(axis, *rank) : axis);
  llvm::sort(physical);
  FailureOr<Value> result = node.create<OpT>(
      getElementTypeOrSelf(input->getType()), *input, node.getArray(physical),
      *keep ? node.getBuilder().getUnitAttr() : UnitAttr(), more...);
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast && *keep);
  return success();
}

template <typename OpT, int64_t since>
static LogicalResult importScaled(Node &node) {
  return createReduction<OpT, since>(node, nn::ScalesAttr());
}

template <typename OpT, int64_t since>
static LogicalResult importPlain(Node &node) {
  return createReduction<OpT, since>(node);
}

ArrayRef<OperatorEntry> onnx::getReductionOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"ReduceMean", importScaled<nn::ReduceMeanOp, 18>, 1, 2},
      {"ReduceSum", importScaled<nn::ReduceSumOp, 13>, 1, 2},
      {"ReduceMax", importPlain<nn::ReduceMaxOp, 18>, 1, 2},
      {"ReduceMin", importPlain<nn::ReduceMinOp, 18>, 1, 2},
  };
  return kOperators;
}
