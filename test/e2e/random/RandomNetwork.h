//===- RandomNetwork.h - Small random networks of integers ------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Networks that nobody would draw: random layers with random shapes, strides,
// paddings, dilations, groups, scales, zero points, activations and residuals,
// on int8 or uint8 tensors. They hold the interpreter and the back ends
// together where hand-written cases do not look.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TEST_E2E_RANDOM_RANDOMNETWORK_H
#define PARE_TEST_E2E_RANDOM_RANDOMNETWORK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "pare/Runtime/Executable.h"

namespace pare::test {

/// Rows (output channels) and columns of the blocks that weights consist of.
struct WeightBlock {
  int64_t rows = 0, columns = 0;
};

/// Which layers networks have: any, any but recurrent ones, those that run in
/// stripes together, the same with many channels and few pixels, or
/// concatenations, slices, splits and padding of rows, with a few others
/// between them.
enum class NetworkKind { Any, Feedforward, Chains, Wide, Parts };

/// The network that `seed` stands for: a verified module with one function
/// @main of quantized tensors. The same seed gives the same network, always.
/// With a `block`, filters of convolutions and matrix products consist of such
/// blocks, most of which are zero.
mlir::OwningOpRef<mlir::ModuleOp>
makeRandomNetwork(mlir::MLIRContext *context, uint64_t seed,
                  WeightBlock block = {}, NetworkKind kind = NetworkKind::Any);

/// The block for the networks with sparse weights of that seed.
WeightBlock randomBlock(uint64_t seed);

/// Random stored values for an input, extremes included.
HostTensor makeRandomInput(const TensorInfo &input, uint64_t seed);

} // namespace pare::test

#endif // PARE_TEST_E2E_RANDOM_RANDOMNETWORK_H
