//===- Peak.cpp - Networks that measure a processor -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Peak.h"
#include "Emit/Emitter.h"
#include "Emit/MicroKernel.h"
#include "pare/Dialect/Kernel/IR/Kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace pare::cpu {
namespace {

constexpr int64_t kRounds = 20000;
/// Independent sums: they hide the latency of a step, and 16 registers hold
/// them.
constexpr int64_t kSums = 12;
/// Sets of integer operands, which change so that no product is computed once
/// for all.
constexpr int64_t kSets = 4;

/// One kind of step on whole vectors.
struct Step {
  /// Type of the sums' and the operands' elements.
  Type sum, operand;
  /// Elements of an operand to one of a sum.
  int64_t terms;
  std::function<Value(Emitter &, Value x, Value w, Value acc)> apply;
  /// Products that an element of an operand is in.
  int64_t products = 1;
};

Step makeStep(OpBuilder &b, const TargetInfo &target, const MicroKernel &micro,
              PeakStep kind) {
  if (kind == PeakStep::Float)
    return {b.getF32Type(), b.getF32Type(), 1,
            [&micro](Emitter &e, Value x, Value w, Value acc) {
              return micro.multiplyAdd(e, x, w, acc);
            }};
  if (MicroKernel::hasDotMatrices(target))
    return {b.getI32Type(), b.getI8Type(), 4,
            [&micro](Emitter &e, Value x, Value w, Value acc) {
              return micro.dotMatrices(e, x, w, acc);
            },
            /*products=*/2};
  if (MicroKernel::hasDotQuads(target))
    return {b.getI32Type(), b.getI8Type(), 4,
            [&micro](Emitter &e, Value x, Value w, Value acc) {
              return micro.dotQuads(e, x, w, acc);
            }};
  return {b.getI32Type(), b.getI16Type(), 2,
          [&micro](Emitter &e, Value x, Value w, Value acc) {
            return micro.dotPairs(e, x, w, acc);
          }};
}

} // namespace

PeakNetwork buildPeakNetwork(MLIRContext *context, const TargetInfo &target,
                             PeakStep kind) {
  context->loadDialect<arith::ArithDialect, func::FuncDialect,
                       kernel::KernelDialect, memref::MemRefDialect,
                       scf::SCFDialect, vector::VectorDialect>();
  OpBuilder b(context);
  Location loc = b.getUnknownLoc();
  PeakNetwork network;
  network.module = ModuleOp::create(b, loc);
  std::unique_ptr<MicroKernel> micro = MicroKernel::create(target);
  Step step = makeStep(b, target, *micro, kind);
  const int64_t lanes = target.lanes();

  // The sums come in and go out, so that they are computed. A fused step cannot
  // be computed in part, so its operands stay in registers; the products of
  // others could, so theirs are loaded from the L1 cache, anew in each round.
  const bool loads = kind == PeakStep::Integer;
  const int64_t elements = lanes * step.terms, vectorBytes = lanes * 4;
  const int64_t sumBytes = kSums * vectorBytes;
  const int64_t vectors = (loads ? kSets * kSums : 0) + 1;
  auto bytes =
      RankedTensorType::get({sumBytes + vectors * vectorBytes}, b.getI8Type());
  auto memory = MemRefType::get(bytes.getShape(), b.getI8Type());
  b.setInsertionPointToEnd(network.module->getBody());
  auto func = func::FuncOp::create(b, loc, "peak",
                                   b.getFunctionType(TypeRange(memory), {}));
  func.setArgAttr(0, kernel::KernelDialect::kTensorTypeAttr,
                  TypeAttr::get(bytes));
  func->setAttr(kernel::KernelDialect::kNumInputsAttr, b.getI64IntegerAttr(0));
  func->setAttr(kernel::KernelDialect::kArenaBytesAttr, b.getI64IntegerAttr(0));
  b.setInsertionPointToStart(func.addEntryBlock());

  Emitter e(b, loc, target);
  auto view = [&](Type element, int64_t from, int64_t count) -> Value {
    return memref::ViewOp::create(b, loc, MemRefType::get({count}, element),
                                  func.getArgument(0), e.index(from),
                                  ValueRange());
  };
  Value sums = view(step.sum, 0, kSums * lanes);
  Value operands = view(step.operand, sumBytes, vectors * elements);
  Value weights = e.load(operands, e.index(0), elements);
  SmallVector<Value> init;
  for (int64_t i = 0; i < kSums; ++i)
    init.push_back(e.load(sums, e.index(i * lanes), lanes));
  SmallVector<Value> results =
      e.carry(0, kRounds, 1, init, [&](Value round, ValueRange acc) {
        Value set =
            e.add(e.mul(e.rem(round, kSets), kSums * elements), elements);
        SmallVector<Value> next;
        for (int64_t i = 0; i < kSums; ++i) {
          Value x = loads ? e.load(operands, e.add(set, i * elements), elements)
                          : weights;
          next.push_back(step.apply(e, x, weights, acc[i]));
        }
        return next;
      });
  for (int64_t i = 0; i < kSums; ++i)
    e.store(results[i], sums, e.index(i * lanes));
  func::ReturnOp::create(b, loc);
  network.macs = kRounds * kSums * elements * step.products;
  return network;
}

} // namespace pare::cpu
