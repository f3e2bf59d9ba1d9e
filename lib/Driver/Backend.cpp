//===- Backend.cpp - Ways to run a network --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Backend.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Runtime/NativeExecutable.h"
#include "pare/Support/Memory.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

namespace {
/// The interpreter and the IR that it walks.
class OwningInterpreter : public Executable {
public:
  OwningInterpreter(Network network, std::unique_ptr<Interpreter> interpreter)
      : Executable(interpreter->signature()), network(std::move(network)),
        interpreter(std::move(interpreter)) {}

  llvm::Error run(llvm::ArrayRef<HostTensor> in,
                  llvm::SmallVectorImpl<HostTensor> &out) override {
    return interpreter->run(in, out);
  }
  int64_t arenaBytes() const override { return interpreter->arenaBytes(); }
  int64_t weightBytes() const override { return interpreter->weightBytes(); }

private:
  Network network;
  std::unique_ptr<Interpreter> interpreter;
};
} // namespace

bool pare::driver::isSharedLibrary(llvm::StringRef path) {
  // What is a pipe can be read only once.
  llvm::file_magic magic;
  return llvm::sys::fs::is_regular_file(path) &&
         !llvm::identify_magic(path, magic) &&
         magic == llvm::file_magic::elf_shared_object;
}

static llvm::Expected<std::unique_ptr<Executable>>
makeInterpreter(Network network) {
  llvm::Expected<func::FuncOp> func = network.getFunction();
  if (!func)
    return func.takeError();
  auto interpreter = Interpreter::create(*func);
  if (!interpreter)
    return llvm::createStringError(network.getPath() + ": " +
                                   llvm::toString(interpreter.takeError()));
  return std::make_unique<OwningInterpreter>(std::move(network),
                                             std::move(*interpreter));
}

/// Compiles the network. Its own weights end with it: the code has them in the
/// order that it reads.
static llvm::Expected<std::unique_ptr<Executable>>
makeJit(Network network, const JitOptions &options) {
  auto executable = createJitExecutable(network.getModule(), options);
  if (!executable)
    return llvm::createStringError(network.getPath() + ": " +
                                   llvm::toString(executable.takeError()));
  return executable;
}

int64_t pare::driver::countThreads(const RunOptions &options) {
  return ThreadPool::fit(options.threads);
}

llvm::Expected<std::shared_ptr<ThreadPool>>
pare::driver::makeThreadPool(const RunOptions &options) {
  if (options.threads == 1)
    return nullptr;
  if (options.backend == Backend::Reference)
    return llvm::createStringError(
        "expected --threads=1 for --backend=reference, found --threads=" +
        llvm::Twine(options.threads));
  auto pool = ThreadPool::create(options.threads);
  if (pool && (*pool)->size() < options.threads)
    llvm::errs() << "pare: note: " << options.threads << " threads asked for, "
                 << (*pool)->size()
                 << " used: there are no more processors to use\n";
  return pool;
}

JitOptions pare::driver::makeJitOptions(const RunOptions &options,
                                        std::shared_ptr<ThreadPool> pool) {
  JitOptions jit;
  jit.target = options.target;
  jit.code = options.code;
  jit.pool = std::move(pool);
  return jit;
}

llvm::Error
pare::driver::setRequantMode(Network &network,
                             std::optional<nn::RequantMode> requant) {
  // Layers may carry the multipliers of another mode.
  if (!requant)
    return llvm::Error::success();
  return network.runPasses([&](PassManager &passes) {
    nn::FoldScalesPassOptions scales;
    scales.mode = *requant;
    passes.addPass(nn::createFoldScalesPass(scales));
  });
}

llvm::Expected<std::unique_ptr<Executable>>
pare::driver::makeExecutable(Network network, const RunOptions &options) {
  auto pool = makeThreadPool(options);
  if (!pool)
    return pool.takeError();
  if (llvm::Error error = setRequantMode(network, options.requant))
    return std::move(error);
  if (options.backend == Backend::Reference) {
    if (options.asksForCode())
      return llvm::createStringError(
          "expected no options of code for --backend=reference, which makes "
          "none");
    return makeInterpreter(std::move(network));
  }
  auto executable = makeJit(std::move(network), makeJitOptions(options, *pool));
  returnFreeMemory();
  return executable;
}

llvm::Expected<std::unique_ptr<Executable>>
pare::driver::makeExecutable(llvm::StringRef path, const RunOptions &options) {
  if (isSharedLibrary(path)) {
    if (options.requant)
      return llvm::createStringError(
          path + ": expected no --requant for a compiled library, which has "
                 "its mode in its code");
    if (options.asksForCode())
      return llvm::createStringError(
          path + ": expected no options of code for a compiled library, which "
                 "has its code");
    auto pool = makeThreadPool(options);
    if (!pool)
      return pool.takeError();
    return openSharedLibrary(path, {}, std::move(*pool));
  }
  llvm::Expected<Network> network = Network::load(path);
  if (!network)
    return network.takeError();
  return makeExecutable(std::move(*network), options);
}
