//===- Header.cpp - The header of a network in C --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Header.h"
#include "LayerWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

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

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The bytes of an arena in use while `layer` runs.
static int64_t getAliveBytes(const Network &network, const NetworkLayer &layer,
                             size_t arena) {
  int64_t alive = 0;
  for (const kernel::PlannedStep &step : network.plan.steps)
    if (llvm::is_contained(layer.ops, step.op))
      alive = std::max(alive, step.uses[arena].alive);
  return alive;
}

static bool hasPorts(const Network &network) {
  return llvm::any_of(llvm::concat<const Port>(network.inputs, network.outputs),
                      [](const Port &port) { return port.arenaOffset >= 0; });
}

static void writeMemory(const Network &network, llvm::raw_ostream &os) {
  const kernel::MemoryPlan &plan = network.plan;
  int64_t portBytes = 0;
  for (const Port &port :
       llvm::concat<const Port>(network.inputs, network.outputs))
    portBytes += bytesOf(port);
  os << "// Weights (constant)  " << network.weightBytes << " bytes\n";
  for (const Arena &arena : network.arenas) {
    os << "// Arena "
       << (network.hasSeveralArenas()
               ? llvm::formatv("in {0,-10} ", arena.identifier).str()
               : "(working RAM) ")
       << arena.bytes;
    if (arena.budget > 0)
      os << " of " << arena.budget;
    os << " bytes";
    if (plan.lowerBound >= 0 && !network.hasSeveralArenas())
      os << ", no plan of it takes less than " << plan.lowerBound;
    os << "\n";
  }
  os << "// Inputs and outputs  " << portBytes << " bytes"
     << (!hasPorts(network)           ? ""
         : network.hasSeveralArenas() ? ", which have room in the arenas"
                                      : ", which have room in the arena")
     << "\n";
  os << "// Work of one run     " << network.macs << " MACs in "
     << network.layers.size() << " layers\n";
}

static void writeLayerTable(const Network &network, llvm::raw_ostream &os) {
  constexpr int kNameColumns = 40;
  os << "//\n//"
     << llvm::formatv(" {0,-40} {1,11} {2,11}", "Layer", "MACs", "Weights");
  for (const Arena &arena : network.arenas)
    os << llvm::formatv(" {0,11}", network.hasSeveralArenas()
                                       ? arena.identifier
                                       : std::string("Arena"));
  os << "\n";
  for (const NetworkLayer &layer : network.layers) {
    std::string name =
        toComment(StringRef(layer.name).take_front(kNameColumns));
    os << "//"
       << llvm::formatv(" {0,-40} {1,11} {2,11}", name, layer.macs,
                        layer.weightBytes);
    for (size_t i = 0; i < network.arenas.size(); ++i)
      os << llvm::formatv(" {0,11}", getAliveBytes(network, layer, i));
    os << "\n";
  }
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

static void writePort(llvm::raw_ostream &os, const Network &network,
                      const Port &port, const std::string &prefix) {
  os << "// " << describe(port) << "\n";
  os << prefix << "_SIZE " << port.type.getNumElements() << "\n";
  os << prefix << "_BYTES " << bytesOf(port) << "\n";
  os << prefix << "_RANK " << port.type.getRank() << "\n";
  os << prefix << "_SHAPE {";
  llvm::interleaveComma(port.type.getShape(), os);
  os << "}\n";
  if (port.arenaOffset >= 0)
    os << prefix << "_OFFSET " << port.arenaOffset << "\n";
  if (port.arenaOffset >= 0 && network.hasSeveralArenas())
    os << prefix << "_ARENA " << network.arenas[port.arena].identifier << "\n";
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

static void writeStruct(llvm::raw_ostream &os, const Network &network,
                        ArrayRef<Port> ports, StringRef kind,
                        StringRef qualifier) {
  const std::string name = network.name + "_" + kind.str();
  os << "typedef struct " << name << " {\n";
  for (const Port &port : ports)
    os << "  " << qualifier << port.cType << " *" << port.identifier << ";\n";
  os << "} " << name << ";\n\n";
}

static void writeConstants(const Network &network, const std::string &macro,
                           llvm::raw_ostream &os) {
  os << "// Memory for everything between the inputs and the outputs. It may "
        "be\n"
        "// used for other things between two runs.\n";
  for (const Arena &arena : network.arenas) {
    os << "#define " << arena.macro << "_BYTES " << arena.bytes << "\n";
    os << "#define " << arena.macro << "_ALIGNMENT " << arena.alignment << "\n";
  }
  os << "#define " << macro << "_WEIGHT_BYTES " << network.weightBytes << "\n";
  os << "#define " << macro << "_MACS " << network.macs << "\n\n";
  os << "#define " << macro << "_NUM_LAYERS " << network.layers.size() << "\n";
  if (network.hasSeveralArenas())
    os << "#define " << macro << "_NUM_ARENAS " << network.arenas.size()
       << "\n";
  os << "#define " << macro << "_NUM_INPUTS " << network.inputs.size() << "\n";
  os << "#define " << macro << "_NUM_OUTPUTS " << network.outputs.size()
     << "\n\n";
  if (hasPorts(network) && network.hasSeveralArenas())
    os << "// An input or output may lie in the arena that `_ARENA` names, "
          "`_OFFSET` bytes\n"
          "// behind its beginning, and nowhere else in an arena. The run "
          "destroys such\n// an input.\n\n";
  else if (hasPorts(network))
    os << "// An input or output may lie in the arena, `_OFFSET` bytes behind "
          "its\n"
          "// beginning, and nowhere else in it. The run destroys such an "
          "input.\n\n";
  for (auto [i, port] : llvm::enumerate(network.inputs)) {
    writePort(os, network, port,
              "#define " + macro + "_INPUT_" + std::to_string(i));
    os << "\n";
  }
  for (auto [i, port] : llvm::enumerate(network.outputs)) {
    writePort(os, network, port,
              "#define " + macro + "_OUTPUT_" + std::to_string(i));
    os << "\n";
  }
}

/// The pointers that a caller with several memories passes.
static void writeArenas(const Network &network, llvm::raw_ostream &os) {
  if (!network.hasSeveralArenas())
    return;
  const std::string name = network.name + "_arenas";
  os << "// Memory of several kinds, the fastest first. What takes 0 bytes may "
        "be null.\n"
     << "typedef struct " << name << " {\n";
  for (const Arena &arena : network.arenas)
    os << "  void *" << arena.identifier << "; // " << arena.macro
       << "_BYTES bytes\n";
  os << "} " << name << ";\n\n";
}

SmallVector<std::string> pare::c::getInvokeParameters(const Network &network) {
  const std::string &name = network.name;
  return {"const " + name + "_inputs *in", "const " + name + "_outputs *out",
          network.hasSeveralArenas() ? "const " + name + "_arenas *arenas"
                                     : "void *arena"};
}

SmallVector<std::string> pare::c::getGenericParameters(const Network &network) {
  return {"const void *const *inputs", "void *const *outputs",
          network.hasSeveralArenas() ? "void *arenas" : "void *arena"};
}

static void writeFunctions(const Network &network, const std::string &macro,
                           llvm::raw_ostream &os) {
  const std::string &name = network.name;
  os << "// Runs the network on `in` and writes `out`, which must not "
        "overlap.\n";
  if (network.hasSeveralArenas())
    os << "// Each of `arenas` lies at a multiple of its `_ALIGNMENT`. Runs "
          "with different\n// arenas may go on at the same time. Returns 0; 1 "
          "if a pointer is null; 2 if an\n// arena is not aligned.\n";
  else
    os << "// `arena` has " << macro << "_ARENA_BYTES bytes at a multiple of\n"
       << "// " << macro
       << "_ARENA_ALIGNMENT. Runs with different arenas may go "
          "on at\n// the same time. Returns 0; 1 if a pointer is null; 2 if "
          "the\n// arena is not aligned.\n";
  writeCall(os, "int " + name + "_invoke(", getInvokeParameters(network), ");");
  os << "\n\n// The same by arrays of pointers, in the order of the structs"
     << (network.hasSeveralArenas()
             ? ";\n// `arenas` points to the struct or to such an array"
             : "")
     << ".\n";
  writeCall(os, "int " + name + "_invoke_generic(",
            getGenericParameters(network), ");");
  os << "\n\n#ifndef " << macro << "_NO_STATIC_ARENA\n"
     << (network.hasSeveralArenas()
             ? "// The same with arenas of its own: one run at a time.\n"
             : "// The same with an arena of its own: one run at a time.\n");
  writeCall(
      os, "int " + name + "_run(",
      {"const " + name + "_inputs *in", "const " + name + "_outputs *out"},
      ");");
  os << "\n#endif\n\n";
}

std::string pare::c::writeHeader(const Network &network) {
  std::string header;
  llvm::raw_string_ostream os(header);
  const std::string &name = network.name;
  const std::string macro = toMacro(name);
  os << "// " << name << ".h: a neural network, written by Pare.\n//\n";
  writeMemory(network, os);
  writeLayerTable(network, os);
  if (network.mode == nn::RequantMode::Float)
    os << "//\n// Rounds products and sums in f32 one by one: compile without "
          "-ffast-math and\n// without clang's -ffp-contract=fast.\n";
  os << "\n#ifndef " << macro << "_H\n#define " << macro << "_H\n\n"
     << "#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  writeConstants(network, macro, os);
  writeStruct(os, network, network.inputs, "inputs", "const ");
  writeStruct(os, network, network.outputs, "outputs", "");
  writeArenas(network, os);
  writeFunctions(network, macro, os);
  os << "#ifdef __cplusplus\n} // extern \"C\"\n#endif\n\n#endif // " << macro
     << "_H\n";
  return header;
}
