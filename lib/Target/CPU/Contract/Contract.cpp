//===- Contract.cpp - Contractions, packed or plain -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The entry of contract, and the plain loops of other convolutions for weights
// that are computed by the network.
//
//===----------------------------------------------------------------------===//

#include "Contract/NarrowContract.h"
#include "Contract/RowTerms.h"
#include "Contract/RunTimePacking.h"
#include "Contract/TermOrder.h"
#include "Emit/Lowering.h"
#include "Emit/PlainConvolution.h"
#include "Emit/Requantize.h"
#include "Stripes/StripePlan.h"

using namespace mlir;

namespace pare::cpu {

PlainConvolution::PlainConvolution(Layer &e, Value input, Value filter,
                                   Value bias, Value output, int64_t inputZero,
                                   int64_t filterZero,
                                   kernel::EpilogueAttr epilogue)
    : e(e), input(e.buffer(input)), filter(e.buffer(filter)),
      bias(bias ? e.buffer(bias) : Value()), output(e.buffer(output)),
      inputZero(inputZero), filterZero(filterZero),
      integer(isa<IntegerType>(Layer::element(input))),
      epilogue(e, epilogue, Layer::element(output), identity(output)) {}

SmallVector<int64_t> PlainConvolution::identity(Value output) {
  return llvm::to_vector(llvm::seq<int64_t>(Layer::shape(output).back()));
}

Type PlainConvolution::sumType(int64_t width) {
  return e.vec(integer ? e.i(32) : e.f32(), width);
}

Value PlainConvolution::start(Value channel, int64_t width) {
  return bias ? e.load(bias, channel, width) : e.constant(sumType(width), 0);
}

Value PlainConvolution::accumulate(Value x, Value w, Value sum) {
  if (!integer)
    return e.micro.multiplyAdd(e, x, w, sum);
  auto widen = [&](Value v, int64_t zero) {
    v = e.toInt(v, e.i(32));
    return zero == 0 ? v
                     : e.make<arith::SubIOp>(v, e.constant(v.getType(), zero));
  };
  return e.make<arith::AddIOp>(
      sum, e.make<arith::MulIOp>(widen(x, inputZero), widen(w, filterZero)));
}

void PlainConvolution::finish(Value sum, Value at, Value channel,
                              const Residual *residual) {
  Value stored = epilogue.apply(sum, channel);
  if (residual)
    stored = residual->addTo(
        e, stored, cast<VectorType>(stored.getType()).getDimSize(0), at);
  e.store(stored, output, at);
}

/// Weights that are computed by the network are packed first.
static void packAndLower(Layer &e, kernel::ContractOp op,
                         const Residual *residual) {
  ContractPlan plan = planContract(op, e.target, /*packsAtRunTime=*/true);
  RunTimePacking packing(e, plan);
  packing.packChannels(e.buffer(op.getFilter()),
                       op.getBias() ? e.buffer(op.getBias()) : Value());
  lowerPackedContract(e, plan, op.getEpilogue(),
                      {e.buffer(op.getInput()), e.buffer(op.getOutput()),
                       packing.filter(), packing.bias()},
                      residual);
}

LogicalResult lower(Layer &e, kernel::ContractOp op) {
  if (StripeMember::isWindowed(op) && kernel::StripesOp::isMember(op))
    e.givenRows();
  SmallVector<StringRef, 2> packed = packedWeights(op);
  std::optional<Residual> residual = Residual::of(e, op);
  const Residual *added = residual ? &*residual : nullptr;
  if (isNarrow(op, e.target)) {
    lowerNarrowContract(e, op, added);
    return success();
  }
  if (packed.empty()) {
    packAndLower(e, op, added);
    return success();
  }
  if (std::optional<RowPlan> plan = RowPlan::of(op, e.target)) {
    lowerRowContract(e, op, *plan, packed, added);
    return success();
  }
  if (std::optional<OrderedPlan> plan = OrderedPlan::of(op, e.target)) {
    lowerOrderedContract(e, op, *plan, packed, added);
    return success();
  }
  const ContractBuffers buffers = {e.buffer(op.getInput()),
                                   e.buffer(op.getOutput()),
                                   e.global(packed[0]), e.global(packed[1])};
  if (std::optional<WinogradPlan> plan = planWinograd(op, e.target))
    lowerWinograd(e, *plan, op.getEpilogue(), buffers, added);
  else
    lowerPackedContract(e, planContract(op, e.target), op.getEpilogue(),
                        buffers, added);
  return success();
}

} // namespace pare::cpu
