//===- StripePlan.cpp - What of a chain is in memory at a time ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stripes/StripePlan.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir;

namespace pare::cpu {

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

StripeMember StripeMember::of(Operation *op, int64_t rows) {
  StripeMember member;
  member.op = op;
  member.input = op->getOperand(0);
  member.output = op->getOperands().back();
  ArrayRef<int64_t> in = typeOf(member.input).getShape(),
                    out = typeOf(member.output).getShape();
  member.inHeight = in[1], member.outHeight = out[1];
  member.inRow = in[2] * in[3], member.outRow = out[2] * out[3];
  member.rows = rows;
  auto setWindow = [&](auto conv) {
    const int64_t taps = typeOf(conv.getFilter()).getDimSize(1);
    member.reach = (taps - 1) * conv.getDilations()[0] + 1;
    member.stride = conv.getStrides()[0];
    member.padTop = conv.getPadding()[0];
  };
  if (auto depthwise = dyn_cast<kernel::DepthwiseOp>(op))
    setWindow(depthwise);
  else if (auto contract = dyn_cast<kernel::ContractOp>(op))
    setWindow(contract);
  else
    member.reach = member.stride = 1, member.padTop = 0;
  return member;
}

bool StripeMember::isWindowed(Operation *op) {
  auto contract = dyn_cast<kernel::ContractOp>(op);
  if (!contract)
    return isa<kernel::DepthwiseOp>(op);
  return llvm::any_of(typeOf(contract.getFilter()).getShape().slice(1, 2),
                      [](int64_t taps) { return taps > 1; });
}

/// The rows of `producer` that must be there at once while `consumer` runs:
/// from the first one that it reads to the last one that was computed for it.
static int64_t ringOf(const StripeMember &producer,
                      const StripeMember &consumer) {
  int64_t rows = 0, computed = 0;
  for (int64_t row = 0; row < consumer.outHeight; row += consumer.rows) {
    const int64_t first = std::max<int64_t>(consumer.firstInput(row), 0);
    const int64_t end =
        std::min(consumer.firstInput(row + consumer.rows - 1) + consumer.reach,
                 producer.outHeight);
    if (end > computed)
      computed = llvm::alignTo(end, producer.rows);
    rows = std::max(rows, computed - first);
  }
  // Rows that are written, or read without windows, together lie side by side.
  const int64_t unit = StripeMember::isWindowed(consumer.op)
                           ? producer.rows
                           : std::lcm(producer.rows, consumer.rows);
  return llvm::alignTo(std::max(rows, unit), unit);
}

StripePlan StripePlan::of(ArrayRef<StripeMember> members) {
  StripePlan plan;
  plan.members.append(members.begin(), members.end());
  for (size_t i = 0; i + 1 < members.size(); ++i)
    plan.members[i].ring = ringOf(members[i], members[i + 1]);
  return plan;
}

StripePlan StripePlan::of(kernel::StripesOp op) {
  SmallVector<StripeMember> members;
  for (Operation *member : op.getMembers())
    members.push_back(StripeMember::of(
        member,
        member
            ->getAttrOfType<IntegerAttr>(kernel::KernelDialect::kStripeRowsAttr)
            .getInt()));
  return of(members);
}

int64_t StripePlan::ringBytes() const {
  int64_t bytes = 0;
  for (const StripeMember &member : members)
    bytes += member.ring * member.outRow *
             typeOf(member.output).getElementTypeBitWidth() / 8;
  return bytes;
}

int64_t inputRing(Operation *member) {
  auto stripes = cast<kernel::StripesOp>(member->getParentOp());
  for (const StripeMember &other : StripePlan::of(stripes).members)
    if (other.output == member->getOperand(0))
      return other.ring;
  return 0;
}

} // namespace pare::cpu
