//===- Tuning.cpp - Measures how fast layers run --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Tuning/Tuning.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Support/Progress.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Host.h"

#include <chrono>

using namespace mlir;

namespace pare {
namespace {

/// A shape has to be this much faster than the cost model's choice to replace
/// it: less is within what two runs differ by.
constexpr double kWorthwhile = 0.98;
/// Candidates take turns this often, and are run for so long each time.
constexpr int kRounds = 5;
constexpr double kSecondsOfTurn = 1e-3;

constexpr llvm::StringLiteral kLayer = "layer";

/// A network of `op` alone, which reads and writes the caller's buffers. Its
/// constants are those of `symbols`.
OwningOpRef<ModuleOp> isolate(Operation *op, SymbolTable &symbols) {
  Location loc = op->getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b(module->getBodyRegion());
  SmallVector<Value> inputs, outputs;
  SmallVector<memref::GetGlobalOp> constants;
  auto contract = cast<kernel::ContractOp>(op);
  for (Value operand : op->getOperands()) {
    if (auto global = operand.getDefiningOp<memref::GetGlobalOp>())
      constants.push_back(global);
    else if (operand == contract.getOutput())
      outputs.push_back(operand);
    else
      inputs.push_back(operand);
  }
  for (memref::GetGlobalOp constant : constants)
    if (!module->lookupSymbol(constant.getName()))
      b.clone(*symbols.lookup(constant.getName()));

  SmallVector<Type> types;
  for (Value value : llvm::concat<Value>(inputs, outputs))
    types.push_back(value.getType());
  auto function =
      func::FuncOp::create(b, loc, kLayer, b.getFunctionType(types, {}));
  function->setAttr(kernel::KernelDialect::kNumInputsAttr,
                    b.getI64IntegerAttr(inputs.size()));
  function->setAttr(kernel::KernelDialect::kArenaBytesAttr,
                    b.getI64IntegerAttr(0));
  for (auto [i, type] : llvm::enumerate(types)) {
    auto buffer = cast<MemRefType>(type);
    function.setArgAttr(i, kernel::KernelDialect::kTensorTypeAttr,
                        TypeAttr::get(RankedTensorType::get(
                            buffer.getShape(), buffer.getElementType())));
    function.setArgAttr(i, "nn.name", b.getStringAttr("x" + Twine(i)));
  }
  Block *body = function.addEntryBlock();
  b.setInsertionPointToStart(body);
  IRMapping mapping;
  for (auto [value, argument] :
       llvm::zip(llvm::concat<Value>(inputs, outputs), body->getArguments()))
    mapping.map(value, argument);
  for (memref::GetGlobalOp constant : constants)
    b.clone(*constant, mapping);
  b.clone(*op, mapping);
  func::ReturnOp::create(b, loc);
  return module;
}

/// The layer of such a network.
Operation *layerOf(ModuleOp module) {
  auto function = module.lookupSymbol<func::FuncOp>(kLayer);
  return *function.getOps<kernel::ContractOp>().begin();
}

/// Code of one choice, and how long it takes.
struct Candidate {
  cpu::Choice choice;
  std::unique_ptr<Executable> code;
  double seconds = std::numeric_limits<double>::infinity();
};

class Stopwatch {
public:
  explicit Stopwatch(ArrayRef<TensorInfo> types) {
    for (const TensorInfo &type : types)
      inputs.push_back(HostTensor::zeros(type.dtype, type.shape));
  }

  /// Runs for one turn; keeps the least time of a run.
  llvm::Error time(Candidate &candidate) {
    using Clock = std::chrono::steady_clock;
    auto since = [](Clock::time_point start) {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const Clock::time_point turn = Clock::now();
    do {
      const Clock::time_point start = Clock::now();
      if (llvm::Error error = candidate.code->run(inputs, outputs))
        return error;
      candidate.seconds = std::min(candidate.seconds, since(start));
    } while (since(turn) < kSecondsOfTurn);
    return llvm::Error::success();
  }

private:
  SmallVector<HostTensor> inputs, outputs;
};

llvm::Expected<cpu::Choice> measure(ModuleOp layer,
                                    const cpu::TargetInfo &target,
                                    ArrayRef<cpu::Choice> choices) {
  std::vector<Candidate> candidates;
  for (const cpu::Choice &choice : choices) {
    OwningOpRef<ModuleOp> module = layer.clone();
    cpu::setChoice(layerOf(*module), choice);
    auto code = createKernelExecutable(*module, kLayer, target);
    if (!code)
      return code.takeError();
    candidates.push_back({choice, std::move(*code)});
  }
  Stopwatch watch(candidates.front().code->inputs());
  for (int round = 0; round < kRounds; ++round)
    for (Candidate &candidate : candidates)
      if (llvm::Error error = watch.time(candidate))
        return std::move(error);
  const Candidate *best = &candidates.front();
  for (const Candidate &candidate : candidates)
    if (candidate.seconds < best->seconds)
      best = &candidate;
  if (best->seconds > kWorthwhile * candidates.front().seconds)
    best = &candidates.front();
  return best->choice;
}

/// Whether this process can run code for the target.
bool runsHere(const cpu::TargetInfo &target) {
  llvm::Triple here(llvm::sys::getProcessTriple());
  if (here.getArch() != llvm::Triple(target.triple).getArch())
    return false;
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  SmallVector<StringRef> needed;
  if (target.isAArch64()) {
    if (target.dotStep == cpu::DotStep::SDot ||
        target.dotStep == cpu::DotStep::SMMLA)
      needed.push_back("dotprod");
    if (target.dotStep == cpu::DotStep::SMMLA)
      needed.push_back("i8mm");
  } else {
    if (target.cpu == "x86-64-v2")
      needed.push_back("sse4.2");
    if (target.hasFMA)
      needed.append({"avx2", "fma"});
    if (target.vectorBits == 512)
      needed.append({"avx512f", "avx512vnni"});
    else if (target.dotStep == cpu::DotStep::VNNI && target.name != "native")
      needed.push_back("avxvnni");
  }
  return llvm::all_of(needed,
                      [&](StringRef name) { return features.lookup(name); });
}

} // namespace

llvm::Expected<int64_t> tuneLayers(ModuleOp module,
                                   const cpu::TargetInfo &target,
                                   cpu::TuningTable &table,
                                   const TuningOptions &options) {
  if (!runsHere(target))
    return llvm::createStringError("this machine cannot run code for " +
                                   target.name + ", so it cannot measure it");
  SymbolTable symbols(module);
  llvm::MapVector<std::string, Operation *, std::map<std::string, unsigned>>
      shapes;
  module.walk([&](Operation *op) {
    std::string shape = cpu::describeShape(op, symbols, target);
    if (!shape.empty() && !table.find(shape))
      shapes.insert({shape, op});
  });
  Progress progress("tuning", shapes.size());
  for (auto &[shape, op] : shapes) {
    progress.step(1, shape);
    OwningOpRef<ModuleOp> layer = isolate(op, symbols);
    SymbolTable constants(*layer);
    auto best = measure(*layer, target,
                        cpu::listChoices(layerOf(*layer), constants, target,
                                         options.candidates));
    if (!best)
      return best.takeError();
    table.set(shape, *best);
  }
  return int64_t(shapes.size());
}

} // namespace pare
