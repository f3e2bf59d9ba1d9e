//===- SparseLiterals.cpp - Sparse weights as part of the code ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/SparseLiterals.h"
#include "Emit/ConstantValues.h"
#include "Sparse/SparseRows.h"

using namespace mlir;

namespace pare::cpu {

std::optional<SparseLiterals> SparseLiterals::of(SymbolTable &symbols,
                                                 kernel::SparseContractOp op,
                                                 const SparsePlan &plan) {
  if (!plan.isLiteral())
    return std::nullopt;
  SparseLiterals read;
  read.positions = constantValues<int32_t>(symbols, op.getPositions());
  read.coordinates = constantValues<int32_t>(symbols, op.getCoordinates());
  read.values = constantValues<float>(symbols, op.getValues());
  read.bias.assign(plan.channels, 0.0f);
  if (op.getBias())
    read.bias = constantValues<float>(symbols, op.getBias());
  if (read.positions.empty() || read.coordinates.empty() ||
      read.values.empty() || read.bias.empty())
    return std::nullopt;
  return read;
}

SmallVector<Value>
SparseLiterals::multiply(Layer &e, const SparsePlan &plan, int64_t channel,
                         int64_t count, int64_t vectors,
                         function_ref<Value(int64_t, int64_t)> load) const {
  const VectorType type = e.vec(e.f32(), plan.lanes);
  SmallVector<Value> sums;
  // What is left of each channel's list, the least column of which is next.
  SmallVector<std::pair<int32_t, int32_t>> left;
  for (int64_t c = channel; c < channel + count; ++c) {
    sums.append(vectors, e.constant(type, double(bias[c])));
    left.push_back({positions[c], positions[c + 1]});
  }
  while (true) {
    int64_t column = plan.depth;
    for (auto [next, end] : left)
      if (next < end)
        column = std::min<int64_t>(column, coordinates[next]);
    if (column == plan.depth)
      return sums;
    SmallVector<Value> pixels;
    for (int64_t v = 0; v < vectors; ++v)
      pixels.push_back(load(column, v));
    for (auto [c, list] : llvm::enumerate(left)) {
      if (list.first == list.second || coordinates[list.first] != column)
        continue;
      Value weight = e.constant(type, double(values[list.first++]));
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = sums[c * vectors + v];
        sum = addStep(e, plan, pixels[v], weight, sum);
      }
    }
  }
}

} // namespace pare::cpu
