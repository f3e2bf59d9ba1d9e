//===- Contractions.cpp - Convolutions, products, recurrent layers --------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"
#include "pare/Numerics/Lstm.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::c;

static std::string text(int64_t value) { return std::to_string(value); }

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

static constexpr int64_t kOnes[2] = {1, 1};

Window::Window(kernel::ContractOp op)
    : in(typeOf(op.getInput()).getShape()),
      out(typeOf(op.getOutput()).getShape()), strides(op.getStrides()),
      dilations(op.getDilations()), padding(op.getPadding()) {
  ArrayRef<int64_t> filter = typeOf(op.getFilter()).getShape();
  kernel[0] = filter[1];
  kernel[1] = filter[2];
  groups = in[3] / filter[3];
}

Window::Window(kernel::DepthwiseOp op)
    : in(typeOf(op.getInput()).getShape()),
      out(typeOf(op.getOutput()).getShape()), strides(op.getStrides()),
      dilations(op.getDilations()), padding(op.getPadding()) {
  ArrayRef<int64_t> filter = typeOf(op.getFilter()).getShape();
  kernel[0] = filter[1];
  kernel[1] = filter[2];
  groups = in[3];
}

Window::Window(kernel::TransposeConvOp op)
    : in(typeOf(op.getInput()).getShape()),
      out(typeOf(op.getOutput()).getShape()), strides(op.getStrides()),
      dilations(kOnes), padding(op.getPadding()) {
  ArrayRef<int64_t> filter = typeOf(op.getFilter()).getShape();
  kernel[0] = filter[1];
  kernel[1] = filter[2];
}

Window::Window(kernel::SparseContractOp op)
    : in(typeOf(op.getInput()).getShape()),
      out(typeOf(op.getOutput()).getShape()),
      kernel{op.getKernelSize()[0], op.getKernelSize()[1]},
      strides(op.getStrides()), dilations(op.getDilations()),
      padding(op.getPadding()) {}

bool Window::isMatrixProduct() const {
  auto all = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [=](int64_t v) { return v == value; });
  };
  if (groups != 1 || !all(padding, 0) || !all(dilations, 1))
    return false;
  const bool onePixel = kernel[0] == 1 && kernel[1] == 1 && all(strides, 1);
  const bool wholeImage = kernel[0] == in[1] && kernel[1] == in[2];
  return onePixel || wholeImage;
}

void pare::c::defineWindow(const Window &s, LayerWriter &w) {
  auto pair = [](StringRef name, int64_t y, int64_t x, bool isSize = false) {
    std::string prefix = "." + name.str();
    return prefix + (isSize ? "_height = " : "_y = ") + text(y) + ", " +
           prefix + (isSize ? "_width = " : "_x = ") + text(x);
  };
  w.constant(
      "window", "shape",
      {".images = " + text(s.in[0]),
       pair("in", s.in[1], s.in[2], true) + ", .in_channels = " + text(s.in[3]),
       pair("out", s.out[1], s.out[2], true) +
           ", .out_channels = " + text(s.out[3]),
       pair("kernel", s.kernel[0], s.kernel[1], true),
       pair("stride", s.strides[0], s.strides[1]),
       pair("dilation", s.dilations[0], s.dilations[1]),
       ".pad_top = " + text(s.padding[0]) +
           ", .pad_left = " + text(s.padding[2]),
       ".groups = " + text(s.groups)});
}

std::string pare::c::chooseKernel(StringRef name, int64_t part,
                                  const LayerWriter &w) {
  const bool isSmall = w.getLayer().macs * part < w.getNetwork().macs;
  return (w.getNetwork().sharesSmallKernels && isSmall ? "shared_" : "") +
         name.str();
}

/// 8-bit operands, f32 operands, or an error.
static FailureOr<bool> isInteger(Operation *op, ArrayRef<Value> values,
                                 Value bias = {}) {
  const bool real = llvm::all_of(values, isF32) && (!bias || isF32(bias));
  const bool integer =
      llvm::all_of(values, isI8) && (!bias || elementOf(bias).isInteger(32));
  if (real || integer)
    return integer;
  InFlightDiagnostic error = fail(op);
  error << "expected f32, or integers of 8 bits with a bias of 32, found ";
  llvm::interleaveComma(values, error,
                        [&](Value value) { error << value.getType(); });
  return failure();
}

/// Defines the constant `matrix`: the filter as rows of `size` weights.
template <typename OpT>
static void defineMatrix(OpT op, int64_t size, LayerWriter &w) {
  const std::string filter = w.pointer(op.getFilter(), "filter");
  const std::string bias = w.optionalPointer(op.getBias(), "bias");
  const int64_t outputs = typeOf(op.getFilter()).getDimSize(0);
  const bool isConstant =
      getGlobal(op.getFilter()) && (!op.getBias() || getGlobal(op.getBias()));
  w.define(isConstant ? "static const filter_s8" : "const filter_s8", "matrix",
           {".weights = " + filter, ".size = " + text(size),
            ".zero_point = " + text(op.getFilterZeroPoint()), ".bias = " + bias,
            ".first = 0, .last = " + text(outputs)});
}

/// The matrix product that a convolution is.
static void writeProduct(kernel::ContractOp op, bool integer, const Window &s,
                         LayerWriter &w) {
  const int64_t inputs = s.kernel[0] * s.kernel[1] * s.in[3];
  const int64_t rows = s.out[0] * s.out[1] * s.out[2];
  const std::string input = w.pointer(op.getInput(), "input");
  if (!integer) {
    const std::string filter = w.pointer(op.getFilter(), "filter");
    const std::string bias = w.optionalPointer(op.getBias(), "bias");
    w.call("matmul_f32",
           {text(rows), text(inputs), text(s.out[3]), input, filter, bias,
            lowLiteral(op.getEpilogue()), highLiteral(op.getEpilogue()),
            w.pointer(op.getOutput(), "output")});
    return;
  }
  defineMatrix(op, inputs, w);
  w.requantization(op.getEpilogue());
  const std::string output = w.pointer(op.getOutput(), "output");
  w.call("matmul_s8",
         {text(rows), input, text(op.getInputZeroPoint()), "&matrix", "&result",
          w.patches(std::min<int64_t>(rows, 2) * inputs * 2), output});
}

/// A call of `name`_s8 or `name`_f32.
template <typename OpT>
static void writeConvolution(OpT op, StringRef name, bool integer,
                             const Window &s, LayerWriter &w) {
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string filter = w.pointer(op.getFilter(), "filter");
  const std::string bias = w.optionalPointer(op.getBias(), "bias");
  const std::string output = w.pointer(op.getOutput(), "output");
  defineWindow(s, w);
  if (!integer) {
    w.call((name + "_f32").str(),
           {"&shape", input, filter, bias, lowLiteral(op.getEpilogue()),
            highLiteral(op.getEpilogue()), output});
    return;
  }
  w.requantization(op.getEpilogue());
  w.call((name + "_s8").str(),
         {"&shape", input, text(op.getInputZeroPoint()), filter,
          text(op.getFilterZeroPoint()), bias, "&result", output});
}

/// A convolution of int8 that is no matrix product.
static void writeContraction(kernel::ContractOp op, const Window &s,
                             LayerWriter &w) {
  const int64_t size = s.getSize();
  const std::string input = w.pointer(op.getInput(), "input");
  defineWindow(s, w);
  defineMatrix(op, size, w);
  w.requantization(op.getEpilogue());
  const std::string output = w.pointer(op.getOutput(), "output");
  // Two patches of 16 bits and one of 8.
  w.call("contract_s8", {"&shape", input, text(op.getInputZeroPoint()),
                         "&matrix", "&result", w.patches(size * 5), output});
}

/// isInteger of a convolution with a dense filter.
template <typename OpT> static FailureOr<bool> hasIntegers(OpT op) {
  return isInteger(op, {op.getInput(), op.getFilter(), op.getOutput()},
                   op.getBias());
}

/// Writes a layer of integers by the instructions that the target has besides
/// those of C, if it has some that suit the layer.
template <typename OpT>
static bool writeByInstructions(OpT op, const Window &s, LayerWriter &w) {
  const CIsa isa = w.getNetwork().isa;
  return (isa == CIsa::Helium && writeHelium(op, s, w)) ||
         (isa != CIsa::Portable && writeDsp(op, s, w));
}

LogicalResult pare::c::write(kernel::ContractOp op, LayerWriter &w) {
  if (op.getResidual())
    return op.emitOpError("has no C code for a residual");
  FailureOr<bool> integer = hasIntegers(op);
  if (failed(integer))
    return failure();
  const Window s(op);
  if (*integer && writeByInstructions(op, s, w))
    return success();
  if (s.isMatrixProduct())
    writeProduct(op, *integer, s, w);
  else if (*integer)
    writeContraction(op, s, w);
  else
    writeConvolution(op, "contract", /*integer=*/false, s, w);
  return success();
}

LogicalResult pare::c::write(kernel::DepthwiseOp op, LayerWriter &w) {
  FailureOr<bool> integer = hasIntegers(op);
  if (failed(integer))
    return failure();
  const Window s(op);
  if (*integer && writeByInstructions(op, s, w))
    return success();
  const bool multiplied = s.in[3] != s.out[3];
  writeConvolution(
      op, *integer && multiplied ? "depthwise_multiplied" : "depthwise",
      *integer, s, w);
  return success();
}

LogicalResult pare::c::write(kernel::TransposeConvOp op, LayerWriter &w) {
  FailureOr<bool> integer = hasIntegers(op);
  if (failed(integer))
    return failure();
  const Window s(op);
  writeConvolution(op, "transpose_conv", *integer, s, w);
  return success();
}

LogicalResult pare::c::write(kernel::SparseContractOp op, LayerWriter &w) {
  if (op.getResidual())
    return op.emitOpError("has no C code for a residual");
  FailureOr<bool> isIntegers = isInteger(
      op, {op.getInput(), op.getValues(), op.getOutput()}, op.getBias());
  if (failed(isIntegers))
    return failure();
  const bool integer = *isIntegers;
  const Window s(op);
  if (integer && w.getNetwork().isa != CIsa::Portable && writeDsp(op, s, w))
    return success();
  const StringRef suffix = integer ? "s8" : "f32";
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string bias = w.optionalPointer(op.getBias(), "bias");
  const std::string output = w.pointer(op.getOutput(), "output");
  // The lists of the filter may be anywhere, so this is no constant.
  w.line("const sparse_filter_" + suffix + " filter = {");
  w.line("    .positions = " + w.pointer(op.getPositions(), "positions") + ",");
  w.line("    .columns = " + w.pointer(op.getCoordinates(), "coordinates") +
         ",");
  w.line("    .values = " + w.pointer(op.getValues(), "values") + ",");
  w.line("    .block_rows = " + Twine(op.getBlock()[0]) +
         ", .block_columns = " + Twine(op.getBlock()[1]) + ",");
  w.line("};");
  Strings arguments;
  if (s.isMatrixProduct()) {
    arguments = {text(s.out[0] * s.out[1] * s.out[2]),
                 text(s.kernel[0] * s.kernel[1] * s.in[3]), text(s.out[3])};
  } else {
    defineWindow(s, w);
    arguments = {"&shape"};
  }
  arguments.push_back(input);
  if (integer) {
    w.requantization(op.getEpilogue());
    arguments.append(
        {text(op.getInputZeroPoint()), "&filter", bias, "&result"});
  } else {
    arguments.append({"&filter", bias, lowLiteral(op.getEpilogue()),
                      highLiteral(op.getEpilogue())});
  }
  arguments.push_back(output);
  const StringRef name =
      s.isMatrixProduct() ? "sparse_matmul_" : "sparse_contract_";
  w.call((name + suffix).str(), arguments);
  return success();
}

//===----------------------------------------------------------------------===//
// Products of two activations
//===----------------------------------------------------------------------===//

LogicalResult pare::c::write(kernel::BatchMatmulOp op, LayerWriter &w) {
  FailureOr<bool> integer =
      isInteger(op, {op.getLhs(), op.getRhs(), op.getOutput()});
  if (failed(integer))
    return failure();
  ArrayRef<int64_t> lhs = typeOf(op.getLhs()).getShape();
  ArrayRef<int64_t> rhs = typeOf(op.getRhs()).getShape();
  ArrayRef<int64_t> out = typeOf(op.getOutput()).getShape();
  const int64_t rows = out[1], columns = out[2];
  const int64_t depth = lhs[op.getTransposeLhs() ? 1 : 2];
  const StringRef type = *integer ? "matrix_steps" : "matrix_steps_f32";
  auto steps = [&](StringRef name, ArrayRef<int64_t> shape, int64_t outer,
                   int64_t step) {
    const int64_t batch = shape[0] == 1 ? 0 : shape[1] * shape[2];
    w.constant(type, name,
               {".batch = " + text(batch) + ", .outer = " + text(outer) +
                ", .depth = " + text(step)});
  };
  steps("lhs_steps", lhs, op.getTransposeLhs() ? 1 : depth,
        op.getTransposeLhs() ? rows : 1);
  steps("rhs_steps", rhs, op.getTransposeRhs() ? depth : 1,
        op.getTransposeRhs() ? 1 : columns);
  Strings arguments = {text(out[0]),
                       text(rows),
                       text(columns),
                       text(depth),
                       w.pointer(op.getLhs(), "lhs"),
                       "lhs_steps"};
  if (*integer) {
    w.requantization(op.getEpilogue());
    arguments.append({text(op.getLhsZeroPoint()), w.pointer(op.getRhs(), "rhs"),
                      "rhs_steps", text(op.getRhsZeroPoint()), "&result"});
  } else {
    arguments.append({w.pointer(op.getRhs(), "rhs"), "rhs_steps",
                      lowLiteral(op.getEpilogue()),
                      highLiteral(op.getEpilogue())});
  }
  arguments.push_back(w.pointer(op.getOutput(), "output"));
  w.call(*integer ? "batch_matmul_s8" : "batch_matmul_f32", arguments);
  return success();
}

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

/// Batches, steps, sizes and where the vectors of a sequence lie.
template <typename OpT> static Strings sequenceFields(OpT op) {
  ArrayRef<int64_t> in = typeOf(op.getInput()).getShape();
  const int64_t units = typeOf(op.getOutput()).getShape().back();
  const int64_t batches = in[op.getTimeMajor() ? 1 : 0];
  const int64_t steps = in[op.getTimeMajor() ? 0 : 1];
  return {".batches = " + text(batches) + ", .steps = " + text(steps),
          ".inputs = " + text(in[2]) + ", .units = " + text(units),
          ".batch_step = " + text(op.getTimeMajor() ? 1 : steps) +
              ", .time_step = " + text(op.getTimeMajor() ? batches : 1)};
}

static LogicalResult writeIntegerLstm(kernel::LstmOp op, LayerWriter &w) {
  nn::ScalesAttr scales = op.getScalesAttr();
  const int64_t exponent = op.getCellScaleLog2();
  if (scales.getMode() != nn::RequantMode::Fixed || exponent < -15 ||
      exponent > -9)
    return fail(op) << "expected scales in fixed point and a cell scale from "
                       "2^-15 to 2^-9, found "
                    << scales << " and 2^" << exponent;
  auto four = [](ArrayRef<int32_t> values, size_t first) {
    std::string list;
    llvm::raw_string_ostream os(list);
    llvm::interleaveComma(values.slice(first, 4), os);
    return "{" + list + "}";
  };
  ArrayRef<int32_t> multipliers = scales.getMultipliers();
  ArrayRef<int32_t> shifts = scales.getShifts();
  // As pare::prepareLstm does it. 0 stands for no clamp.
  const double clip = op.getCellClip().convertToDouble();
  int64_t high = 0;
  if (clip > 0)
    high = std::min(std::ldexp(clip, -exponent), 32767.0);
  Strings entries;
  for (uint16_t entry : buildSigmoidTable())
    entries.push_back(text(entry));
  const std::string table = w.sharedArray("sigmoid_table", "uint16_t", entries);
  Strings fields = sequenceFields(op);
  fields.append({".input_zero_point = " + text(op.getInputZeroPoint()),
                 ".hidden_zero_point = " + text(op.getHiddenZeroPoint()),
                 ".input_multipliers = " + four(multipliers, 0),
                 ".input_shifts = " + four(shifts, 0),
                 ".hidden_multipliers = " + four(multipliers, 4),
                 ".hidden_shifts = " + four(shifts, 4),
                 ".multiplier = " + text(multipliers[8]) +
                     ", .shift = " + text(shifts[8]),
                 ".cell_exponent = " + text(exponent),
                 ".cell_low = " + text(high == 0 ? -32768 : -high) +
                     ", .cell_high = " + text(high == 0 ? 32767 : high),
                 ".sigmoid_table = " + table});
  w.constant("lstm", "parameters", fields);
  std::string cells = w.pointer(op.getScratch(), "scratch");
  if (!elementOf(op.getScratch()).isInteger(16))
    cells = "(int16_t *)(void *)" + cells;
  w.call("lstm_s8", {"&parameters", w.pointer(op.getInput(), "input"),
                     w.pointer(op.getWeights(), "weights"),
                     w.pointer(op.getRecurrent(), "recurrent"),
                     w.pointer(op.getBias(), "bias"), cells,
                     w.pointer(op.getOutput(), "output")});
  return success();
}

LogicalResult pare::c::write(kernel::LstmOp op, LayerWriter &w) {
  FailureOr<bool> integer = isInteger(
      op, {op.getInput(), op.getWeights(), op.getRecurrent(), op.getOutput()},
      op.getBias());
  if (failed(integer))
    return failure();
  if (*integer)
    return writeIntegerLstm(op, w);
  w.constant("sequence", "shape", sequenceFields(op));
  std::string cells = w.pointer(op.getScratch(), "scratch");
  if (!isF32(op.getScratch()))
    cells = "(float *)(void *)" + cells;
  w.call("lstm_f32", {"&shape", w.pointer(op.getInput(), "input"),
                      w.pointer(op.getWeights(), "weights"),
                      w.pointer(op.getRecurrent(), "recurrent"),
                      w.pointer(op.getBias(), "bias"),
                      floatLiteral(op.getCellClip().convertToFloat()), cells,
                      w.pointer(op.getOutput(), "output")});
  return success();
}

LogicalResult pare::c::write(kernel::GruOp op, LayerWriter &w) {
  w.constant("sequence", "shape", sequenceFields(op));
  std::string scratch = w.pointer(op.getScratch(), "scratch");
  if (!isF32(op.getScratch()))
    scratch = "(float *)(void *)" + scratch;
  w.call("gru_f32", {"&shape", w.pointer(op.getInput(), "input"),
                     w.pointer(op.getWeights(), "weights"),
                     w.pointer(op.getRecurrent(), "recurrent"),
                     w.pointer(op.getBias(), "bias"),
                     w.pointer(op.getRecurrentBias(), "recurrent_bias"),
                     op.getLinearBeforeReset() ? "1" : "0", scratch,
                     w.pointer(op.getOutput(), "output")});
  return success();
}
