//===- LayerWriter.cpp - The function of one layer ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerWriter.h"
#include "pare/Dialect/NN/IR/Scales.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace pare;
using namespace pare::c;

//===----------------------------------------------------------------------===//
// Pieces of expressions
//===----------------------------------------------------------------------===//

SmallVector<int64_t> pare::c::stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d > 1; --d)
    strides[d - 2] = strides[d - 1] * shape[d - 1];
  return strides;
}

int64_t pare::c::rowsOf(MemRefType type) {
  return type.getRank() == 0 ? 1
                             : type.getNumElements() / type.getShape().back();
}

std::string pare::c::lowLiteral(kernel::EpilogueAttr epilogue) {
  return floatLiteral(static_cast<float>(epilogue.getLowBound()));
}

std::string pare::c::highLiteral(kernel::EpilogueAttr epilogue) {
  return floatLiteral(static_cast<float>(epilogue.getHighBound()));
}

std::string pare::c::clampF32(const std::string &expression,
                              kernel::EpilogueAttr epilogue) {
  if (std::isinf(epilogue.getLowBound()) && std::isinf(epilogue.getHighBound()))
    return expression;
  return "clamp_f32(" + expression + ", " + lowLiteral(epilogue) + ", " +
         highLiteral(epilogue) + ")";
}

std::pair<int64_t, int64_t>
pare::c::integerBounds(kernel::EpilogueAttr epilogue) {
  auto bound = [](double value) -> int64_t {
    return std::clamp<double>(value, std::numeric_limits<int32_t>::min(),
                              std::numeric_limits<int32_t>::max());
  };
  return {bound(std::ceil(epilogue.getLowBound())),
          bound(std::floor(epilogue.getHighBound()))};
}

std::string pare::c::minus(const std::string &expression, int64_t value) {
  if (value == 0)
    return expression;
  return "(" + expression + (value < 0 ? " + " : " - ") +
         std::to_string(std::abs(value)) + ")";
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void Nest::simplify() {
  Nest simple;
  simple.strides.resize(strides.size());
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 1)
      continue;
    bool joins = !simple.sizes.empty();
    for (auto [own, joined] : llvm::zip_equal(strides, simple.strides))
      joins = joins && joined.back() == own[d] * sizes[d];
    if (joins) {
      simple.sizes.back() *= sizes[d];
    } else {
      simple.sizes.push_back(sizes[d]);
    }
    for (auto [own, joined] : llvm::zip_equal(strides, simple.strides)) {
      if (joins)
        joined.back() = own[d];
      else
        joined.push_back(own[d]);
    }
  }
  *this = std::move(simple);
}

/// The index `first` plus the variables times `strides`.
static std::string indexExpression(int64_t first, ArrayRef<int64_t> strides,
                                   unsigned firstVariable) {
  std::string text = first == 0 ? "" : std::to_string(first);
  for (auto [d, stride] : llvm::enumerate(strides)) {
    if (stride == 0)
      continue;
    if (!text.empty() || stride < 0)
      text += text.empty() ? "-" : stride < 0 ? " - " : " + ";
    text += "i" + std::to_string(firstVariable + d);
    if (std::abs(stride) != 1)
      text += " * " + std::to_string(std::abs(stride));
  }
  return text.empty() ? "0" : text;
}

void LayerWriter::loops(const Nest &nest, ArrayRef<int64_t> first,
                        function_ref<void(ArrayRef<std::string>)> body) {
  const unsigned outer = loopDepth;
  for (int64_t size : nest.sizes) {
    const std::string i = "i" + std::to_string(loopDepth++);
    line("for (int32_t " + i + " = 0; " + i + " < " + Twine(size) + "; ++" + i +
         ") {");
    indent += 2;
  }
  Strings indices;
  for (auto [start, strides] : llvm::zip_equal(first, nest.strides))
    indices.push_back(indexExpression(start, strides, outer));
  body(indices);
  while (loopDepth > outer) {
    --loopDepth;
    indent -= 2;
    line("}");
  }
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

LayerWriter::LayerWriter(Network &network, const NetworkLayer &layer)
    : network(network), layer(layer) {}

std::string LayerWriter::pointer(Value value, StringRef role) {
  if (memref::GlobalOp global = getGlobal(value)) {
    network.unpackedGlobals.insert(global);
    unpackedGlobals.insert(global);
    const std::string &name = network.globals.find(global)->second;
    useTable(name, getCType(elementOf(value)), role);
    return name;
  }
  // A part of a buffer is a parameter of its own: stripes of one layer are
  // calls of one function then.
  Value root = kernel::getUnshapedBuffer(value);
  const bool isWritten = role == "output" || role == "scratch";
  unsigned sameRole = 0;
  for (Parameter &parameter : parameters) {
    if (parameter.root == root) {
      parameter.isWritten |= isWritten;
      return parameter.name;
    }
    sameRole += StringRef(parameter.name).starts_with(role);
  }
  std::string name = role.str();
  if (sameRole != 0)
    name += "_" + std::to_string(sameRole + 1);
  parameters.push_back({root, name, isWritten});
  return name;
}

std::string LayerWriter::optionalPointer(Value value, StringRef role) {
  return value ? pointer(value, role) : "0";
}

void LayerWriter::line(const Twine &text) {
  constexpr size_t kColumns = 80;
  llvm::raw_string_ostream os(body);
  std::string whole = std::string(indent, ' ') + text.str();
  StringRef rest = whole;
  // Long statements go on, four columns further, behind a comma or an equals
  // sign.
  for (size_t hang = 0; rest.size() + hang > kColumns; hang = indent + 4) {
    StringRef fitting = rest.take_front(kColumns - hang + 1);
    size_t comma = fitting.rfind(", "), equals = fitting.rfind(" = ");
    size_t end = comma == StringRef::npos ? 0 : comma + 1;
    if (equals != StringRef::npos)
      end = std::max(end, equals + 2);
    if (end == 0)
      break;
    os << rest.take_front(end) << "\n" << std::string(indent + 4, ' ');
    rest = rest.drop_front(end + 1);
  }
  os << rest << "\n";
}

void LayerWriter::call(StringRef head, ArrayRef<std::string> arguments) {
  llvm::raw_string_ostream os(body);
  writeCall(os, std::string(indent, ' ') + head.str() + "(", arguments, ");");
  os << "\n";
}

void LayerWriter::constant(StringRef type, StringRef name,
                           ArrayRef<std::string> fields) {
  define(("static const " + type).str(), name, fields);
}

std::string LayerWriter::patches(int64_t bytes, StringRef type) {
  if (room.empty() || room.back().op != current)
    room.push_back({current, 0, type.str(),
                    room.empty()
                        ? "patches"
                        : "patches_" + std::to_string(room.size() + 1)});
  room.back().bytes = std::max(room.back().bytes, bytes);
  return room.back().name;
}

void LayerWriter::define(StringRef type, StringRef name,
                         ArrayRef<std::string> fields) {
  line(type + " " + name + " = {");
  for (const std::string &field : fields)
    line("    " + field + ",");
  line("};");
}

std::string LayerWriter::array(StringRef name, StringRef type,
                               ArrayRef<std::string> literals) {
  if (literals.size() <= 4) {
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::interleaveComma(literals, os);
    line("static const " + type + " " + name + "[" + Twine(literals.size()) +
         "] = {" + text + "};");
    return name.str();
  }
  // Layers with the same numbers share them: stripes of one layer do.
  std::string contents = (type + ":").str() + llvm::join(literals, ",");
  auto [known, isNew] = network.arrays.try_emplace(contents);
  if (isNew)
    known->second = network.names.add(layer.identifier + "_" + name.str());
  useTable(known->second, type, name);
  if (!isNew)
    return known->second;
  llvm::raw_string_ostream os(tables);
  os << "\n" << toMacro(network.name) << "_WEIGHTS ";
  writeArray(os, known->second, type, literals);
  return known->second;
}

std::string LayerWriter::sharedArray(StringRef name, StringRef type,
                                     ArrayRef<std::string> literals) {
  auto [known, isNew] = network.sharedArrays.try_emplace(name);
  if (isNew) {
    known->second = network.names.add(name);
    llvm::raw_string_ostream os(tables);
    os << "\n" << toMacro(network.name) << "_WEIGHTS ";
    writeArray(os, known->second, type, literals);
  }
  return known->second;
}

void LayerWriter::requantization(kernel::EpilogueAttr epilogue) {
  nn::ScalesAttr scales = epilogue.getScales();
  const int64_t zero = epilogue.getZeroPoint();
  auto [low, high] = integerBounds(epilogue);
  const std::string step = scales.size() == 1 ? "0" : "1";
  Strings fields;
  if (scales.getMode() == nn::RequantMode::Float) {
    Strings factors;
    for (float factor : scales.getFactors().asArrayRef())
      factors.push_back(floatLiteral(factor));
    std::string name = array("factors", "float", factors);
    fields = {".factors = " + name, ".channel_step = " + step,
              ".zero_point = " + std::to_string(zero),
              ".low = " + floatLiteral(low - zero) +
                  ", .high = " + floatLiteral(high - zero)};
  } else {
    Strings multipliers, shifts;
    for (int32_t multiplier : scales.getMultipliers().asArrayRef())
      multipliers.push_back(intLiteral(multiplier));
    for (int32_t shift : scales.getShifts().asArrayRef())
      shifts.push_back(intLiteral(shift));
    std::string multiplierName = array("multipliers", "int32_t", multipliers);
    std::string shiftName = array("shifts", "int8_t", shifts);
    fields = {".multipliers = " + multiplierName, ".shifts = " + shiftName,
              ".channel_step = " + step,
              ".zero_point = " + std::to_string(zero),
              ".low = " + intLiteral(low) + ", .high = " + intLiteral(high)};
  }
  constant("requantization", "result", fields);
}

void LayerWriter::narrowing(kernel::EpilogueAttr epilogue,
                            ArrayRef<std::string> multipliers,
                            ArrayRef<std::string> shifts) {
  const int64_t zero = epilogue.getZeroPoint();
  auto [low, high] = integerBounds(epilogue);
  auto step = [](size_t numScales) {
    return ".channel_step = " + std::to_string(numScales == 1 ? 0 : 1);
  };
  if (epilogue.getScales().getMode() == nn::RequantMode::Float) {
    Strings factors;
    for (float factor : epilogue.getScales().getFactors().asArrayRef())
      factors.push_back(floatLiteral(factor));
    constant("narrowing", "result",
             {".factors = " + array("factors", "float", factors),
              step(factors.size()), ".zero_point = " + std::to_string(zero),
              ".low = " + floatLiteral(low - zero) +
                  ", .high = " + floatLiteral(high - zero)});
    return;
  }
  constant("narrowing", "result",
           {".multipliers = " + array("multipliers", "int32_t", multipliers),
            ".shifts = " + array("shifts", "uint8_t", shifts),
            step(shifts.size()), ".offset = " + std::to_string(2 * zero + 1),
            ".low = " + intLiteral(low) + ", .high = " + intLiteral(high)});
}

//===----------------------------------------------------------------------===//
// The operations
//===----------------------------------------------------------------------===//

LogicalResult LayerWriter::run() {
  const bool needsBlocks = layer.ops.size() > 1;
  for (Operation *op : layer.ops) {
    current = op;
    if (auto epilogue = op->getAttrOfType<kernel::EpilogueAttr>("epilogue");
        epilogue && (epilogue.hasFunction() || epilogue.getTable()))
      return fail(op) << "there is no form of a function or a table in the "
                         "epilogue";
    // Each operation's constants have a scope of their own.
    const size_t start = body.size();
    if (needsBlocks)
      indent += 2;
    LogicalResult written =
        TypeSwitch<Operation *, LogicalResult>(op)
            .Case<kernel::ContractOp, kernel::DepthwiseOp,
                  kernel::TransposeConvOp, kernel::SparseContractOp,
                  kernel::BatchMatmulOp, kernel::LstmOp, kernel::GruOp,
                  kernel::BinaryOp, kernel::UnaryOp, kernel::TableOp,
                  kernel::ConvertOp, kernel::PoolOp, kernel::ReduceOp,
                  kernel::SoftmaxOp, kernel::LayerNormOp, kernel::CopyOp,
                  kernel::FillOp, kernel::GatherOp, kernel::ResizeOp>(
                [&](auto op) { return write(op, *this); })
            .Default([](Operation *op) {
              return fail(op)
                     << "there is no form of '" << op->getName() << "'";
            });
    if (failed(written))
      return failure();
    if (!needsBlocks)
      continue;
    indent -= 2;
    std::string inner = body.substr(start);
    body.resize(start);
    if (StringRef(inner).contains("const ")) {
      line("{");
      body += inner;
      line("}");
      continue;
    }
    // No scope needed: two columns less.
    for (StringRef rest = inner; !rest.empty();) {
      auto [text, next] = rest.split('\n');
      body += text.drop_front(std::min<size_t>(2, text.size())).str() + "\n";
      rest = next;
    }
  }
  return success();
}
