//===- RecognizeLayers.cpp - Finds layers in their arithmetic -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Activations are found as polynomials of their operand and of one function of
// it, so that the order in which an exporter multiplies and adds does not
// matter. The parts of a normalization are too few for that.
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/Transforms/ConstantValues.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>
#include <map>

using namespace mlir;
using namespace pare::nn;

namespace pare::nn {
#define GEN_PASS_DEF_RECOGNIZELAYERSPASS
#include "pare/Dialect/NN/Transforms/NNPasses.h.inc"
} // namespace pare::nn

/// The operation of kind `OpT` that computes `value`, if it has no activation.
template <typename OpT> static OpT definingOp(Value value) {
  auto op = value.getDefiningOp<OpT>();
  if constexpr (std::is_same_v<OpT, AddOp> || std::is_same_v<OpT, SubOp> ||
                std::is_same_v<OpT, MulOp> || std::is_same_v<OpT, DivOp>) {
    if (op && op.getActivationAttr())
      return {};
  }
  return op;
}

/// Whether two numbers are the same constant, written with f32 accuracy.
static bool isClose(double found, double expected) {
  constexpr double kTolerance = 2e-6;
  return std::fabs(found - expected) <=
         kTolerance * std::max(std::fabs(expected), 1e-3);
}

//===----------------------------------------------------------------------===//
// Polynomials
//===----------------------------------------------------------------------===//

namespace {
/// A polynomial of two values, x and f.
class Polynomial {
public:
  using Powers = std::pair<int, int>;

  static Polynomial of(double constant) { return {{{{0, 0}, constant}}}; }
  static Polynomial ofX() { return {{{{1, 0}, 1.0}}}; }
  static Polynomial ofF() { return {{{{0, 1}, 1.0}}}; }

  Polynomial plus(const Polynomial &other, double factor = 1.0) const {
    Polynomial sum = *this;
    for (auto [powers, coefficient] : other.terms)
      sum.terms[powers] += factor * coefficient;
    return sum;
  }
  Polynomial times(const Polynomial &other) const {
    Polynomial product;
    for (auto [mine, a] : terms)
      for (auto [theirs, b] : other.terms)
        product
            .terms[{mine.first + theirs.first, mine.second + theirs.second}] +=
            a * b;
    return product;
  }
  /// Whether it has these terms, all others being nothing.
  bool equals(const std::map<Powers, double> &expected) const {
    auto at = [](const std::map<Powers, double> &all, Powers powers) {
      auto found = all.find(powers);
      return found == all.end() ? 0.0 : found->second;
    };
    for (auto [powers, coefficient] : expected)
      if (!isClose(at(terms, powers), coefficient))
        return false;
    return llvm::all_of(terms, [&](auto term) {
      return isClose(term.second, at(expected, term.first));
    });
  }

  std::map<Powers, double> terms;
};
} // namespace

/// How deep expressions are looked at.
static constexpr int kDepth = 6;

/// `value` as a polynomial of `x` and, if it is not null, of `f`.
static std::optional<Polynomial> expand(Value value, Value x, Value f,
                                        int depth = kDepth) {
  if (value == x)
    return Polynomial::ofX();
  if (value == f)
    return Polynomial::ofF();
  if (std::optional<float> constant = getSplatFloat(value))
    return Polynomial::of(*constant);
  if (depth == 0 || value.getType() != x.getType())
    return std::nullopt;
  auto both = [&](auto op, auto combine) -> std::optional<Polynomial> {
    auto lhs = expand(op.getLhs(), x, f, depth - 1);
    auto rhs = expand(op.getRhs(), x, f, depth - 1);
    if (!lhs || !rhs)
      return std::nullopt;
    return combine(*lhs, *rhs);
  };
  if (auto add = definingOp<AddOp>(value))
    return both(add, [](auto a, auto b) { return a.plus(b); });
  if (auto sub = definingOp<SubOp>(value))
    return both(sub, [](auto a, auto b) { return a.plus(b, -1.0); });
  if (auto mul = definingOp<MulOp>(value))
    return both(mul, [](auto a, auto b) { return a.times(b); });
  if (auto div = definingOp<DivOp>(value)) {
    std::optional<float> divisor = getSplatFloat(div.getRhs());
    auto lhs = expand(div.getLhs(), x, f, depth - 1);
    if (!divisor || *divisor == 0.0f || !lhs)
      return std::nullopt;
    return lhs->times(Polynomial::of(1.0 / *divisor));
  }
  if (auto pow = definingOp<PowOp>(value)) {
    std::optional<float> exponent = getSplatFloat(pow.getRhs());
    auto lhs = expand(pow.getLhs(), x, f, depth - 1);
    if (!exponent || (*exponent != 2.0f && *exponent != 3.0f) || !lhs)
      return std::nullopt;
    Polynomial square = lhs->times(*lhs);
    return *exponent == 2.0f ? square : square.times(*lhs);
  }
  return std::nullopt;
}

/// The values from which `value` is computed by sums and products.
static void collectOperands(Value value, llvm::SetVector<Value> &found,
                            int depth = kDepth) {
  Operation *op = value.getDefiningOp();
  if (getSplatFloat(value) || !found.insert(value) || depth == 0 ||
      !isa_and_nonnull<AddOp, SubOp, MulOp, DivOp, PowOp>(op))
    return;
  for (Value operand : op->getOperands())
    collectOperands(operand, found, depth - 1);
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

namespace {
/// An activation of `x`, the result of which is `root`.
struct Activation {
  Value x, root;
};

/// What an activation is: a polynomial of x and of a function f of another
/// polynomial of x.
struct Shape {
  std::map<Polynomial::Powers, double> argument, result;
};
} // namespace

/// The argument of `f` as a value, or as a value that is not stored: the lower
/// and upper clamp of a sum is a part of the sum.
static std::optional<Activation> matchActivation(Value f, Value argument,
                                                 const Shape &shape,
                                                 bool isClampedSum) {
  llvm::SetVector<Value> candidates;
  if (isClampedSum)
    for (Value operand : argument.getDefiningOp()->getOperands())
      collectOperands(operand, candidates);
  else
    collectOperands(argument, candidates);
  auto argumentOf = [&](Value x) -> std::optional<Polynomial> {
    if (!isClampedSum)
      return expand(argument, x, {});
    auto add = argument.getDefiningOp<AddOp>();
    auto lhs = expand(add.getLhs(), x, {}), rhs = expand(add.getRhs(), x, {});
    if (!lhs || !rhs)
      return std::nullopt;
    return lhs->plus(*rhs);
  };
  for (Value x : candidates) {
    if (x.getType() != f.getType())
      continue;
    std::optional<Polynomial> found = argumentOf(x);
    if (!found || !found->equals(shape.argument))
      continue;
    // What the function is used for, step by step.
    Value root = f;
    for (int step = 0; step < kDepth && root.hasOneUse(); ++step) {
      Operation *user = *root.getUsers().begin();
      if (user->getNumResults() != 1)
        break;
      root = user->getResult(0);
      std::optional<Polynomial> all = expand(root, x, f);
      if (!all)
        break;
      if (all->equals(shape.result))
        return Activation{x, root};
    }
  }
  return std::nullopt;
}

/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
static const Shape &getGeluShape() {
  static const double kFactor = std::sqrt(2.0 / M_PI);
  static const Shape kShape = {
      {{{1, 0}, kFactor}, {{3, 0}, 0.044715 * kFactor}},
      {{{1, 0}, 0.5}, {{1, 1}, 0.5}}};
  return kShape;
}

/// x * clamp(x + 3, 0, 6) / 6
static const Shape &getHardSwishShape() {
  static const Shape kShape = {{{{1, 0}, 1.0}, {{0, 0}, 3.0}},
                               {{{1, 1}, 1.0 / 6.0}}};
  return kShape;
}

static bool isZeroToSix(double low, double high) {
  return low == 0.0 && high == 6.0;
}

static std::optional<Activation> matchHardSwish(Operation *op) {
  const Shape &shape = getHardSwishShape();
  if (auto relu6 = dyn_cast<Relu6Op>(op))
    return matchActivation(relu6, relu6.getInput(), shape, false);
  if (auto clip = dyn_cast<ClipOp>(op);
      clip && isZeroToSix(clip.getLow().convertToDouble(),
                          clip.getHigh().convertToDouble()))
    return matchActivation(clip, clip.getInput(), shape, false);
  auto add = dyn_cast<AddOp>(op);
  if (!add || !add.getActivationAttr())
    return std::nullopt;
  auto [low, high] = getActivationBounds(add.getActivationAttr());
  if (!isZeroToSix(low, high))
    return std::nullopt;
  return matchActivation(add, add.getOutput(), shape, true);
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

namespace {
struct Normalization {
  Value x;
  /// Null for all ones, and for all zeros.
  Value gamma, beta;
  double epsilon;
};
} // namespace

/// What the mean over the last dimension is taken of, which stays.
static Value matchMean(Value value) {
  auto mean = value.getDefiningOp<ReduceMeanOp>();
  if (!mean || !mean.getKeepDims())
    return {};
  auto type = cast<RankedTensorType>(mean.getInput().getType());
  return mean.getAxes() == ArrayRef<int64_t>{type.getRank() - 1}
             ? Value(mean.getInput())
             : Value();
}

/// The operands of an operation that has two, in both orders.
template <typename OpT>
static std::array<std::pair<Value, Value>, 2> inBothOrders(OpT op) {
  return {{{op.getLhs(), op.getRhs()}, {op.getRhs(), op.getLhs()}}};
}

/// `x` less its mean.
static bool isCentered(Value value, Value x) {
  auto sub = definingOp<SubOp>(value);
  return sub && sub.getLhs() == x && matchMean(sub.getRhs()) == x;
}

/// `x` of a variance over the last dimension.
static Value matchVariance(Value value) {
  Value squares = matchMean(value);
  if (!squares)
    return {};
  if (auto difference = squares.getDefiningOp<SquaredDifferenceOp>()) {
    for (auto [x, mean] : inBothOrders(difference))
      if (matchMean(mean) == x)
        return x;
    return {};
  }
  Value centered;
  if (auto mul = definingOp<MulOp>(squares);
      mul && mul.getLhs() == mul.getRhs())
    centered = mul.getLhs();
  else if (auto pow = squares.getDefiningOp<PowOp>();
           pow && getSplatFloat(pow.getRhs()) == 2.0f)
    centered = pow.getLhs();
  auto sub = centered ? definingOp<SubOp>(centered) : SubOp();
  return sub && isCentered(centered, sub.getLhs()) ? sub.getLhs() : Value();
}

/// `x` and epsilon of a variance plus epsilon.
static std::optional<std::pair<Value, double>> matchStabilized(Value value) {
  auto add = definingOp<AddOp>(value);
  if (!add)
    return std::nullopt;
  for (auto [variance, constant] : inBothOrders(add))
    if (std::optional<float> epsilon = getSplatFloat(constant))
      if (Value x = matchVariance(variance))
        return std::pair(x, double(*epsilon));
  return std::nullopt;
}

/// A constant of one value or of one for each of the last dimension.
static bool isPerChannel(Value value, Value x) {
  auto type = cast<RankedTensorType>(value.getType());
  const int64_t channels =
      cast<RankedTensorType>(x.getType()).getShape().back();
  if (!readFloats(value))
    return false;
  return type.getNumElements() == 1 ||
         (type.getNumElements() == channels && type.getRank() > 0 &&
          type.getShape().back() == channels);
}

/// 1 / sqrt(variance + epsilon), times gamma if there is one.
static std::optional<Normalization> matchScale(Value value) {
  if (auto rsqrt = value.getDefiningOp<RsqrtOp>()) {
    auto found = matchStabilized(rsqrt.getInput());
    if (!found)
      return std::nullopt;
    return Normalization{found->first, {}, {}, found->second};
  }
  auto mul = definingOp<MulOp>(value);
  if (!mul)
    return std::nullopt;
  for (auto [scale, gamma] : inBothOrders(mul)) {
    auto rsqrt = scale.getDefiningOp<RsqrtOp>();
    auto found = rsqrt ? matchStabilized(rsqrt.getInput()) : std::nullopt;
    if (found && isPerChannel(gamma, found->first))
      return Normalization{found->first, gamma, {}, found->second};
  }
  return std::nullopt;
}

/// (x - mean) * scale, or (x - mean) / sqrt(variance + epsilon).
static std::optional<Normalization> matchScaled(Value value) {
  if (auto div = definingOp<DivOp>(value)) {
    auto sqrt = div.getRhs().getDefiningOp<SqrtOp>();
    auto found = sqrt ? matchStabilized(sqrt.getInput()) : std::nullopt;
    if (!found || !isCentered(div.getLhs(), found->first))
      return std::nullopt;
    return Normalization{found->first, {}, {}, found->second};
  }
  auto mul = definingOp<MulOp>(value);
  if (!mul)
    return std::nullopt;
  for (auto [centered, scale] : inBothOrders(mul))
    if (auto found = matchScale(scale); found && isCentered(centered, found->x))
      return found;
  return std::nullopt;
}

/// The same with gamma as a factor of its own, or within.
static std::optional<Normalization> matchProduct(Value value) {
  if (std::optional<Normalization> found = matchScaled(value))
    return found;
  auto mul = definingOp<MulOp>(value);
  if (!mul)
    return std::nullopt;
  for (auto [scaled, gamma] : inBothOrders(mul)) {
    std::optional<Normalization> found = matchScaled(scaled);
    if (found && !found->gamma && isPerChannel(gamma, found->x)) {
      found->gamma = gamma;
      return found;
    }
  }
  return std::nullopt;
}

/// x * scale + (beta - mean * scale)
static std::optional<Normalization> matchShifted(AddOp add) {
  for (auto [product, shift] : inBothOrders(add)) {
    auto mul = definingOp<MulOp>(product);
    auto sub = definingOp<SubOp>(shift);
    auto moved = sub ? definingOp<MulOp>(sub.getRhs()) : MulOp();
    if (!mul || !moved)
      continue;
    for (auto [x, scale] : inBothOrders(mul)) {
      std::optional<Normalization> found = matchScale(scale);
      if (!found || found->x != x || !isPerChannel(sub.getLhs(), x))
        continue;
      for (auto [mean, factor] : inBothOrders(moved))
        if (factor == scale && matchMean(mean) == x) {
          found->beta = sub.getLhs();
          return found;
        }
    }
  }
  return std::nullopt;
}

static std::optional<Normalization> matchNormalization(Operation *op) {
  if (auto add = dyn_cast<AddOp>(op); add && !add.getActivationAttr()) {
    if (std::optional<Normalization> found = matchShifted(add))
      return found;
    for (auto [product, beta] : inBothOrders(add)) {
      std::optional<Normalization> found = matchProduct(product);
      if (found && isPerChannel(beta, found->x)) {
        found->beta = beta;
        return found;
      }
    }
    return std::nullopt;
  }
  return isa<MulOp, DivOp>(op) ? matchProduct(op->getResult(0)) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
class RecognizeLayers
    : public pare::nn::impl::RecognizeLayersPassBase<RecognizeLayers> {
public:
  using RecognizeLayersPassBase::RecognizeLayersPassBase;

  void runOnOperation() override {
    // Backwards: a whole layer is seen before its parts.
    getOperation().walk([&](Block *block) {
      for (Operation &op : llvm::reverse(*block))
        visit(&op);
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*block)))
        if (isOpTriviallyDead(&op))
          op.erase();
    });
  }

private:
  void visit(Operation *op) {
    if (op->getNumResults() != 1 || op->use_empty())
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (!type || !type.getElementType().isF32() || type.getRank() == 0 ||
        type.isDynamicDim(type.getRank() - 1))
      return;
    if (auto softmax = dyn_cast<SoftmaxOp>(op))
      return takeFactor(softmax);
    if (std::optional<Normalization> found = matchNormalization(op);
        found && found->x.getType() == type)
      return replaceByLayerNorm(op, *found);
    if (auto tanh = dyn_cast<TanhOp>(op))
      if (auto found = matchActivation(tanh, tanh.getInput(), getGeluShape(),
                                       /*isClampedSum=*/false))
        return replaceBy<GeluOp>(*found, /*approximate=*/true);
    if (std::optional<Activation> found = matchHardSwish(op))
      replaceBy<HardSwishOp>(*found);
  }

  template <typename OpT, typename... Args>
  void replaceBy(const Activation &found, Args... args) {
    Operation *root = found.root.getDefiningOp();
    OpBuilder builder(root);
    auto layer = OpT::create(builder, root->getLoc(), root->getResultTypes()[0],
                             found.x, args...);
    root->getResult(0).replaceAllUsesWith(layer.getOutput());
    ++numRecognized;
  }

  void replaceByLayerNorm(Operation *op, const Normalization &found) {
    OpBuilder builder(op);
    const int64_t channels =
        cast<RankedTensorType>(found.x.getType()).getShape().back();
    auto parameter = [&](Value value, float missing, StringRef suffix) {
      std::vector<float> elements(channels, missing);
      if (value) {
        auto stored = readFloats(value);
        for (int64_t c = 0; c < channels; ++c)
          elements[c] = (*stored)[stored->size() == 1 ? 0 : c];
      }
      Location loc = value ? value.getLoc()
                           : Location(NameLoc::get(builder.getStringAttr(
                                 getLayerName(op) + suffix)));
      return createFloats(builder, loc, {channels}, elements);
    };
    Value gamma = parameter(found.gamma, 1.0f, "/gamma");
    Value beta = parameter(found.beta, 0.0f, "/beta");
    auto layer = LayerNormOp::create(builder, op->getLoc(),
                                     op->getResultTypes()[0], found.x, gamma,
                                     beta, llvm::APFloat(float(found.epsilon)));
    op->getResult(0).replaceAllUsesWith(layer.getOutput());
    ++numRecognized;
  }

  /// softmax(c * x) is a softmax of x with another beta, for c > 0.
  void takeFactor(SoftmaxOp softmax) {
    OpOperand *use = &softmax->getOpOperand(0);
    if (auto reshape = use->get().getDefiningOp<ReshapeOp>();
        reshape && reshape->hasOneUse())
      use = &reshape->getOpOperand(0);
    Value scaled = use->get();
    if (!scaled.hasOneUse())
      return;
    double factor = 0.0;
    Value x;
    if (auto mul = definingOp<MulOp>(scaled)) {
      for (auto [value, constant] : inBothOrders(mul))
        if (std::optional<float> c = getSplatFloat(constant)) {
          x = value;
          factor = *c;
        }
    } else if (auto div = definingOp<DivOp>(scaled)) {
      if (std::optional<float> c = getSplatFloat(div.getRhs())) {
        x = div.getLhs();
        factor = 1.0 / *c;
      }
    }
    const float beta = float(softmax.getBeta().convertToFloat() * factor);
    if (!x || x.getType() != scaled.getType() || !(factor > 0.0) ||
        !std::isfinite(beta) || beta == 0.0f)
      return;
    use->set(x);
    softmax.setBetaAttr(Builder(softmax).getF32FloatAttr(beta));
    ++numRecognized;
  }
};
} // namespace
