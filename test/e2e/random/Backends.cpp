//===- Backends.cpp - Back ends under test --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backends.h"

#include "mlir/Pass/PassManager.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Runtime/NativeExecutable.h"
#include "pare/Runtime/Signature.h"
#include "pare/Support/FileOutput.h"
#include "pare/Target/C/EmitC.h"
#include "pare/Target/C/Memory.h"
#include "pare/Target/CPU/CodeGen.h"
#include "pare/Target/CPU/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include <cstring>

using namespace mlir;
using namespace pare;
using namespace pare::test;

BackendUnderTest::~BackendUnderTest() = default;

static LogicalResult lowerToKernel(ModuleOp module, bool fusesAll) {
  KernelPipelineOptions options;
  options.requantMode = nn::getRequantMode(module);
  options.fuseIntegerResidualsFrom = fusesAll ? 0 : -1;
  options.fuseAllTables = fusesAll;
  PassManager passes(module.getContext());
  buildKernelPipeline(passes, options);
  return passes.run(module);
}

/// The signature of the one network of a module.
static llvm::Expected<Signature> signatureOf(ModuleOp module) {
  llvm::Expected<func::FuncOp> network = findNetwork(module);
  if (!network)
    return network.takeError();
  return getSignature(*network);
}

namespace {
/// Executables that are ready as soon as they are added.
class EagerBackend : public BackendUnderTest {
public:
  llvm::Expected<std::vector<std::unique_ptr<Executable>>> take() override {
    return std::exchange(ready, {});
  }

protected:
  llvm::Error keep(llvm::Expected<std::unique_ptr<Executable>> executable) {
    if (!executable)
      return executable.takeError();
    ready.push_back(std::move(*executable));
    return llvm::Error::success();
  }

private:
  std::vector<std::unique_ptr<Executable>> ready;
};

class JitBackend : public EagerBackend {
public:
  explicit JitBackend(std::shared_ptr<ThreadPool> pool) {
    options.pool = std::move(pool);
    // Sparse weights are tested as they are; elsewhere targets decide.
    options.code.sparsify = 0.0;
    if (options.pool)
      options.threadCycles = 0;
  }
  llvm::StringRef getName() const override { return "jit"; }
  llvm::Error add(ModuleOp module, llvm::StringRef) override {
    return keep(createJitExecutable(module, options));
  }

private:
  JitOptions options;
};

/// Computes all 3x3 convolutions that can be by tiles of that size.
llvm::LogicalResult computeByTiles(ModuleOp module, llvm::StringRef target,
                                   int64_t size) {
  PassManager passes(module.getContext());
  passes.addPass(cpu::createChooseWinogradPass({target.str(), size}));
  return passes.run(module);
}

/// All chains of layers that can run in stripes, unless `rows` is 0.
llvm::LogicalResult runInStripes(ModuleOp module, llvm::StringRef target,
                                 int64_t rows) {
  PassManager passes(module.getContext());
  passes.addPass(cpu::createFuseStripesPass({target.str(), rows}));
  return passes.run(module);
}

/// Compiles `original` for the CPU `targetName` to the shared library `path`.
/// `tiles`: the size of the tiles of 3x3 convolutions, negative for what the
/// target decides. `stripes`: rows at a time of chains, 0 for that.
llvm::Error makeSharedLibrary(ModuleOp original, llvm::StringRef targetName,
                              llvm::StringRef path,
                              bool sharesSmallLayers = false,
                              bool chooseSparse = true, int64_t tiles = -1,
                              int64_t stripes = 0) {
  auto targets = cpu::TargetInfo::getAll(targetName);
  if (!targets)
    return targets.takeError();
  llvm::Expected<func::FuncOp> func = findNetwork(original);
  if (!func)
    return func.takeError();
  std::vector<OwningOpRef<ModuleOp>> modules;
  std::vector<cpu::LoweredForm> forms;
  for (cpu::TargetInfo &target : *targets) {
    if (sharesSmallLayers)
      target.threadCycles = 0;
    modules.push_back(original.clone());
    cpu::CodeOptions code;
    if (!chooseSparse)
      code.sparsify = 0.0;
    if (failed(lowerToKernel(*modules.back(), /*fusesAll=*/true)) ||
        failed(computeByTiles(*modules.back(), target.name, tiles)) ||
        failed(runInStripes(*modules.back(), target.name, stripes)) ||
        failed(cpu::lowerToLLVM(*modules.back(), target, code)))
      return llvm::createStringError("lowering failed");
    forms.push_back({*modules.back(), target});
  }
  auto object = cpu::generateCode(func->getSymName(), forms);
  if (!object)
    return object.takeError();
  return cpu::linkSharedLibrary((*object)->getMemBufferRef(), path,
                                targets->back());
}

class SharedBackend : public EagerBackend {
public:
  SharedBackend(std::string directory, std::shared_ptr<ThreadPool> pool,
                int64_t stripes)
      : directory(std::move(directory)), pool(std::move(pool)),
        stripes(stripes) {}
  llvm::StringRef getName() const override { return "shared library"; }

  llvm::Error add(ModuleOp original, llvm::StringRef stem) override {
    std::string path = directory + "/" + stem.str() + ".so";
    if (llvm::Error error =
            makeSharedLibrary(original, "native", path, bool(pool),
                              /*chooseSparse=*/true, /*tiles=*/-1, stripes))
      return error;
    return keep(openSharedLibrary(path, {}, pool));
  }

private:
  std::string directory;
  std::shared_ptr<ThreadPool> pool;
  int64_t stripes;
};

/// A shared library for another processor behind the interface of executables:
/// each run is a process, and tensors are files.
class EmulatedExecutable : public Executable {
public:
  EmulatedExecutable(Signature signature, std::string library,
                     std::vector<std::string> emulator)
      : Executable(std::move(signature)), library(std::move(library)),
        emulator(std::move(emulator)) {}

  llvm::Error run(llvm::ArrayRef<HostTensor> in,
                  llvm::SmallVectorImpl<HostTensor> &out) override {
    if (llvm::Error error = checkInputs(in))
      return error;
    std::vector<std::string> command = emulator;
    command.insert(command.end(), {library, signature().name});
    for (const HostTensor &tensor : in) {
      command.push_back(library + "." + std::to_string(command.size()));
      if (llvm::Error error =
              writeFile(command.back(), llvm::toStringRef(tensor.bytes())))
        return error;
    }
    const size_t firstOutput = command.size();
    for (size_t i = 0; i < outputs().size(); ++i)
      command.push_back(library + "." + std::to_string(command.size()));
    auto program = llvm::sys::findProgramByName(command.front());
    if (!program)
      return llvm::createStringError("no program '" + command.front() + "'");
    llvm::SmallVector<llvm::StringRef> args(command.begin(), command.end());
    if (llvm::sys::ExecuteAndWait(*program, args) != 0)
      return llvm::createStringError("the emulated program failed");
    out.clear();
    for (auto [i, info] : llvm::enumerate(outputs())) {
      out.push_back(HostTensor::zeros(info.dtype, info.shape));
      auto file = llvm::MemoryBuffer::getFile(command[firstOutput + i]);
      if (!file)
        return llvm::errorCodeToError(file.getError());
      if ((*file)->getBufferSize() != out.back().bytes().size())
        return llvm::createStringError("an output has another size");
      std::memcpy(out.back().rawData(), (*file)->getBufferStart(),
                  (*file)->getBufferSize());
    }
    return llvm::Error::success();
  }
  int64_t arenaBytes() const override { return 0; }
  int64_t weightBytes() const override { return 0; }

private:
  std::string library;
  std::vector<std::string> emulator;
};

class EmulatedBackend : public EagerBackend {
public:
  EmulatedBackend(std::string directory, std::string target,
                  std::vector<std::string> emulator, int64_t tiles,
                  int64_t stripes)
      : directory(std::move(directory)), target(std::move(target)),
        emulator(std::move(emulator)), tiles(tiles), stripes(stripes) {}
  llvm::StringRef getName() const override { return "emulated"; }

  llvm::Error add(ModuleOp original, llvm::StringRef stem) override {
    llvm::Expected<Signature> signature = signatureOf(original);
    if (!signature)
      return signature.takeError();
    std::string path = directory + "/" + stem.str() + ".so";
    if (llvm::Error error =
            makeSharedLibrary(original, target, path,
                              /*sharesSmallLayers=*/false,
                              /*chooseSparse=*/false, tiles, stripes))
      return error;
    return keep(std::make_unique<EmulatedExecutable>(std::move(*signature),
                                                     path, emulator));
  }

private:
  std::string directory, target;
  std::vector<std::string> emulator;
  int64_t tiles, stripes;
};

/// A network in C behind the interface of executables. The generated code has
/// no description of itself to load: the module's signature serves.
class CExecutable : public Executable {
public:
  /// With the bytes of one arena or of several.
  CExecutable(Signature signature, llvm::ArrayRef<int64_t> sizes,
              bool hasSeveral, pare_invoke_fn invoke)
      : Executable(std::move(signature)), invoke(invoke),
        hasSeveral(hasSeveral) {
    for (int64_t size : sizes)
      arenas.push_back(HostTensor::zeros(DType::U8, {size + 1}));
  }

  llvm::Error run(llvm::ArrayRef<HostTensor> in,
                  llvm::SmallVectorImpl<HostTensor> &out) override {
    if (llvm::Error error = checkInputs(in))
      return error;
    llvm::SmallVector<const void *> inputPointers;
    llvm::SmallVector<void *> outputPointers;
    out.clear();
    for (const HostTensor &tensor : in)
      inputPointers.push_back(tensor.rawData());
    for (const TensorInfo &info : outputs()) {
      out.push_back(HostTensor::zeros(info.dtype, info.shape));
      outputPointers.push_back(out.back().rawData());
    }
    llvm::SmallVector<void *> arenaPointers;
    for (HostTensor &arena : arenas)
      arenaPointers.push_back(arena.rawData());
    if (invoke(inputPointers.data(), outputPointers.data(),
               hasSeveral ? arenaPointers.data() : arenaPointers.front()))
      return llvm::createStringError("the generated code reports an error");
    return llvm::Error::success();
  }
  int64_t arenaBytes() const override { return 0; }
  int64_t weightBytes() const override { return 0; }

private:
  pare_invoke_fn invoke;
  bool hasSeveral;
  std::vector<HostTensor> arenas;
};

class CBackend : public BackendUnderTest {
public:
  CBackend(std::string directory, std::string compiler, const CTarget &target,
           COptimize optimize)
      : directory(std::move(directory)), compiler(std::move(compiler)) {
    options.isa = target.isa;
    options.optimize = optimize;
  }
  llvm::StringRef getName() const override { return "C"; }

  llvm::Error add(ModuleOp original, llvm::StringRef stem) override {
    llvm::Expected<Signature> signature = signatureOf(original);
    if (!signature)
      return signature.takeError();
    OwningOpRef<ModuleOp> module = original.clone();
    if (failed(lowerToKernel(*module, /*fusesAll=*/false)))
      return llvm::createStringError("lowering failed");
    options.name = stem;
    if (llvm::Error error = planMemory(*module))
      return error;
    FailureOr<CSource> source = emitC(*module, options);
    if (failed(source))
      return llvm::createStringError("no C code");
    std::string base = directory + "/" + source->stem;
    if (llvm::Error error = writeFile(base + ".h", source->header))
      return error;
    if (llvm::Error error = writeFile(base + ".c", source->source))
      return error;
    const bool hasSeveral = !source->regionBytes.empty();
    pending.push_back({base + ".c", source->stem + "_invoke_generic",
                       std::move(*signature),
                       hasSeveral ? source->regionBytes
                                  : std::vector<int64_t>{source->arenaBytes},
                       hasSeveral});
    return llvm::Error::success();
  }

  llvm::Expected<std::vector<std::unique_ptr<Executable>>> take() override {
    std::string library =
        directory + "/batch" + std::to_string(numBatches++) + ".so";
    if (llvm::Error error = compilePending(library))
      return std::move(error);
    std::string message;
    auto loaded = llvm::sys::DynamicLibrary::getPermanentLibrary(
        library.c_str(), &message);
    if (!loaded.isValid())
      return llvm::createStringError(message);
    std::vector<std::unique_ptr<Executable>> executables;
    for (Pending &network : pending) {
      void *invoke = loaded.getAddressOfSymbol(network.symbol.c_str());
      if (!invoke)
        return llvm::createStringError("no symbol " + network.symbol);
      executables.push_back(std::make_unique<CExecutable>(
          std::move(network.signature), network.arenas, network.hasSeveral,
          reinterpret_cast<pare_invoke_fn>(invoke)));
    }
    pending.clear();
    return executables;
  }

private:
  struct Pending {
    std::string path, symbol;
    Signature signature;
    std::vector<int64_t> arenas;
    bool hasSeveral;
  };

  llvm::Error compilePending(const std::string &library) {
    auto program = llvm::sys::findProgramByName(compiler);
    if (!program)
      return llvm::createStringError("no compiler '" + compiler + "'");
    llvm::SmallVector<llvm::StringRef> args = {
        compiler,  "-std=c99", "-O1",     "-Wall", "-Wextra",
        "-Werror", "-fPIC",    "-shared", "-o",    library};
    for (const Pending &network : pending)
      args.push_back(network.path);
    args.push_back("-lm");
    if (llvm::sys::ExecuteAndWait(*program, args) != 0)
      return llvm::createStringError("the C compiler refuses the code");
    return llvm::Error::success();
  }

  std::string directory, compiler;
  /// Plans for less memory than the network wants, so that what can run in
  /// stripes does; every second network for two memories.
  llvm::Error planMemory(ModuleOp module) {
    CMemoryOptions memory;
    memory.ports = true;
    OwningOpRef<ModuleOp> copy = module.clone();
    FailureOr<CMemoryPlan> whole = planCMemory(*copy, options, memory);
    if (failed(whole))
      return llvm::createStringError("no memory plan");
    const int64_t bytes = std::max<int64_t>(whole->plan.arenaBytes * 3 / 4, 1);
    if (numPlans++ % 2 == 0)
      memory.budget = bytes;
    else
      memory.regions = {{"fast", std::max<int64_t>(bytes / 3, 1)},
                        {"slow", bytes}};
    if (failed(planCMemory(module, options, memory)))
      return llvm::createStringError("no memory plan for stripes");
    return llvm::Error::success();
  }

  CEmitOptions options;
  std::vector<Pending> pending;
  int numBatches = 0, numPlans = 0;
};
} // namespace

std::unique_ptr<BackendUnderTest>
pare::test::makeJitBackend(std::shared_ptr<ThreadPool> pool) {
  return std::make_unique<JitBackend>(std::move(pool));
}

std::unique_ptr<BackendUnderTest> pare::test::makeSharedBackend(
    std::string directory, std::shared_ptr<ThreadPool> pool, int64_t stripes) {
  return std::make_unique<SharedBackend>(std::move(directory), std::move(pool),
                                         stripes);
}

std::unique_ptr<BackendUnderTest>
pare::test::makeEmulatedBackend(std::string directory, std::string target,
                                std::vector<std::string> emulator,
                                int64_t tiles, int64_t stripes) {
  return std::make_unique<EmulatedBackend>(std::move(directory),
                                           std::move(target),
                                           std::move(emulator), tiles, stripes);
}

std::unique_ptr<BackendUnderTest>
pare::test::makeCBackend(std::string directory, std::string compiler,
                         const CTarget &target, COptimize optimize) {
  return std::make_unique<CBackend>(std::move(directory), std::move(compiler),
                                    target, optimize);
}
