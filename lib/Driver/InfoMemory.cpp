//===- InfoMemory.cpp - pare info --memory --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Embedded.h"
#include "Info.h"
#include "MemoryReport.h"
#include "pare/Driver/Diagnostics.h"
#include "pare/Driver/Network.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Pipelines/Pipelines.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

/// The network in kernel, as C code is made from it.
static llvm::Expected<OwningOpRef<ModuleOp>> lower(Network &network,
                                                   func::FuncOp func) {
  OwningOpRef<ModuleOp> module = network.getModule().clone();
  PassManager passes(network.getContext());
  buildSimplifyPipeline(passes, SimplifyPipelineOptions());
  KernelPipelineOptions options;
  options.requantMode =
      network.getModule()->hasAttr(nn::NNDialect::kRequantModeAttr)
          ? nn::getRequantMode(func)
          : nn::RequantMode::Fixed;
  buildKernelPipeline(passes, options);
  if (failed(passes.run(*module)))
    return llvm::createStringError("a pass failed");
  return module;
}

static llvm::Expected<kernel::MemoryPlan> plan(ModuleOp module,
                                               const CTarget &target) {
  CEmitOptions emit;
  emit.isa = target.isa;
  CMemoryOptions options;
  options.ports = true;
  llvm::FailureOr<CMemoryPlan> memory = planCMemory(module, emit, options);
  if (failed(memory))
    return llvm::createStringError("the network has no form in C");
  return std::move(memory->plan);
}

/// The step at which most is alive; there is one.
static size_t findPeak(const kernel::MemoryPlan &plan) {
  const auto *peak =
      llvm::max_element(plan.steps, [](const auto &a, const auto &b) {
        return a.getAlive() < b.getAlive();
      });
  return peak - plan.steps.begin();
}

/// A row for each target.
static llvm::Error describeTargets(ModuleOp lowered, bool json,
                                   llvm::raw_ostream &os) {
  llvm::json::Array rows;
  if (!json)
    os << llvm::formatv("{0,-14} {1,9} {2,9} {3,9}  {4}\n", "target", "arena",
                        "bound", "alive", "largest layer");
  for (const CTarget &target : CTarget::getAll()) {
    OwningOpRef<ModuleOp> module = lowered.clone();
    auto found = plan(*module, target);
    if (!found)
      return found.takeError();
    std::string layer;
    int64_t alive = 0;
    if (!found->steps.empty()) {
      const size_t peak = findPeak(*found);
      layer = getStepName(*found, peak);
      alive = found->steps[peak].getAlive();
    }
    if (!json) {
      os << llvm::formatv("{0,-14} {1,9} {2,9} {3,9}  {4}\n", target.name,
                          found->arenaBytes, found->lowerBound, alive, layer);
      continue;
    }
    rows.push_back(llvm::json::Object{{"target", target.name},
                                      {"arena_bytes", found->arenaBytes},
                                      {"lower_bound", found->lowerBound},
                                      {"largest_layer", layer},
                                      {"largest_layer_bytes", alive}});
  }
  if (json)
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(rows)));
  return llvm::Error::success();
}

llvm::Error pare::driver::describeMemory(const InfoCommand &command,
                                         Network &network, func::FuncOp func,
                                         llvm::raw_ostream &os) {
  const CTarget *target = nullptr;
  if (command.target) {
    target = CTarget::lookup(*command.target);
    if (!target) {
      std::string names;
      for (const CTarget &known : CTarget::getAll())
        names += (names.empty() ? "" : ", ") + known.name.str();
      return llvm::createStringError(
          "expected one of --target=" + names +
          " for --memory, found --target=" + *command.target);
    }
    if (command.json)
      return llvm::createStringError(
          "--json lists all targets: expected no --target");
  }
  DiagnosticCollector diagnostics(network.getContext(), network.getPath());
  auto describe = [&]() -> llvm::Error {
    auto module = lower(network, func);
    if (!module)
      return module.takeError();
    if (!target)
      return describeTargets(**module, command.json, os);
    auto found = plan(**module, *target);
    if (!found)
      return found.takeError();
    printMemoryPlan(*found, os);
    os << "\nlargest layers:" << describePeaks(*found) << "\n";
    return llvm::Error::success();
  };
  llvm::Error error = describe();
  if (!error || !diagnostics.hasError())
    return error;
  llvm::consumeError(std::move(error));
  return diagnostics.takeError("");
}
