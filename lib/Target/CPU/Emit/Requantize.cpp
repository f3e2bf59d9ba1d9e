//===- Requantize.cpp - From sums to stored values ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Requantize.h"
#include "Emit/Arithmetic.h"
#include "Emit/ConstantValues.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;

namespace pare::cpu {

/// The same on x86: one product of the even elements of vectors of i32, and one
/// of the odd ones, as wide as they are, which stay where they are.
static Value highMulByHalves(Emitter &e, Value x, Value m) {
  const int64_t lanes = cast<VectorType>(x.getType()).getDimSize(0);
  VectorType wide = e.vec(e.i(64), lanes / 2), narrow = e.vec(e.i(32), lanes);
  Value half = e.constant(wide, 32);
  auto odd = [&](Value v) {
    return e.make<arith::ShRSIOp>(e.make<vector::BitCastOp>(wide, v), half);
  };
  auto even = [&](Value v) {
    v = e.make<arith::ShLIOp>(e.make<vector::BitCastOp>(wide, v), half);
    return e.make<arith::ShRSIOp>(v, half);
  };
  auto nudged = [&](Value a, Value b) {
    return e.make<arith::AddIOp>(e.make<arith::MulIOp>(a, b),
                                 e.constant(wide, int64_t(1) << 30));
  };
  // Bits 31 to 62, in the low half and in the high half of 64. LLVM makes one
  // shift to the left a part of a constant factor, which then has 33 bits and
  // takes two products: of such both are in the low half.
  const bool isConstant = m.getDefiningOp<arith::ConstantOp>() != nullptr;
  Value right = e.constant(wide, 31);
  Value low = e.make<arith::ShRUIOp>(nudged(even(x), even(m)), right);
  Value high = nudged(odd(x), odd(m));
  high = isConstant ? e.make<arith::ShRUIOp>(high, right)
                    : e.make<arith::ShLIOp>(high, e.constant(wide, 1));
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < lanes; ++i)
    order.push_back(i % 2 == 0 ? i : lanes + i - int64_t(isConstant));
  return e.make<vector::ShuffleOp>(e.make<vector::BitCastOp>(narrow, low),
                                   e.make<vector::BitCastOp>(narrow, high),
                                   order);
}

Value emitHighMul(Emitter &e, Value x, Value m) {
  auto vector = dyn_cast<VectorType>(x.getType());
  // SSE2 has no signed product.
  if (vector && vector.getElementType().isInteger(32) &&
      vector.getDimSize(0) % 2 == 0 && e.target.vectorBits >= 256 &&
      llvm::Triple(e.target.triple).isX86())
    return highMulByHalves(e, x, m);
  unsigned bits = elementOf(x.getType()).getIntOrFloatBitWidth();
  Type narrow = elementOf(x.getType());
  Type wide = e.like(x, e.i(2 * bits));
  Value product = e.make<arith::MulIOp>(e.make<arith::ExtSIOp>(wide, x),
                                        e.make<arith::ExtSIOp>(wide, m));
  // For both signs the nudge and truncating division of the definition come to
  // floor((p + 2^30) / 2^31). The bits that are kept do not depend on what is
  // shifted in, and a logical shift of 64 bits is an instruction everywhere.
  Value nudged = e.make<arith::AddIOp>(
      product, e.constant(wide, int64_t(1) << (bits - 2)));
  Value shifted =
      e.make<arith::ShRUIOp>(nudged, e.constant(wide, int64_t(bits - 1)));
  return e.toInt(shifted, narrow);
}

Value emitRoundingShift(Emitter &e, Value x, Value exponent) {
  Type type = x.getType();
  Value one = e.constant(type, 1);
  Value mask = e.make<arith::SubIOp>(e.make<arith::ShLIOp>(one, exponent), one);
  Value remainder = e.make<arith::AndIOp>(x, mask);
  Value negative =
      e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, x, e.constant(type, 0));
  Value threshold =
      e.make<arith::AddIOp>(e.make<arith::ShRUIOp>(mask, one),
                            e.make<arith::ExtUIOp>(type, negative));
  Value up =
      e.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, remainder, threshold);
  return e.make<arith::AddIOp>(e.make<arith::ShRSIOp>(x, exponent),
                               e.make<arith::ExtUIOp>(type, up));
}

Value emitRoundingShift(Emitter &e, Value x, int64_t exponent) {
  return exponent == 0
             ? x
             : emitRoundingShift(e, x, e.constant(x.getType(), exponent));
}

Value emitMultiply(Emitter &e, Value x, QuantizedMultiplier factor) {
  if (factor.shift > 0)
    x = e.make<arith::ShLIOp>(x, e.constant(x.getType(), factor.shift));
  x = emitHighMul(e, x, e.constant(x.getType(), factor.multiplier));
  return emitRoundingShift(e, x, std::max(0, -factor.shift));
}

/// The bits of kRoundingFloat.
static constexpr int64_t kRoundingBits = 0x4B400000;

Value emitRoundAndClamp(Emitter &e, Value value, int64_t zeroPoint, int64_t low,
                        int64_t high) {
  // Three instructions on every ISA.
  value =
      e.clampFloat(value, double(low - zeroPoint), double(high - zeroPoint));
  Value sum = e.make<arith::AddFOp>(
      value, e.constant(value.getType(), double(kRoundingFloat)));
  Value bits = e.make<arith::BitcastOp>(e.like(value, e.i(32)), sum);
  return e.make<arith::SubIOp>(
      bits, e.constant(bits.getType(), kRoundingBits - zeroPoint));
}

QuantizedMultiplier fixedEntry(nn::ScalesAttr scales, int64_t index) {
  index = scales.size() == 1 ? 0 : index;
  return {scales.getMultipliers()[index], scales.getShifts()[index]};
}

std::pair<int64_t, int64_t> integerBounds(kernel::EpilogueAttr epilogue,
                                          Type element) {
  int64_t half = int64_t(1) << (element.getIntOrFloatBitWidth() - 1);
  double low = epilogue.getLowBound(), high = epilogue.getHighBound();
  return {low > double(-half) ? int64_t(low) : -half,
          high < 2.0 * double(half) ? int64_t(high) : half - 1};
}

Epilogue::Epilogue(Layer &layer, kernel::EpilogueAttr attribute,
                   Type outElement, ArrayRef<int64_t> order)
    : e(layer), attr(attribute), outElement(outElement) {
  if (outElement.isInteger(8)) {
    packedZero = attr.getZeroPoint();
    packedBounds = integerBounds(attr, outElement);
  }
  if (attr.getTable())
    prepareTable();
  nn::ScalesAttr scales = attr.getScales();
  if (!scales || scales.size() == 1 || order.empty())
    return;
  if (scales.getMode() == nn::RequantMode::Float) {
    SmallVector<float> values;
    for (int64_t channel : order)
      values.push_back(channel < 0 ? 0.0f : scales.getFactors()[channel]);
    factors = e.table<float>("factors", e.f32(), values);
    return;
  }
  SmallVector<int32_t> multiplier, left, right;
  for (int64_t channel : order) {
    QuantizedMultiplier factor =
        channel < 0 ? QuantizedMultiplier() : fixedEntry(scales, channel);
    multiplier.push_back(factor.multiplier);
    left.push_back(std::max(factor.shift, 0));
    right.push_back(std::max(-factor.shift, 0));
  }
  multipliers = e.table<int32_t>("multipliers", e.i(32), multiplier);
  // Nearly all networks have factors below 1.
  if (llvm::any_of(left, [](int32_t shift) { return shift != 0; }))
    lefts = e.table<int32_t>("shifts", e.i(32), left);
  rights = e.table<int32_t>("shifts", e.i(32), right);
}

/// Of factors in mode `float`; infinite in mode `fixed`.
static float greatestFactor(kernel::EpilogueAttr epilogue) {
  nn::ScalesAttr scales = epilogue.getScales();
  if (scales.getMode() != nn::RequantMode::Float)
    return std::numeric_limits<float>::infinity();
  float greatest = 0.0f;
  for (float factor : scales.getFactors().asArrayRef())
    greatest = std::max(greatest, std::fabs(factor));
  return greatest;
}

/// A bound of the sums of bytes that a convolution adds, in all channels.
static double greatestSum(Layer &e) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  auto product = [](ArrayRef<int64_t> sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), 1.0,
                           std::multiplies<>());
  };
  const double terms =
      TypeSwitch<Operation *, double>(e.operation())
          .Case<kernel::ContractOp, kernel::TransposeConvOp>([&](auto op) {
            return product(Layer::shape(op.getFilter()).drop_front());
          })
          .Case([&](kernel::DepthwiseOp op) {
            return product(Layer::shape(op.getFilter()).drop_back());
          })
          .Case([&](kernel::SparseContractOp op) {
            return product(op.getKernelSize()) *
                   double(Layer::shape(op.getInput()).back());
          })
          .Default([](Operation *) { return kInfinity; });
  Value bias = TypeSwitch<Operation *, Value>(e.operation())
                   .Case<kernel::ContractOp, kernel::TransposeConvOp,
                         kernel::DepthwiseOp, kernel::SparseContractOp>(
                       [](auto op) { return op.getBias(); })
                   .Default([](Operation *) { return Value(); });
  double most = 0.0;
  if (bias) {
    SmallVector<int32_t> values = constantValues<int32_t>(e.symbols, bias);
    most = values.empty() ? kInfinity : 0.0;
    for (int32_t value : values)
      most = std::max(most, std::fabs(double(value)));
  }
  // Bytes less their zero points.
  return most + terms * 255.0 * 255.0;
}

void Epilogue::prepareTable() {
  kernel::ByteTableAttr table = attr.getTable();
  auto values = table.getEntries().getValues<int8_t>();
  SmallVector<int8_t> entries(values.begin(), values.end());
  if (kernel::TableProductsAttr found = table.getProducts();
      found && e.target.hasFMA) {
    products = found.getProducts();
    if (products->zeroPoint != attr.getZeroPoint())
      products.reset();
  }
  if (!products) {
    lookups = std::make_shared<ByteTable>(e, entries);
    return;
  }
  auto [low, high] = packedBounds;
  auto reached = ArrayRef(entries).slice(low + 128, high - low + 1);
  const QuantRange range = {*llvm::min_element(reached),
                            *llvm::max_element(reached)};
  packedZero = 0;
  packedBounds = {range.lo, range.hi};
  // What is rounded must be within 22 bits.
  constexpr double kMostRounded = double(1 << 21);
  const double gate =
      std::max({1.0f, std::fabs(products->low), std::fabs(products->high)});
  const bool isBounded =
      greatestSum(e) * greatestFactor(attr) * gate <= kMostRounded;
  clampsLow = !isBounded ||
              !extendsBeyond(*products, range, int32_t(low), /*above=*/false);
  clampsHigh = !isBounded ||
               !extendsBeyond(*products, range, int32_t(high), /*above=*/true);
}

Value Epilogue::multiplyOut(Value sums, Entries entries) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  auto [low, high] = integerBounds(attr, outElement);
  Value x = roundedFloats(
      sums, entries, clampsLow ? double(low - attr.getZeroPoint()) : -kInfinity,
      clampsHigh ? double(high - attr.getZeroPoint()) : kInfinity);
  auto number = [&](float value) {
    return e.constant(x.getType(), double(value));
  };
  Value gate = number(products->low);
  if (!products->isLinear())
    gate = e.clampFloat(e.make<math::FmaOp>(x, number(products->slope),
                                            number(products->offset)),
                        products->low, products->high);
  Value sum =
      e.make<math::FmaOp>(x, gate, number(kRoundingFloat + products->constant));
  Value bits = e.make<arith::BitcastOp>(e.like(sum, e.i(32)), sum);
  return e.make<arith::SubIOp>(bits, e.constant(bits.getType(), kRoundingBits));
}

Value Epilogue::requantizeFixed(Value sums, Entries entries) const {
  if (!multipliers)
    return emitMultiply(e, sums, fixedEntry(attr.getScales(), 0));
  if (lefts)
    sums = e.make<arith::ShLIOp>(sums, entries(lefts));
  sums = emitHighMul(e, sums, entries(multipliers));
  return emitRoundingShift(e, sums, entries(rights));
}

Value Epilogue::requantizeFloat(Value sums, Entries entries) const {
  Type type = e.like(sums, e.f32());
  Value factor =
      factors ? entries(factors)
              : e.constant(type, double(attr.getScales().getFactors()[0]));
  return e.make<arith::MulFOp>(e.make<arith::SIToFPOp>(type, sums), factor);
}

Value Epilogue::clampSums(Value sums) const {
  const double low = attr.getLowBound();
  if (std::isfinite(low) && isa<VectorType>(sums.getType()))
    sums = e.micro.clampBelow(e, sums, e.constant(sums.getType(), low));
  else
    sums = e.clampFloat(sums, low, std::numeric_limits<double>::infinity());
  return e.clampFloat(sums, -std::numeric_limits<double>::infinity(),
                      attr.getHighBound());
}

Value Epilogue::roundedFloats(Value sums, Entries entries, double low,
                              double high) const {
  nn::ScalesAttr scales = attr.getScales();
  if (scales && scales.getMode() == nn::RequantMode::Float) {
    // As in emitRoundAndClamp: two sums, for which there are more units than
    // for an instruction that rounds. What is beyond 2^22 stays beyond any
    // byte.
    Value value = e.clampFloat(requantizeFloat(sums, entries), low, high);
    Value magic = e.constant(value.getType(), double(kRoundingFloat));
    return e.make<arith::SubFOp>(e.make<arith::AddFOp>(value, magic), magic);
  }
  Value value = scales ? requantizeFixed(sums, entries) : sums;
  return e.make<arith::SIToFPOp>(
      e.like(sums, e.f32()), e.clampInt(value, int64_t(low), int64_t(high)));
}

Value Epilogue::finish(Value sums, Entries entries) const {
  if (isa<FloatType>(elementOf(sums.getType())))
    return clampSums(
        unaryFunction(e, attr.getFunction(), sums, attr.getAlphaValue()));
  auto [low, high] = integerBounds(attr, outElement);
  nn::ScalesAttr scales = attr.getScales();
  if (products)
    return e.toInt(e.clampInt(multiplyOut(sums, entries), packedBounds.first,
                              packedBounds.second),
                   outElement);
  if (scales && scales.getMode() == nn::RequantMode::Float)
    return lookUp(e.toInt(emitRoundAndClamp(e, requantizeFloat(sums, entries),
                                            attr.getZeroPoint(), low, high),
                          outElement));
  Value value = scales ? requantizeFixed(sums, entries) : sums;
  if (attr.getZeroPoint() != 0)
    value = e.make<arith::AddIOp>(
        value, e.constant(value.getType(), attr.getZeroPoint()));
  return lookUp(e.toInt(e.clampInt(value, low, high), outElement));
}

static int64_t widthOf(Value vector) {
  return cast<VectorType>(vector.getType()).getDimSize(0);
}

Value Epilogue::apply(Value sums, Value channel) const {
  return finish(
      sums, [&](Value table) { return e.load(table, channel, widthOf(sums)); });
}

Value Epilogue::applyAsFloats(Value sums, Value channel) const {
  auto [low, high] = integerBounds(attr, outElement);
  return roundedFloats(
      sums, [&](Value table) { return e.load(table, channel, widthOf(sums)); },
      double(low - attr.getZeroPoint()), double(high - attr.getZeroPoint()));
}

bool Epilogue::isLong() const {
  switch (attr.getFunction()) {
  case kernel::UnaryKind::Sigmoid:
  case kernel::UnaryKind::Tanh:
  case kernel::UnaryKind::Gelu:
  case kernel::UnaryKind::GeluTanh:
  case kernel::UnaryKind::Exp:
  case kernel::UnaryKind::Log:
    return true;
  default:
    return false;
  }
}

bool Epilogue::roundsToBytes() const {
  // A product of a sum with half or less is an i32 when it is rounded.
  return outElement.isInteger(8) && attr.getScales() &&
         greatestFactor(attr) <= 0.5f;
}

bool Epilogue::packsRows() const {
  return MicroKernel::packsRows(e.target) && (products || roundsToBytes());
}

bool Epilogue::packsWideRows() const {
  return MicroKernel::packsLanes(e.target) && e.target.lanes() == 16 &&
         (products || roundsToBytes());
}

Value Epilogue::scaleAndRound(Value sums, Value channel) const {
  auto entries = [&](Value table) {
    return e.load(table, channel, widthOf(sums));
  };
  if (products)
    return multiplyOut(sums, entries);
  if (!raised)
    return e.micro.roundToInt(e, requantizeFloat(sums, entries));
  Type type = e.like(sums, e.f32());
  const double factor = attr.getScales().getFactors()[0];
  Value scale = factors ? entries(factors) : e.constant(type, factor),
        offset = lowered ? entries(lowered)
                         : e.constant(type, -double(kRaisedRange) * factor);
  return e.micro.roundToInt(
      e, vector::FMAOp::create(
             e.b, e.loc, e.make<vector::BitCastOp>(type, sums), scale, offset));
}

Value Epilogue::packRows(ArrayRef<Value> first, ArrayRef<Value> second) const {
  return lookUp(e.micro.packRows(e, first, second, packedZero,
                                 packedBounds.first, packedBounds.second));
}

Value Epilogue::applyToRows(ArrayRef<Value> first, ArrayRef<Value> second,
                            Value channel) const {
  Value next = e.add(channel, widthOf(first[0]));
  auto rounded = [&](ArrayRef<Value> row) {
    return SmallVector<Value>{scaleAndRound(row[0], channel),
                              scaleAndRound(row[1], next)};
  };
  return packRows(rounded(first), rounded(second));
}

Value Epilogue::applyToFour(ArrayRef<Value> sums, Value channel) const {
  SmallVector<Value> rounded;
  for (Value each : sums)
    rounded.push_back(scaleAndRound(each, channel));
  return lookUp(e.micro.packInOrder(e, rounded, packedZero, packedBounds.first,
                                    packedBounds.second));
}

bool Epilogue::takesRaised() const {
  // Far from where floats lose bits.
  constexpr float kLeastFactor = 0x1p-64f;
  return MicroKernel::packsLanes(e.target) && e.target.hasFMA && !products &&
         roundsToBytes() && attr.getLowBound() >= attr.getZeroPoint() &&
         llvm::all_of(attr.getScales().getFactors().asArrayRef(),
                      [](float factor) { return factor >= kLeastFactor; });
}

void Epilogue::raise(ArrayRef<int64_t> order) {
  raised = true;
  if (!factors)
    return;
  SmallVector<float> values;
  for (int64_t channel : order)
    values.push_back(-float(kRaisedRange) *
                     attr.getScales().getFactors()[channel]);
  lowered = e.table<float>("lowered", e.f32(), values);
}

Value Epilogue::applyToLanes(ArrayRef<Value> sums, Value channel) const {
  const int64_t lanes = widthOf(sums[0]);
  const bool packs =
      MicroKernel::packsLanes(e.target) && (products || roundsToBytes());
  SmallVector<Value> results;
  for (auto [i, each] : llvm::enumerate(sums)) {
    Value at = e.add(channel, int64_t(i) * lanes);
    results.push_back(packs ? scaleAndRound(each, at) : apply(each, at));
  }
  if (packs) {
    return lookUp(e.micro.packLanes(e, results, packedZero, packedBounds.first,
                                    packedBounds.second));
  }
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < 4 * lanes; ++i)
    order.push_back(MicroKernel::laneOrder(i, lanes));
  return e.make<vector::ShuffleOp>(e.concat(results[0], results[1]),
                                   e.concat(results[2], results[3]), order);
}

Value Epilogue::applyToChannel(Value sums, Value channel) const {
  return finish(sums, [&](Value table) {
    return e.splatLoad(table, channel, widthOf(sums));
  });
}

} // namespace pare::cpu
