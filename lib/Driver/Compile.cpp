//===- Compile.cpp - pare compile -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "pare/Driver/Commands.h"
#include "pare/Pipelines/Pipelines.h"
#include "pare/Support/FileOutput.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

/// Combinations of options that make no sense.
static llvm::Error checkOptions(const CompileCommand &command) {
  if (command.quantize && command.calibrate.empty())
    return llvm::createStringError(
        "--quantize=int8 needs samples: --calibrate=X.npy");
  if (!command.quantize && !command.calibrate.empty())
    return llvm::createStringError(
        "--calibrate is of use with --quantize=int8 alone");
  if (!(command.prune >= 0.0 && command.prune < 1.0))
    return llvm::createStringError("expected --prune in [0, 1), found " +
                                   std::to_string(command.prune));
  if (command.weightBits < 2 || command.weightBits > 8)
    return llvm::createStringError(
        "expected --weight-bits from 2 to 8, found " +
        std::to_string(command.weightBits));
  return llvm::Error::success();
}

static void buildCompression(OpPassManager &passes,
                             const CompileCommand &command) {
  if (command.quantize) {
    Int8PipelineOptions options;
    options.samples = command.calibrate;
    options.inputScale = command.inputScale;
    options.inputOffset = command.inputOffset;
    options.limit = command.calibrateLimit;
    options.weightBits = command.weightBits;
    options.requantMode = command.requant;
    options.sparsity = command.prune;
    buildInt8Pipeline(passes, options);
    return;
  }
  buildSimplifyPipeline(passes, SimplifyPipelineOptions());
  if (command.prune > 0.0) {
    nn::PrunePassOptions prune;
    prune.sparsity = command.prune;
    passes.addPass(nn::createPrunePass(prune));
  }
}

/// IR as text, or as bytecode for a path that ends in .mlirbc.
static llvm::Error writeModule(ModuleOp module, llvm::StringRef path) {
  return writeFile(path, [&](llvm::raw_ostream &os) -> llvm::Error {
    if (llvm::sys::path::extension(path) != ".mlirbc") {
      module->print(os, OpPrintingFlags().enableDebugInfo());
      os << '\n';
      return llvm::Error::success();
    }
    if (failed(writeBytecodeToFile(module, os)))
      return llvm::createStringError(path + ": cannot write bytecode");
    return llvm::Error::success();
  });
}

llvm::Error pare::driver::compileNetwork(const CompileCommand &command) {
  if (llvm::Error error = checkOptions(command))
    return error;
  llvm::Expected<Network> network = Network::load(command.network);
  if (!network)
    return network.takeError();
  if (llvm::Error error = network->runPasses(
          [&](OpPassManager &passes) { buildCompression(passes, command); }))
    return error;
  return writeModule(network->getModule(), command.output);
}
