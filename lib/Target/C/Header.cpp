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

/// The bytes of the arena in use while `layer` runs.
static int64_t getAliveBytes(const Network &network,
                             const NetworkLayer &layer) {
  int64_t alive = 0;
  for (const kernel::PlannedStep &step : network.plan.steps)
    if (llvm::is_contained(layer.ops, step.op))
      alive = std::max(alive, step.alive);
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
  os << "// Arena (working RAM) " << network.arenaBytes << " bytes";
  if (plan.lowerBound >= 0)
    os << ", no plan of it takes less than " << plan.lowerBound;
  os << "\n// Inputs and outputs  " << portBytes << " bytes"
     << (hasPorts(network) ? ", which have room in the arena" : "") << "\n";
  os << "// Work of one run     " << network.macs << " MACs in "
     << network.layers.size() << " layers\n";
}

static void writeLayerTable(const Network &network, llvm::raw_ostream &os) {
  constexpr int kNameColumns = 40;
  os << "//\n//"
     << llvm::formatv(" {0,-40} {1,11} {2,11} {3,11}", "Layer", "MACs",
                      "Weights", "Arena")
     << "\n";
  for (const NetworkLayer &layer : network.layers) {
    std::string name =
        toComment(StringRef(layer.name).take_front(kNameColumns));
    os << "//"
       << llvm::formatv(" {0,-40} {1,11} {2,11} {3,11}", name, layer.macs,
                        layer.weightBytes, getAliveBytes(network, layer))
       << "\n";
  }
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

static void writePort(llvm::raw_ostream &os, const Port &port,
                      const std::string &prefix) {
  os << "// " << describe(port) << "\n";
  os << prefix << "_SIZE " << port.type.getNumElements() << "\n";
  os << prefix << "_BYTES " << bytesOf(port) << "\n";
  os << prefix << "_RANK " << port.type.getRank() << "\n";
  os << prefix << "_SHAPE {";
  llvm::interleaveComma(port.type.getShape(), os);
  os << "}\n";
  if (port.arenaOffset >= 0)
    os << prefix << "_OFFSET " << port.arenaOffset << "\n";
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
  os << "#define " << macro << "_ARENA_BYTES " << network.arenaBytes << "\n";
  os << "#define " << macro << "_ARENA_ALIGNMENT " << kArenaAlignment << "\n";
  os << "#define " << macro << "_WEIGHT_BYTES " << network.weightBytes << "\n";
  os << "#define " << macro << "_MACS " << network.macs << "\n\n";
  os << "#define " << macro << "_NUM_LAYERS " << network.layers.size() << "\n";
  os << "#define " << macro << "_NUM_INPUTS " << network.inputs.size() << "\n";
  os << "#define " << macro << "_NUM_OUTPUTS " << network.outputs.size()
     << "\n\n";
  if (hasPorts(network))
    os << "// An input or output may lie in the arena, `_OFFSET` bytes behind "
          "its\n"
          "// beginning, and nowhere else in it. The run destroys such an "
          "input.\n\n";
  for (auto [i, port] : llvm::enumerate(network.inputs)) {
    writePort(os, port, "#define " + macro + "_INPUT_" + std::to_string(i));
    os << "\n";
  }
  for (auto [i, port] : llvm::enumerate(network.outputs)) {
    writePort(os, port, "#define " + macro + "_OUTPUT_" + std::to_string(i));
    os << "\n";
  }
}

static void writeFunctions(const Network &network, const std::string &macro,
                           llvm::raw_ostream &os) {
  const std::string &name = network.name;
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
  writeFunctions(network, macro, os);
  os << "#ifdef __cplusplus\n} // extern \"C\"\n#endif\n\n#endif // " << macro
     << "_H\n";
  return header;
}
