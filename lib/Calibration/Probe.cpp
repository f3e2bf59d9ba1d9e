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
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::nn;

/// The reduction of an observation, in the network that contains `value`.
static Value reduce(OpBuilder &builder, Value value, Observation::Kind kind) {
  Location loc = value.getLoc();
  auto type = cast<RankedTensorType>(value.getType());
  // A scalar has no dimension to reduce.
  if (type.getRank() == 0) {
    type = type.clone({1});
    value = ReshapeOp::create(builder, loc, type, value);
  }
  SmallVector<int64_t> shape(type.getRank(), 1);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  if (kind == Observation::ChannelMean) {
    axes.pop_back();
    shape.back() = type.getShape().back();
    // One element for each channel: there is nothing to average.
    if (axes.empty())
      return value;
  }
  auto reduced = type.clone(shape);
  switch (kind) {
  case Observation::Minimum:
    return ReduceMinOp::create(builder, loc, reduced, value, axes,
                               /*keep_dims=*/true);
  case Observation::Maximum:
    return ReduceMaxOp::create(builder, loc, reduced, value, axes,
                               /*keep_dims=*/true);
  case Observation::Sum:
    return ReduceSumOp::create(builder, loc, reduced, value, axes,
                               /*keep_dims=*/true, ScalesAttr());
  case Observation::ChannelMean:
    break;
  }
  return ReduceMeanOp::create(builder, loc, reduced, value, axes,
                              /*keep_dims=*/true, ScalesAttr());
}

/// A module with `original` as it computes the observations alone.
static OwningOpRef<ModuleOp> makeProbe(func::FuncOp original,
                                       ArrayRef<Observation> observations) {
  OpBuilder builder(original.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(original.getLoc());
  builder.setInsertionPointToStart(module->getBody());
  IRMapping mapping;
  auto function = cast<func::FuncOp>(builder.clone(*original, mapping));
  Operation *terminator = function.front().getTerminator();
  builder.setInsertionPoint(terminator);
  SmallVector<Value> results;
  for (const Observation &observation : observations)
    results.push_back(
        reduce(builder, mapping.lookup(observation.value), observation.kind));
  terminator->setOperands(results);
  function.walk([](FakeQuantOp op) {
    op.getOutput().replaceAllUsesWith(op.getInput());
    op.erase();
  });
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (isOpTriviallyDead(&op))
      op.erase();
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           terminator->getOperandTypes()));
  function.removeResAttrsAttr();
  return module;
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
  OwningOpRef<ModuleOp> probe = makeProbe(function, observations);
  auto executable = compile(*probe, options.backend);
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
    if (failed(callback(sample, results)))
      return failure();
    progress.step();
  }
  return count;
}
