//===- pare-random-networks.cpp - Random networks through all back ends ---===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   pare-random-networks [--first=S] [--count=N] [--mode=fixed|float]
//       [--sparse] [--with=jit,shared,emulated,c --directory=D [--cc=gcc]
//       [--c-target=cortex-m4]]
//       [--workers=N] [--target=NAME --emulator=PROGRAM,ARGUMENT...]
//       [--stripes=N] [--wide] [--parts]
//
// runs the networks of the seeds S to S + N - 1 through the interpreter, as
// they are and after the exact passes on nn, and through the back ends of
// --with. Every element of every output must be the same everywhere. The first
// network that differs is printed, with its seed. With --sparse, the weights of
// the networks are mostly zero blocks, stored sparsely after the first run.
// With --stripes, networks are chains of depthwise and 1x1 convolutions, and
// those in shared and emulated libraries run so many rows at a time. With
// --wide, they are such chains of many channels. With --parts, they join, cut
// and pad rows of images.
//
//===----------------------------------------------------------------------===//

#include "Backends.h"
#include "RandomNetwork.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Registration/Registration.h"
#include "pare/Runtime/Signature.h"
#include "pare/Runtime/ThreadPool.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
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

static llvm::cl::opt<bool>
    sparse("sparse", llvm::cl::desc("Networks with sparse weights"));
static llvm::cl::opt<bool>
    feedforward("feedforward", llvm::cl::desc("Networks without LSTMs"));
static llvm::cl::list<std::string>
    with("with", llvm::cl::CommaSeparated,
         llvm::cl::desc("Back ends to compare: jit, shared, emulated, c"));
static llvm::cl::opt<int64_t>
    workers("workers", llvm::cl::init(1),
            llvm::cl::desc("Threads of jit and shared, which share every layer "
                           "if there are several"));
static llvm::cl::opt<std::string> target("target",
                                         llvm::cl::desc("CPU that is emulated"),
                                         llvm::cl::init("native"));
static llvm::cl::list<std::string>
    emulator("emulator", llvm::cl::CommaSeparated,
             llvm::cl::desc("What runs a library for that CPU"));
static llvm::cl::opt<int64_t>
    tiles("tiles", llvm::cl::init(-1),
          llvm::cl::desc("Size of the tiles of 3x3 convolutions on that CPU, "
                         "negative for what it decides"));
static llvm::cl::opt<int64_t>
    stripes("stripes", llvm::cl::init(0),
            llvm::cl::desc("Chains that run so many rows at a time"));
static llvm::cl::opt<bool> wide("wide",
                                llvm::cl::desc("Chains of up to 256 channels"));
static llvm::cl::opt<bool>
    parts("parts", llvm::cl::desc("Networks of concatenations and slices"));
static llvm::cl::opt<std::string>
    directory("directory", llvm::cl::desc("Where libraries and C code go"),
              llvm::cl::init("."));
static llvm::cl::opt<std::string>
    cTarget("c-target", llvm::cl::desc("Processor that the C code is for"),
            llvm::cl::init("c99"));
static llvm::cl::opt<COptimize> cOptimize(
    "c-optimize", llvm::cl::desc("What the C code is to have little of"),
    llvm::cl::init(COptimize::Speed),
    llvm::cl::values(clEnumValN(COptimize::Speed, "speed", "instructions"),
                     clEnumValN(COptimize::Size, "size", "bytes")));
static llvm::cl::opt<std::string> cc("cc", llvm::cl::desc("C compiler"),
                                     llvm::cl::init("gcc"));

/// Networks that are compiled together: a C compiler that starts once for many
/// is several times faster.
static constexpr uint64_t kBatch = 25;

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
  passes.addPass(nn::createEliminateDeadChannelsPass());
  nn::FoldScalesPassOptions scales;
  scales.mode = mode;
  passes.addPass(nn::createFoldScalesPass(scales));
  if (failed(passes.run(module)))
    return llvm::createStringError("a pass failed");
  return llvm::Error::success();
}

/// Stores filters of zero blocks sparsely.
static llvm::Error sparsify(ModuleOp module, test::WeightBlock block) {
  PassManager passes(module.getContext());
  nn::SparsifyPassOptions options;
  options.threshold = 0.0;
  options.blockRows = block.rows;
  options.blockColumns = block.columns;
  passes.addPass(nn::createSparsifyPass(options));
  if (failed(passes.run(module)))
    return llvm::createStringError("weights cannot be stored sparsely");
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

namespace {
/// A network, what it is run on and what must come out.
struct Case {
  uint64_t seed;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  Tensors inputs, expected;

  llvm::Error fail(llvm::Error error) {
    module->print(llvm::errs());
    return llvm::createStringError("seed " + Twine(seed) + ": " +
                                   llvm::toString(std::move(error)));
  }
};
} // namespace

/// Fills in the inputs and what the interpreter makes of them, and compares
/// with the network after the exact passes.
static llvm::Error prepareCase(Case &test) {
  llvm::Expected<func::FuncOp> func = findNetwork(*test.module);
  if (!func)
    return func.takeError();
  llvm::Expected<Signature> signature = getSignature(*func);
  if (!signature)
    return signature.takeError();
  for (const TensorInfo &input : signature->inputs)
    test.inputs.push_back(test::makeRandomInput(input, test.seed));
  llvm::Expected<Tensors> expected = interpret(*test.module, test.inputs);
  if (!expected)
    return expected.takeError();
  test.expected = std::move(*expected);
  if (sparse)
    if (llvm::Error error =
            sparsify(*test.module, test::randomBlock(test.seed)))
      return error;

  OwningOpRef<ModuleOp> prepared = test.module->clone();
  if (llvm::Error error = prepare(*prepared))
    return error;
  llvm::Expected<Tensors> found = interpret(*prepared, test.inputs);
  if (!found)
    return found.takeError();
  return compare(test.expected, *found, "the interpreter after the passes");
}

static llvm::Error checkBackend(test::BackendUnderTest &backend,
                                MutableArrayRef<Case> cases) {
  for (Case &test : cases)
    if (llvm::Error error =
            backend.add(*test.module, "random_" + std::to_string(test.seed)))
      return test.fail(std::move(error));
  auto executables = backend.take();
  if (!executables)
    return executables.takeError();
  for (auto [test, executable] : llvm::zip_equal(cases, *executables)) {
    Tensors outputs;
    if (llvm::Error error = executable->run(test.inputs, outputs))
      return test.fail(std::move(error));
    if (llvm::Error error = compare(test.expected, outputs, backend.getName()))
      return test.fail(std::move(error));
  }
  return llvm::Error::success();
}

static llvm::Expected<std::vector<std::unique_ptr<test::BackendUnderTest>>>
makeBackends() {
  std::shared_ptr<ThreadPool> pool;
  if (workers != 1) {
    auto created = ThreadPool::create(workers, /*processors=*/workers);
    if (!created)
      return created.takeError();
    pool = *created;
  }
  std::vector<std::unique_ptr<test::BackendUnderTest>> backends;
  for (const std::string &name : with) {
    if (name == "jit")
      backends.push_back(test::makeJitBackend(pool));
    else if (name == "shared")
      backends.push_back(test::makeSharedBackend(directory, pool, stripes));
    else if (name == "emulated" && !emulator.empty())
      backends.push_back(test::makeEmulatedBackend(
          directory, target, {emulator.begin(), emulator.end()}, tiles,
          stripes));
    else if (name == "c" && CTarget::lookup(cTarget))
      backends.push_back(test::makeCBackend(
          directory, cc, *CTarget::lookup(cTarget), cOptimize));
    else
      return llvm::createStringError("no back end '" + name + "'");
  }
  return backends;
}

static llvm::Error runAll() {
  auto backends = makeBackends();
  if (!backends)
    return backends.takeError();
  if (std::error_code code = llvm::sys::fs::create_directories(directory))
    return llvm::createStringError(code, "cannot make '" + directory + "'");
  DialectRegistry registry;
  registerAllDialects(registry);
  for (uint64_t seed = first; seed < first + count; seed += kBatch) {
    std::vector<Case> cases;
    for (uint64_t s = seed; s < std::min(seed + kBatch, first + count); ++s) {
      // A context for each: nothing is left from the network before.
      auto context = std::make_unique<MLIRContext>(
          registry, MLIRContext::Threading::DISABLED);
      context->loadDialect<func::FuncDialect, quant::QuantDialect,
                           nn::NNDialect>();
      OwningOpRef<ModuleOp> module = test::makeRandomNetwork(
          context.get(), s, sparse ? test::randomBlock(s) : test::WeightBlock(),
          stripes > 0   ? test::NetworkKind::Chains
          : wide        ? test::NetworkKind::Wide
          : parts       ? test::NetworkKind::Parts
          : feedforward ? test::NetworkKind::Feedforward
                        : test::NetworkKind::Any);
      (*module)->setAttr(nn::NNDialect::kRequantModeAttr,
                         nn::RequantModeAttr::get(context.get(), mode));
      cases.push_back({s, std::move(context), std::move(module), {}, {}});
      if (llvm::Error error = prepareCase(cases.back()))
        return cases.back().fail(std::move(error));
    }
    for (std::unique_ptr<test::BackendUnderTest> &backend : *backends)
      if (llvm::Error error = checkBackend(*backend, cases))
        return error;
  }
  return llvm::Error::success();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv,
                                    "Random networks through all back ends\n");
  if (llvm::Error error = runAll()) {
    llvm::errs() << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  llvm::outs() << count << " networks, every bit the same\n";
  return 0;
}
