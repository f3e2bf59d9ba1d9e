//===- Elementwise.cpp - Functions of elements ----------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

/// A nest over all elements of buffers of one size.
static Nest flatNest(Value value, unsigned numBuffers) {
  Nest nest;
  nest.sizes = {typeOf(value).getNumElements()};
  nest.strides.assign(numBuffers, {1});
  nest.simplify();
  return nest;
}

static std::string at(const std::string &pointer, StringRef index) {
  return pointer + "[" + index.str() + "]";
}

/// `x` converted to the elements of `output`.
static std::string cast(Value output, const std::string &x) {
  return "(" + getCType(elementOf(output)).str() + ")" + x;
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

/// The strides of a buffer of shape `own` that is broadcast to `result`.
static SmallVector<int64_t> broadcastStrides(ArrayRef<int64_t> result,
                                             ArrayRef<int64_t> own) {
  SmallVector<int64_t> strides(result.size() - own.size(), 0);
  for (auto [size, stride] : llvm::zip_equal(own, stridesOf(own)))
    strides.push_back(size == 1 ? 0 : stride);
  return strides;
}

static std::string realFunction(kernel::BinaryKind kind, const std::string &a,
                                const std::string &b) {
  switch (kind) {
  case kernel::BinaryKind::Add:
    return a + " + " + b;
  case kernel::BinaryKind::Sub:
    return a + " - " + b;
  case kernel::BinaryKind::Mul:
    return a + " * " + b;
  case kernel::BinaryKind::Div:
    return a + " / " + b;
  case kernel::BinaryKind::Maximum:
    return "maximum_f32(" + a + ", " + b + ")";
  case kernel::BinaryKind::Minimum:
    return "minimum_f32(" + a + ", " + b + ")";
  case kernel::BinaryKind::SquaredDifference:
    return "squared_difference(" + a + ", " + b + ")";
  case kernel::BinaryKind::Pow:
    return "powf(" + a + ", " + b + ")";
  case kernel::BinaryKind::Prelu:
    return "leaky_relu(" + a + ", " + b + ")";
  }
  llvm_unreachable("unknown kind");
}

/// Defines the constant `sum` for add and sub.
static void defineAddition(kernel::BinaryOp op, LayerWriter &w) {
  nn::ScalesAttr scales = op.getEpilogue().getScales();
  const int64_t zero = op.getEpilogue().getZeroPoint();
  auto [low, high] = integerBounds(op.getEpilogue());
  const std::string zeros =
      ".lhs_zero_point = " + std::to_string(op.getLhsZeroPoint()) +
      ", .rhs_zero_point = " + std::to_string(op.getRhsZeroPoint());
  const std::string zeroPoint = ".zero_point = " + std::to_string(zero);
  if (scales.getMode() == nn::RequantMode::Float) {
    ArrayRef<float> factors = scales.getFactors();
    w.constant("addition", "sum",
               {zeros,
                ".lhs_factor = " + floatLiteral(factors[0]) +
                    ", .rhs_factor = " + floatLiteral(factors[1]),
                zeroPoint,
                ".low = " + floatLiteral(low - zero) +
                    ", .high = " + floatLiteral(high - zero)});
    return;
  }
  ArrayRef<int32_t> multipliers = scales.getMultipliers();
  ArrayRef<int32_t> shifts = scales.getShifts();
  auto factor = [&](StringRef prefix, unsigned i) {
    return "." + prefix.str() + "multiplier = " + intLiteral(multipliers[i]) +
           ", ." + prefix.str() + "shift = " + std::to_string(shifts[i]);
  };
  // As pare::prepareAdd chooses it.
  const bool wide = elementOf(op.getOutput()).isInteger(16);
  w.constant("addition", "sum",
             {".left_shift = " + std::to_string(wide ? 15 : 20), zeros,
              factor("lhs_", 0), factor("rhs_", 1), factor("", 2), zeroPoint,
              ".low = " + intLiteral(low) + ", .high = " + intLiteral(high)});
}

/// True if add_narrow of requantize_fixed.h gives the sum.
static bool canAddNarrow(kernel::BinaryOp op) {
  nn::ScalesAttr scales = op.getEpilogue().getScales();
  if (!isI8(op.getOutput()) || scales.getMode() != nn::RequantMode::Fixed)
    return false;
  // Of both summands and of the sum.
  static constexpr int32_t kGreatestShifts[] = {0, 0, -1};
  for (auto [multiplier, shift, greatest] : llvm::zip_equal(
           scales.getMultipliers().asArrayRef(),
           scales.getShifts().asArrayRef(), ArrayRef(kGreatestShifts)))
    if (multiplier < 0 || shift > greatest || shift < -30)
      return false;
  return true;
}

/// Writes loops that store `function(lhs, rhs)`.
static void
zip(kernel::BinaryOp op, LayerWriter &w,
    function_ref<std::string(const std::string &, const std::string &)>
        function) {
  ArrayRef<int64_t> shape = typeOf(op.getOutput()).getShape();
  const std::string lhs = w.pointer(op.getLhs(), "lhs");
  const std::string rhs = w.pointer(op.getRhs(), "rhs");
  const std::string output = w.pointer(op.getOutput(), "output");
  Nest nest;
  nest.sizes.assign(shape.begin(), shape.end());
  nest.strides = {broadcastStrides(shape, typeOf(op.getLhs()).getShape()),
                  broadcastStrides(shape, typeOf(op.getRhs()).getShape()),
                  stridesOf(shape)};
  nest.simplify();
  w.loops(nest, {0, 0, 0}, [&](ArrayRef<std::string> i) {
    w.line(at(output, i[2]) + " = " + function(at(lhs, i[0]), at(rhs, i[1])) +
           ";");
  });
}

LogicalResult pare::c::write(kernel::BinaryOp op, LayerWriter &w) {
  const kernel::BinaryKind kind = op.getKind();
  Type type = elementOf(op.getOutput());
  if (elementOf(op.getLhs()) != type || elementOf(op.getRhs()) != type ||
      !(type.isF32() || type.isInteger(8) || type.isInteger(16) ||
        (type.isInteger(32) && !op.getEpilogue().getScales())))
    return fail(op) << "expected f32 or integers of one type, found "
                    << op.getLhs().getType() << ", " << op.getRhs().getType()
                    << " and " << op.getOutput().getType();
  if (type.isF32()) {
    zip(op, w, [&](const std::string &a, const std::string &b) {
      return clampF32(realFunction(kind, a, b), op.getEpilogue());
    });
    return success();
  }
  if (kind == kernel::BinaryKind::Add || kind == kernel::BinaryKind::Sub) {
    const bool isAdd = kind == kernel::BinaryKind::Add;
    defineAddition(op, w);
    if (w.getNetwork().isa == CIsa::Helium && canAddByHelium(op)) {
      const std::string lhs = w.pointer(op.getLhs(), "lhs");
      const std::string rhs = w.pointer(op.getRhs(), "rhs");
      w.call("add_mve_s8",
             {std::to_string(typeOf(op.getOutput()).getNumElements()), lhs, rhs,
              "&sum", w.pointer(op.getOutput(), "output")});
      return success();
    }
    const bool isNarrow =
        isAdd && w.getNetwork().isa != CIsa::Portable && canAddNarrow(op);
    zip(op, w, [&](const std::string &a, const std::string &b) {
      const std::string operands = "(&sum, " + a + ", " + b + ")";
      if (isNarrow)
        return "add_narrow" + operands;
      return cast(op.getOutput(),
                  (isAdd ? "add_quantized" : "subtract_quantized") + operands);
    });
    return success();
  }
  if (kind == kernel::BinaryKind::Mul) {
    w.requantization(op.getEpilogue());
    zip(op, w, [&](const std::string &a, const std::string &b) {
      return cast(op.getOutput(), "requantize(&result, " +
                                      minus(a, op.getLhsZeroPoint()) + " * " +
                                      minus(b, op.getRhsZeroPoint()) + ", 0)");
    });
    return success();
  }
  if (kind != kernel::BinaryKind::Maximum &&
      kind != kernel::BinaryKind::Minimum)
    return fail(op) << "there is no integer form of "
                    << kernel::stringifyBinaryKind(kind);
  auto [low, high] = integerBounds(op.getEpilogue());
  const std::string bounds = ", " + intLiteral(low) + ", " + intLiteral(high);
  zip(op, w, [&](const std::string &a, const std::string &b) {
    return cast(op.getOutput(),
                "clamp_s32(" +
                    std::string(kind == kernel::BinaryKind::Maximum
                                    ? "maximum_s32("
                                    : "minimum_s32(") +
                    a + ", " + b + ")" + bounds + ")");
  });
  return success();
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

static std::string realFunction(kernel::UnaryOp op, const std::string &x) {
  switch (op.getKind()) {
  case kernel::UnaryKind::Clip:
    return x;
  case kernel::UnaryKind::LeakyRelu:
    return "leaky_relu(" + x + ", " +
           floatLiteral(op.getAlpha()->convertToDouble()) + ")";
  case kernel::UnaryKind::HardSwish:
    return "hard_swish(" + x + ")";
  case kernel::UnaryKind::Sigmoid:
    return "sigmoid(" + x + ")";
  case kernel::UnaryKind::Tanh:
    return "tanhf(" + x + ")";
  case kernel::UnaryKind::Gelu:
    return "gelu(" + x + ")";
  case kernel::UnaryKind::GeluTanh:
    return "gelu_by_tanh(" + x + ")";
  case kernel::UnaryKind::Sqrt:
    return "sqrtf(" + x + ")";
  case kernel::UnaryKind::Rsqrt:
    return "1.0f / sqrtf(" + x + ")";
  case kernel::UnaryKind::Exp:
    return "expf(" + x + ")";
  case kernel::UnaryKind::Log:
    return "logf(" + x + ")";
  case kernel::UnaryKind::Abs:
    return "fabsf(" + x + ")";
  case kernel::UnaryKind::Neg:
    return "-" + x;
  }
  llvm_unreachable("unknown kind");
}

LogicalResult pare::c::write(kernel::UnaryOp op, LayerWriter &w) {
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  w.loops(flatNest(op.getOutput(), 2), {0, 0}, [&](ArrayRef<std::string> i) {
    w.line(at(output, i[1]) + " = " +
           clampF32(realFunction(op, at(input, i[0])), op.getEpilogue()) + ";");
  });
  return success();
}

LogicalResult pare::c::write(kernel::TableOp op, LayerWriter &w) {
  if (!isI8(op.getOutput()))
    return fail(op) << "expected a result of 8 bits, found "
                    << op.getOutput().getType();
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string table = w.pointer(op.getTable(), "table");
  const std::string output = w.pointer(op.getOutput(), "output");
  w.loops(flatNest(op.getOutput(), 2), {0, 0}, [&](ArrayRef<std::string> i) {
    w.line(at(output, i[1]) + " = " + at(table, at(input, i[0]) + " + 128") +
           ";");
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Changes of type
//===----------------------------------------------------------------------===//

/// What the loop of a conversion stores.
static std::string quantized(kernel::ConvertOp op, const std::string &x) {
  const int64_t zero = op.getEpilogue().getZeroPoint();
  auto [low, high] = integerBounds(op.getEpilogue());
  const std::string scale = floatLiteral(op.getScale().convertToFloat());
  const std::string rounded = "quantize_f32(" + x + ", " + scale + ", " +
                              intLiteral(low - zero) + ", " +
                              intLiteral(high - zero) + ")";
  if (op.getKind() == kernel::ConvertKind::FakeQuant)
    return scale + " * (float)" + rounded;
  return minus(rounded, -zero);
}

static std::string dequantized(kernel::ConvertOp op, const std::string &x) {
  const int64_t zero = op.getInputZeroPoint();
  const bool isWide = elementOf(op.getInput()).isInteger(32);
  const std::string difference = minus(isWide ? "(int64_t)" + x : x, zero);
  return floatLiteral(op.getScale().convertToFloat()) + " * (float)" +
         difference;
}

static std::string requantized(kernel::ConvertOp op, const std::string &x,
                               LayerWriter &w) {
  kernel::EpilogueAttr epilogue = op.getEpilogue();
  nn::ScalesAttr scales = epilogue.getScales();
  const int64_t inputZero = op.getInputZeroPoint();
  // Only 32-bit inputs can overflow here.
  const bool isWide = elementOf(op.getInput()).isInteger(32);
  std::string difference = minus(x, inputZero);
  if (isWide && inputZero != 0)
    difference = "add_wrapping(" + x + ", " + intLiteral(-inputZero) + ")";
  if (scales && scales.getMode() == w.getNetwork().mode)
    return "requantize(&result, " + difference + ", 0)";
  std::string scaled = difference;
  if (scales)
    scaled = "multiply_fixed(" + difference + ", " +
             intLiteral(scales.getMultipliers()[0]) + ", " +
             intLiteral(scales.getShifts()[0]) + ")";
  auto [low, high] = integerBounds(epilogue);
  const int64_t zero = epilogue.getZeroPoint();
  const std::string moved =
      zero == 0 ? scaled
                : "add_wrapping(" + scaled + ", " + intLiteral(zero) + ")";
  return "clamp_s32(" + moved + ", " + intLiteral(low) + ", " +
         intLiteral(high) + ")";
}

static std::string converted(kernel::ConvertOp op, const std::string &x) {
  Type from = elementOf(op.getInput()), to = elementOf(op.getOutput());
  if (to.isInteger(1))
    return x + " != 0";
  if (from.isF16())
    return "half_to_f32(" + x + ")";
  if (from.isF32() && !to.isF32())
    return "truncate_f32(" + x + ", " +
           std::to_string(to.getIntOrFloatBitWidth()) + ")";
  return x;
}

LogicalResult pare::c::write(kernel::ConvertOp op, LayerWriter &w) {
  using Kind = kernel::ConvertKind;
  const Kind kind = op.getKind();
  Type from = elementOf(op.getInput()), to = elementOf(op.getOutput());
  kernel::EpilogueAttr epilogue = op.getEpilogue();
  const bool toInteger = kind == Kind::Quantize || kind == Kind::Requantize;
  const bool fromInteger = kind == Kind::Dequantize || kind == Kind::Requantize;
  auto fits = [](Type type, bool integer) {
    return integer
               ? type.isInteger(8) || type.isInteger(16) || type.isInteger(32)
               : type.isF32();
  };
  bool supported = fits(from, fromInteger) && fits(to, toInteger);
  if (kind == Kind::Cast)
    supported = !to.isF16() && (!from.isF16() || to.isF32());
  if (!supported)
    return fail(op) << "there is no conversion '"
                    << kernel::stringifyConvertKind(kind) << "' of "
                    << op.getInput().getType() << " to "
                    << op.getOutput().getType();
  std::string input = w.pointer(op.getInput(), "input");
  std::string output = w.pointer(op.getOutput(), "output");
  std::string toType = getCType(to).str();
  if (op.getUnsignedInput() && !from.isInteger(32))
    input = "((const u" + getCType(from).str() + " *)" + input + ")";
  // Bounds that only an unsigned integer can hold.
  const unsigned bits = to.getIntOrFloatBitWidth();
  if (toInteger && bits < 32 &&
      epilogue.getHighBound() > double((int64_t(1) << (bits - 1)) - 1) &&
      epilogue.getLowBound() >= 0) {
    toType = "u" + toType;
    output = "((" + toType + " *)" + output + ")";
  }
  nn::ScalesAttr scales = epilogue.getScales();
  if (kind == Kind::Requantize && scales &&
      scales.getMode() == w.getNetwork().mode)
    w.requantization(epilogue);
  w.loops(flatNest(op.getOutput(), 2), {0, 0}, [&](ArrayRef<std::string> i) {
    const std::string x = at(input, i[0]);
    const std::string value = kind == Kind::Dequantize   ? dequantized(op, x)
                              : kind == Kind::Requantize ? requantized(op, x, w)
                              : kind == Kind::Cast       ? converted(op, x)
                                                         : quantized(op, x);
    const bool isReal = to.isF32() && kind != Kind::Cast;
    w.line(at(output, i[1]) + " = " +
           (isReal ? value
                   : "(" + toType + ")" +
                         (kind == Kind::Cast ? "(" + value + ")" : value)) +
           ";");
  });
  return success();
}
