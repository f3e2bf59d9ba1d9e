//===- Stripes.cpp - Chains that run some rows at a time ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every operation of the chain has a function of its own, as outside of
// stripes, which computes some rows from where its arguments point to. This
// writes the loops that call them: for each stripe of the last operation, the
// ones before run as long as rows that it needs are missing.
//
//===----------------------------------------------------------------------===//

#include "Emit/Lowering.h"
#include "Stripes/StripePlan.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// The function of an operation of the chain.
struct MemberFunction {
  func::FuncOp function;
  SmallVector<Value> arguments;
  int64_t scratchBytes;
  /// It takes the ends of its rows.
  bool takesRows;
};

class StripesBuilder {
public:
  StripesBuilder(Layer &e, kernel::StripesOp op)
      : e(e), op(op), plan(StripePlan::of(op)) {}

  LogicalResult build();

private:
  using Rows = SmallVector<Value>;

  LogicalResult lowerMembers();
  void allocate();
  /// Where the first operations begin if the last one begins at `row`.
  Rows firstRows(Value row);
  /// Runs member `i` until its rows up to `end` are there. `done` says up to
  /// which row the members are; the result is the same, then.
  Rows produce(size_t i, Value end, Rows done);
  /// What member `i` reads before its rows from `row` on can be computed.
  Rows produceInputs(size_t i, Value row, Rows done);
  void call(size_t i, Value row);
  Value argumentOf(size_t i, Value buffer, Type type, Value row);
  /// `buffer` from element `at` on, as a buffer of another type.
  Value pointTo(Value buffer, Value at, Type type);

  Layer &e;
  kernel::StripesOp op;
  StripePlan plan;
  SmallVector<MemberFunction> functions;
  /// Of the outputs but the last.
  SmallVector<Value> rings;
  Value scratch;
};

LogicalResult StripesBuilder::lowerMembers() {
  for (const StripeMember &member : plan.members) {
    OpBuilder builder(op.getContext());
    Layer layer(builder, member.op, e.symbols, e.target, e.micro);
    LogicalResult result = failure();
    if (auto contract = dyn_cast<kernel::ContractOp>(member.op))
      result = lower(layer, contract);
    else if (auto sparse = dyn_cast<kernel::SparseContractOp>(member.op))
      result = lower(layer, sparse);
    else
      result = lower(layer, cast<kernel::DepthwiseOp>(member.op));
    func::FuncOp function = layer.finish();
    e.symbols.insert(function,
                     Block::iterator(op->getParentOfType<func::FuncOp>()));
    if (failed(result))
      return failure();
    functions.push_back({function, llvm::to_vector(layer.arguments()),
                         layer.scratchBytes(), layer.takesRows()});
  }
  return success();
}

void StripesBuilder::allocate() {
  for (const StripeMember &member : plan.members)
    if (member.ring > 0)
      rings.push_back(e.scratch(Layer::element(member.output),
                                member.ring * member.outRow));
  // One member runs at a time.
  int64_t bytes = 0;
  for (const MemberFunction &member : functions)
    bytes = std::max(bytes, member.scratchBytes);
  if (bytes > 0)
    scratch = e.scratch(e.i(8), bytes);
}

LogicalResult StripesBuilder::build() {
  if (failed(lowerMembers()))
    return failure();
  allocate();
  const size_t last = plan.members.size() - 1;
  const int64_t rows = plan.members[last].rows;
  Range part = e.share(plan.iterations());
  Value low = e.mul(part.low, rows), high = e.mul(part.high, rows);
  e.carry(low, high, rows, firstRows(low), [&](Value row, ValueRange done) {
    Rows next = produceInputs(last, row, Rows(done));
    call(last, row);
    return next;
  });
  return success();
}

StripesBuilder::Rows StripesBuilder::firstRows(Value row) {
  const size_t count = plan.members.size() - 1;
  Rows first(count);
  for (size_t i = count; i-- > 0;) {
    const StripeMember &consumer = plan.members[i + 1];
    row = e.add(e.mul(row, consumer.stride), -consumer.padTop);
    row = e.max(row, e.index(0));
    const int64_t rows = plan.members[i].rows;
    first[i] = row = e.mul(e.div(row, rows), rows);
  }
  return first;
}

StripesBuilder::Rows StripesBuilder::produceInputs(size_t i, Value row,
                                                   Rows done) {
  if (i == 0)
    return done;
  const StripeMember &member = plan.members[i];
  const int64_t behind =
      (member.rows - 1) * member.stride - member.padTop + member.reach;
  Value end = e.add(e.mul(row, member.stride), behind);
  return produce(i - 1, e.min(end, e.index(member.inHeight)), std::move(done));
}

StripesBuilder::Rows StripesBuilder::produce(size_t i, Value end, Rows done) {
  const int64_t rows = plan.members[i].rows;
  // Members behind this one do not move meanwhile.
  Rows moving(done.begin(), done.begin() + i + 1);
  moving =
      e.carry(moving[i], end, rows, moving, [&](Value row, ValueRange done) {
        Rows next = produceInputs(i, row, Rows(done));
        call(i, row);
        next[i] = e.add(row, rows);
        return next;
      });
  llvm::copy(moving, done.begin());
  return done;
}

Value StripesBuilder::pointTo(Value buffer, Value at, Type type) {
  // A layer's arguments are bare pointers, which a view of an element type has
  // no operation to move.
  LLVMTypeConverter converter(op.getContext());
  auto from = cast<MemRefType>(buffer.getType());
  auto cast = [&](Type type, Value value) {
    return UnrealizedConversionCastOp::create(e.b, e.loc, type, value)
        .getResult(0);
  };
  MemRefDescriptor source(cast(converter.convertType(from), buffer));
  Value offset = arith::IndexCastOp::create(e.b, e.loc, e.i(64), at);
  Value start = source.alignedPtr(e.b, e.loc);
  Value moved =
      LLVM::GEPOp::create(e.b, e.loc, start.getType(), from.getElementType(),
                          start, ArrayRef<LLVM::GEPArg>{offset});
  MemRefDescriptor target = MemRefDescriptor::fromStaticShape(
      e.b, e.loc, converter, mlir::cast<MemRefType>(type), moved);
  return cast(type, target);
}

Value StripesBuilder::argumentOf(size_t i, Value buffer, Type type, Value row) {
  const StripeMember &member = plan.members[i];
  // Windows reach across the end of a ring, so that code finds their rows.
  const bool isInput = buffer == member.input;
  const bool isWindowed = StripeMember::isWindowed(member.op);
  if (isInput && i > 0 && isWindowed)
    return pointTo(rings[i - 1], e.index(0), type);
  if (isInput && isWindowed)
    return pointTo(e.buffer(op.getOperandOf(buffer)), e.index(0), type);
  if (isInput && i > 0)
    return pointTo(rings[i - 1],
                   e.mul(e.rem(row, plan.members[i - 1].ring), member.inRow),
                   type);
  if (buffer == member.output && member.ring > 0)
    return pointTo(rings[i], e.mul(e.rem(row, member.ring), member.outRow),
                   type);
  // An image: the input, the output, or what is added to it.
  return pointTo(e.buffer(op.getOperandOf(buffer)),
                 e.mul(row, isInput ? member.inRow : member.outRow), type);
}

void StripesBuilder::call(size_t i, Value row) {
  MemberFunction &member = functions[i];
  SmallVector<Value> arguments;
  ArrayRef<Type> types = member.function.getArgumentTypes();
  for (auto [index, buffer] : llvm::enumerate(member.arguments))
    arguments.push_back(argumentOf(i, buffer, types[index], row));
  if (member.scratchBytes > 0)
    arguments.push_back(
        pointTo(scratch, e.index(0), types[member.arguments.size()]));
  if (member.takesRows) {
    arguments.push_back(row);
    arguments.push_back(e.add(row, plan.members[i].rows));
  }
  func::CallOp::create(e.b, e.loc, member.function, arguments);
}

} // namespace

LogicalResult lower(Layer &e, kernel::StripesOp op) {
  return StripesBuilder(e, op).build();
}

} // namespace pare::cpu
