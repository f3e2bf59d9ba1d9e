//===- JitExecutable.cpp - Compile and run in one process -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/JitExecutable.h"
#include "pare/Dialect/Kernel/IR/Work.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Runtime/NativeExecutable.h"
#include "pare/Runtime/Signature.h"
#include "pare/Target/CPU/CodeGen.h"
#include "pare/Target/CPU/Host.h"
#include "pare/Target/CPU/Passes.h"
#include "pare/Target/CPU/Peak.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <unistd.h>

using namespace mlir;

namespace pare {

/// What computes in the network's function, in order.
static std::vector<ProfiledLayer> describeLayers(func::FuncOp func) {
  std::vector<ProfiledLayer> layers;
  for (Operation &op : func.getBody().front()) {
    if (!op.hasTrait<kernel::DestinationStyle>())
      continue;
    kernel::Work work = kernel::getWork(&op);
    layers.push_back({nn::getLayerName(&op), op.getName().stripDialect().str(),
                      work.macs, work.bytes, work.constantBytes,
                      work.isInteger});
  }
  return layers;
}

/// nn -> kernel -> the LLVM dialect; with `layers`, a network that times
/// itself.
static LogicalResult lowerModule(ModuleOp module, const cpu::TargetInfo &target,
                                 StringRef network,
                                 const cpu::CodeOptions &code,
                                 std::vector<ProfiledLayer> *layers) {
  KernelPipelineOptions options;
  options.requantMode = nn::getRequantMode(module);
  options.fuseFunctions = options.fuseResiduals = true;
  options.fuseTables = target.multipliesTables();
  options.fuseIntegerResidualsFrom = code.fuseSums ? 0 : target.fusedSumBytes();
  options.keepBlocks = !code.sparsify;
  options.sparsify = code.sparsify.value_or(0.0);
  options.keepDeadChannels = code.keepDeadChannels;
  options.channelMultiple = cpu::kChannelMultiple;
  options.channelsWithinPeak = code.smallArena;
  PassManager manager(module.getContext());
  buildKernelPipeline(manager, options);
  if (layers) {
    // What runs is known when all choices have been made.
    cpu::KernelToLLVMOptions choices;
    choices.target = target.name;
    choices.set(code);
    cpu::buildKernelChoicePipeline(manager, choices);
    manager.addNestedPass<func::FuncOp>(kernel::createInsertTimestampsPass());
  }
  if (failed(manager.run(module)))
    return failure();
  if (layers)
    *layers = describeLayers(module.lookupSymbol<func::FuncOp>(network));
  return cpu::lowerToLLVM(module, target, code);
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
compile(ModuleOp source, const cpu::TargetInfo &target,
        const JitOptions &options, StringRef network,
        std::vector<ProfiledLayer> *layers) {
  OwningOpRef<ModuleOp> module = source.clone();
  // The first error alone: the others mostly are its consequences.
  std::string message;
  ScopedDiagnosticHandler handler(source.getContext(), [&](Diagnostic &d) {
    if (d.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    if (!message.empty())
      return success();
    message = d.str();
    StringRef layer = nn::getLayerName(d.getLocation());
    if (!layer.empty() && !StringRef(message).starts_with("layer '"))
      message = ("layer '" + layer + "': " + message).str();
    return success();
  });
  if (failed(lowerModule(*module, target, network, options.code, layers)))
    return llvm::createStringError(message.empty() ? "lowering failed"
                                                   : message);
  return cpu::generateCode(*module, target,
                           {options.optLevel, cpu::FileKind::Object});
}

/// Loads the network `name` of an object into this process.
static llvm::Expected<std::unique_ptr<Executable>>
load(std::unique_ptr<llvm::MemoryBuffer> object, StringRef name,
     std::shared_ptr<ThreadPool> pool = nullptr) {
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  // Some functions have no polynomial and are the C library's.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  if (llvm::Error error = (*jit)->addObjectFile(std::move(object)))
    return error;
  auto describe = (*jit)->lookup((name + "_network").str());
  if (!describe)
    return describe.takeError();
  auto invoke = (*jit)->lookup((name + "_invoke_parallel").str());
  if (!invoke)
    return invoke.takeError();
  std::shared_ptr<void> code(
      std::shared_ptr<llvm::orc::LLJIT>(std::move(*jit)));
  auto executable = NativeExecutable::create(
      describe->toPtr<pare_network_fn>()(),
      invoke->toPtr<pare_invoke_parallel_fn>(), code, std::move(pool));
  if (!executable)
    return executable.takeError();
  return std::unique_ptr<Executable>(std::move(*executable));
}

/// The target of that name, if this process can run code for it.
static llvm::Expected<cpu::TargetInfo> getTargetToRun(StringRef name) {
  llvm::Expected<cpu::TargetInfo> target = cpu::TargetInfo::get(name);
  if (target && !cpu::runsHere(*target))
    return llvm::createStringError("this machine cannot run code for " + name);
  return target;
}

static llvm::Expected<std::unique_ptr<Executable>>
create(ModuleOp module, const JitOptions &options,
       std::vector<ProfiledLayer> *layers) {
  llvm::Expected<func::FuncOp> func = findNetwork(module, options.network);
  if (!func)
    return func.takeError();
  std::string name = func->getSymName().str();
  llvm::Expected<cpu::TargetInfo> target = getTargetToRun(options.target);
  if (!target)
    return target.takeError();
  if (options.threadCycles)
    target->threadCycles = *options.threadCycles;
  auto object = compile(module, *target, options, name, layers);
  if (!object)
    return object.takeError();
  return load(std::move(*object), name, options.pool);
}

llvm::Expected<std::unique_ptr<Executable>>
createJitExecutable(ModuleOp module, const JitOptions &options) {
  return create(module, options, nullptr);
}

llvm::Expected<std::unique_ptr<Executable>>
createLoweredExecutable(ModuleOp module, StringRef name,
                        const cpu::TargetInfo &target) {
  auto object = cpu::generateCode(module, target);
  if (!object)
    return object.takeError();
  return load(std::move(*object), name);
}

llvm::Expected<ProfiledExecutable>
createProfiledExecutable(ModuleOp module, const JitOptions &options) {
  ProfiledExecutable profiled;
  auto executable = create(module, options, &profiled.layers);
  if (!executable)
    return executable.takeError();
  profiled.executable = std::move(*executable);
  return profiled;
}

//===----------------------------------------------------------------------===//
// Peaks
//===----------------------------------------------------------------------===//

/// Seconds of the fastest of `tries` calls.
static double fastest(int tries, llvm::function_ref<void()> call) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < tries; ++i) {
    const Clock::time_point start = Clock::now();
    call();
    best = std::min(
        best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

static llvm::Expected<double> measureStep(MLIRContext *context,
                                          const cpu::TargetInfo &target,
                                          cpu::PeakStep step) {
  cpu::PeakNetwork network = cpu::buildPeakNetwork(context, target, step);
  if (failed(cpu::lowerToLLVM(*network.module, target)))
    return llvm::createStringError("the code that measures the processor does "
                                   "not compile");
  auto executable = createLoweredExecutable(*network.module, "peak", target);
  if (!executable)
    return executable.takeError();
  llvm::SmallVector<HostTensor> out;
  llvm::Error error = llvm::Error::success();
  const double seconds = fastest(300, [&] {
    if (!error)
      error = (*executable)->run({}, out);
  });
  if (error)
    return std::move(error);
  return double(network.macs) / seconds / 1e9;
}

/// Bytes of this machine's data cache, where the system tells.
static int64_t cacheBytes(int level, int64_t otherwise) {
#ifdef _SC_LEVEL1_DCACHE_SIZE
  const long bytes =
      sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : _SC_LEVEL2_CACHE_SIZE);
  if (bytes > 0)
    return bytes;
#endif
  return otherwise;
}

/// Bytes read and written in a second, in 1e9, by copies inside `bytes`.
static double measureCopies(int64_t bytes) {
  const size_t half = bytes / 2;
  std::vector<char> memory(2 * half, 1);
  const int64_t repeats = std::max<int64_t>(1, (int64_t(4) << 20) / bytes);
  const double seconds = fastest(20, [&] {
    for (int64_t i = 0; i < repeats; ++i)
      std::memcpy(memory.data() + half, memory.data(), half);
  });
  return double(2 * half * repeats) / seconds / 1e9;
}

llvm::Expected<PeakRates> measurePeaks(MLIRContext *context,
                                       StringRef targetName) {
  llvm::Expected<cpu::TargetInfo> target = getTargetToRun(targetName);
  if (!target)
    return target.takeError();
  PeakRates rates;
  auto floats = measureStep(context, *target, cpu::PeakStep::Float);
  if (!floats)
    return floats.takeError();
  auto integers = measureStep(context, *target, cpu::PeakStep::Integer);
  if (!integers)
    return integers.takeError();
  rates.floatMacs = *floats;
  rates.integerMacs = *integers;
  rates.l1Size = cacheBytes(1, target->l1Bytes);
  rates.l2Size = cacheBytes(2, target->l2Bytes);
  rates.l1Bytes = measureCopies(rates.l1Size / 2);
  rates.l2Bytes = measureCopies(rates.l2Size / 2);
  rates.memoryBytes = measureCopies(16 * rates.l2Size);
  return rates;
}

} // namespace pare
