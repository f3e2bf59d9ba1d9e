//===- Commands.h - The commands of pare ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DRIVER_COMMANDS_H
#define PARE_DRIVER_COMMANDS_H

#include "pare/Dialect/Kernel/IR/Regions.h"
#include "pare/Driver/Backend.h"
#include "pare/Target/C/Target.h"
#include "pare/Target/CPU/CodeOptions.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace pare::driver {

/// What `pare compile` writes.
enum class Emit {
  /// The network in nn, as text or (.mlirbc) bytecode.
  NN,
  /// The network in kernel, with a planned arena, likewise.
  Kernel,
  /// Assembly text, and a C header beside it.
  Assembly,
  /// An object file, and a C header beside it.
  Object,
  /// A shared library, and a C header beside it.
  Shared,
  /// C99 source, and its header beside it.
  C,
  /// A directory with C99 source, its header and a CMakeLists.txt.
  Project
};

/// `pare compile`: compresses a network and writes it in another form.
struct CompileCommand {
  std::string network;
  std::string output;
  /// Quantize to int8, with ranges from `calibrate`.
  bool quantize = false;
  /// .npy or .npz file; its elements are used as `x * inputScale +
  /// inputOffset`.
  std::string calibrate;
  double inputScale = 1.0;
  double inputOffset = 0.0;
  /// Use at most so many samples; 0 for all.
  int64_t calibrateLimit = 0;
  /// Names of layers that are not quantized.
  std::vector<std::string> floatLayers;
  /// Keep f32 inputs and outputs at the border of a quantized network.
  bool floatBorders = false;
  /// Take the mean error of rounded weights, seen on the samples, out of
  /// biases.
  bool correctBias = false;
  /// Width of quantized weights, 2 to 8.
  unsigned weightBits = 8;
  /// Share of the weights to prune, in [0, 1); 0 for none.
  double prune = 0.0;
  /// Rows (output channels) and columns of the blocks that are pruned and
  /// stored whole.
  int64_t blockRows = 1;
  int64_t blockColumns = 1;
  /// Take the block that suits the target in place of these; single weights
  /// for C.
  bool autoBlock = false;
  /// Without a value: what the network says, or else Fixed for C and Float for
  /// everything else.
  std::optional<nn::RequantMode> requant;
  /// "c" or the name of a microcontroller (pare/Target/C/Target.h), that of a
  /// CPU (pare/Target/CPU/TargetInfo.h); without a value, the one that fits
  /// what is emitted.
  std::optional<std::string> target;
  /// Without a value: what the extension of `output` says.
  std::optional<Emit> emit;
  /// What decides about code beside the target. `sparsify` is for everything
  /// that is written: without a value, machine code gets the form of each layer
  /// that is expected to be faster (kernel-choose-sparse), integer layers in C
  /// for microcontrollers that of which `optimize` wants less, and everything
  /// else pruned f32 layers sparsely from 0.7 on, which is smaller.
  /// `keepDeadChannels` is for C too, the rest for machine code.
  cpu::CodeOptions code;
  /// Machine code: a file of measured choices to use as `code.tuning`, and to
  /// write what it does not have yet, measured, to; one that does not exist is
  /// made. Empty for none.
  std::string tune;
  /// Prefix of the symbols in what is emitted; empty for the stem of `output`.
  std::string name;
  /// C code: what it is to have little of.
  COptimize optimize = COptimize::Balanced;
  /// C code: bytes of RAM (arena, inputs, outputs) and of flash (code,
  /// constants) that it may take; 0 for no limit.
  int64_t ram = 0, flash = 0;
  /// C code: in place of bytes of RAM, several memories, the fastest first; and
  /// the one of them for inputs and outputs, or empty for any.
  std::vector<kernel::MemoryRegion> ramRegions;
  std::string ioRegion;
  /// C code for microcontrollers: keep inputs and outputs out of the arena.
  bool separateIO = false;
  /// C code in a directory: compile a static library too.
  bool library = false;
  /// Print the plan of the arena.
  bool printPlan = false;
  /// A file for a picture of the plan, or empty.
  std::string memorySvg;
  /// Print what each step did.
  bool printReport = false;
};
/// Writes the report, if it is wanted, to `os`.
llvm::Error compileNetwork(const CompileCommand &command,
                           llvm::raw_ostream &os);

/// `pare run`: runs every sample and writes the outputs.
struct RunCommand {
  std::string network;
  /// One .npy file for each input, with equally many samples.
  std::vector<std::string> inputs;
  /// One .npy file to write for each output, the samples along a first axis
  /// before the output's own.
  std::vector<std::string> outputs;
  RunOptions run;
};
llvm::Error runNetwork(const RunCommand &command);

/// `pare eval`: accuracy on labelled samples.
struct EvalCommand {
  std::string network;
  std::string inputs;
  std::string labels;
  /// The network sees `x * inputScale + inputOffset`.
  double inputScale = 1.0;
  double inputOffset = 0.0;
  /// Added to each label.
  int64_t labelOffset = 0;
  /// Another network to compare with, or empty.
  std::string against;
  /// The samples [skip, skip + limit) are used.
  int64_t skip = 0;
  int64_t limit = std::numeric_limits<int64_t>::max();
  bool json = false;
  RunOptions run;
};
llvm::Error evalNetwork(const EvalCommand &command, llvm::raw_ostream &os);

/// `pare bench`: time of one run.
struct BenchCommand {
  std::string network;
  /// Timed runs; 0 for as many as fit into a second.
  int64_t runs = 0;
  /// Time each operation of the compiled network instead.
  bool layers = false;
  bool json = false;
  RunOptions run;
};
llvm::Error benchNetwork(const BenchCommand &command, llvm::raw_ostream &os);

/// `pare info`: what a network consists of.
struct InfoCommand {
  std::string network;
  bool json = false;
  /// Show the memory that C code takes instead: for each microcontroller, or
  /// the plan for `target`.
  bool memory = false;
  std::optional<std::string> target;
};
llvm::Error describeNetwork(const InfoCommand &command, llvm::raw_ostream &os);

} // namespace pare::driver

#endif // PARE_DRIVER_COMMANDS_H
