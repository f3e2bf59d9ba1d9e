//===- Movement.cpp - Copies, fills, gathers and resizes ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerWriter.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

static std::string text(int64_t value) { return std::to_string(value); }

/// "&buffer[index]", shorter for the first element.
static std::string addressOf(const std::string &pointer, StringRef index) {
  return index == "0" ? pointer : "&" + pointer + "[" + index.str() + "]";
}

/// "count * sizeof(*pointer)" bytes.
static std::string bytesOf(int64_t count, Value value) {
  const unsigned bytes =
      std::max(8u, typeOf(value).getElementTypeBitWidth()) / 8;
  if (bytes == 1)
    return text(count);
  return text(count) + " * sizeof(" + getCType(elementOf(value)).str() + ")";
}

LogicalResult pare::c::write(kernel::CopyOp op, LayerWriter &w) {
  Nest nest;
  nest.sizes.assign(op.getSizes().begin(), op.getSizes().end());
  nest.strides = {llvm::to_vector(op.getInputStrides()),
                  llvm::to_vector(op.getOutputStrides())};
  nest.simplify();
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  // Consecutive elements are copied at once.
  int64_t run = 1;
  if (!nest.sizes.empty() && nest.strides[0].back() == 1 &&
      nest.strides[1].back() == 1) {
    run = nest.sizes.pop_back_val();
    nest.strides[0].pop_back();
    nest.strides[1].pop_back();
  }
  w.loops(nest, {op.getInputOffset(), op.getOutputOffset()},
          [&](ArrayRef<std::string> i) {
            if (run == 1)
              w.line(output + "[" + i[1] + "] = " + input + "[" + i[0] + "];");
            else
              w.call("memcpy", {addressOf(output, i[1]), addressOf(input, i[0]),
                                bytesOf(run, op.getOutput())});
          });
  return success();
}

LogicalResult pare::c::write(kernel::FillOp op, LayerWriter &w) {
  const std::string output = w.pointer(op.getOutput(), "output");
  const int64_t count = typeOf(op.getOutput()).getNumElements();
  std::string value;
  bool isZero = false;
  if (auto real = dyn_cast<FloatAttr>(op.getValue())) {
    if (!real.getType().isF32())
      return fail(op) << "there is no literal of " << real.getType();
    value = floatLiteral(real.getValue().convertToFloat());
    isZero = real.getValue().isPosZero();
  } else if (auto integer = dyn_cast<IntegerAttr>(op.getValue())) {
    const bool isBool = integer.getType().isInteger(1);
    const int64_t number = isBool ? integer.getValue().getZExtValue()
                                  : integer.getValue().getSExtValue();
    value = intLiteral(number);
    isZero = number == 0;
  } else {
    return fail(op) << "expected a number, found " << op.getValue();
  }
  const bool isByte = typeOf(op.getOutput()).getElementTypeBitWidth() <= 8;
  if (isZero || isByte) {
    w.call("memset",
           {output, isZero ? "0" : value, bytesOf(count, op.getOutput())});
    return success();
  }
  Nest nest;
  nest.sizes = {count};
  nest.strides = {{1}};
  nest.simplify();
  w.loops(nest, {0}, [&](ArrayRef<std::string> i) {
    w.line(output + "[" + i[0] + "] = " + value + ";");
  });
  return success();
}

LogicalResult pare::c::write(kernel::GatherOp op, LayerWriter &w) {
  // BxOxRxI, by BxJ, to BxOxJxI.
  ArrayRef<int64_t> table = typeOf(op.getTable()).getShape();
  ArrayRef<int64_t> out = typeOf(op.getOutput()).getShape();
  const int64_t rows = table[2], size = table[3], chosen = out[2];
  Nest nest;
  nest.sizes = {out[0], out[1], chosen};
  nest.strides = {{table[1] * rows * size, rows * size, 0},
                  {chosen, 0, 1},
                  {out[1] * chosen * size, chosen * size, size}};
  nest.simplify();
  const std::string from = w.pointer(op.getTable(), "table");
  const std::string indices = w.pointer(op.getIndices(), "indices");
  const std::string output = w.pointer(op.getOutput(), "output");
  w.loops(nest, {0, 0, 0}, [&](ArrayRef<std::string> i) {
    const std::string row =
        "clamp_index(" + indices + "[" + i[1] + "], " + text(rows) + ")";
    std::string index = size == 1 ? row : row + " * " + text(size);
    if (i[0] != "0")
      index = i[0] + " + " + index;
    if (size == 1)
      w.line(output + "[" + i[2] + "] = " + from + "[" + index + "];");
    else
      w.call("memcpy", {addressOf(output, i[2]), addressOf(from, index),
                        bytesOf(size, op.getOutput())});
  });
  return success();
}

LogicalResult pare::c::write(kernel::ResizeOp op, LayerWriter &w) {
  ArrayRef<int64_t> in = typeOf(op.getInput()).getShape();
  ArrayRef<int64_t> out = typeOf(op.getOutput()).getShape();
  const std::string input = w.pointer(op.getInput(), "input");
  const std::string output = w.pointer(op.getOutput(), "output");
  const std::string corners = op.getAlignCorners() ? "1" : "0";
  const std::string centers = op.getHalfPixelCenters() ? "1" : "0";
  if (op.getBilinear()) {
    w.call("resize_bilinear",
           {text(in[0]), text(in[1]), text(in[2]), text(in[3]), text(out[1]),
            text(out[2]), corners, centers, input, output});
    return success();
  }
  // Pixels are copied whole. Not simplified: row and column keep their loops.
  Nest nest;
  nest.sizes = {out[0], out[1], out[2]};
  nest.strides = {{in[1], 0, 0},
                  {out[1] * out[2] * out[3], out[2] * out[3], out[3]}};
  w.loops(nest, {0, 0}, [&](ArrayRef<std::string> i) {
    auto nearest = [&](StringRef variable, int64_t from, int64_t to) {
      return "nearest_row(" + variable.str() + ", " + text(from) + ", " +
             text(to) + ", " + corners + ", " + centers + ")";
    };
    w.line("const int32_t y = " + i[0] + " + " + nearest("i1", in[1], out[1]) +
           ";");
    w.line("const int32_t x = " + nearest("i2", in[2], out[2]) + ";");
    const std::string pixel = "(y * " + text(in[2]) + " + x) * " + text(in[3]);
    w.call("memcpy", {addressOf(output, i[1]), addressOf(input, pixel),
                      bytesOf(in[3], op.getOutput())});
  });
  return success();
}
