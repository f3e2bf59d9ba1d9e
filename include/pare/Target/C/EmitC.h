//===- EmitC.h - A network as C99 source ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

/// \file
/// The back end for microcontrollers: a network of the kernel dialect becomes a
/// header and a source file in C99, without heap, operating system or run-time
/// library. What the code computes on integers is what docs/numerics.md says,
/// to the bit.

#ifndef PARE_TARGET_C_EMITC_H
#define PARE_TARGET_C_EMITC_H

#include "mlir/IR/BuiltinOps.h"
#include "pare/Target/C/Target.h"
#include <string>
#include <vector>

namespace pare {

struct CEmitOptions {
  /// Prefix of everything that the header declares, and the stem of the name of
  /// the header. What C does not allow in a name becomes '_'. Empty: the name
  /// of the network's function.
  std::string name;
  /// The instructions that kernels may use. No choice changes results.
  CIsa isa = CIsa::Portable;
  COptimize optimize = COptimize::Balanced;
  /// Integer layers of processors with the DSP extension may keep only their
  /// nonzero weights, as lists, where that wins.
  bool sparse = true;
};

/// The two files of a network.
struct CSource {
  /// The prefix that was used: `stem + ".h"` is what the source includes.
  std::string stem;
  std::string header;
  std::string source;
  /// Bytes of the arena: those of the plan, and the room of single layers.
  int64_t arenaBytes = 0;
  /// Bytes of the weights.
  int64_t weightBytes = 0;
  /// Bytes of the arena in each of several memories; empty if there is one.
  std::vector<int64_t> regionBytes = {};
};

/// Writes the network of `module`: its one function with the attribute
/// `kernel.num_inputs`, whose buffers have places in the arena
/// (kernel-plan-memory). The text depends on the module and the options alone.
///
/// Fails after one error, which names the layer, if an operation has no form in
/// C or a buffer no place.
llvm::FailureOr<CSource> emitC(mlir::ModuleOp module,
                               const CEmitOptions &options = {});

/// One text that compiles alone: the source with the header in the place of
/// its #include.
std::string joinCSource(const CSource &source);

} // namespace pare

#endif // PARE_TARGET_C_EMITC_H
