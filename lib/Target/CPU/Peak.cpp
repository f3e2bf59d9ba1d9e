//===- Peak.cpp - Networks that measure a processor -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/Peak.h"
#include "Emitter.h"
#include "MicroKernel.h"
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
/// Sets of operands, which change so that nothing is computed once for all.
constexpr int64_t kSets = 4;

/// One kind of step on whole vectors.
struct Step {
  /// Type of the sums' and the operands' elements.
  Type sum, operand;
  /// Products that one element of a sum takes in.
  int64_t terms;
  std::function<Value(Emitter &, Value x, Value w, Value acc)> apply;
};

Step makeStep(OpBuilder &b, const TargetInfo &target, const MicroKernel &micro,
              PeakStep kind) {
  if (kind == PeakStep::Float)
    return {b.getF32Type(), b.getF32Type(), 1,
            [&micro](Emitter &e, Value x, Value w, Value acc) {
              return micro.multiplyAdd(e, x, w, acc);
            }};
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

  // The sums go out, so that they are computed; the operands come from the
  // memory behind them, whose content does not matter.
  const int64_t elements = lanes * step.terms;
  const int64_t sumBytes = kSums * lanes * 4;
  const int64_t operandBytes =
      (kSets * kSums + 1) * elements * step.operand.getIntOrFloatBitWidth() / 8;
  auto bytes = RankedTensorType::get({sumBytes + operandBytes}, b.getI8Type());
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
  auto view = [&](Type element, int64_t from, int64_t size) -> Value {
    int64_t count = size * 8 / element.getIntOrFloatBitWidth();
    return memref::ViewOp::create(b, loc, MemRefType::get({count}, element),
                                  func.getArgument(0), e.index(from),
                                  ValueRange());
  };
  Value sums = view(step.sum, 0, sumBytes);
  Value operands = view(step.operand, sumBytes, operandBytes);
  Value weight = e.load(operands, e.index(kSets * kSums * elements), elements);
  SmallVector<Value> init(kSums, e.constant(e.vec(step.sum, lanes), 0));
  SmallVector<Value> results =
      e.carry(0, kRounds, 1, init, [&](Value round, ValueRange acc) {
        Value set = e.mul(e.rem(round, kSets), kSums * elements);
        SmallVector<Value> next;
        for (int64_t i = 0; i < kSums; ++i)
          next.push_back(step.apply(
              e, e.load(operands, e.add(set, i * elements), elements), weight,
              acc[i]));
        return next;
      });
  for (int64_t i = 0; i < kSums; ++i)
    e.store(results[i], sums, e.index(i * lanes));
  func::ReturnOp::create(b, loc);
  network.macs = kRounds * kSums * elements;
  return network;
}

} // namespace pare::cpu
