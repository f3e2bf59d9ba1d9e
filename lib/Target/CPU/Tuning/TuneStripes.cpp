//===- TuneStripes.cpp - What can be chosen for layers in a row -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Layer.h"
#include "Stripes/StripeChains.h"
#include "Tuning/Describe.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace pare::cpu {

SmallVector<SmallVector<Operation *>> findRuns(func::FuncOp network,
                                               const TargetInfo &target) {
  SmallVector<SmallVector<Operation *>> runs;
  for (const StripeRun &run : findStripeRuns(network, target))
    llvm::append_range(runs, cutAtSmallImages(run, target));
  return runs;
}

static ArrayRef<int64_t> shapeOf(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getShape();
}

/// A layer behind another one: what is not as it mostly is.
template <typename OpT>
static void describeLayer(OpT op, StringRef kind, llvm::raw_ostream &os) {
  auto isOne = [](int64_t x) { return x == 1; };
  os << ", " << kind << ' ' << joinSizes(shapeOf(op.getFilter()).slice(1, 2));
  if (!llvm::all_of(op.getStrides(), isOne))
    os << " strides " << joinSizes(op.getStrides());
  if (!llvm::all_of(op.getDilations(), isOne))
    os << " dilations " << joinSizes(op.getDilations());
  if (!llvm::all_of(op.getPadding(), [](int64_t x) { return x == 0; }))
    os << " padding " << joinSizes(op.getPadding());
  os << " to " << joinSizes(shapeOf(op.getOutput()).drop_front());
}

std::string describeRun(ArrayRef<Operation *> run, const TargetInfo &target) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Value input = run.front()->getOperand(0);
  os << describeTarget(target) << " chain "
     << cast<MemRefType>(input.getType()).getElementType() << ' '
     << joinSizes(shapeOf(input));
  for (Operation *op : run) {
    if (auto depthwise = dyn_cast<kernel::DepthwiseOp>(op)) {
      describeLayer(depthwise, "depthwise", os);
      continue;
    }
    if (auto sparse = dyn_cast<kernel::SparseContractOp>(op)) {
      os << ", " << Layer::count(sparse.getValues()) << " weights to "
         << joinSizes(shapeOf(sparse.getOutput()).drop_front());
      if (sparse.getResidual())
        os << " with a sum";
      continue;
    }
    auto contract = cast<kernel::ContractOp>(op);
    describeLayer(contract, "contract", os);
    if (contract.getResidual())
      os << " with a sum";
  }
  return text;
}

static Choice choiceOf(ArrayRef<StripeChain> chains) {
  Choice choice;
  choice.stripes.emplace();
  for (const StripeChain &chain : chains)
    choice.stripes->push_back({int64_t(chain.first), int64_t(chain.count),
                               chain.plan.members.back().rows});
  return choice;
}

SmallVector<Choice> listChoices(ArrayRef<Operation *> run,
                                const TargetInfo &target) {
  SmallVector<Choice> choices;
  auto add = [&](Choice choice) {
    if (!llvm::is_contained(choices, choice))
      choices.push_back(std::move(choice));
  };
  const Choice preferred = choiceOf(chooseChains(run, target));
  add(preferred);
  add(choiceOf({}));
  // As if less of an image stayed in the cache, or more.
  for (double kept : {0.125, 0.75})
    add(choiceOf(chooseChains(run, target, kept)));
  // Each chain apart from the others: left out, or of more or fewer rows.
  for (size_t i = 0; i < preferred.stripes->size(); ++i) {
    Choice without = preferred;
    without.stripes->erase(without.stripes->begin() + i);
    add(without);
    const StripeGroup &group = (*preferred.stripes)[i];
    ArrayRef<Operation *> chain = run.slice(group.first, group.count);
    const int64_t height = shapeOf(chain.back()->getOperands().back())[1];
    for (int64_t rows : {group.rows / 2, group.rows * 2})
      if (rows >= 1 && 2 * rows <= height) {
        Choice other = preferred;
        (*other.stripes)[i].rows = planChain(chain, rows).members.back().rows;
        add(other);
      }
  }
  return choices;
}

std::string findMisfit(ArrayRef<Operation *> run, const Choice &choice) {
  if (!choice.stripes)
    return "layers in a row take stripes";
  for (const StripeGroup &group : *choice.stripes) {
    if (group.first + group.count > int64_t(run.size()))
      return "there are " + std::to_string(run.size()) + " of them";
    Operation *last = run[group.first + group.count - 1];
    const int64_t height = shapeOf(last->getOperands().back())[1];
    if (group.rows > height || height % group.rows != 0)
      return std::to_string(height) + " rows are no multiple of " +
             std::to_string(group.rows);
  }
  return "";
}

void setChoice(ArrayRef<Operation *> run, const Choice &choice,
               const TargetInfo &target) {
  for (const StripeGroup &group : *choice.stripes)
    fuseChain(planChain(run.slice(group.first, group.count), group.rows),
              target);
}

} // namespace pare::cpu
