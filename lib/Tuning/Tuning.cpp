//===- Tuning.cpp - Measures how fast layers run --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Tuning/Tuning.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Dialect/Kernel/Transforms/Passes.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Support/Progress.h"
#include "pare/Target/CPU/CodeGen.h"
#include "pare/Target/CPU/Host.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

#include <chrono>

using namespace mlir;

namespace pare {
namespace {

/// A choice has to be this much faster than the cost model's to replace it: in
/// a network, where weights come from farther and the machine does other work,
/// gains of a few percent of a layer alone did not come back.
constexpr double kWorthwhile = 0.95;
/// Candidates take turns this often, and are run for so long each time.
constexpr int kRounds = 5;
constexpr double kSecondsOfTurn = 1e-3;
constexpr int kLeastRuns = 3;
/// Turns of the one that was fastest and of the cost model's after that.
constexpr int kMoreRounds = 5;

constexpr llvm::StringLiteral kLayer = "layer";

/// A network of `ops` alone, each of which reads what the one before writes and
/// that may read and write the caller's buffers besides. Its constants are
/// those of `symbols`; its memory is not planned.
OwningOpRef<ModuleOp> isolate(ArrayRef<Operation *> ops, SymbolTable &symbols) {
  Location loc = ops.front()->getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder b(module->getBodyRegion());
  Value output = ops.back()->getOperands().back();
  llvm::SetVector<Value> inner, outer;
  llvm::SetVector<Operation *> constants;
  for (Operation *op : ops.drop_back())
    inner.insert(op->getOperands().back());
  for (Operation *op : ops)
    for (Value operand : op->getOperands()) {
      if (operand.getDefiningOp<memref::GetGlobalOp>())
        constants.insert(operand.getDefiningOp());
      else if (operand != output && !inner.contains(operand))
        outer.insert(operand);
    }
  const int64_t numInputs = int64_t(outer.size());
  outer.insert(output);
  for (Operation *constant : constants) {
    StringRef name = cast<memref::GetGlobalOp>(constant).getName();
    if (!module->lookupSymbol(name))
      b.clone(*symbols.lookup(name));
  }

  auto types =
      llvm::map_to_vector(outer, [](Value value) { return value.getType(); });
  auto function =
      func::FuncOp::create(b, loc, kLayer, b.getFunctionType(types, {}));
  function->setAttr(kernel::KernelDialect::kNumInputsAttr,
                    b.getI64IntegerAttr(numInputs));
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
  mapping.map(outer.getArrayRef(), body->getArguments());
  for (Operation *constant : constants)
    b.clone(*constant, mapping);
  for (Value buffer : inner) {
    auto copy = cast<kernel::BufferOp>(
        b.clone(*buffer.getDefiningOp<kernel::BufferOp>(), mapping));
    copy.removeOffsetAttr();
  }
  for (Operation *op : ops)
    b.clone(*op, mapping);
  func::ReturnOp::create(b, loc);
  return module;
}

/// The layers of such a network.
SmallVector<Operation *> layersOf(ModuleOp module) {
  auto function = module.lookupSymbol<func::FuncOp>(kLayer);
  SmallVector<Operation *> layers;
  for (Operation &op : function.getOps())
    if (op.hasTrait<kernel::DestinationStyle>())
      layers.push_back(&op);
  return layers;
}

/// A choice, the network that follows it in the LLVM dialect, its code, and how
/// long that takes.
struct Candidate {
  cpu::Choice choice;
  OwningOpRef<ModuleOp> lowered;
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
    int runs = 0;
    do {
      const Clock::time_point start = Clock::now();
      if (llvm::Error error = candidate.code->run(inputs, outputs))
        return error;
      candidate.seconds = std::min(candidate.seconds, since(start));
    } while (++runs < kLeastRuns || since(turn) < kSecondsOfTurn);
    return llvm::Error::success();
  }

private:
  SmallVector<HostTensor> inputs, outputs;
};

/// A copy of `network`, whose layers follow `choice`, in the LLVM dialect.
llvm::Expected<OwningOpRef<ModuleOp>> lower(ModuleOp network,
                                            const cpu::TargetInfo &target,
                                            const cpu::Choice &choice) {
  OwningOpRef<ModuleOp> module = network.clone();
  SmallVector<Operation *> layers = layersOf(*module);
  if (choice.stripes)
    cpu::setChoice(layers, choice, target);
  else
    cpu::setChoice(layers.front(), choice);
  PassManager passes(module->getContext());
  passes.addNestedPass<func::FuncOp>(kernel::createPlanMemoryPass());
  if (failed(passes.run(*module)))
    return llvm::createStringError("memory cannot be planned");
  // All that is chosen has been.
  cpu::CodeOptions code;
  code.winograd = cpu::Winograd::Off;
  code.stripes = cpu::Stripes::Off;
  code.sparsify = 0.0;
  if (failed(cpu::lowerToLLVM(*module, target, code)))
    return llvm::createStringError("lowering failed");
  return std::move(module);
}

/// The candidates for `network`, each of which is other code than those before
/// it: kernels may have no use for all that can be chosen.
llvm::Expected<std::vector<Candidate>> compile(ModuleOp network,
                                               const cpu::TargetInfo &target,
                                               ArrayRef<cpu::Choice> choices) {
  std::vector<Candidate> candidates;
  for (const cpu::Choice &choice : choices) {
    auto lowered = lower(network, target, choice);
    if (!lowered)
      return lowered.takeError();
    if (llvm::none_of(candidates, [&](Candidate &other) {
          return OperationEquivalence::isEquivalentTo(
              **lowered, *other.lowered, OperationEquivalence::IgnoreLocations);
        }))
      candidates.push_back({choice, std::move(*lowered), nullptr});
  }
  if (candidates.size() == 1)
    return std::move(candidates);
  for (Candidate &candidate : candidates) {
    auto code = createLoweredExecutable(*candidate.lowered, kLayer, target);
    if (!code)
      return code.takeError();
    candidate.code = std::move(*code);
  }
  return std::move(candidates);
}

/// The fastest of `candidates`. The first is the cost model's.
llvm::Expected<cpu::Choice> measure(std::vector<Candidate> &candidates) {
  if (candidates.size() == 1)
    return candidates.front().choice;
  Stopwatch watch(candidates.front().code->inputs());
  for (int round = 0; round < kRounds; ++round)
    for (Candidate &candidate : candidates)
      if (llvm::Error error = watch.time(candidate))
        return std::move(error);
  Candidate &preferred = candidates.front();
  Candidate &best = *llvm::min_element(
      candidates, [](const Candidate &x, const Candidate &y) {
        return x.seconds < y.seconds;
      });
  // Among many, one may have had luck.
  for (int round = 0; &best != &preferred && round < kMoreRounds; ++round)
    for (Candidate *candidate : {&preferred, &best})
      if (llvm::Error error = watch.time(*candidate))
        return std::move(error);
  return best.seconds > kWorthwhile * preferred.seconds ? preferred.choice
                                                        : best.choice;
}

/// Measures what a table does not have of a module's layers.
class Tuner {
public:
  Tuner(const cpu::TargetInfo &target, cpu::TuningTable &table,
        const TuningOptions &options)
      : target(target), table(table), options(options) {}

  /// The layers, each alone.
  llvm::Error tuneLayers(ModuleOp module) {
    SymbolTable symbols(module);
    Shapes shapes;
    module.walk([&](Operation *op) {
      add(shapes, cpu::describeShape(op, symbols, target), {op});
    });
    return measureAll(
        shapes, symbols,
        [&](ArrayRef<Operation *> layers, SymbolTable &constants) {
          SmallVector<cpu::Choice> choices = cpu::listChoices(
              layers.front(), constants, target, options.candidates);
          if (!asksForTiles())
            llvm::erase_if(choices, [](const cpu::Choice &choice) {
              return choice.winograd != 0;
            });
          return choices;
        });
  }

  /// Layers in a row, which follow the table already.
  llvm::Error tuneRuns(ModuleOp module) {
    SymbolTable symbols(module);
    Shapes shapes;
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr(kernel::KernelDialect::kNumInputsAttr))
        for (ArrayRef<Operation *> run : cpu::findRuns(function, target))
          add(shapes, cpu::describeRun(run, target), run);
    return measureAll(shapes, symbols,
                      [&](ArrayRef<Operation *> layers, SymbolTable &) {
                        return cpu::listChoices(layers, target);
                      });
  }

  TuningCounts getCounts() const { return counts; }

  /// Whether sizes of Winograd's tiles are open.
  bool asksForTiles() const {
    return options.code.winograd == cpu::Winograd::Auto;
  }

private:
  using Shapes = llvm::MapVector<std::string, SmallVector<Operation *>,
                                 std::map<std::string, unsigned>>;

  void add(Shapes &shapes, const std::string &shape,
           ArrayRef<Operation *> ops) {
    if (!shape.empty() && !table.find(shape))
      shapes.insert({shape, SmallVector<Operation *>(ops)});
  }

  llvm::Error
  measureAll(const Shapes &shapes, SymbolTable &symbols,
             llvm::function_ref<SmallVector<cpu::Choice>(ArrayRef<Operation *>,
                                                         SymbolTable &)>
                 list) {
    Progress progress("tuning", shapes.size());
    for (const auto &[shape, ops] : shapes) {
      progress.step(1, shape);
      OwningOpRef<ModuleOp> network = isolate(ops, symbols);
      SymbolTable constants(*network);
      auto candidates =
          compile(*network, target, list(layersOf(*network), constants));
      if (!candidates)
        return candidates.takeError();
      auto best = measure(*candidates);
      if (!best)
        return best.takeError();
      table.set(shape, *best);
      ++counts.shapes;
      counts.codes += candidates->size();
    }
    return llvm::Error::success();
  }

  const cpu::TargetInfo &target;
  cpu::TuningTable &table;
  const TuningOptions &options;
  TuningCounts counts;
};

} // namespace

llvm::Expected<TuningCounts> tuneLayers(ModuleOp module,
                                        const cpu::TargetInfo &target,
                                        cpu::TuningTable &table,
                                        const TuningOptions &options) {
  if (!cpu::runsHere(target))
    return llvm::createStringError("this machine cannot run code for " +
                                   target.name + ", so it cannot measure it");
  // What is sparse is not measured.
  OwningOpRef<ModuleOp> copy = module.clone();
  cpu::KernelToLLVMOptions choices;
  choices.set(options.code);
  choices.target = target.name;
  choices.tuning = "";
  choices.winograd = choices.stripes = 0;
  PassManager sparse(module.getContext());
  cpu::buildKernelChoicePipeline(sparse, choices);
  if (failed(sparse.run(*copy)))
    return llvm::createStringError("sparse layers cannot be chosen");
  Tuner tuner(target, table, options);
  if (llvm::Error error = tuner.tuneLayers(*copy))
    return std::move(error);
  if (options.code.stripes != cpu::Stripes::Auto)
    return tuner.getCounts();
  if (failed(cpu::applyTuning(*copy, table, target, options.path,
                              !tuner.asksForTiles())))
    return llvm::createStringError("a choice does not fit its layer");
  PassManager tiles(module.getContext());
  tiles.addPass(cpu::createChooseWinogradPass(
      {target.name, int64_t(options.code.winograd)}));
  if (failed(tiles.run(*copy)))
    return llvm::createStringError("tiles cannot be chosen");
  if (llvm::Error error = tuner.tuneRuns(*copy))
    return std::move(error);
  return tuner.getCounts();
}

} // namespace pare
