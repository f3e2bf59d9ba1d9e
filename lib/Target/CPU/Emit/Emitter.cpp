//===- Emitter.cpp - Builds loops over flat buffers -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Emitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace pare::cpu {

Type elementOf(Type type) {
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.getElementType();
  return type;
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value Emitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value Emitter::add(Value x, Value y) { return make<arith::AddIOp>(x, y); }
Value Emitter::add(Value x, int64_t y) { return y == 0 ? x : add(x, index(y)); }
Value Emitter::sub(Value x, Value y) { return make<arith::SubIOp>(x, y); }
Value Emitter::mul(Value x, int64_t y) {
  return y == 1 ? x : make<arith::MulIOp>(x, index(y));
}
Value Emitter::div(Value x, int64_t y) {
  return y == 1 ? x : make<arith::DivUIOp>(x, index(y));
}
Value Emitter::rem(Value x, int64_t y) {
  return y == 1 ? index(0) : make<arith::RemUIOp>(x, index(y));
}
Value Emitter::min(Value x, Value y) { return make<arith::MinSIOp>(x, y); }
Value Emitter::max(Value x, Value y) { return make<arith::MaxSIOp>(x, y); }
Value Emitter::clampIndex(Value x, int64_t low, int64_t high) {
  return min(max(x, index(low)), index(high));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Value> Emitter::carry(Value low, Value high, int64_t step,
                                  ValueRange init, CarryingBody body) {
  auto loop = scf::ForOp::create(b, loc, low, high, index(step), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> results =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  // Without carried values the terminator is already there.
  if (!init.empty()) {
    b.setInsertionPointToEnd(loop.getBody());
    scf::YieldOp::create(b, loc, results);
  }
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> Emitter::carry(int64_t low, int64_t high, int64_t step,
                                  ValueRange init, CarryingBody body) {
  if (high <= low)
    return SmallVector<Value>(init);
  if (high - low <= step)
    return body(index(low), init);
  return carry(index(low), index(high), step, init, body);
}

void Emitter::loop(int64_t low, int64_t high, int64_t step, Body body) {
  carry(low, high, step, {}, [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>();
  });
}

void Emitter::loop(Value low, Value high, Body body) {
  carry(low, high, 1, {}, [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>();
  });
}

void Emitter::when(Value condition, function_ref<void()> then,
                   function_ref<void()> otherwise) {
  auto branch =
      scf::IfOp::create(b, loc, TypeRange(), condition, bool(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
  if (!otherwise)
    return;
  b.setInsertionPointToStart(branch.elseBlock());
  otherwise();
}

void Emitter::chunks(int64_t count, int64_t width, ChunkBody body) {
  int64_t whole = count / width * width;
  loop(0, whole, width, [&](Value i) { body(i, width); });
  for (int64_t rest = width / 2; rest >= 1; rest /= 2) {
    if ((count - whole) & rest) {
      body(index(whole), rest);
      whole += rest;
    }
  }
}

void mergeDimensions(SmallVector<int64_t> &sizes,
                     SmallVector<Access> &accesses) {
  SmallVector<int64_t> kept;
  SmallVector<SmallVector<int64_t>> strides(accesses.size());
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1)
      continue;
    bool merges = !kept.empty();
    for (size_t a = 0; merges && a < accesses.size(); ++a)
      merges = strides[a].back() == accesses[a].strides[d] * sizes[d];
    if (merges)
      kept.back() *= sizes[d];
    else
      kept.push_back(sizes[d]);
    for (size_t a = 0; a < accesses.size(); ++a) {
      if (merges)
        strides[a].back() = accesses[a].strides[d];
      else
        strides[a].push_back(accesses[a].strides[d]);
    }
  }
  sizes = kept;
  for (size_t a = 0; a < accesses.size(); ++a)
    accesses[a].strides = strides[a];
}

void Emitter::box(ArrayRef<int64_t> sizesIn, ArrayRef<Access> accessesIn,
                  int64_t width, BoxBody body, const OuterLoops *outer) {
  SmallVector<int64_t> sizes(sizesIn);
  SmallVector<Access> accesses(accessesIn);
  mergeDimensions(sizes, accesses);
  if (sizes.empty()) {
    sizes.push_back(1);
    for (Access &access : accesses)
      access.strides.push_back(1);
  }
  SmallVector<int64_t> inner;
  bool vectorizes = true;
  for (const Access &access : accesses) {
    inner.push_back(access.strides.back());
    vectorizes &= inner.back() == 0 || inner.back() == 1;
  }

  std::function<void(size_t, SmallVector<Value>)> nest =
      [&](size_t d, SmallVector<Value> offsets) {
        bool isOutermost = outer && d == 0;
        if (d + 1 == sizes.size()) {
          auto atChunk = [&](Value i, int64_t w) {
            SmallVector<Value> chunk;
            for (auto [offset, stride] : llvm::zip(offsets, inner))
              chunk.push_back(stride == 0 ? offset
                                          : add(offset, mul(i, stride)));
            body(chunk, inner, w);
          };
          if (isOutermost)
            outer->chunks(sizes[d], vectorizes ? width : 1, atChunk);
          else
            chunks(sizes[d], vectorizes ? width : 1, atChunk);
          return;
        }
        auto inside = [&](Value i) {
          SmallVector<Value> next;
          for (auto [offset, access] : llvm::zip(offsets, accesses)) {
            int64_t stride = access.strides[d];
            next.push_back(stride == 0 ? offset : add(offset, mul(i, stride)));
          }
          nest(d + 1, next);
        };
        if (isOutermost)
          outer->loop(sizes[d], inside);
        else
          loop(sizes[d], inside);
      };
  SmallVector<Value> start;
  for (const Access &access : accesses)
    start.push_back(index(access.offset));
  nest(0, start);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value Emitter::load(Value buffer, Value at, int64_t width) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  return vector::LoadOp::create(b, loc, vec(element, width), buffer, at);
}

Value Emitter::splatLoad(Value buffer, Value at, int64_t width) {
  return broadcast(loadScalar(buffer, at), width);
}

Value Emitter::loadChunk(Value buffer, Value at, int64_t width,
                         int64_t stride) {
  return stride == 0 ? splatLoad(buffer, at, width) : load(buffer, at, width);
}

Value Emitter::loadPart(Value buffer, Value at, int64_t count, int64_t width) {
  if (count >= width)
    return load(buffer, at, width);
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  Value all = constant(vec(element, width), 0);
  for (int64_t part = width / 2, done = 0; part >= 1; part /= 2) {
    if (done + part > count)
      continue;
    all = make<vector::InsertStridedSliceOp>(load(buffer, add(at, done), part),
                                             all, ArrayRef<int64_t>{done},
                                             ArrayRef<int64_t>{1});
    done += part;
  }
  return all;
}

Value Emitter::gather(Value buffer, Value indices) {
  auto type = cast<VectorType>(indices.getType());
  return vector::GatherOp::create(b, loc, type, buffer, index(0), indices,
                                  constant(like(indices, i(1)), 1),
                                  constant(type, 0));
}

void Emitter::store(Value vector, Value buffer, Value at) {
  vector::StoreOp::create(b, loc, vector, buffer, at);
}

void Emitter::storePart(Value vector, int64_t count, Value buffer, Value at) {
  int64_t width = cast<VectorType>(vector.getType()).getDimSize(0);
  int64_t done = 0;
  for (int64_t part = width; part >= 1; part /= 2) {
    if (done + part > count)
      continue;
    store(slice(vector, done, part), buffer, add(at, done));
    done += part;
    if (done == count)
      return;
  }
}

Value Emitter::startingAt(Value buffer, Value at) {
  auto type = cast<MemRefType>(buffer.getType());
  auto layout = StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic,
                                       ArrayRef<int64_t>{1});
  return memref::ReinterpretCastOp::create(
      b, loc, MemRefType::get(type.getShape(), type.getElementType(), layout),
      buffer, OpFoldResult(at), {b.getIndexAttr(type.getDimSize(0))},
      {b.getIndexAttr(1)});
}

Value Emitter::loadScalar(Value buffer, Value at) {
  return memref::LoadOp::create(b, loc, buffer, at);
}

void Emitter::storeScalar(Value value, Value buffer, Value at) {
  memref::StoreOp::create(b, loc, value, buffer, at);
}

void Emitter::prefetch(Value buffer, Value at) {
  constexpr int kKeepInAllCaches = 3;
  memref::PrefetchOp::create(b, loc, buffer, at, /*isWrite=*/false,
                             kKeepInAllCaches, /*isDataCache=*/true);
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

VectorType Emitter::vec(Type element, int64_t width) {
  return VectorType::get({width}, element);
}

static Value constantOf(Emitter &e, Type type, TypedAttr value) {
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, Attribute(value));
  return arith::ConstantOp::create(e.b, e.loc, value);
}

Value Emitter::constant(Type type, double value) {
  return constantOf(*this, type, b.getFloatAttr(elementOf(type), value));
}

Value Emitter::constant(Type type, int64_t value) {
  Type element = elementOf(type);
  if (isa<FloatType>(element))
    return constant(type, double(value));
  return constantOf(*this, type, b.getIntegerAttr(element, value));
}

Value Emitter::broadcast(Value scalar, int64_t width) {
  return make<vector::BroadcastOp>(vec(scalar.getType(), width), scalar);
}

Type Emitter::like(Value value, Type element) {
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    return VectorType::get(vector.getShape(), element);
  return element;
}

Value Emitter::toInt(Value value, Type element, bool isUnsigned) {
  unsigned from = elementOf(value.getType()).getIntOrFloatBitWidth();
  unsigned to = element.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  Type type = like(value, element);
  if (from > to)
    return make<arith::TruncIOp>(type, value);
  if (isUnsigned)
    return make<arith::ExtUIOp>(type, value);
  return make<arith::ExtSIOp>(type, value);
}

Value Emitter::select(Value condition, Value x, Value y) {
  return make<arith::SelectOp>(condition, x, y);
}

Value Emitter::clampFloat(Value value, double low, double high) {
  if (std::isfinite(low)) {
    Value bound = constant(value.getType(), low);
    value = select(make<arith::CmpFOp>(arith::CmpFPredicate::OGT, value, bound),
                   value, bound);
  }
  if (std::isfinite(high)) {
    Value bound = constant(value.getType(), high);
    value = select(make<arith::CmpFOp>(arith::CmpFPredicate::OLT, value, bound),
                   value, bound);
  }
  return value;
}

Value Emitter::clampInt(Value value, int64_t low, int64_t high) {
  unsigned bits = elementOf(value.getType()).getIntOrFloatBitWidth();
  int64_t least = -(int64_t(1) << (bits - 1));
  if (low > least)
    value = make<arith::MaxSIOp>(value, constant(value.getType(), low));
  if (high < -(least + 1))
    value = make<arith::MinSIOp>(value, constant(value.getType(), high));
  return value;
}

Value Emitter::slice(Value vector, int64_t from, int64_t count) {
  if (cast<VectorType>(vector.getType()).getDimSize(0) == count)
    return vector;
  return make<vector::ExtractStridedSliceOp>(vector, ArrayRef<int64_t>{from},
                                             ArrayRef<int64_t>{count},
                                             ArrayRef<int64_t>{1});
}

Value Emitter::concat(Value x, Value y) {
  int64_t total = cast<VectorType>(x.getType()).getDimSize(0) +
                  cast<VectorType>(y.getType()).getDimSize(0);
  SmallVector<int64_t> order(total);
  std::iota(order.begin(), order.end(), 0);
  return make<vector::ShuffleOp>(x, y, order);
}

} // namespace pare::cpu
