//===- Info.cpp - pare info -----------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Info.h"
#include "Report.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Driver/Commands.h"
#include "pare/Driver/Diagnostics.h"
#include "pare/Driver/Summary.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Runtime/NativeExecutable.h"
#include "pare/Runtime/Signature.h"
#include "pare/Target/CPU/Passes.h"
#include "pare/Target/CPU/TargetInfo.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

namespace {
/// Bytes for intermediate values.
struct Arena {
  ArenaSizes sizes;
  /// Why `bytes` are those alive at once and not those of a plan; empty for a
  /// plan.
  std::string reason;
};
} // namespace

/// The arena of the network in code for this machine, with the scratch memory
/// of layers. One that cannot be lowered needs at least what is alive at once.
static llvm::Expected<Arena> findArena(Network &network, func::FuncOp func) {
  MLIRContext *context = network.getContext();
  OwningOpRef<ModuleOp> copy = network.getModule().clone();
  PassManager passes(context);
  KernelPipelineOptions options;
  options.requantMode = nn::getRequantMode(func);
  options.channelMultiple = cpu::kChannelMultiple;
  buildKernelPipeline(passes, options);
  cpu::buildKernelToVectorPipeline(passes, cpu::KernelToLLVMOptions());
  Arena arena;
  DiagnosticCollector diagnostics(context, network.getPath());
  if (succeeded(passes.run(*copy))) {
    for (auto lowered : copy->getOps<func::FuncOp>())
      if (lowered->hasAttr(kernel::KernelDialect::kNumInputsAttr))
        arena.sizes = ArenaSizes::of(lowered);
    return arena;
  }
  arena.reason = llvm::toString(diagnostics.takeError("a pass failed"));
  auto interpreter = Interpreter::create(func);
  if (!interpreter)
    return interpreter.takeError();
  arena.sizes.bytes = (*interpreter)->arenaBytes();
  return arena;
}

static llvm::json::Object toJson(const TensorInfo &tensor) {
  llvm::json::Object object{{"name", tensor.name},
                            {"type", dtypeName(tensor.dtype)},
                            {"shape", llvm::json::Array(tensor.shape)}};
  if (tensor.isQuantized()) {
    object["scales"] = llvm::json::Array(tensor.scales);
    object["zero_points"] = llvm::json::Array(tensor.zeroPoints);
  }
  return object;
}

static void printTensor(StringRef what, const TensorInfo &tensor,
                        llvm::raw_ostream &os) {
  os << llvm::formatv("{0,-8} {1} : {2}", what, tensor.name,
                      tensor.typeString());
  if (tensor.isQuantized())
    os << llvm::format(", scale %.9g, zero point %d", tensor.scales.front(),
                       tensor.zeroPoints.front());
  os << '\n';
}

static llvm::json::Object toJson(StringRef path, const Signature &signature) {
  llvm::json::Array inputs, outputs;
  for (const TensorInfo &input : signature.inputs)
    inputs.push_back(toJson(input));
  for (const TensorInfo &output : signature.outputs)
    outputs.push_back(toJson(output));
  return llvm::json::Object{{"network", path},
                            {"inputs", std::move(inputs)},
                            {"outputs", std::move(outputs)}};
}

static llvm::json::Object toJson(StringRef path, const Signature &signature,
                                 const NetworkSummary &summary,
                                 const Arena &arena) {
  llvm::json::Array rows;
  for (const LayerSummary &layer : summary.layers)
    rows.push_back(llvm::json::Object{{"name", layer.name},
                                      {"op", layer.op},
                                      {"type", layer.type},
                                      {"parameters", layer.weights.parameters},
                                      {"macs", layer.macs},
                                      {"bytes", layer.weights.bytes},
                                      {"sparsity", layer.weights.sparsity()}});
  llvm::json::Object object = toJson(path, signature);
  object["layers"] = std::move(rows);
  object["parameters"] = summary.weights.parameters;
  object["macs"] = summary.macs;
  object["bytes"] = summary.weights.bytes;
  object["sparsity"] = summary.weights.sparsity();
  object["arena_bytes"] = arena.sizes.bytes;
  object["arena_planned"] = arena.reason.empty();
  if (arena.reason.empty()) {
    object["live_bytes"] = arena.sizes.live;
    object["live_buffer_bytes"] = arena.sizes.liveBuffers;
  }
  object["scratch_bytes"] = arena.sizes.perThread;
  return object;
}

static void printSignature(const Signature &signature, llvm::raw_ostream &os) {
  for (const TensorInfo &input : signature.inputs)
    printTensor("input", input, os);
  for (const TensorInfo &output : signature.outputs)
    printTensor("output", output, os);
}

static void printLayers(const NetworkSummary &summary, llvm::raw_ostream &os) {
  size_t nameWidth = 5;
  for (const LayerSummary &layer : summary.layers)
    nameWidth = std::max(nameWidth, std::min<size_t>(layer.name.size(), 40));
  auto printRow = [&](StringRef name, StringRef op,
                      const WeightSummary &weights, int64_t macs) {
    os << llvm::left_justify(name.take_back(40), nameWidth) << "  "
       << llvm::left_justify(op, 18)
       << llvm::formatv(" {0,11} {1,13} {2,11} {3,7:P1}\n", weights.parameters,
                        macs, weights.bytes, weights.sparsity());
  };
  os << '\n'
     << llvm::left_justify("layer", nameWidth) << "  "
     << llvm::left_justify("op", 18)
     << llvm::formatv(" {0,11} {1,13} {2,11} {3,7}\n", "parameters", "MACs",
                      "bytes", "zeros");
  for (const LayerSummary &layer : summary.layers)
    printRow(layer.name, layer.op, layer.weights, layer.macs);
  printRow("total", "", summary.weights, summary.macs);
}

static void printScratch(int64_t bytes, llvm::raw_ostream &os) {
  os << llvm::formatv("{0,-8} {1} bytes more for each further thread\n",
                      "scratch", bytes);
}

/// What a library tells of itself.
static llvm::Error describeLibrary(const InfoCommand &command,
                                   llvm::raw_ostream &os) {
  auto library = openSharedLibrary(command.network);
  if (!library)
    return library.takeError();
  const Signature &signature = (*library)->signature();
  if (command.json) {
    llvm::json::Object object = toJson(command.network, signature);
    object["bytes"] = (*library)->weightBytes();
    object["arena_bytes"] = (*library)->arenaBytes();
    object["arena_planned"] = true;
    object["scratch_bytes"] = (*library)->scratchBytes();
    object["target"] = (*library)->target();
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
    return llvm::Error::success();
  }
  printSignature(signature, os);
  os << llvm::formatv("{0,-8} {1} bytes\n", "arena", (*library)->arenaBytes());
  printScratch((*library)->scratchBytes(), os);
  os << llvm::formatv("{0,-8} {1}\n", "target", (*library)->target())
     << llvm::formatv("{0,-8} {1} bytes\n", "weights",
                      (*library)->weightBytes());
  return llvm::Error::success();
}

llvm::Error pare::driver::describeNetwork(const InfoCommand &command,
                                          llvm::raw_ostream &os) {
  if (command.target && !command.memory)
    return llvm::createStringError("--target is of use with --memory alone");
  if (isSharedLibrary(command.network) && command.memory)
    return llvm::createStringError(
        command.network + ": expected a network for --memory, found a library");
  if (isSharedLibrary(command.network))
    return describeLibrary(command, os);
  llvm::Expected<Network> network = Network::load(command.network);
  if (!network)
    return network.takeError();
  llvm::Expected<func::FuncOp> func = network->getFunction();
  if (!func)
    return func.takeError();
  if (command.memory)
    return describeMemory(command, *network, *func, os);
  llvm::Expected<Signature> signature = getSignature(*func);
  if (!signature)
    return llvm::createStringError(command.network + ": " +
                                   llvm::toString(signature.takeError()));

  const NetworkSummary summary = summarize(*func);
  llvm::Expected<Arena> arena = findArena(*network, *func);
  if (!arena)
    return llvm::createStringError(command.network + ": " +
                                   llvm::toString(arena.takeError()));
  if (command.json) {
    os << llvm::formatv("{0:2}\n",
                        llvm::json::Value(toJson(command.network, *signature,
                                                 summary, *arena)));
    return llvm::Error::success();
  }
  printSignature(*signature, os);
  os << llvm::formatv("{0,-8} {1} bytes", "arena", arena->sizes.bytes);
  if (!arena->reason.empty())
    os << " alive at once; no plan: " << arena->reason;
  os << '\n';
  if (arena->reason.empty()) {
    os << llvm::formatv("{0,-8} {1}\n", "live", arena->sizes.describeLive());
    printScratch(arena->sizes.perThread, os);
  }
  printLayers(summary, os);
  return llvm::Error::success();
}
