//===- RunTimePacking.h - Packs weights in the network ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights that the network computes, or the right side of a product of two of
// its values, are brought into the layout of a ContractPlan before they are
// multiplied: by vectors, in time that a few rows of the product take.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_RUNTIMEPACKING_H
#define PARE_LIB_TARGET_CPU_CONTRACT_RUNTIMEPACKING_H

#include "Contract/ContractPlan.h"
#include "Emit/Layer.h"

namespace pare::cpu {

class RunTimePacking {
public:
  /// For a plan with `packsAtRunTime`. Takes scratch memory.
  RunTimePacking(Layer &e, const ContractPlan &plan);

  /// Packs the flat buffer `source`: the terms of each channel, one channel
  /// after the other, or (of one group and one run) a row of all channels for
  /// each term. `bias` has an element for each channel or is null.
  void packChannels(Value source, Value bias);
  void packTerms(Value source, Value bias);

  Value filter() const { return packed; }
  Value bias() const { return packedBias; }

private:
  /// A vector of columns in a panel.
  struct Columns {
    /// Of the filter's first step, and of the bias.
    Value at, place;
    /// The first channel of the panel, and the channels of the lanes from it
    /// on.
    Value channel;
    llvm::SmallVector<int64_t> lanes;
    /// Channels that exist from `channel` on.
    int64_t valid;
    /// Elements from one step to the next.
    int64_t stride;
  };
  void forColumns(llvm::function_ref<void(const Columns &)> body);
  /// Packs `count` terms of columns from `term` on, which begin at `step`.
  Value packBlock(const Columns &columns, Value source, Value term, Value step,
                  int64_t count, Value sums);
  Value packStep(const Columns &columns, Value source, Value step,
                 int64_t count, Value sums);
  void finish(const Columns &columns, Value sums, Value bias);

  Value centered(Value x, int64_t valid);
  Value addTerms(Value weights, Value sums);
  Value noSums();
  bool needsSums() const;

  Layer &e;
  const ContractPlan &plan;
  Type weight;
  Value packed, packedBias;
};

/// The columns of a square of 32-bit elements, for its rows.
llvm::SmallVector<Value> transposeSquare(Emitter &e,
                                         llvm::ArrayRef<Value> rows);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_RUNTIMEPACKING_H
