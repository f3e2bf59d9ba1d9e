//===- Table.cpp - Tables of bytes ----------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Processors look up bytes in tables of 16 (x86), 64 (NEON) or 128 entries
// (AVX-512 VBMI) in registers, a vector at once. A table of 256 is several of
// them, of which each byte needs one: those of NEON give 0 for an index that is
// too great; those of x86 do so for a negative one, and take the low four bits
// of any other.
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/ConstantValues.h"
#include "Emit/Lowering.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// The instructions that look up a vector of bytes.
enum class Lookup { None, Shuffle, Permute, NEON };

Lookup findLookup(const TargetInfo &target) {
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

class TableBuilder {
public:
  /// `entries` belong to the bytes from -128 on.
  TableBuilder(Layer &e, ArrayRef<int8_t> entries)
      : e(e), kind(findLookup(e.target)), width(e.target.vectorBits / 8) {
    SmallVector<int8_t> stored;
    if (kind == Lookup::Shuffle)
      stored = chooseRows(entries);
    else
      stored.assign(entries.begin(), entries.end());
    table = e.table<int8_t>("entries", e.i(8), stored);
  }

  /// The entries of a vector of `width` bytes.
  Value apply(Value bytes) {
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

private:
  /// 16 entries that are shuffled, for bytes of one sign.
  struct Row {
    bool negative;
    /// The least index, in [0, 128), and where it is stored.
    int64_t first, at;
  };

  /// For a half of all bytes, [0, 127]: a byte less 16 * r is an index into row
  /// r of 16 entries if it belongs there, into a row before if it is greater,
  /// and negative if it is less. Each row holds its entries and, to be taken
  /// away by exclusive or, those of the row before; where functions are
  /// constant these are the same, and the row is none. Repeated for each 128
  /// bits of a vector.
  SmallVector<int8_t> chooseRows(ArrayRef<int8_t> entries) {
    SmallVector<int8_t> stored;
    for (bool negative : {false, true})
      for (int64_t first = 0; first < 128; first += 16) {
        SmallVector<int8_t, 16> row(
            entries.slice((negative ? 0 : 128) + first, 16));
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

  Value part(int64_t at, int64_t count) {
    return e.load(table, e.index(at), count);
  }
  Value number(Value like, int64_t value) {
    return e.constant(like.getType(), value);
  }
  Value call(StringRef name, ValueRange arguments) {
    return LLVM::CallIntrinsicOp::create(e.b, e.loc, e.vec(e.i(8), width),
                                         e.b.getStringAttr(name), arguments)
        .getResults();
  }

  Value byShuffles(Value bytes) {
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

  Value byPermutes(Value bytes) {
    // Of an index the low seven bits count.
    auto half = [&](int64_t at) {
      return call("llvm.x86.avx512.vpermi2var.qi.512",
                  {part(at, width), bytes, part(at + width, width)});
    };
    Value negative = e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, bytes,
                                           number(bytes, 0));
    return e.select(negative, half(0), half(128));
  }

  Value byTables(Value bytes) {
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

  Layer &e;
  Lookup kind;
  int64_t width;
  SmallVector<Row> rows;
  Value table;
};

} // namespace

LogicalResult lower(Layer &e, kernel::TableOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput()),
        table = e.buffer(op.getTable());
  const int64_t count = Layer::count(op.getInput());
  auto one = [&](Value i) {
    Value q =
        e.make<arith::IndexCastOp>(e.b.getIndexType(), e.loadScalar(input, i));
    e.storeScalar(e.loadScalar(table, e.add(q, 128)), output, i);
  };
  SmallVector<int8_t> entries =
      constantValues<int8_t>(e.symbols, op.getTable());
  const int64_t width = e.target.vectorBits / 8;
  if (findLookup(e.target) == Lookup::None || entries.size() != 256 ||
      count < width) {
    e.parallelLoop(count, one);
    return success();
  }
  TableBuilder builder(e, entries);
  e.parallelChunks(count, width, [&](Value i, int64_t chunk) {
    if (chunk == width)
      e.store(builder.apply(e.load(input, i, width)), output, i);
    else
      e.loop(i, e.add(i, chunk), one);
  });
  return success();
}

} // namespace pare::cpu
