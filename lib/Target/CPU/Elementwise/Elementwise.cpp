//===- Elementwise.cpp - Binary and unary kernels -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/Sum.h"
#include "Emit/Arithmetic.h"
#include "Emit/Lowering.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace pare::cpu {

SmallVector<int64_t> rowMajor(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t d = int64_t(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

/// How an operand of `shape` is read under an output of `out`.
static Access broadcastAccess(ArrayRef<int64_t> shape, ArrayRef<int64_t> out) {
  Access access;
  SmallVector<int64_t> own = rowMajor(shape);
  size_t missing = out.size() - shape.size();
  access.strides.assign(missing, 0);
  for (size_t d = 0; d < shape.size(); ++d)
    access.strides.push_back(shape[d] == 1 ? 0 : own[d]);
  return access;
}

namespace {
/// The arithmetic of kernel.binary on vectors.
class BinaryBuilder {
public:
  BinaryBuilder(Layer &e, kernel::BinaryOp op)
      : e(e), op(op), kind(op.getKind()),
        outElement(Layer::element(op.getOutput())),
        epilogue(e, op.getEpilogue(), outElement),
        sum(e, op.getEpilogue(), outElement,
            {int64_t(op.getLhsZeroPoint()), int64_t(op.getRhsZeroPoint())},
            kind == kernel::BinaryKind::Sub) {
    if (kind == kernel::BinaryKind::Pow)
      exponent = e.constantSplat(op.getRhs());
    if (kind == kernel::BinaryKind::Mul && outElement.isInteger(8) &&
        e.target.hasFMA)
      factors = findFactors();
  }

  /// Elements at once.
  int64_t width() const {
    return isSum()                                        ? sum.width()
           : factors && MicroKernel::packsLanes(e.target) ? 4 * e.target.lanes()
                                                          : e.target.lanes();
  }

  Value apply(Value x, Value y) {
    if (isSum())
      return sum.apply(x, y);
    if (isa<FloatType>(elementOf(x.getType())))
      return epilogue.apply(applyFloat(x, y));
    if (kind == kernel::BinaryKind::Maximum ||
        kind == kernel::BinaryKind::Minimum) {
      // Stored integers of one scale: nothing is added, all that is left of
      // the epilogue is the clamp.
      Value v = kind == kernel::BinaryKind::Maximum ? maxValues(e, x, y)
                                                    : minValues(e, x, y);
      if (!elementOf(x.getType()).isInteger(8))
        return v;
      auto [low, high] = integerBounds(op.getEpilogue(), outElement);
      return e.clampInt(v, low, high);
    }
    if (factors)
      return multiplyBytes(x, y);
    x = centered(x, op.getLhsZeroPoint());
    y = centered(y, op.getRhsZeroPoint());
    return epilogue.apply(e.make<arith::MulIOp>(x, y));
  }

private:
  bool isSum() const {
    return kind == kernel::BinaryKind::Add || kind == kernel::BinaryKind::Sub;
  }

  Value centered(Value x, int64_t zero) {
    x = e.toInt(x, e.i(32));
    return zero == 0 ? x : subValues(e, x, e.constant(x.getType(), zero));
  }

  std::optional<MulFactors> findFactors() {
    nn::ScalesAttr entries = op.getEpilogue().getScales();
    const bool isFloat = entries.getMode() == nn::RequantMode::Float;
    MulScales scales;
    if (isFloat)
      scales.scale.f32 = entries.getFactors()[0];
    else
      scales.scale.fixed = fixedEntry(entries, 0);
    scales.inputZero[0] = int32_t(op.getLhsZeroPoint());
    scales.inputZero[1] = int32_t(op.getRhsZeroPoint());
    scales.outputZero = int32_t(op.getEpilogue().getZeroPoint());
    auto [low, high] = integerBounds(op.getEpilogue(), outElement);
    return findMulFactors(scales,
                          isFloat ? RequantMode::Float : RequantMode::Fixed,
                          {int32_t(low), int32_t(high)});
  }

  /// mulByProducts, but for rounding and clamping.
  Value scaledProduct(Value x, Value y) {
    Type type = e.like(x, e.f32());
    auto number = [&](float value) { return e.constant(type, double(value)); };
    auto real = [&](Value v) {
      return e.make<arith::SIToFPOp>(type, e.toInt(v, e.i(32)));
    };
    Value scaled = e.micro.multiplyAdd(e, real(y), number(factors->factor),
                                       number(factors->constant));
    Value moved = e.micro.multiplyAdd(e, scaled, number(-factors->inputZero),
                                      number(factors->outputZero));
    return e.micro.multiplyAdd(e, real(x), scaled, moved);
  }

  Value multiplyBytes(Value x, Value y) {
    auto [low, high] = integerBounds(op.getEpilogue(), outElement);
    const int64_t lanes = e.target.lanes();
    const int64_t width = cast<VectorType>(x.getType()).getDimSize(0);
    if (width != 4 * lanes || !MicroKernel::packsLanes(e.target))
      return e.toInt(emitRoundAndClamp(e, scaledProduct(x, y), 0, low, high),
                     outElement);
    SmallVector<Value> rounded;
    for (int64_t i = 0; i < width; i += lanes)
      rounded.push_back(e.micro.roundToInt(
          e, scaledProduct(e.slice(x, i, lanes), e.slice(y, i, lanes))));
    return e.micro.packInOrder(e, rounded, 0, low, high);
  }

  Value applyFloat(Value x, Value y) {
    switch (kind) {
    case kernel::BinaryKind::Add:
    case kernel::BinaryKind::Sub:
      llvm_unreachable("sums are apart");
    case kernel::BinaryKind::Mul:
      return mulValues(e, x, y);
    case kernel::BinaryKind::Div:
      return e.make<arith::DivFOp>(x, y);
    case kernel::BinaryKind::Maximum:
      return maxValues(e, x, y);
    case kernel::BinaryKind::Minimum:
      return minValues(e, x, y);
    case kernel::BinaryKind::SquaredDifference: {
      Value difference = subValues(e, x, y);
      return mulValues(e, difference, difference);
    }
    case kernel::BinaryKind::Pow:
      // The exponents of norms and variances, which networks are full of.
      if (exponent == 2.0f)
        return mulValues(e, x, x);
      if (exponent == 3.0f)
        return mulValues(e, mulValues(e, x, x), x);
      if (exponent == 0.5f)
        return e.make<math::SqrtOp>(x);
      return e.make<math::PowFOp>(x, y);
    case kernel::BinaryKind::Prelu: {
      Value positive = e.make<arith::CmpFOp>(arith::CmpFPredicate::OGE, x,
                                             e.constant(x.getType(), 0.0));
      return e.select(positive, x, mulValues(e, x, y));
    }
    }
    llvm_unreachable("every kind is listed");
  }

  Layer &e;
  kernel::BinaryOp op;
  kernel::BinaryKind kind;
  Type outElement;
  Epilogue epilogue;
  SumOfTwo sum;
  /// Of products of bytes, where they are exact.
  std::optional<MulFactors> factors;
  /// Of pow, where it is known.
  std::optional<float> exponent;
};
} // namespace

LogicalResult lower(Layer &e, kernel::BinaryOp op) {
  Value lhs = e.buffer(op.getLhs()), rhs = e.buffer(op.getRhs()),
        output = e.buffer(op.getOutput());
  ArrayRef<int64_t> out = Layer::shape(op.getOutput());
  BinaryBuilder builder(e, op);
  Access accesses[] = {broadcastAccess(Layer::shape(op.getLhs()), out),
                       broadcastAccess(Layer::shape(op.getRhs()), out),
                       {0, rowMajor(out)}};
  e.parallelBox(
      out, accesses, builder.width(),
      [&](ArrayRef<Value> at, ArrayRef<int64_t> strides, int64_t width) {
        Value x = e.loadChunk(lhs, at[0], width, strides[0]);
        Value y = e.loadChunk(rhs, at[1], width, strides[1]);
        e.store(builder.apply(x, y), output, at[2]);
      });
  return success();
}

LogicalResult lower(Layer &e, kernel::UnaryOp op) {
  Value input = e.buffer(op.getInput()), output = e.buffer(op.getOutput());
  double alpha = op.getAlpha() ? op.getAlpha()->convertToDouble() : 0.0;
  Epilogue epilogue(e, op.getEpilogue(), e.f32());
  e.parallelChunks(Layer::count(op.getInput()), e.target.lanes(),
                   [&](Value i, int64_t width) {
                     Value x = e.load(input, i, width);
                     x = unaryFunction(e, op.getKind(), x, alpha);
                     e.store(epilogue.apply(x), output, i);
                   });
  return success();
}

} // namespace pare::cpu
