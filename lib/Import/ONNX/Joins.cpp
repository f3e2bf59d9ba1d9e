//===- Joins.cpp - Tensors side by side ---------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

using namespace mlir;
using namespace pare;
using namespace pare::onnx;

static LogicalResult importConcat(Node &node) {
  FailureOr<int64_t> rank = node.getRank(0);
  FailureOr<int64_t> given = node.getInt("axis", 0);
  if (failed(rank) || failed(given))
    return failure();
  FailureOr<int64_t> axis = node.getAxis(*given, *rank);
  if (failed(axis))
    return failure();
  bool channelsLast = false;
  for (size_t i = 0; i < node.getNumInputs(); ++i)
    channelsLast |= node.hasInput(i) && node.isChannelsLast(i);
  SmallVector<Value> parts;
  for (size_t i = 0; i < node.getNumInputs(); ++i) {
    FailureOr<Value> part = node.getInput(i, channelsLast);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  int64_t physical = channelsLast ? toChannelsLast(*axis, *rank) : *axis;
  FailureOr<Value> result = node.create<nn::ConcatOp>(
      getElementTypeOrSelf(parts.front().getType()), parts,
      node.getBuilder().getI64IntegerAttr(physical));
  if (failed(result))
    return failure();
  node.setOutput(0, *result, channelsLast);
  return success();
}

ArrayRef<OperatorEntry> onnx::getJoinOperators() {
  static constexpr OperatorEntry kOperators[] = {
      {"Concat", importConcat, 1, kAnyNumber},
  };
  return kOperators;
}
