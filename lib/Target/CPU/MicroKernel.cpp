//===- MicroKernel.cpp - The inner step of an ISA -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MicroKernel.h"

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
  case DotStep::Generic:
    break;
  }
  return std::make_unique<MicroKernel>();
}

} // namespace pare::cpu
