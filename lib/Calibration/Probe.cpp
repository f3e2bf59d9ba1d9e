//===- Probe.cpp - Looking into a network while it runs -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Probe.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "pare/Interpreter/Interpreter.h"
#include "pare/Runtime/JitExecutable.h"
#include "pare/Runtime/SampleSet.h"
#include "pare/Support/Progress.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>
#include <map>

using namespace mlir;
using namespace pare;
using namespace pare::nn;

/// The mean of `value` for each index of its last dimension, in the network.
static Value averageChannels(OpBuilder &builder, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  // One element for each channel: there is nothing to average.
  if (type.getRank() <= 1)
    return value;
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape.back() = type.getShape().back();
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank() - 1));
  return ReduceMeanOp::create(builder, value.getLoc(), type.clone(shape), value,
                              axes, /*keep_dims=*/true, ScalesAttr());
}

namespace {
/// A network that returns what observations are made of.
struct ProbeNetwork {
  OwningOpRef<ModuleOp> module;
  /// For each observation the result that shows it.
  SmallVector<size_t> resultOf;
};

/// Least, greatest and sum of a tensor.
struct Reductions {
  float minimum = std::numeric_limits<float>::infinity();
  float maximum = -std::numeric_limits<float>::infinity();
  double sum = 0.0;

  explicit Reductions(const HostTensor &tensor) {
    for (float value : tensor.data<float>()) {
      minimum = std::min(minimum, value);
      maximum = std::max(maximum, value);
      sum += value;
    }
  }
  float get(Observation::Kind kind) const {
    return kind == Observation::Minimum   ? minimum
           : kind == Observation::Maximum ? maximum
                                          : float(sum);
  }
};
} // namespace

/// `original` as it computes the observations alone. To return whole tensors
/// and to reduce them outside costs memory for a moment; to reduce them inside
/// would cost the compilation of three more layers for each.
static ProbeNetwork makeProbe(func::FuncOp original,
                              ArrayRef<Observation> observations) {
  OpBuilder builder(original.getContext());
  ProbeNetwork probe;
  probe.module = ModuleOp::create(original.getLoc());
  builder.setInsertionPointToStart(probe.module->getBody());
  IRMapping mapping;
  auto function = cast<func::FuncOp>(builder.clone(*original, mapping));
  Operation *terminator = function.front().getTerminator();
  builder.setInsertionPoint(terminator);
  SmallVector<Value> results;
  for (const Observation &observation : observations) {
    Value value = mapping.lookup(observation.value);
    results.push_back(observation.kind == Observation::ChannelMean
                          ? averageChannels(builder, value)
                          : value);
  }
  terminator->setOperands(results);
  function.walk([](FakeQuantOp op) {
    op.getOutput().replaceAllUsesWith(op.getInput());
    op.erase();
  });
  // Several observations of one value share its result.
  llvm::MapVector<Value, size_t> unique;
  for (Value result : terminator->getOperands())
    probe.resultOf.push_back(
        unique.insert({result, unique.size()}).first->second);
  terminator->setOperands(
      llvm::to_vector(llvm::make_first_range(unique.getArrayRef())));
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           terminator->getOperandTypes()));
  function.removeResAttrsAttr();
  return probe;
}

/// One tensor for each observation, made from the results of a probe.
static SmallVector<HostTensor> observe(ArrayRef<Observation> observations,
                                       ArrayRef<size_t> resultOf,
                                       ArrayRef<HostTensor> results) {
  std::map<size_t, Reductions> reductions;
  SmallVector<HostTensor> seen;
  for (auto [observation, index] : llvm::zip_equal(observations, resultOf)) {
    const HostTensor &result = results[index];
    if (observation.kind == Observation::ChannelMean) {
      seen.push_back(result);
      continue;
    }
    const Reductions &reduced =
        reductions.try_emplace(index, result).first->second;
    seen.push_back(
        HostTensor::fromValues<float>({1}, {reduced.get(observation.kind)}));
  }
  return seen;
}

static llvm::Expected<std::unique_ptr<Executable>>
compile(ModuleOp module, CalibrationBackend backend) {
  if (backend == CalibrationBackend::Reference)
    return Interpreter::create(*module.getOps<func::FuncOp>().begin());
  JitOptions options;
  // A probe runs a few hundred times: a quick compilation pays.
  options.optLevel = 1;
  return createJitExecutable(module, options);
}

FailureOr<int64_t> pare::runProbe(func::FuncOp function,
                                  ArrayRef<Observation> observations,
                                  const ProbeOptions &options,
                                  ProbeCallback callback) {
  auto parent = function->getParentOfType<ModuleOp>();
  auto fail = [&](llvm::Error error) -> LogicalResult {
    return parent.emitError("calibration: ")
           << llvm::toString(std::move(error));
  };
  if (options.samples.empty())
    return parent.emitError(
        "expects the option samples to name a file of samples");
  if (!function.getBody().hasOneBlock())
    return function.emitError("expects a function of one block");
  ProbeNetwork probe = makeProbe(function, observations);
  auto executable = compile(*probe.module, options.backend);
  if (!executable)
    return fail(executable.takeError());
  llvm::Expected<SampleSet> set =
      SampleSet::read({options.samples}, (*executable)->inputs(),
                      SampleScaling{options.scale, options.offset});
  if (!set)
    return fail(set.takeError());
  const int64_t count = options.limit > 0
                            ? std::min<int64_t>(options.limit, set->size())
                            : set->size();
  Progress progress("calibrate", count);
  SmallVector<HostTensor> results;
  for (int64_t sample = 0; sample < count; ++sample) {
    llvm::Expected<std::vector<HostTensor>> inputs = set->get(sample);
    if (!inputs)
      return fail(inputs.takeError());
    if (llvm::Error error = (*executable)->run(*inputs, results))
      return fail(std::move(error));
    if (failed(
            callback(sample, observe(observations, probe.resultOf, results))))
      return failure();
    progress.step();
  }
  return count;
}
