//===- EmitC.cpp - A network as C99 source --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/C/EmitC.h"
#include "KernelLibrary.h"
#include "LayerWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

/// Enough for every element type.
static constexpr int64_t kArenaAlignment = 8;

namespace {
/// Writes the two files of one network.
class SourceWriter {
public:
  explicit SourceWriter(Network &network)
      : network(network), macro(toMacro(network.name)) {}

  LogicalResult run();

  std::string header, source;

private:
  void writeHeader();
  void writePort(llvm::raw_ostream &os, const Port &port, StringRef kind,
                 size_t index);
  void writeStruct(llvm::raw_ostream &os, ArrayRef<Port> ports, StringRef kind,
                   StringRef qualifier);
  void writeLayerTable(llvm::raw_ostream &os);
  LogicalResult writeGlobals(llvm::raw_ostream &os);
  void writeBuffers(llvm::raw_ostream &os);
  void writeInvoke(llvm::raw_ostream &os, ArrayRef<LayerWriter> layers);
  void writeEntryPoints(llvm::raw_ostream &os);
  std::string argumentOf(Value value) const;

  Network &network;
  const std::string macro;
  /// Names of the room that each layer uses alone.
  Strings patchNames;
};
} // namespace

//===----------------------------------------------------------------------===//
// Header
//===----------------------------------------------------------------------===//

static int64_t bytesOf(const Port &port) {
  return kernel::getSizeInBytes(port.type);
}

static std::string describe(const Port &port) {
  std::string text = toComment(port.name) + ": " +
                     shapeText(port.type.getShape()) + " " + port.cType;
  if (port.quantized) {
    const int64_t zero = port.quantized.getZeroPoint();
    text += ", real = " + floatLiteral(port.quantized.getScale()) + " * " +
            minus("q", zero);
  }
  return text;
}

void SourceWriter::writePort(llvm::raw_ostream &os, const Port &port,
                             StringRef kind, size_t index) {
  const std::string prefix =
      "#define " + macro + "_" + kind.str() + "_" + std::to_string(index);
  os << "// " << describe(port) << "\n";
  os << prefix << "_SIZE " << port.type.getNumElements() << "\n";
  os << prefix << "_BYTES " << bytesOf(port) << "\n";
  os << prefix << "_RANK " << port.type.getRank() << "\n";
  os << prefix << "_SHAPE {";
  llvm::interleaveComma(port.type.getShape(), os);
  os << "}\n";
  if (!port.quantized)
    return;
  os << prefix << "_SCALE " << floatLiteral(port.quantized.getScale()) << "\n";
  const int64_t zero = port.quantized.getZeroPoint();
  os << prefix << "_ZERO_POINT ";
  if (zero < 0)
    os << "(" << zero << ")\n";
  else
    os << zero << "\n";
}

void SourceWriter::writeStruct(llvm::raw_ostream &os, ArrayRef<Port> ports,
                               StringRef kind, StringRef qualifier) {
  const std::string name = network.name + "_" + kind.str();
  os << "typedef struct " << name << " {\n";
  for (const Port &port : ports)
    os << "  " << qualifier << port.cType << " *" << port.identifier << ";\n";
  os << "} " << name << ";\n\n";
}

void SourceWriter::writeHeader() {
  llvm::raw_string_ostream os(header);
  const std::string &name = network.name;
  os << "// " << name << ".h: a neural network, written by Pare.\n//\n";
  os << "// Weights (constant)  " << network.weightBytes << " bytes\n";
  os << "// Arena (working RAM) " << network.arenaBytes << " bytes\n";
  os << "// Work of one run     " << network.macs << " MACs in "
     << network.layers.size() << " layers\n";
  if (network.mode == nn::RequantMode::Float)
    os << "//\n// Rounds products and sums in f32 one by one: compile without "
          "-ffast-math and\n// without clang's -ffp-contract=fast.\n";
  os << "\n#ifndef " << macro << "_H\n#define " << macro << "_H\n\n"
     << "#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";

  os << "// Memory for everything between the inputs and the outputs. It may "
        "be\n"
        "// used for other things between two runs.\n";
  os << "#define " << macro << "_ARENA_BYTES " << network.arenaBytes << "\n";
  os << "#define " << macro << "_ARENA_ALIGNMENT " << kArenaAlignment << "\n";
  os << "#define " << macro << "_WEIGHT_BYTES " << network.weightBytes << "\n";
  os << "#define " << macro << "_MACS " << network.macs << "\n\n";
  os << "#define " << macro << "_NUM_INPUTS " << network.inputs.size() << "\n";
  os << "#define " << macro << "_NUM_OUTPUTS " << network.outputs.size()
     << "\n\n";
  for (auto [i, port] : llvm::enumerate(network.inputs)) {
    writePort(os, port, "INPUT", i);
    os << "\n";
  }
  for (auto [i, port] : llvm::enumerate(network.outputs)) {
    writePort(os, port, "OUTPUT", i);
    os << "\n";
  }
  writeStruct(os, network.inputs, "inputs", "const ");
  writeStruct(os, network.outputs, "outputs", "");

  os << "// Runs the network on `in` and writes `out`, which must not "
        "overlap.\n"
     << "// `arena` has " << macro << "_ARENA_BYTES bytes at a multiple of\n"
     << "// " << macro
     << "_ARENA_ALIGNMENT. Runs with different arenas may go "
        "on at\n// the same time. Returns 0; 1 if a pointer is null; 2 if "
        "the\n// arena is not aligned.\n";
  writeCall(os, "int " + name + "_invoke(",
            {"const " + name + "_inputs *in", "const " + name + "_outputs *out",
             "void *arena"},
            ");");
  os << "\n\n// The same by arrays of pointers, in the order of the structs.\n";
  writeCall(
      os, "int " + name + "_invoke_generic(",
      {"const void *const *inputs", "void *const *outputs", "void *arena"},
      ");");
  os << "\n\n#ifndef " << macro << "_NO_STATIC_ARENA\n"
     << "// The same with an arena of its own: one run at a time.\n";
  writeCall(
      os, "int " + name + "_run(",
      {"const " + name + "_inputs *in", "const " + name + "_outputs *out"},
      ");");
  os << "\n#endif\n\n#ifdef __cplusplus\n} // extern \"C\"\n#endif\n\n#endif "
        "// "
     << macro << "_H\n";
}

//===----------------------------------------------------------------------===//
// Source
//===----------------------------------------------------------------------===//

void SourceWriter::writeLayerTable(llvm::raw_ostream &os) {
  constexpr int kNameColumns = 40;
  os << "//"
     << llvm::formatv(" {0,-40} {1,14} {2,11}", "Layer", "MACs", "Weights")
     << "\n";
  for (const NetworkLayer &layer : network.layers) {
    std::string name =
        toComment(StringRef(layer.name).take_front(kNameColumns));
    os << "//"
       << llvm::formatv(" {0,-40} {1,14} {2,11}", name, layer.macs,
                        layer.weightBytes)
       << "\n";
  }
}

LogicalResult SourceWriter::writeGlobals(llvm::raw_ostream &os) {
  for (auto &[op, name] : network.globals) {
    auto global = cast<memref::GlobalOp>(op);
    os << "\n// " << shapeText(global.getType().getShape()) << "\n";
    if (failed(writeArray(os, name,
                          cast<ElementsAttr>(global.getInitialValueAttr()))))
      return fail(op) << "cannot read the elements of @" << global.getSymName();
  }
  return success();
}

/// The C expression for a buffer in the function that runs the layers.
std::string SourceWriter::argumentOf(Value value) const {
  for (ArenaBuffer buffer : network.buffers)
    if (buffer.op.getOutput() == value)
      return buffer.identifier;
  auto find = [&](ArrayRef<Port> ports, StringRef object,
                  StringRef qualifier) -> std::string {
    for (const Port &port : ports) {
      if (port.argument != value)
        continue;
      StringRef cType = getCType(port.type.getElementType());
      std::string cast;
      if (cType != port.cType)
        cast = ("(" + qualifier + cType + " *)").str();
      return cast + object.str() + "->" + port.identifier;
    }
    return "";
  };
  std::string input = find(network.inputs, "in", "const ");
  return input.empty() ? find(network.outputs, "out", "") : input;
}

/// The buffers as pointers into the arena.
void SourceWriter::writeBuffers(llvm::raw_ostream &os) {
  os << "  uint8_t *const base = arena;\n";
  Strings lines;
  size_t width = 0;
  for (ArenaBuffer buffer : network.buffers) {
    StringRef cType = getCType(buffer.op.getType().getElementType());
    // Through void, as byte pointers are not aligned for all one knows.
    lines.push_back(llvm::formatv("  {0} *const {1} = (void *)(base + {2});",
                                  cType, buffer.identifier,
                                  *buffer.op.getOffset()));
    width = std::max(width, lines.back().size());
  }
  Strings comments;
  for (ArenaBuffer buffer : network.buffers)
    comments.push_back(shapeText(buffer.op.getType().getShape()));
  for (auto [offset, name] :
       llvm::zip_equal(network.patchOffsets, patchNames)) {
    if (offset < 0)
      continue;
    lines.push_back(llvm::formatv(
        "  int16_t *const {0} = (void *)(base + {1});", name, offset));
    width = std::max(width, lines.back().size());
    comments.push_back("for one layer");
  }
  for (auto [line, comment] : llvm::zip_equal(lines, comments))
    os << llvm::left_justify(line, width) << " // " << comment << "\n";
}

void SourceWriter::writeInvoke(llvm::raw_ostream &os,
                               ArrayRef<LayerWriter> layers) {
  const std::string &name = network.name;
  os << "\n";
  writeCall(os, "int " + name + "_invoke(",
            {"const " + name + "_inputs *in", "const " + name + "_outputs *out",
             "void *arena"},
            ") {");
  os << "\n";
  const bool hasArena = network.arenaBytes > 0;
  Strings conditions = {"!in", "!out"};
  for (const Port &port : network.inputs)
    conditions.push_back("!in->" + port.identifier);
  for (const Port &port : network.outputs)
    conditions.push_back("!out->" + port.identifier);
  if (hasArena)
    conditions.push_back("!arena");
  os << "  if (" << conditions.front();
  size_t column = 6 + conditions.front().size();
  for (const std::string &condition : ArrayRef(conditions).drop_front()) {
    const bool breaks = column + condition.size() + 6 > 80;
    os << " ||" << (breaks ? "\n      " : " ") << condition;
    column = (breaks ? 6 : column + 4) + condition.size();
  }
  os << ")\n    return 1;\n";
  if (hasArena)
    os << "  if ((uintptr_t)arena % " << macro
       << "_ARENA_ALIGNMENT != 0)\n    return 2;\n";
  if (hasArena)
    writeBuffers(os);
  else
    os << "  (void)arena;\n";
  for (auto [layer, name] : llvm::zip_equal(layers, patchNames))
    os << layer.getCall([&](Value value) { return argumentOf(value); }, name);
  os << "  return 0;\n}\n";
}

void SourceWriter::writeEntryPoints(llvm::raw_ostream &os) {
  const std::string &name = network.name;
  os << "\n";
  writeCall(
      os, "int " + name + "_invoke_generic(",
      {"const void *const *inputs", "void *const *outputs", "void *arena"},
      ") {");
  os << "\n  " << name << "_inputs in;\n  " << name << "_outputs out;\n"
     << "  if (!inputs || !outputs)\n    return 1;\n";
  for (auto [i, port] : llvm::enumerate(network.inputs))
    os << "  in." << port.identifier << " = inputs[" << i << "];\n";
  for (auto [i, port] : llvm::enumerate(network.outputs))
    os << "  out." << port.identifier << " = outputs[" << i << "];\n";
  os << "  return " << name << "_invoke(&in, &out, arena);\n}\n";

  os << "\n#ifndef " << macro << "_NO_STATIC_ARENA\n";
  writeCall(
      os, "int " + name + "_run(",
      {"const " + name + "_inputs *in", "const " + name + "_outputs *out"},
      ") {");
  if (network.arenaBytes > 0)
    os << "\n  // The first member is there for its alignment.\n"
       << "  static union {\n    uint64_t alignment;\n    uint8_t bytes["
       << macro << "_ARENA_BYTES];\n  } arena;\n  return " << name
       << "_invoke(in, out, arena.bytes);\n}\n#endif\n";
  else
    os << "\n  return " << name << "_invoke(in, out, 0);\n}\n#endif\n";
}

/// What keeps compilers from changing results in mode `float`.
static constexpr StringRef kRoundingGuard = R"(
// Integers come from products in f32 that are rounded one by one. A compiler
// that makes one instruction of a product and a sum rounds once less: these
// lines forbid it. Others than those named here may need an option such as
// -ffp-contract=off.
#ifdef __FAST_MATH__
#error "-ffast-math changes what this network computes"
#endif
#if defined(__clang__)
#pragma clang fp contract(off)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif
)";

static bool usesAny(const llvm::StringSet<> &names,
                    ArrayRef<StringRef> functions) {
  return llvm::any_of(functions,
                      [&](StringRef name) { return names.contains(name); });
}

LogicalResult SourceWriter::run() {
  std::vector<LayerWriter> layers;
  std::string globals, tables, functions;
  for (const NetworkLayer &layer : network.layers) {
    LayerWriter &writer = layers.emplace_back(network, layer);
    if (failed(writer.run()))
      return failure();
    tables += writer.getTables();
    functions += "\n" + writer.getFunction();
  }
  SmallVector<int64_t> patchBytes;
  for (const LayerWriter &layer : layers)
    patchBytes.push_back(layer.getPatchBytes());
  network.placePatches(patchBytes);
  for (const NetworkLayer &layer : network.layers)
    patchNames.push_back(network.names.add(layer.identifier + "_patches"));
  llvm::raw_string_ostream globalStream(globals);
  if (failed(writeGlobals(globalStream)))
    return failure();

  const bool byFloat = network.mode == nn::RequantMode::Float;
  const std::string kernels = KernelLibrary(byFloat).select(functions);
  llvm::StringSet<> used;
  collectIdentifiers(kernels, used);
  collectIdentifiers(functions, used);
  collectIdentifiers(globals, used);

  writeHeader();
  llvm::raw_string_ostream os(source);
  os << "// " << network.name << ".c: a neural network, written by Pare.\n//\n";
  writeLayerTable(os);
  os << "\n#include \"" << network.name << ".h\"\n";
  const bool usesMath =
      usesAny(used, {"INFINITY", "NAN", "expf", "tanhf", "erff", "sqrtf",
                     "logf", "powf", "fabsf"});
  const bool usesString = usesAny(used, {"memcpy", "memset"});
  if (usesMath || usesString)
    os << (usesMath ? "\n#include <math.h>\n" : "\n")
       << (usesString ? "#include <string.h>\n" : "");
  if (used.contains("round_to_even"))
    os << kRoundingGuard;
  auto section = [&](StringRef title) {
    os << "\n//===------------------------------------------------------------"
          "----------===//\n// "
       << title
       << "\n//===------------------------------------------------------------"
          "----------===//\n";
  };
  if (!kernels.empty()) {
    section("Arithmetic");
    os << "\n" << kernels;
  }
  if (!globals.empty() || !tables.empty()) {
    section("Weights");
    os << globals << tables;
  }
  section("Layers");
  os << functions;
  section("The network");
  writeInvoke(os, layers);
  writeEntryPoints(os);
  return success();
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

FailureOr<CSource> pare::emitC(ModuleOp module, const CEmitOptions &options) {
  FailureOr<Network> network = Network::create(module, options.name);
  if (failed(network))
    return failure();
  SourceWriter writer(*network);
  if (failed(writer.run()))
    return failure();
  return CSource{network->name, std::move(writer.header),
                 std::move(writer.source), network->arenaBytes};
}

std::string pare::joinCSource(const CSource &source) {
  const std::string include = "#include \"" + source.stem + ".h\"\n";
  auto [before, after] = StringRef(source.source).split(include);
  return (before + source.header + after).str();
}
