//===- pare-random-networks.cpp - Random networks through all back ends ---===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   pare-random-networks [--first=S] [--count=N] [--mode=fixed|float]
//
// runs the networks of the seeds S to S + N - 1 through the interpreter, as
// they are and after the exact passes on nn, and through the back ends. Every
// element of every output must be the same everywhere. The first network that
// differs is printed, with its seed.
//
//===----------------------------------------------------------------------===//

#include "RandomNetwork.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/Signature.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace mlir;
using namespace pare;

static llvm::cl::opt<uint64_t> first("first", llvm::cl::init(1),
                                     llvm::cl::desc("First seed"));
static llvm::cl::opt<uint64_t> count("count", llvm::cl::init(100),
                                     llvm::cl::desc("Number of networks"));
static llvm::cl::opt<nn::RequantMode>
    mode("mode", llvm::cl::desc("Rule of requantization"),
         llvm::cl::init(nn::RequantMode::Fixed),
         llvm::cl::values(clEnumValN(nn::RequantMode::Fixed, "fixed", ""),
                          clEnumValN(nn::RequantMode::Float, "float", "")));

using Tensors = SmallVector<HostTensor>;

static llvm::Expected<Tensors> interpret(ModuleOp module,
                                         ArrayRef<HostTensor> inputs) {
  llvm::Expected<func::FuncOp> func = findNetwork(module);
  if (!func)
    return func.takeError();
  auto interpreter = Interpreter::create(*func);
  if (!interpreter)
    return interpreter.takeError();
  Tensors outputs;
  if (llvm::Error error = (*interpreter)->run(inputs, outputs))
    return std::move(error);
  return outputs;
}

/// The exact passes before lowering.
static llvm::Error prepare(ModuleOp module) {
  PassManager passes(module.getContext());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(nn::createUnsignedToSignedPass());
  passes.addNestedPass<func::FuncOp>(nn::createLegalizeQuantizedPass());
  passes.addPass(createCanonicalizerPass());
  nn::FoldScalesPassOptions scales;
  scales.mode = mode;
  passes.addPass(nn::createFoldScalesPass(scales));
  if (failed(passes.run(module)))
    return llvm::createStringError("a pass failed");
  return llvm::Error::success();
}

/// An error that says where the outputs differ first.
static llvm::Error compare(ArrayRef<HostTensor> expected,
                           ArrayRef<HostTensor> found, StringRef what) {
  if (expected.size() != found.size())
    return llvm::createStringError(what + ": another number of outputs");
  for (size_t k = 0; k < expected.size(); ++k) {
    if (expected[k] == found[k])
      continue;
    for (int64_t i = 0, e = expected[k].getNumElements(); i < e; ++i)
      if (expected[k].getAsDouble(i) != found[k].getAsDouble(i))
        return llvm::createStringError(
            what + ": output " + Twine(k) + ", element " + Twine(i) +
            ": expected " + Twine(int64_t(expected[k].getAsDouble(i))) +
            ", found " + Twine(int64_t(found[k].getAsDouble(i))));
    return llvm::createStringError(what + ": another type of output " +
                                   Twine(k));
  }
  return llvm::Error::success();
}

static llvm::Error check(ModuleOp original, ArrayRef<HostTensor> inputs) {
  llvm::Expected<Tensors> expected = interpret(original, inputs);
  if (!expected)
    return expected.takeError();

  OwningOpRef<ModuleOp> prepared = original.clone();
  if (llvm::Error error = prepare(*prepared))
    return error;
  llvm::Expected<Tensors> found = interpret(*prepared, inputs);
  if (!found)
    return found.takeError();
  return compare(*expected, *found, "the interpreter after the passes");
}

static llvm::Error runSeed(MLIRContext &context, uint64_t seed) {
  OwningOpRef<ModuleOp> module = test::makeRandomNetwork(&context, seed);
  (*module)->setAttr(nn::NNDialect::kRequantModeAttr,
                     nn::RequantModeAttr::get(&context, mode));
  llvm::Expected<func::FuncOp> func = findNetwork(*module);
  if (!func)
    return func.takeError();
  llvm::Expected<Signature> signature = getSignature(*func);
  if (!signature)
    return signature.takeError();
  Tensors inputs;
  for (const TensorInfo &input : signature->inputs)
    inputs.push_back(test::makeRandomInput(input, seed));
  llvm::Error error = check(*module, inputs);
  if (error)
    module->print(llvm::errs());
  return error;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv,
                                    "Random networks through all back ends\n");
  DialectRegistry registry;
  registerPareDialects(registry);
  registry.insert<func::FuncDialect>();
  for (uint64_t seed = first; seed < first + count; ++seed) {
    // A context for each: nothing is left from the network before.
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    if (llvm::Error error = runSeed(context, seed)) {
      llvm::errs() << "seed " << seed << ": "
                   << llvm::toString(std::move(error)) << '\n';
      return 1;
    }
  }
  llvm::outs() << count << " networks, every bit the same\n";
  return 0;
}
