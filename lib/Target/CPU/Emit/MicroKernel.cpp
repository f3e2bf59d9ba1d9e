//===- MicroKernel.cpp - The inner step of an ISA -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/MicroKernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace pare::cpu {

MicroKernel::~MicroKernel() = default;

Value MicroKernel::multiplyAdd(Emitter &e, Value x, Value y, Value acc) const {
  // Without the instruction, llvm.fma would be a call of libm.
  if (e.target.hasFMA)
    return vector::FMAOp::create(e.b, e.loc, x, y, acc);
  return e.make<arith::AddFOp>(e.make<arith::MulFOp>(x, y), acc);
}

Value MicroKernel::clampBelow(Emitter &e, Value x, Value bound) const {
  return e.select(e.make<arith::CmpFOp>(arith::CmpFPredicate::OGT, x, bound), x,
                  bound);
}

Value MicroKernel::dotPairs(Emitter &e, Value x, Value y, Value acc) const {
  Type wide = e.like(x, e.i(32));
  Value products = e.make<arith::MulIOp>(e.make<arith::ExtSIOp>(wide, x),
                                         e.make<arith::ExtSIOp>(wide, y));
  auto halves = vector::DeinterleaveOp::create(e.b, e.loc, products);
  Value pairs = e.make<arith::AddIOp>(halves.getResult(0), halves.getResult(1));
  return e.make<arith::AddIOp>(acc, pairs);
}

Value MicroKernel::dotQuads(Emitter &, Value, Value, Value) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::dotMatrices(Emitter &, Value, Value, Value) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::dotSmallQuads(Emitter &, Value, Value, Value) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::dotSmallGroup(Emitter &, ValueRange, ValueRange,
                                 Value) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::shuffleBlocks(Emitter &, Value, Value) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::inColumnOrder(Emitter &e, Value pair) {
  const int64_t width = cast<VectorType>(pair.getType()).getDimSize(0);
  SmallVector<int64_t> order(width);
  for (int64_t place = 0; place < width; ++place)
    order[packedColumn(place, width / 2)] = place;
  return e.make<vector::ShuffleOp>(pair, pair, order);
}

Value MicroKernel::roundToInt(Emitter &, Value) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::packRows(Emitter &, ArrayRef<Value>, ArrayRef<Value>,
                            int64_t, int64_t, int64_t) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::packLanes(Emitter &, ArrayRef<Value>, int64_t, int64_t,
                             int64_t) const {
  llvm_unreachable("only for targets that have it");
}

Value MicroKernel::packInOrder(Emitter &e, ArrayRef<Value> four,
                               int64_t zeroPoint, int64_t low,
                               int64_t high) const {
  Value bytes = packLanes(e, four, zeroPoint, low, high);
  const int64_t lanes = cast<VectorType>(four[0].getType()).getDimSize(0);
  SmallVector<int64_t> order(4 * lanes);
  for (int64_t place = 0; place < 4 * lanes; ++place)
    order[laneOrder(place, lanes)] = place;
  return e.make<vector::ShuffleOp>(bytes, bytes, order);
}

namespace {

Value callIntrinsic(Emitter &e, StringRef name, Type type, ValueRange args) {
  return LLVM::CallIntrinsicOp::create(e.b, e.loc, type,
                                       e.b.getStringAttr(name), args)
      .getResults();
}

/// SSE2 and AVX2.
class X86PMAddWD : public MicroKernel {
public:
  Value dotPairs(Emitter &e, Value x, Value y, Value acc) const override {
    StringRef name;
    switch (cast<VectorType>(acc.getType()).getDimSize(0)) {
    case 4:
      name = "llvm.x86.sse2.pmadd.wd";
      break;
    case 8:
      name = "llvm.x86.avx2.pmadd.wd";
      break;
    case 16:
      name = "llvm.x86.avx512.pmaddw.d.512";
      break;
    default:
      return MicroKernel::dotPairs(e, x, y, acc);
    }
    return e.make<arith::AddIOp>(acc,
                                 callIntrinsic(e, name, acc.getType(), {x, y}));
  }

  /// maxps is this comparison to the bit, but LLVM makes two instructions of
  /// the comparison with zero.
  Value clampBelow(Emitter &e, Value x, Value bound) const override {
    const int64_t lanes = e.target.lanes(), width = lanesOf(x);
    if (lanes > 8 || width % lanes != 0)
      return MicroKernel::clampBelow(e, x, bound);
    StringRef name =
        lanes == 8 ? "llvm.x86.avx.max.ps.256" : "llvm.x86.sse.max.ps";
    Value all;
    for (int64_t from = 0; from < width; from += lanes) {
      Value part =
          callIntrinsic(e, name, e.vec(e.f32(), lanes),
                        {e.slice(x, from, lanes), e.slice(bound, from, lanes)});
      all = all ? e.concat(all, part) : part;
    }
    return all;
  }

  Value dotSmallQuads(Emitter &e, Value x, Value y, Value acc) const override {
    return dotSmallGroup(e, x, y, acc);
  }

  Value dotSmallGroup(Emitter &e, ValueRange x, ValueRange y,
                      Value acc) const override {
    bool is256 = lanesOf(acc) == 8;
    Type pairs = e.vec(e.i(16), 2 * lanesOf(acc));
    Value sums;
    for (auto [terms, weights] : llvm::zip_equal(x, y)) {
      Value products = callIntrinsic(e,
                                     is256 ? "llvm.x86.avx2.pmadd.ub.sw"
                                           : "llvm.x86.ssse3.pmadd.ub.sw.128",
                                     pairs, {terms, weights});
      sums = sums ? e.make<arith::AddIOp>(sums, products) : products;
    }
    return dotPairs(e, sums, e.constant(pairs, 1), acc);
  }

  Value shuffleBlocks(Emitter &e, Value x, Value places) const override {
    return callIntrinsic(e,
                         lanesOf(x) == 32 ? "llvm.x86.avx2.pshuf.b"
                                          : "llvm.x86.ssse3.pshuf.b.128",
                         x.getType(), {x, places});
  }

  Value roundToInt(Emitter &e, Value x) const override {
    Type ints = e.like(x, e.i(32));
    if (lanesOf(x) == 16)
      // All lanes, in the rounding mode that is set.
      return callIntrinsic(e, "llvm.x86.avx512.mask.cvtps2dq.512", ints,
                           {x, e.constant(ints, 0), e.constant(e.i(16), -1),
                            e.constant(e.i(32), 4)});
    return callIntrinsic(e,
                         lanesOf(x) == 8 ? "llvm.x86.avx.cvt.ps2dq.256"
                                         : "llvm.x86.sse2.cvtps2dq",
                         ints, x);
  }

  Value packLanes(Emitter &e, ArrayRef<Value> four, int64_t zeroPoint,
                  int64_t low, int64_t high) const override {
    const int64_t lanes = lanesOf(four[0]);
    Type words = e.vec(e.i(16), 2 * lanes), bytes = e.vec(e.i(8), 4 * lanes);
    auto pack = [&](StringRef name, Type type, Value x, Value y) {
      std::string sized =
          lanes == 16  ? ("llvm.x86.avx512." + name + ".512").str()
          : lanes == 8 ? ("llvm.x86.avx2." + name).str()
                       : ("llvm.x86.sse2." + name + ".128").str();
      return callIntrinsic(e, sized, type, {x, y});
    };
    // Saturation on the way does not show: in the end it is the bounds' own. Of
    // the least zero point unsigned bytes have all bits but the first.
    const bool isLeast = zeroPoint == -128;
    auto toWords = [&](Value x, Value y) {
      Value packed = pack("packssdw", words, x, y);
      return zeroPoint == 0 || isLeast
                 ? packed
                 : callIntrinsic(e, "llvm.sadd.sat", words,
                                 {packed, e.constant(words, zeroPoint)});
    };
    Value packed = pack(isLeast ? "packuswb" : "packsswb", bytes,
                        toWords(four[0], four[1]), toWords(four[2], four[3]));
    if (isLeast)
      packed = e.make<arith::XOrIOp>(packed, e.constant(bytes, -128));
    return e.clampInt(packed, low, high);
  }

  Value packRows(Emitter &e, ArrayRef<Value> first, ArrayRef<Value> second,
                 int64_t zeroPoint, int64_t low, int64_t high) const override {
    const int64_t lanes = lanesOf(first[0]);
    const Value four[] = {first[0], first[1], second[0], second[1]};
    if (lanes == 16)
      return packInOrder(e, four, zeroPoint, low, high);
    Value packed = packLanes(e, four, zeroPoint, low, high);
    if (lanes == 4)
      return packed;
    // Each half has 8 bytes of each row.
    SmallVector<int64_t> order;
    for (int64_t start : {0, 16, 8, 24})
      for (int64_t i = 0; i < 8; ++i)
        order.push_back(start + i);
    return e.make<vector::ShuffleOp>(packed, packed, order);
  }

protected:
  static int64_t lanesOf(Value vector) {
    return cast<VectorType>(vector.getType()).getDimSize(0);
  }
};

/// AVX-VNNI and AVX512-VNNI. The wrapping forms: those with s at the end
/// saturate.
class X86VNNI : public X86PMAddWD {
public:
  Value dotPairs(Emitter &e, Value x, Value y, Value acc) const override {
    if (cast<VectorType>(acc.getType()).getDimSize(0) < 8)
      return X86PMAddWD::dotPairs(e, x, y, acc);
    return callIntrinsic(e, sized("llvm.x86.avx512.vpdpwssd", acc),
                         acc.getType(), {acc, x, y});
  }
  Value dotQuads(Emitter &e, Value x, Value y, Value acc) const override {
    return callIntrinsic(e, sized("llvm.x86.avx512.vpdpbusd", acc),
                         acc.getType(), {acc, x, y});
  }

private:
  static std::string sized(StringRef name, Value acc) {
    int64_t lanes = cast<VectorType>(acc.getType()).getDimSize(0);
    return name.str() + "." + std::to_string(32 * lanes);
  }
};

/// Arm NEON. A product of bytes has 16 bits, a sum of two of -128 * -128 does
/// not: sums are of 32 bits from the first addition on.
class ArmNEON : public MicroKernel {
public:
  Value dotPairs(Emitter &e, Value x, Value y, Value acc) const override {
    auto type = cast<VectorType>(acc.getType());
    if (type.getDimSize(0) != 4)
      return MicroKernel::dotPairs(e, x, y, acc);
    Value low = multiplyHalf(e, x, y, 0), high = multiplyHalf(e, x, y, 1);
    return e.make<arith::AddIOp>(acc, addPairs(e, low, high));
  }
  Value dotQuads(Emitter &e, Value x, Value y, Value acc) const override {
    auto widenedPairs = [&](int64_t half) {
      return callIntrinsic(e, "llvm.aarch64.neon.saddlp.v4i32.v8i16",
                           acc.getType(), multiplyHalf(e, x, y, half));
    };
    return e.make<arith::AddIOp>(acc,
                                 addPairs(e, widenedPairs(0), widenedPairs(1)));
  }
  Value dotSmallQuads(Emitter &e, Value x, Value y, Value acc) const override {
    Value low = multiplyHalf(e, x, y, 0), high = multiplyHalf(e, x, y, 1);
    Value pairs = callIntrinsic(e, "llvm.aarch64.neon.addp.v8i16",
                                low.getType(), {low, high});
    return e.make<arith::AddIOp>(
        acc, callIntrinsic(e, "llvm.aarch64.neon.saddlp.v4i32.v8i16",
                           acc.getType(), pairs));
  }

private:
  /// The products of the lower or upper half, twice as wide.
  static Value multiplyHalf(Emitter &e, Value x, Value y, int64_t half) {
    auto type = cast<VectorType>(x.getType());
    int64_t count = type.getDimSize(0) / 2;
    unsigned bits = type.getElementTypeBitWidth();
    Type wide = e.i(2 * bits);
    return callIntrinsic(
        e,
        bits == 8 ? "llvm.aarch64.neon.smull.v8i16"
                  : "llvm.aarch64.neon.smull.v4i32",
        e.vec(wide, count),
        {e.slice(x, half * count, count), e.slice(y, half * count, count)});
  }
  static Value addPairs(Emitter &e, Value low, Value high) {
    return callIntrinsic(e, "llvm.aarch64.neon.addp.v4i32", low.getType(),
                         {low, high});
  }
};

/// Armv8.2 with the dot product extension.
class ArmSDot : public ArmNEON {
public:
  Value dotQuads(Emitter &e, Value x, Value y, Value acc) const override {
    return callIntrinsic(e, "llvm.aarch64.neon.sdot.v4i32.v16i8", acc.getType(),
                         {acc, x, y});
  }
};

/// Armv8.6, or the int8 matrix extension.
class ArmSMMLA : public ArmSDot {
public:
  Value dotMatrices(Emitter &e, Value x, Value y, Value acc) const override {
    return callIntrinsic(e, "llvm.aarch64.neon.smmla.v4i32.v16i8",
                         acc.getType(), {acc, x, y});
  }
};

} // namespace

std::unique_ptr<MicroKernel> MicroKernel::create(const TargetInfo &target) {
  switch (target.dotStep) {
  case DotStep::PMAddWD:
    return std::make_unique<X86PMAddWD>();
  case DotStep::VNNI:
    return std::make_unique<X86VNNI>();
  case DotStep::NEON:
    return std::make_unique<ArmNEON>();
  case DotStep::SDot:
    return std::make_unique<ArmSDot>();
  case DotStep::SMMLA:
    return std::make_unique<ArmSMMLA>();
  case DotStep::Generic:
    break;
  }
  return std::make_unique<MicroKernel>();
}

} // namespace pare::cpu
