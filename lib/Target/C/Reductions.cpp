//===- Reductions.cpp - Pools, reductions and normalization ---------------===//
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

static std::string text(int64_t value) { return std::to_string(value); }

//===----------------------------------------------------------------------===//
// Pools
//===----------------------------------------------------------------------===//

LogicalResult pare::c::write(kernel::PoolOp op, LayerWriter &w) {
  ArrayRef<int64_t> in = typeOf(op.getInput()).getShape();
  ArrayRef<int64_t> out = typeOf(op.getOutput()).getShape();
  ArrayRef<int64_t> kernel = op.getKernel(), strides = op.getStrides();
  ArrayRef<int64_t> padding = op.getPadding();
  const bool real = isF32(op.getInput()) && isF32(op.getOutput());
  if (!real && !(isI8(op.getInput()) && isI8(op.getOutput())))
    return fail(op) << "expected f32 or integers of 8 bits, found "
                    << op.getInput().getType() << " and "
                    << op.getOutput().getType();
  // A window in the padding alone has no average and no maximum.
  for (int d : {0, 1})
    if (std::max(padding[2 * d], padding[2 * d + 1]) >= kernel[d])
      return fail(op) << "expected less padding than the window's size, found "
                      << std::max(padding[2 * d], padding[2 * d + 1]) << " of "
                      << kernel[d];
  w.constant(
      "window", "shape",
      {".images = " + text(in[0]),
       ".in_height = " + text(in[1]) + ", .in_width = " + text(in[2]) +
           ", .in_channels = " + text(in[3]),
       ".out_height = " + text(out[1]) + ", .out_width = " + text(out[2]) +
           ", .out_channels = " + text(out[3]),
       ".kernel_height = " + text(kernel[0]) +
           ", .kernel_width = " + text(kernel[1]),
       ".stride_y = " + text(strides[0]) + ", .stride_x = " + text(strides[1]),
       ".dilation_y = 1, .dilation_x = 1",
       ".pad_top = " + text(padding[0]) + ", .pad_left = " + text(padding[2]),
       ".groups = " + text(in[3])});
  const bool isAverage = op.getKind() == kernel::PoolKind::Average;
  Strings arguments = {"&shape", w.pointer(op.getInput(), "input")};
  if (isAverage)
    arguments.push_back(op.getCountIncludePad() ? "1" : "0");
  if (real) {
    arguments.append(
        {lowLiteral(op.getEpilogue()), highLiteral(op.getEpilogue())});
  } else {
    auto [low, high] = integerBounds(op.getEpilogue());
    if (isAverage)
      arguments.push_back(text(op.getEpilogue().getZeroPoint()));
    arguments.append({intLiteral(low), intLiteral(high)});
  }
  arguments.push_back(w.pointer(op.getOutput(), "output"));
  const bool byHelium =
      w.getNetwork().isa == CIsa::Helium && canPoolByHelium(op);
  w.call(std::string(isAverage ? "average_pool_" : "max_pool_") +
             (real       ? "f32"
              : byHelium ? "mve_s8"
                         : "s8"),
         arguments);
  return success();
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

namespace {
/// What happens inside the loops of a reduction.
struct Combination {
  /// Defines the accumulator, takes in the element `x`, gives the result.
  std::string start;
  std::function<std::string(const std::string &x)> step;
  std::string result;
};
} // namespace

static Combination chooseExtreme(kernel::ReduceOp op) {
  const bool isMaximum = op.getKind() == kernel::ReduceKind::Max;
  Type type = elementOf(op.getOutput());
  const std::string cType = getCType(type).str();
  std::string start = isMaximum ? "-INFINITY" : "INFINITY";
  if (!type.isF32())
    start =
        StringRef(cType).drop_back(2).upper() + (isMaximum ? "_MIN" : "_MAX");
  Combination result;
  result.start = cType + " best = " + start + ";";
  result.step = [=](const std::string &x) {
    return "best = " + x + (isMaximum ? " > " : " < ") + "best ? " + x +
           " : best;";
  };
  result.result = "best";
  return result;
}

static Combination addUp(kernel::ReduceOp op, int64_t count) {
  Combination result;
  if (isF32(op.getOutput())) {
    result.start = "float sum = 0.0f;";
    result.step = [](const std::string &x) { return "sum += " + x + ";"; };
    result.result = "sum";
    if (op.getKind() == kernel::ReduceKind::Mean)
      result.result += " / " + floatLiteral(count);
    result.result = clampF32(result.result, op.getEpilogue());
    return result;
  }
  const int64_t zero = op.getInputZeroPoint();
  result.start = "uint32_t sum = 0;";
  result.step = [=](const std::string &x) {
    return "sum += (uint32_t)" + minus(x, zero) + ";";
  };
  result.result = "(" + getCType(elementOf(op.getOutput())).str() +
                  ")requantize(&result, (int32_t)sum, 0)";
  return result;
}

LogicalResult pare::c::write(kernel::ReduceOp op, LayerWriter &w) {
  Type type = elementOf(op.getInput());
  const bool isExtreme = op.getKind() == kernel::ReduceKind::Max ||
                         op.getKind() == kernel::ReduceKind::Min;
  if (elementOf(op.getOutput()) != type || type.isF16() || type.isInteger(1) ||
      (!isExtreme && (type.isInteger(32) || type.isInteger(64))))
    return fail(op) << "there is no reduction of " << op.getInput().getType()
                    << " to " << op.getOutput().getType();
  ArrayRef<int64_t> shape = typeOf(op.getInput()).getShape();
  const SmallVector<int64_t> strides = stridesOf(shape);
  // The loops of what is kept, which also walk over the output, and inside
  // those over what is reduced.
  Nest kept, reduced;
  SmallVector<int64_t> keptSizes, inputStrides;
  reduced.strides.resize(1);
  int64_t count = 1;
  for (auto [d, size] : llvm::enumerate(shape)) {
    if (llvm::is_contained(op.getAxes(), static_cast<int64_t>(d))) {
      reduced.sizes.push_back(size);
      reduced.strides[0].push_back(strides[d]);
      count *= size;
    } else {
      keptSizes.push_back(size);
      inputStrides.push_back(strides[d]);
    }
  }
  kept.sizes = keptSizes;
  kept.strides = {inputStrides, stridesOf(keptSizes)};
  kept.simplify();
  reduced.simplify();

  if (!isExtreme && !type.isF32())
    w.requantization(op.getEpilogue());
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  const Combination combine = isExtreme ? chooseExtreme(op) : addUp(op, count);
  w.loops(kept, {0, 0}, [&](ArrayRef<std::string> i) {
    w.line(combine.start);
    w.loops(reduced, {0}, [&](ArrayRef<std::string> j) {
      std::string index = i[0] == "0" ? j[0] : i[0];
      if (i[0] != "0" && j[0] != "0")
        index += " + " + j[0];
      w.line(combine.step(input + "[" + index + "]"));
    });
    w.line(output + "[" + i[1] + "] = " + combine.result + ";");
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

LogicalResult pare::c::write(kernel::SoftmaxOp op, LayerWriter &w) {
  MemRefType type = typeOf(op.getInput());
  const int64_t rows = rowsOf(type);
  const int64_t size = type.getNumElements() / rows;
  const std::string input = w.pointer(op.getInput(), "input");
  if (isI8(op.getInput()) && isI8(op.getOutput())) {
    const std::string table = w.pointer(op.getTable(), "table");
    w.call("softmax_s8", {text(rows), text(size), input, table,
                          w.pointer(op.getOutput(), "output")});
    return success();
  }
  if (!isF32(op.getInput()) || !isF32(op.getOutput()))
    return fail(op) << "expected f32 or integers of 8 bits, found "
                    << op.getInput().getType() << " and "
                    << op.getOutput().getType();
  w.call(op.getLog() ? "log_softmax_f32" : "softmax_f32",
         {text(rows), text(size), input,
          floatLiteral(op.getBeta().convertToFloat()),
          w.pointer(op.getOutput(), "output")});
  return success();
}

LogicalResult pare::c::write(kernel::LayerNormOp op, LayerWriter &w) {
  MemRefType type = typeOf(op.getInput());
  const int64_t rows = rowsOf(type);
  w.call("layer_norm_f32",
         {text(rows), text(type.getNumElements() / rows),
          w.pointer(op.getInput(), "input"), w.pointer(op.getGamma(), "gamma"),
          w.pointer(op.getBeta(), "beta"),
          floatLiteral(op.getEpsilon().convertToFloat()),
          w.pointer(op.getOutput(), "output")});
  return success();
}
