//===- Arithmetic.cpp - Functions of one and two elements -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Arithmetic.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;

namespace pare::cpu {

static bool isFloat(Value x) { return isa<FloatType>(elementOf(x.getType())); }

Value addValues(Emitter &e, Value x, Value y) {
  return isFloat(x) ? e.make<arith::AddFOp>(x, y) : e.make<arith::AddIOp>(x, y);
}
Value subValues(Emitter &e, Value x, Value y) {
  return isFloat(x) ? e.make<arith::SubFOp>(x, y) : e.make<arith::SubIOp>(x, y);
}
Value mulValues(Emitter &e, Value x, Value y) {
  return isFloat(x) ? e.make<arith::MulFOp>(x, y) : e.make<arith::MulIOp>(x, y);
}
Value maxValues(Emitter &e, Value x, Value y) {
  if (!isFloat(x))
    return e.make<arith::MaxSIOp>(x, y);
  return e.select(e.make<arith::CmpFOp>(arith::CmpFPredicate::OGT, x, y), x, y);
}
Value minValues(Emitter &e, Value x, Value y) {
  if (!isFloat(x))
    return e.make<arith::MinSIOp>(x, y);
  return e.select(e.make<arith::CmpFOp>(arith::CmpFPredicate::OLT, x, y), x, y);
}

Value roundedQuotient(Emitter &e, Value sum, Value count, int64_t most) {
  Type type = sum.getType();
  Value half = e.make<arith::DivUIOp>(count, e.constant(type, 2));
  Value positive = e.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, sum,
                                         e.constant(type, 0));
  Value moved =
      e.select(positive, addValues(e, sum, half), subValues(e, sum, half));
  if (most >= int64_t(1) << 24)
    return e.make<arith::DivSIOp>(moved, count);
  // Below 2^24 both are exact in f32, and so is the truncated quotient: an
  // inexact one is at least 1/count away from the next integer, which is more
  // than the rounding error. No ISA divides vectors of integers.
  Type floats = e.like(sum, e.f32());
  Value quotient =
      e.make<arith::DivFOp>(e.make<arith::SIToFPOp>(floats, moved),
                            e.make<arith::SIToFPOp>(floats, count));
  return e.make<arith::FPToSIOp>(type, quotient);
}

Value exp(Emitter &e, Value x) { return e.make<math::ExpOp>(x); }
Value tanh(Emitter &e, Value x) { return e.make<math::TanhOp>(x); }

// x P(x^2) / Q(x^2). P and Q have the same degree, so that both are known after
// four steps that wait for each other: recurrent layers consist of such
// waiting. Small x need no case of their own, P(0) is 1.
Quotient tanhQuotient(OpBuilder &b, Location loc, Value x, bool isBounded) {
  // The greatest relative error of the quotient below the bound, 6e-9, is the
  // least that these degrees have. Beyond, what is left to 1 is 3e-7.
  constexpr float kP[] = {0.99999999435f, 0.13450616448f, 0.0035789870791f,
                          2.2023161238e-05f, 1.5427849807e-08f};
  constexpr float kQ[] = {1.0f, 0.46783944449f, 0.026192219254f,
                          0.00034236423655f, 8.5987313299e-07f};
  const Type type = x.getType();
  auto constant = [&](float value) -> Value {
    Attribute attr = b.getF32FloatAttr(value);
    if (auto shaped = dyn_cast<ShapedType>(type))
      attr = DenseElementsAttr::get(shaped, value);
    return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr));
  };
  auto select = [&](arith::CmpFPredicate predicate, Value bound, Value x) {
    Value beyond = arith::CmpFOp::create(b, loc, predicate, x, bound);
    return arith::SelectOp::create(b, loc, beyond, bound, x).getResult();
  };
  if (!isBounded) {
    x = select(arith::CmpFPredicate::OGT, constant(kTanhBound), x);
    x = select(arith::CmpFPredicate::OLT, constant(-kTanhBound), x);
  }
  Value square = arith::MulFOp::create(b, loc, x, x);
  auto polynomial = [&](ArrayRef<float> factors) {
    Value sum = constant(factors.back());
    for (float factor : llvm::reverse(factors.drop_back()))
      sum = math::FmaOp::create(b, loc, sum, square, constant(factor));
    return sum;
  };
  Value upper = arith::MulFOp::create(b, loc, x, polynomial(kP));
  return {upper, polynomial(kQ)};
}

Value sigmoid(Emitter &e, Value x) {
  Value one = e.constant(x.getType(), 1.0);
  Value power = exp(e, e.make<arith::NegFOp>(x));
  return e.make<arith::DivFOp>(one, addValues(e, one, power));
}

static Value scaled(Emitter &e, Value x, double factor) {
  return mulValues(e, x, e.constant(x.getType(), factor));
}
static Value shifted(Emitter &e, Value x, double term) {
  return addValues(e, x, e.constant(x.getType(), term));
}

Value unaryFunction(Emitter &e, kernel::UnaryKind kind, Value x, double alpha) {
  switch (kind) {
  case kernel::UnaryKind::Clip:
    return x;
  case kernel::UnaryKind::LeakyRelu: {
    // The greater of the two, to the bit, and one instruction for two.
    if (alpha > 0.0 && alpha < 1.0)
      return maxValues(e, x, scaled(e, x, alpha));
    Value positive = e.make<arith::CmpFOp>(arith::CmpFPredicate::OGE, x,
                                           e.constant(x.getType(), 0.0));
    return e.select(positive, x, scaled(e, x, alpha));
  }
  case kernel::UnaryKind::HardSwish:
    return scaled(e,
                  mulValues(e, x, e.clampFloat(shifted(e, x, 3.0), 0.0, 6.0)),
                  1.0 / 6.0);
  case kernel::UnaryKind::Sigmoid:
    return sigmoid(e, x);
  case kernel::UnaryKind::Tanh:
    return tanh(e, x);
  case kernel::UnaryKind::Gelu: {
    Value erf = e.make<math::ErfOp>(scaled(e, x, std::sqrt(0.5)));
    return mulValues(e, scaled(e, x, 0.5), shifted(e, erf, 1.0));
  }
  case kernel::UnaryKind::GeluTanh: {
    Value cubic = shifted(e, scaled(e, mulValues(e, x, x), 0.044715), 1.0);
    Value inner = scaled(e, mulValues(e, x, cubic), std::sqrt(2.0 / M_PI));
    return mulValues(e, scaled(e, x, 0.5), shifted(e, tanh(e, inner), 1.0));
  }
  case kernel::UnaryKind::Sqrt:
    return e.make<math::SqrtOp>(x);
  case kernel::UnaryKind::Rsqrt:
    return e.make<arith::DivFOp>(e.constant(x.getType(), 1.0),
                                 e.make<math::SqrtOp>(x));
  case kernel::UnaryKind::Exp:
    return exp(e, x);
  case kernel::UnaryKind::Log:
    return e.make<math::LogOp>(x);
  case kernel::UnaryKind::Abs:
    return e.make<math::AbsFOp>(x);
  case kernel::UnaryKind::Neg:
    return e.make<arith::NegFOp>(x);
  }
  llvm_unreachable("every kind is listed");
}

Value reduceVector(Emitter &e, Value vector,
                   function_ref<Value(Value, Value)> combine) {
  int64_t width = cast<VectorType>(vector.getType()).getDimSize(0);
  for (; width > 1; width /= 2)
    vector = combine(e.slice(vector, 0, width / 2),
                     e.slice(vector, width / 2, width / 2));
  return vector;
}

} // namespace pare::cpu
