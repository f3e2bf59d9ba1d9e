//===- Report.cpp - What the steps of a compilation did -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "mlir/Pass/Pass.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Runtime/Signature.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

ArenaSizes ArenaSizes::of(Operation *function) {
  auto number = [&](StringRef name, int64_t none) {
    auto value = function->getAttrOfType<IntegerAttr>(name);
    return value ? value.getInt() : none;
  };
  ArenaSizes sizes;
  sizes.bytes = number(kernel::KernelDialect::kArenaBytesAttr, 0);
  sizes.perThread = number(kernel::KernelDialect::kScratchBytesAttr, 0);
  sizes.live = number(kernel::KernelDialect::kArenaBoundAttr, -1);
  sizes.liveBuffers = number(kernel::KernelDialect::kBufferBoundAttr, -1);
  return sizes;
}

void ArenaSizes::join(const ArenaSizes &other) {
  bytes = std::max(bytes, other.bytes);
  perThread = std::max(perThread, other.perThread);
  live = std::max(live, other.live);
  liveBuffers = std::max(liveBuffers, other.liveBuffers);
}

std::string ArenaSizes::describeLive() const {
  return llvm::formatv("{0} bytes, {1} without scratch memory", live,
                       liveBuffers);
}

bool CompileReport::Step::isSameAs(const Step &other) const {
  return layers == other.layers && integerLayers == other.integerLayers &&
         weights.parameters == other.weights.parameters &&
         weights.zeros == other.weights.zeros &&
         weights.bytes == other.weights.bytes;
}

void CompileReport::addStep(StringRef name, func::FuncOp func) {
  if (!hasSteps)
    return;
  const NetworkSummary summary = summarize(func);
  Step step{name.str(), summary.layers.size(), summary.countIntegerLayers(),
            summary.weights};
  if (steps.empty() || !step.isSameAs(steps.back()))
    steps.push_back(std::move(step));
}

void CompileReport::addLine(StringRef what, const Twine &value) {
  lines.emplace_back(what.str(), value.str());
}

void CompileReport::print(llvm::raw_ostream &os) const {
  os << llvm::formatv("{0,-24} {1,7} {2,8} {3,11} {4,11} {5,8}\n", "after",
                      "layers", "integer", "weights", "bytes", "zeros");
  for (const Step &step : steps)
    os << llvm::formatv("{0,-24} {1,7} {2,8} {3,11} {4,11} {5,8:P1}\n",
                        step.name, step.layers, step.integerLayers,
                        step.weights.parameters, step.weights.bytes,
                        step.weights.sparsity());
  for (const auto &[what, value] : lines)
    os << llvm::formatv("{0,-24} {1}\n", what, value);
}

void PassObserver::runBeforePass(Pass *pass, Operation *) {
  // An adaptor of nested pipelines has no argument, and calibration draws a
  // line of its own.
  if (pass->getArgument() == "nn-calibrate")
    progress.finish();
  else if (!pass->getArgument().empty())
    progress.step(1, pass->getArgument());
}

void PassObserver::runAfterPass(Pass *pass, Operation *op) {
  if (pass->getArgument().empty())
    return;
  // A network may have thousands of layers, each a function that tells nothing
  // new.
  if (auto symbol = dyn_cast<SymbolOpInterface>(op);
      symbol && symbol.isPrivate())
    return;
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    module = op->getParentOfType<ModuleOp>();
  if (!module)
    return;
  bool isLowered = false;
  for (Operation &function : *module.getBody()) {
    isLowered |= function.hasAttr(kernel::KernelDialect::kNumInputsAttr);
    if (!function.hasAttr(kernel::KernelDialect::kNumInputsAttr))
      continue;
    // Passes that only prepare functions leave the sizes to later ones.
    if (function.hasAttr(kernel::KernelDialect::kArenaBytesAttr))
      report.arena = ArenaSizes::of(&function);
  }
  if (isLowered)
    return;
  llvm::Expected<func::FuncOp> func = findNetwork(module);
  if (!func)
    return llvm::consumeError(func.takeError());
  report.addStep(pass->getArgument(), *func);
}
