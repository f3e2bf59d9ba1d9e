//===- RecurrentLoops.h - Loops of recurrent layers -------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What LSTM and GRU have in common: their weights as a RecurrentPlan lays them
// out, the product with the inputs of many steps, the loop over steps, and the
// product with a state.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_RECURRENT_RECURRENTLOOPS_H
#define PARE_LIB_TARGET_CPU_RECURRENT_RECURRENTLOOPS_H

#include "Emit/Lowering.h"
#include "Recurrent/RecurrentPlan.h"

namespace pare::cpu {

/// The weights of a recurrent layer as buffers.
struct RecurrentWeights {
  Value filter, bias;
  /// Of each StateProduct of the plan.
  llvm::SmallVector<Value, 2> states;
  /// What is added to a product with a state at each place of the plan; null
  /// for a layer that has none.
  Value recurrentBias;

  /// Packed by the compiler, or here if the network computes them.
  static RecurrentWeights of(Layer &e, const RecurrentPlan &plan,
                             kernel::LstmOp op);
  static RecurrentWeights of(Layer &e, const RecurrentPlan &plan,
                             kernel::GruOp op);
};

/// Some vectors of a layout with whose sums a state is multiplied at once.
struct StatePanel {
  const GateLayout &layout;
  /// Where it begins, and its first unit.
  Value place, unit;
  int64_t blocks, vectors;
  bool hasTail;

  /// The gate of each lane of a vector.
  llvm::SmallVector<int64_t> gatesOf(int64_t vector) const;

  /// Calls `body` for each vector of units and for those left over: the first
  /// unit, how many there are, and for each of `all`, which are vectors of this
  /// panel, those of the gates of these units. What is left over stands in
  /// vectors of the least power of two, from four on, with something in their
  /// last lanes: divisions and gathers take as long as vectors are wide.
  using Body =
      llvm::function_ref<void(Value unit, int64_t count,
                              llvm::ArrayRef<llvm::SmallVector<Value>> gates)>;
  void forUnits(Emitter &e, llvm::ArrayRef<llvm::SmallVector<Value>> all,
                Body body) const;

private:
  Value tailGate(Emitter &e, llvm::ArrayRef<Value> vectors, int64_t gate) const;
};

class RecurrentLoops {
public:
  /// The sums of the inputs go through `epilogue`.
  RecurrentLoops(Layer &e, const RecurrentPlan &plan, Value input,
                 const RecurrentWeights &weights,
                 kernel::EpilogueAttr epilogue);

  /// What a step knows: the index of its vectors in input and output, which of
  /// two states it finds (0 or `paddedUnits`) and which one it leaves.
  struct Step {
    Value at, found, left;
    /// Of its sums in the buffer of all.
    Value sums;
  };
  /// `start` begins a sequence.
  void build(llvm::function_ref<void()> start,
             llvm::function_ref<void(const Step &)> step);

  /// The sums of the input of a vector of product `index`.
  Value inputSums(const Step &step, int64_t index, Value place);

  /// Multiplies the elements of `state` from `at` on with the weights of
  /// product `index`. `start` gives what is added, for the vector at a place;
  /// `finish` gets the sums of a panel.
  void multiplyState(
      int64_t index, Value state, Value at,
      llvm::function_ref<Value(Value place)> start,
      llvm::function_ref<void(const StatePanel &, llvm::SmallVector<Value>)>
          finish);

  void zeroFill(Value buffer);

private:
  void multiplyInputs(Value row);
  llvm::SmallVector<Value> overSteps(int64_t steps, llvm::ArrayRef<Value> init,
                                     Emitter::CarryingBody oneStep);
  Value broadcastState(const StateProduct &product, Value state, Value at);

  Layer &e;
  const RecurrentPlan &plan;
  const RecurrentWeights &weights;
  kernel::EpilogueAttr epilogue;
  Value input, sums;
};

/// The body of an LSTM of 8-bit integers.
void lowerIntegerLstm(Layer &e, kernel::LstmOp op);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_RECURRENT_RECURRENTLOOPS_H
