//===- MergeLayers.cpp - Implements kernel-merge-layers -------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// After layers have become loops and not before: everything that the code of a
// layer depends on is in that code, so nothing can be forgotten in a key.
//
//===----------------------------------------------------------------------===//

#include "Emit/Layer.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/OperationSupport.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_MERGELAYERSPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

/// The function of a layer, the only call of it, and the constants that it
/// reads, in order.
struct LayerFunction {
  func::FuncOp function;
  func::CallOp call;
  SmallVector<memref::GetGlobalOp> constants;

  Block &body() { return function.getBody().front(); }
};

/// What equal functions have in common, and different ones mostly do not.
llvm::hash_code hashOf(LayerFunction &layer) {
  llvm::hash_code hash = mlir::hash_value(layer.function.getFunctionType());
  for (memref::GetGlobalOp constant : layer.constants)
    hash = llvm::hash_combine(hash, constant.getType());
  layer.function.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<memref::GetGlobalOp>(op))
      return;
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

DictionaryAttr attributesWithoutName(func::FuncOp function) {
  NamedAttrList attributes(function->getAttrDictionary());
  attributes.erase(SymbolTable::getSymbolAttrName());
  return attributes.getDictionary(function.getContext());
}

/// Whether the functions differ in their names and constants alone. Constants
/// are read in the first block, where Layer puts them.
bool areEqual(LayerFunction &a, LayerFunction &b) {
  if (attributesWithoutName(a.function) != attributesWithoutName(b.function) ||
      a.constants.size() != b.constants.size() ||
      !llvm::hasSingleElement(a.function.getBody()) ||
      !llvm::hasSingleElement(b.function.getBody()))
    return false;
  DenseMap<Value, Value> same;
  auto mark = [&](Value x, Value y) { same[x] = y; };
  auto check = [&](Value x, Value y) { return success(same.lookup(x) == y); };
  for (auto [x, y] :
       llvm::zip_equal(a.body().getArguments(), b.body().getArguments()))
    mark(x, y);
  auto x = a.body().begin(), y = b.body().begin();
  for (; x != a.body().end() && y != b.body().end(); ++x, ++y) {
    if (isa<memref::GetGlobalOp>(*x) && isa<memref::GetGlobalOp>(*y)) {
      if (x->getResult(0).getType() != y->getResult(0).getType())
        return false;
      mark(x->getResult(0), y->getResult(0));
    } else if (!OperationEquivalence::isEquivalentTo(
                   &*x, &*y, check, mark,
                   OperationEquivalence::IgnoreLocations)) {
      return false;
    }
  }
  return x == a.body().end() && y == b.body().end();
}

struct MergeLayers : public impl::MergeLayersPassBase<MergeLayers> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    for (auto network : llvm::to_vector(module.getOps<func::FuncOp>()))
      if (network->hasAttr(kernel::KernelDialect::kNumInputsAttr))
        mergeLayers(network, symbols);
  }

private:
  /// The functions that the network calls and nothing else does, each once, as
  /// it calls them.
  SmallVector<LayerFunction> collect(func::FuncOp network,
                                     SymbolTable &symbols) {
    llvm::StringMap<int64_t> calls;
    getOperation().walk([&](func::CallOp call) { ++calls[call.getCallee()]; });
    SmallVector<LayerFunction> layers;
    network.walk([&](func::CallOp call) {
      auto function = symbols.lookup<func::FuncOp>(call.getCallee());
      if (!function || function.isExternal() || !function.isPrivate() ||
          calls.lookup(call.getCallee()) != 1)
        return;
      layers.push_back({function, call, {}});
      for (auto get : function.getBody().front().getOps<memref::GetGlobalOp>())
        layers.back().constants.push_back(get);
    });
    return layers;
  }

  void mergeLayers(func::FuncOp network, SymbolTable &symbols) {
    SmallVector<LayerFunction> layers = collect(network, symbols);
    // Numbers of layers with equal functions, by the hash of those.
    llvm::MapVector<size_t, SmallVector<SmallVector<size_t>>> groups;
    for (size_t i = 0; i < layers.size(); ++i) {
      auto &candidates = groups[hashOf(layers[i])];
      auto *equal = llvm::find_if(candidates, [&](ArrayRef<size_t> group) {
        return areEqual(layers[group.front()], layers[i]);
      });
      if (equal != candidates.end())
        equal->push_back(i);
      else
        candidates.push_back({i});
    }
    for (auto &entry : groups)
      for (ArrayRef<size_t> group : entry.second)
        if (group.size() > 1) {
          SmallVector<LayerFunction *> equal;
          for (size_t i : group)
            equal.push_back(&layers[i]);
          merge(equal, symbols);
        }
  }

  /// The first layer's function stays, with an argument for each constant that
  /// is not the same for all.
  void merge(ArrayRef<LayerFunction *> layers, SymbolTable &symbols) {
    LayerFunction &first = *layers.front();
    for (LayerFunction *layer : layers.drop_front())
      layer->call.setCallee(first.function.getName());
    OpBuilder b(&getContext());
    unsigned position = 0;
    for (auto [i, constant] : llvm::enumerate(first.constants)) {
      if (llvm::all_of(layers, [&, at = i, name = constant.getName()](
                                   LayerFunction *layer) {
            return layer->constants[at].getName() == name;
          }))
        continue;
      const MemRefType type = constant.getType();
      for (LayerFunction *layer : layers) {
        b.setInsertionPoint(layer->call);
        Value value = memref::GetGlobalOp::create(
            b, layer->call.getLoc(), type, layer->constants[i].getName());
        layer->call->insertOperands(position, value);
      }
      // What is known of a constant by its name, said of the argument.
      const int64_t bytes =
          type.getNumElements() * type.getElementTypeBitWidth() / 8;
      NamedAttrList attributes;
      attributes.set(LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
      attributes.set(LLVM::LLVMDialect::getReadonlyAttrName(), b.getUnitAttr());
      attributes.set(LLVM::LLVMDialect::getDereferenceableAttrName(),
                     b.getI64IntegerAttr(bytes));
      (void)first.function.insertArgument(
          position, type, attributes.getDictionary(&getContext()),
          constant.getLoc());
      Value argument = first.function.getArgument(position);
      constant.replaceAllUsesWith(argument);
      ++position;
    }
    for (memref::GetGlobalOp constant : first.constants)
      if (constant->use_empty())
        constant->erase();
    for (LayerFunction *layer : layers.drop_front())
      symbols.erase(layer->function);
    numMerged += layers.size() - 1;
  }
};

} // namespace
} // namespace pare::cpu
