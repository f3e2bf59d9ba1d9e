//===- ByteTable.cpp - Bytes that are looked up ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/ByteTable.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace pare::cpu {

ByteTable::Lookup ByteTable::findLookup(const TargetInfo &target) {
  if (target.isAArch64())
    return Lookup::NEON;
  if (!llvm::Triple(target.triple).isX86() || target.vectorBits < 256)
    return Lookup::None;
  SmallVector<StringRef> features;
  StringRef(target.features).split(features, ',');
  const bool hasPermute = llvm::is_contained(features, "+avx512vbmi");
  return target.vectorBits == 512 && hasPermute ? Lookup::Permute
                                                : Lookup::Shuffle;
}

int64_t ByteTable::vectorWidth(const TargetInfo &target) {
  return findLookup(target) == Lookup::None ? 0 : target.vectorBits / 8;
}

ByteTable::ByteTable(Layer &e, ArrayRef<int8_t> values)
    : e(e), kind(findLookup(e.target)), width(e.target.vectorBits / 8),
      entries(values) {
  if (kind == Lookup::Shuffle)
    table = e.table<int8_t>("entries", e.i(8), chooseRows());
  else if (kind != Lookup::None)
    table = e.table<int8_t>("entries", e.i(8), entries);
}

/// For a half of all bytes, [0, 127]: a byte less 16 * r is an index into row
/// r of 16 entries if it belongs there, into a row before if it is greater,
/// and negative if it is less. Each row holds its entries and, to be taken
/// away by exclusive or, those of the row before; where functions are
/// constant these are the same, and the row is none. Repeated for each 128
/// bits of a vector.
SmallVector<int8_t> ByteTable::chooseRows() {
  SmallVector<int8_t> stored;
  for (bool negative : {false, true})
    for (int64_t first = 0; first < 128; first += 16) {
      SmallVector<int8_t, 16> row(
          ArrayRef(entries).slice((negative ? 0 : 128) + first, 16));
      if (first > 0)
        for (auto [i, entry] : llvm::enumerate(row))
          entry ^= entries[(negative ? 0 : 128) + first + i - 16];
      if (llvm::all_of(row, [](int8_t entry) { return entry == 0; }))
        continue;
      rows.push_back({negative, first, int64_t(stored.size())});
      for (int64_t part = 0; part < width / 16; ++part)
        stored.append(row.begin(), row.end());
    }
  // All entries may be 0.
  if (stored.empty())
    stored.push_back(0);
  return stored;
}

Value ByteTable::part(int64_t at, int64_t count) const {
  return e.load(table, e.index(at), count);
}

Value ByteTable::number(Value like, int64_t value) const {
  return e.constant(like.getType(), value);
}

Value ByteTable::call(StringRef name, ValueRange arguments) const {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, e.vec(e.i(8), width),
                                       e.b.getStringAttr(name), arguments)
      .getResults();
}

Value ByteTable::loadEntry(Value byte) {
  if (!inOrder)
    inOrder = e.table<int8_t>("entries", e.i(8), entries);
  Value index = e.make<arith::IndexCastOp>(e.b.getIndexType(), byte);
  return e.loadScalar(inOrder, e.add(index, 128));
}

Value ByteTable::apply(Value bytes) {
  auto type = dyn_cast<VectorType>(bytes.getType());
  if (!type)
    return loadEntry(bytes);
  const int64_t count = type.getDimSize(0);
  if (kind == Lookup::None) {
    Value found = bytes;
    for (int64_t i = 0; i < count; ++i)
      found = vector::InsertOp::create(
          e.b, e.loc,
          loadEntry(vector::ExtractOp::create(e.b, e.loc, bytes, i)), found, i);
    return found;
  }
  if (count == width)
    return lookUp(bytes);
  Value found;
  for (int64_t first = 0; first < count; first += width) {
    const int64_t valid = std::min(width, count - first);
    SmallVector<int64_t> order, kept;
    for (int64_t i = 0; i < width; ++i)
      order.push_back(first + (i < valid ? i : 0));
    for (int64_t i = 0; i < valid; ++i)
      kept.push_back(i);
    Value part = lookUp(e.make<vector::ShuffleOp>(bytes, bytes, order));
    part = e.make<vector::ShuffleOp>(part, part, kept);
    found = found ? e.concat(found, part) : part;
  }
  return found;
}

Value ByteTable::lookUp(Value bytes) const {
  switch (kind) {
  case Lookup::Shuffle:
    return byShuffles(bytes);
  case Lookup::Permute:
    return byPermutes(bytes);
  case Lookup::NEON:
    return byTables(bytes);
  case Lookup::None:
    break;
  }
  llvm_unreachable("there are vectors of bytes");
}

Value ByteTable::byShuffles(Value bytes) const {
  StringRef shuffle =
      width == 64 ? "llvm.x86.avx512.pshuf.b.512" : "llvm.x86.avx2.pshuf.b";
  StringRef subtract =
      width == 64 ? "llvm.ssub.sat.v64i8" : "llvm.ssub.sat.v32i8";
  Value found = number(bytes, 0), index;
  for (auto [i, row] : llvm::enumerate(rows)) {
    int64_t before = 0;
    if (i > 0 && rows[i - 1].negative == row.negative)
      before = rows[i - 1].first;
    else
      index = row.negative ? e.make<arith::XOrIOp>(bytes, number(bytes, -128))
                           : bytes;
    // Saturated: a negative index stays one.
    if (row.first > before)
      index = call(subtract, {index, number(index, row.first - before)});
    Value entries = call(shuffle, {part(row.at, width), index});
    found = i > 0 ? e.make<arith::XOrIOp>(found, entries) : entries;
  }
  return found;
}

Value ByteTable::byPermutes(Value bytes) const {
  // Of an index the low seven bits count.
  auto half = [&](int64_t at) {
    return call("llvm.x86.avx512.vpermi2var.qi.512",
                {part(at, width), bytes, part(at + width, width)});
  };
  Value negative =
      e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, bytes, number(bytes, 0));
  return e.select(negative, half(0), half(128));
}

Value ByteTable::byTables(Value bytes) const {
  Value index = e.make<arith::XOrIOp>(bytes, number(bytes, -128)), found;
  for (int64_t at = 0; at < 256; at += 64) {
    SmallVector<Value> arguments;
    if (at > 0) {
      index = e.make<arith::SubIOp>(index, number(index, 64));
      arguments.push_back(found);
    }
    for (int64_t row = 0; row < 64; row += 16)
      arguments.push_back(part(at + row, 16));
    arguments.push_back(index);
    // The second keeps what was there for an index that is too great.
    found = call(at == 0 ? "llvm.aarch64.neon.tbl4.v16i8"
                         : "llvm.aarch64.neon.tbx4.v16i8",
                 arguments);
  }
  return found;
}

} // namespace pare::cpu
