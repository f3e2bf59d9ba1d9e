//===- Sum.cpp - Sums of two stored values --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contract/Sum.h"
#include "Emit/Arithmetic.h"

#include <cmath>

using namespace mlir;

namespace pare::cpu {

SumOfTwo::SumOfTwo(Layer &layer, kernel::EpilogueAttr attribute,
                   Type outElement, std::pair<int64_t, int64_t> zeroPoints,
                   bool subtracts)
    : e(layer), attr(attribute), outElement(outElement), zeroPoints(zeroPoints),
      subtracts(subtracts), epilogue(layer, attribute, outElement) {
  factors = findFactors(/*offset=*/0);
}

std::optional<AddFactors> SumOfTwo::findFactors(int32_t offset) const {
  nn::ScalesAttr entries = attr.getScales();
  if (!e.target.hasFMA || !outElement.isInteger(8) || !entries)
    return std::nullopt;
  const bool isFloat = entries.getMode() == nn::RequantMode::Float;
  // Those of products have one entry.
  if (entries.size() != (isFloat ? 2 : 3))
    return std::nullopt;
  AddScales scales;
  for (int64_t i : {0, 1}) {
    if (isFloat)
      scales.input[i].f32 = entries.getFactors()[i];
    else
      scales.input[i].fixed = fixedEntry(entries, i);
  }
  if (!isFloat)
    scales.output = fixedEntry(entries, 2);
  scales.inputZero[0] = int32_t(zeroPoints.first);
  scales.inputZero[1] = int32_t(zeroPoints.second);
  scales.outputZero = int32_t(attr.getZeroPoint());
  auto [low, high] = integerBounds(attr, outElement);
  return findAddFactors(scales,
                        isFloat ? RequantMode::Float : RequantMode::Fixed,
                        {int32_t(low), int32_t(high)}, subtracts, offset);
}

Value SumOfTwo::combine(Value x, Value y) const {
  return subtracts ? subValues(e, x, y) : addValues(e, x, y);
}

Value SumOfTwo::centered(Value x, int64_t zero) const {
  x = e.toInt(x, e.i(32));
  return zero == 0 ? x : subValues(e, x, e.constant(x.getType(), zero));
}

/// Mode `float`, before the result is rounded.
Value SumOfTwo::rescaledSum(Value x, Value y) const {
  ArrayRef<float> factors = attr.getScales().getFactors();
  auto rescale = [&](Value v, int64_t zero, float factor) {
    v = centered(v, zero);
    Type type = e.like(v, e.f32());
    return mulValues(e, e.make<arith::SIToFPOp>(type, v),
                     e.constant(type, double(factor)));
  };
  return combine(rescale(x, zeroPoints.first, factors[0]),
                 rescale(y, zeroPoints.second, factors[1]));
}

Value SumOfTwo::realOf(Value stored) const {
  return e.make<arith::SIToFPOp>(e.like(stored, e.f32()),
                                 e.toInt(stored, e.i(32)));
}

/// The result but for rounding and clamping, with its zero point.
Value SumOfTwo::addByFactors(const AddFactors &found, Value x, Value y) const {
  auto number = [&](float value) {
    return e.constant(x.getType(), double(value));
  };
  Value inner =
      e.micro.multiplyAdd(e, x, number(found.first), number(found.constant));
  return e.micro.multiplyAdd(e, y, number(found.second), inner);
}

Value SumOfTwo::sumByProducts(Value x, Value y) const {
  return addByFactors(*factors, realOf(x), realOf(y));
}

Value SumOfTwo::addToFloats(Value x, Value y) const {
  return addByFactors(*floatFactors, x, realOf(y));
}

int64_t SumOfTwo::width() const {
  int64_t four = 4 * e.target.lanes();
  return packs(four) ? four : e.target.lanes();
}

/// Whether `width` elements fill the vectors that a target packs.
bool SumOfTwo::packs(int64_t width) const {
  nn::ScalesAttr scales = attr.getScales();
  // No sum is so great that it cannot be rounded to an i32.
  return MicroKernel::packsLanes(e.target) && outElement.isInteger(8) &&
         width == 4 * e.target.lanes() && scales &&
         (factors ||
          (scales.getMode() == nn::RequantMode::Float &&
           llvm::all_of(scales.getFactors().asArrayRef(), [](float factor) {
             return std::fabs(factor) <= 65536.0f;
           })));
}

Value SumOfTwo::packedSum(Value x, Value y) const {
  const int64_t lanes = e.target.lanes(), width = 4 * lanes;
  SmallVector<Value> rounded;
  for (int64_t i = 0; i < width; i += lanes) {
    Value left = e.slice(x, i, lanes), right = e.slice(y, i, lanes);
    rounded.push_back(e.micro.roundToInt(
        e, factors ? sumByProducts(left, right) : rescaledSum(left, right)));
  }
  auto [low, high] = integerBounds(attr, outElement);
  return e.micro.packInOrder(e, rounded, factors ? 0 : attr.getZeroPoint(), low,
                             high);
}

Value SumOfTwo::apply(Value x, Value y) const {
  if (isa<FloatType>(elementOf(x.getType())))
    return epilogue.apply(combine(x, y));
  auto [low, high] = integerBounds(attr, outElement);
  const int64_t zero = attr.getZeroPoint();
  if (packs(cast<VectorType>(x.getType()).getDimSize(0)))
    return packedSum(x, y);
  if (factors)
    return e.toInt(emitRoundAndClamp(e, sumByProducts(x, y), 0, low, high),
                   outElement);
  nn::ScalesAttr scales = attr.getScales();
  if (scales.getMode() == nn::RequantMode::Float) {
    return e.toInt(emitRoundAndClamp(e, rescaledSum(x, y), zero, low, high),
                   outElement);
  }
  // Both inputs get as many more bits as their rescaled sum can hold.
  const int64_t shift = outElement.isInteger(8) ? 20 : 15;
  auto rescale = [&](Value v, int64_t zero, int64_t entry) {
    v = centered(v, zero);
    v = e.make<arith::ShLIOp>(v, e.constant(v.getType(), shift));
    return emitMultiply(e, v, fixedEntry(scales, entry));
  };
  Value sum = combine(rescale(x, zeroPoints.first, 0),
                      rescale(y, zeroPoints.second, 1));
  sum = emitMultiply(e, sum, fixedEntry(scales, 2));
  sum = addValues(e, sum, e.constant(sum.getType(), zero));
  return e.toInt(e.clampInt(sum, low, high), outElement);
}

//===----------------------------------------------------------------------===//
// Residuals
//===----------------------------------------------------------------------===//

std::optional<Residual> Residual::of(Layer &layer, kernel::ContractOp op) {
  if (!op.getResidual())
    return std::nullopt;
  SumOfTwo sum(
      layer, *op.getResidualEpilogue(), Layer::element(op.getOutput()),
      {op.getEpilogue().getZeroPoint(), int64_t(op.getResidualZeroPoint())});
  sum.takeFloats();
  return Residual{layer.buffer(op.getResidual()), sum};
}

std::optional<Residual> Residual::of(Layer &layer,
                                     kernel::SparseContractOp op) {
  if (!op.getResidual())
    return std::nullopt;
  return Residual{layer.buffer(op.getResidual()),
                  SumOfTwo(layer, *op.getResidualEpilogue(),
                           Layer::element(op.getOutput()), {0, 0})};
}

Value Residual::addTo(Layer &e, Value stored, int64_t valid,
                      ArrayRef<Value> at) const {
  const int64_t width =
      cast<VectorType>(stored.getType()).getDimSize(0) / int64_t(at.size());
  Value added;
  for (Value place : at) {
    Value part = e.loadPart(buffer, place, valid, width);
    added = added ? e.concat(added, part) : part;
  }
  return sum.apply(stored, added);
}

} // namespace pare::cpu
