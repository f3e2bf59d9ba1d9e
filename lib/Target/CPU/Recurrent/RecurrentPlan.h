//===- RecurrentPlan.h - How the sums of gates are laid out -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recurrent layer is one product of matrices for the inputs of many steps,
// and for each step a product of the state with the recurrent weights. Both
// have the sums of all gates side by side, so that the vectors are full
// whatever the number of units is. kernel-pack-weights and the lowering compute
// the plan from the operation and the target.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_RECURRENT_RECURRENTPLAN_H
#define PARE_LIB_TARGET_CPU_RECURRENT_RECURRENTPLAN_H

#include "Contract/ContractPlan.h"

namespace pare::cpu {

/// The sums of some gates of all units: for each vector of units a vector of
/// every gate (a block); then the units that are left over, gate after gate
/// without gaps, filled up to whole vectors.
struct GateLayout {
  /// Gates [firstGate, firstGate + gates) of the layer.
  int64_t firstGate = 0, gates = 1, units = 0, lanes = 4;

  int64_t blocks() const { return units / lanes; }
  int64_t tailUnits() const { return units % lanes; }
  int64_t tailVectors() const {
    return (gates * tailUnits() + lanes - 1) / lanes;
  }
  int64_t vectors() const { return blocks() * gates + tailVectors(); }
  int64_t places() const { return vectors() * lanes; }

  /// The gate, counted from `firstGate`, at a place; the last one where there
  /// is none.
  int64_t gateAt(int64_t place) const;
  /// gate * units + unit in the layer's weights at a place, -1 for none.
  int64_t rowAt(int64_t place) const;
};

/// The product of the state with the recurrent weights of a layout's gates. The
/// sums of a panel are in registers; panels consist of whole blocks, the last
/// one has the rest. Packed weights are, panel by panel,
///
///   f32: [term][width]        16 bit: [term / 2][width][2]
struct StateProduct {
  GateLayout layout;
  int64_t terms = 0, perStep = 1, blocksPerPanel = 1;

  int64_t steps() const { return (terms + perStep - 1) / perStep; }
  int64_t fullPanels() const { return layout.blocks() / blocksPerPanel; }
  int64_t panelVectors() const { return blocksPerPanel * layout.gates; }
  /// Of the last panel; 0 if there is none.
  int64_t restBlocks() const { return layout.blocks() % blocksPerPanel; }
  int64_t restVectors() const {
    return restBlocks() * layout.gates + layout.tailVectors();
  }

  /// Where each packed weight is in the layer's, -1 for a zero.
  llvm::SmallVector<int64_t> order() const;
};

struct RecurrentPlan {
  bool integer = false, timeMajor = false;
  int64_t batches = 0, steps = 0, inputs = 0, units = 0;
  /// One after the other, a product waits for the ones before.
  llvm::SmallVector<StateProduct, 2> states;
  /// Columns are the places of all layouts, one after the other.
  ContractPlan input;
  /// Steps whose inputs are multiplied at once: those of all sequences, or some
  /// of one.
  int64_t chunk = 0;

  static RecurrentPlan of(kernel::LstmOp op, const TargetInfo &target);
  static RecurrentPlan of(kernel::GruOp op, const TargetInfo &target);

  int64_t places() const;
  /// The row of the layer's weights of each of them, -1 for none.
  llvm::SmallVector<int64_t> rows() const;
  bool isChunked() const { return chunk < batches * steps; }
  /// Elements of a state, filled up to whole vectors.
  int64_t paddedUnits() const;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_RECURRENT_RECURRENTPLAN_H
