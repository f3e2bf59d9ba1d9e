//===- Convert.cpp - Changes of element type ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"
#include "Emit/Requantize.h"
#include "pare/Numerics/QuantizeByProducts.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace pare::cpu {
namespace {

class Converter {
public:
  Converter(Layer &e, kernel::ConvertOp op)
      : e(e), op(op), from(Layer::element(op.getInput())),
        to(Layer::element(op.getOutput())),
        scale(op.getScale().convertToFloat()),
        zero(op.getEpilogue().getZeroPoint()),
        epilogue(e, op.getEpilogue(), to) {}

  Value apply(Value x) {
    switch (op.getKind()) {
    case kernel::ConvertKind::Quantize:
      return e.toInt(quantized(x, to), to);
    case kernel::ConvertKind::Dequantize:
      return dequantized(x, op.getInputZeroPoint());
    case kernel::ConvertKind::Requantize:
      return requantized(x);
    case kernel::ConvertKind::Cast:
      return cast(x);
    case kernel::ConvertKind::FakeQuant:
      return dequantized(quantized(x, e.i(32)), zero);
    }
    llvm_unreachable("every kind is listed");
  }

private:
  /// clamp(round_half_away(x / scale) + zero point) in i32; NaN gives the zero
  /// point.
  Value quantized(Value x, Type stored) {
    auto [low, high] = integerBounds(op.getEpilogue(), stored);
    Type type = x.getType(), ints = e.like(x, e.i(32));
    Value ordered = e.make<arith::CmpFOp>(arith::CmpFPredicate::ORD, x, x);
    x = e.select(ordered, x, e.constant(type, 0.0));
    Value v = e.make<arith::DivFOp>(x, e.constant(type, double(scale)));
    v = e.make<math::RoundOp>(v);
    v = e.clampFloat(v, double(low - zero), double(high - zero));
    v = e.make<arith::FPToSIOp>(ints, v);
    return addValues(e, v, e.constant(ints, zero));
  }

  Value dequantized(Value q, int64_t zeroPoint) {
    unsigned bits = elementOf(q.getType()).getIntOrFloatBitWidth();
    // The difference of two 32-bit values needs more than 32 bits.
    q = e.toInt(q, e.i(bits < 32 ? 32 : 64), op.getUnsignedInput());
    if (zeroPoint != 0)
      q = subValues(e, q, e.constant(q.getType(), zeroPoint));
    Type type = e.like(q, e.f32());
    return mulValues(e, e.make<arith::SIToFPOp>(type, q),
                     e.constant(type, double(scale)));
  }

  Value requantized(Value q) {
    q = e.toInt(q, e.i(32), op.getUnsignedInput());
    if (op.getInputZeroPoint() != 0)
      q = subValues(e, q, e.constant(q.getType(), op.getInputZeroPoint()));
    return epilogue.apply(q);
  }

  Value cast(Value x) {
    bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
    Type type = e.like(x, to.isInteger(1) ? Type(e.i(8)) : to);
    if (from == to)
      return x;
    if (fromFloat && toFloat)
      return from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth()
                 ? e.make<arith::ExtFOp>(type, x)
                 : e.make<arith::TruncFOp>(type, x);
    if (to.isInteger(1)) {
      Value zeros = e.constant(x.getType(), 0);
      Value set =
          fromFloat ? e.make<arith::CmpFOp>(arith::CmpFPredicate::UNE, x, zeros)
                    : e.make<arith::CmpIOp>(arith::CmpIPredicate::ne, x, zeros);
      return e.make<arith::ExtUIOp>(type, set);
    }
    bool isUnsigned = op.getUnsignedInput() || from.isInteger(1);
    if (fromFloat)
      return e.make<arith::FPToSIOp>(type, x);
    if (toFloat)
      return isUnsigned ? e.make<arith::UIToFPOp>(type, x)
                        : e.make<arith::SIToFPOp>(type, x);
    return e.toInt(x, elementOf(type), isUnsigned);
  }

  Layer &e;
  kernel::ConvertOp op;
  Type from, to;
  float scale;
  int64_t zero;
  Epilogue epilogue;
};

} // namespace

namespace {

/// f32 to 8 bits by the products of QuantizeByProducts.h, four vectors at a
/// time where the target packs them.
class Quantizer {
public:
  /// nullopt where the division has to be.
  static std::optional<Quantizer> find(Layer &e, kernel::ConvertOp op) {
    Type from = Layer::element(op.getInput()),
         to = Layer::element(op.getOutput());
    if (op.getKind() != kernel::ConvertKind::Quantize || !from.isF32() ||
        !to.isInteger(8) || !e.target.hasFMA)
      return std::nullopt;
    auto [low, high] = integerBounds(op.getEpilogue(), to);
    const int64_t zero = op.getEpilogue().getZeroPoint();
    std::optional<QuotientFactors> factors =
        findQuotientFactors({op.getScale().convertToDouble(), int32_t(zero)},
                            {int32_t(low), int32_t(high)});
    if (!factors)
      return std::nullopt;
    return Quantizer(e, zero, low, high, *factors);
  }

  void build(Value input, Value output, int64_t count) {
    const int64_t lanes = e.target.lanes();
    const bool packs = MicroKernel::packsLanes(e.target);
    // The next page is walked to while this one is computed.
    constexpr int64_t kBytesAhead = 4096;
    const bool isLarge = count * 4 > e.target.l2Bytes / 4;
    e.parallelChunks(count, 4 * lanes, [&](Value i, int64_t width) {
      if (isLarge && width == 4 * lanes)
        for (int64_t at = 0; at < width * 4; at += Emitter::kLineBytes)
          e.prefetch(input, e.min(e.add(i, (kBytesAhead + at) / 4),
                                  e.index(count - 1)));
      if (width < 4 * lanes || !packs)
        return e.store(stored(rounded(e.load(input, i, width))), output, i);
      SmallVector<Value> four;
      for (int64_t part = 0; part < 4; ++part)
        four.push_back(rounded(e.load(input, e.add(i, part * lanes), lanes)));
      e.store(packed(four), output, i);
    });
  }

private:
  Quantizer(Layer &e, int64_t zero, int64_t low, int64_t high,
            const QuotientFactors &factors)
      : e(e), zero(zero), low(low), high(high), factors(factors) {}

  /// Before the zero point is added, in i32.
  Value rounded(Value x) {
    Type type = x.getType();
    Value zeros = e.constant(type, 0.0);
    x = e.select(e.make<arith::CmpFOp>(arith::CmpFPredicate::ORD, x, x), x,
                 zeros);
    x = e.clampFloat(x, factors.leastInput, factors.greatestInput);
    Value quotient = mulValues(e, x, e.constant(type, double(factors.low)));
    quotient = vector::FMAOp::create(
        e.b, e.loc, x, e.constant(type, double(factors.high)), quotient);
    Value half =
        e.make<math::CopySignOp>(e.constant(type, double(kAlmostHalf)), x);
    return e.make<arith::FPToSIOp>(e.like(x, e.i(32)),
                                   addValues(e, quotient, half));
  }

  Value stored(Value ints) {
    return e.toInt(addValues(e, ints, e.constant(ints.getType(), zero)),
                   e.i(8));
  }

  Value packed(ArrayRef<Value> four) {
    // Bytes without a sign are packed as those 128 below.
    const int64_t moved = high > 127 ? 128 : 0;
    Value bytes =
        e.micro.packInOrder(e, four, zero - moved, low - moved, high - moved);
    return moved == 0 ? bytes
                      : e.make<arith::XOrIOp>(
                            bytes, e.constant(bytes.getType(), -128));
  }

  Layer &e;
  int64_t zero, low, high;
  QuotientFactors factors;
};

} // namespace

LogicalResult lower(Layer &e, kernel::ConvertOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  if (std::optional<Quantizer> quantizer = Quantizer::find(e, op)) {
    quantizer->build(input, output, Layer::count(op.getInput()));
    return success();
  }
  Converter converter(e, op);
  // Bytes that are moved by a whole number are never wider in machine code.
  const bool movesBytes = op.getKind() == kernel::ConvertKind::Requantize &&
                          !op.getEpilogue().getScales() &&
                          Layer::element(op.getInput()).isInteger(8) &&
                          Layer::element(op.getOutput()).isInteger(8);
  const int64_t width = e.target.lanes() * (movesBytes ? 4 : 1);
  e.parallelChunks(
      Layer::count(op.getInput()), width, [&](Value i, int64_t width) {
        e.store(converter.apply(e.load(input, i, width)), output, i);
      });
  return success();
}

} // namespace pare::cpu
