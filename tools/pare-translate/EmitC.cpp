//===- EmitC.cpp - pare-translate --nn-to-c, --kernel-to-c ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Translations.h"

#include "pare/Pipelines/Lowering.h"
#include "pare/Registration/Registration.h"
#include "pare/Support/FileOutput.h"
#include "pare/Target/C/EmitC.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;

namespace {
struct EmitCOptions {
  llvm::cl::opt<std::string> name{
      "c-name", llvm::cl::desc("Prefix of the names that the C code declares")};
  llvm::cl::opt<std::string> header{
      "c-header",
      llvm::cl::desc("Also write the header to this file (otherwise its text "
                     "stands in the source)")};
  llvm::cl::opt<pare::nn::RequantMode> mode{
      "c-requant-mode", llvm::cl::desc("Rule of requantization of --nn-to-c"),
      llvm::cl::init(pare::nn::RequantMode::Fixed),
      llvm::cl::values(
          clEnumValN(pare::nn::RequantMode::Fixed, "fixed",
                     "multiplier and shift"),
          clEnumValN(pare::nn::RequantMode::Float, "float", "one f32 factor"))};
  llvm::cl::opt<std::string> target{
      "c-target", llvm::cl::desc("Processor that the C code is for"),
      llvm::cl::init("c99")};
  llvm::cl::opt<pare::COptimize> optimize{
      "c-optimize", llvm::cl::desc("What the C code is to have little of"),
      llvm::cl::init(pare::COptimize::Balanced),
      llvm::cl::values(
          clEnumValN(pare::COptimize::Speed, "speed", "instructions"),
          clEnumValN(pare::COptimize::Balanced, "balanced", "both"),
          clEnumValN(pare::COptimize::Size, "size", "bytes"))};
};
} // namespace

/// Writes a module of kernel.
static LogicalResult writeC(ModuleOp module, const EmitCOptions &options,
                            raw_ostream &os) {
  pare::CEmitOptions emit;
  emit.name = options.name;
  const pare::CTarget *target = pare::CTarget::lookup(options.target);
  if (!target)
    return emitError(module.getLoc())
           << "unknown target '" << options.target << "' for C code";
  emit.isa = target->isa;
  emit.optimize = options.optimize;
  FailureOr<pare::CSource> source = pare::emitC(module, emit);
  if (failed(source))
    return failure();
  if (options.header.empty()) {
    os << pare::joinCSource(*source);
    return success();
  }
  os << source->source;
  if (llvm::Error error = pare::writeFile(options.header, source->header))
    return emitError(module.getLoc()) << llvm::toString(std::move(error));
  return success();
}

void pare::registerCTranslations() {
  static EmitCOptions options;
  TranslateFromMLIRRegistration fromKernel(
      "kernel-to-c", "Write a planned network of kernel in C99",
      [](ModuleOp module, raw_ostream &os) {
        return writeC(module, options, os);
      },
      [](DialectRegistry &registry) { registerAllDialects(registry); });
  TranslateFromMLIRRegistration fromNN(
      "nn-to-c", "Lower a network of nn and write it in C99",
      [](ModuleOp module, raw_ostream &os) -> LogicalResult {
        PassManager manager(module.getContext());
        KernelPipelineOptions lowering;
        lowering.requantMode = options.mode;
        buildKernelPipeline(manager, lowering);
        if (failed(manager.run(module)))
          return failure();
        return writeC(module, options, os);
      },
      [](DialectRegistry &registry) { registerAllDialects(registry); });
}
