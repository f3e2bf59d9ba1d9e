//===- EmitC.cpp - A network as C99 source --------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/C/EmitC.h"
#include "Header.h"
#include "KernelLibrary.h"
#include "LayerWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;

namespace {
/// Writes the two files of one network.
class SourceWriter {
public:
  explicit SourceWriter(Network &network)
      : network(network), macro(toMacro(network.name)) {}

  LogicalResult run();

  std::string header, source;

private:
  std::string defineFunctions(ArrayRef<LayerWriter> layers);
  LogicalResult writeGlobals(llvm::raw_ostream &os);
  void namePlaces(ArrayRef<LayerWriter> layers);
  void writePlaces(llvm::raw_ostream &os);
  void writeChecks(llvm::raw_ostream &os);
  void writeAttributeMacro(llvm::raw_ostream &os, StringRef name,
                           StringRef what);
  void writeHooks(llvm::raw_ostream &os);
  void writeBuffers(llvm::raw_ostream &os);
  Strings getInvokeConditions() const;
  void writeInvoke(llvm::raw_ostream &os, ArrayRef<LayerWriter> layers);
  void writeEntryPoints(llvm::raw_ostream &os);
  void writeRun(llvm::raw_ostream &os);
  std::string argumentOf(Value value) const;

  /// Something in an arena, as the code names it.
  struct Place {
    std::string name, constant, type, comment;
    size_t arena;
    int64_t offset, bytes;
  };
  const Place *findPlace(Value root) const;

  Network &network;
  const std::string macro;
  /// The buffers, then the room that single operations use.
  std::vector<Place> places;
  llvm::DenseMap<Value, size_t> placeOf;
  llvm::DenseMap<Operation *, size_t> workOf;
  /// The function of each layer, the tables that it has parameters for, and
  /// what it gets for its patches.
  struct Function {
    std::string name;
    llvm::SmallBitVector tables;
  };
  SmallVector<Function> functions;
  SmallVector<Strings> patchNames;
};
} // namespace

//===----------------------------------------------------------------------===//
// Source
//===----------------------------------------------------------------------===//

LogicalResult SourceWriter::writeGlobals(llvm::raw_ostream &os) {
  for (auto &[op, name] : network.globals) {
    if (!network.unpackedGlobals.contains(op))
      continue;
    auto global = cast<memref::GlobalOp>(op);
    os << "\n// " << shapeText(global.getType().getShape()) << "\n"
       << macro << "_WEIGHTS ";
    if (failed(writeArray(os, name,
                          cast<ElementsAttr>(global.getInitialValueAttr()))))
      return fail(op) << "cannot read the elements of @" << global.getSymName();
  }
  return success();
}

/// The C expression for a buffer in the function that runs the layers.
std::string SourceWriter::argumentOf(Value value) const {
  if (auto part = value.getDefiningOp<kernel::SubviewOp>()) {
    const std::string whole = argumentOf(part.getSource());
    return part.getFirst() == 0
               ? whole
               : whole + " + " + std::to_string(int64_t(part.getFirst()));
  }
  if (auto view = value.getDefiningOp<kernel::ReshapeOp>())
    return argumentOf(view.getSource());
  if (const Place *place = findPlace(value))
    return place->name;
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

//===----------------------------------------------------------------------===//
// The arena
//===----------------------------------------------------------------------===//

const SourceWriter::Place *SourceWriter::findPlace(Value root) const {
  auto place = placeOf.find(root);
  return place == placeOf.end() ? nullptr : &places[place->second];
}

void SourceWriter::namePlaces(ArrayRef<LayerWriter> layers) {
  auto add = [&](const std::string &name, StringRef type, StringRef comment,
                 size_t arena, int64_t offset, int64_t bytes) {
    places.push_back({name, network.names.add(name + "_at"), type.str(),
                      comment.str(), arena, offset, bytes});
    return places.size() - 1;
  };
  for (ArenaBuffer buffer : network.buffers) {
    MemRefType type = buffer.op.getType();
    placeOf[buffer.op.getOutput()] =
        add(buffer.identifier, getCType(type.getElementType()),
            shapeText(type.getShape()), buffer.arena, *buffer.op.getOffset(),
            kernel::getSizeInBytes(type));
  }
  for (const LayerWriter &layer : layers) {
    Strings &names = patchNames.emplace_back();
    for (const LayerWriter::Patches &patches : layer.getPatches()) {
      names.push_back(
          network.names.add(layer.getLayer().identifier + "_patches"));
      auto [arena, offset] = network.placePatches(patches.op, patches.bytes);
      workOf[patches.op] = add(names.back(), patches.type, "for one layer",
                               arena, offset, patches.bytes);
    }
  }
  network.findPlan();
}

/// Where everything lies, as constants.
void SourceWriter::writePlaces(llvm::raw_ostream &os) {
  if (places.empty())
    return;
  for (auto [i, arena] : llvm::enumerate(network.arenas)) {
    auto isHere = [i = i](const Place &place) { return place.arena == i; };
    if (llvm::none_of(places, isHere))
      continue;
    os << "\n// Where buffers begin in the arena"
       << (network.hasSeveralArenas() ? " " + arena.identifier : "")
       << ".\nenum {\n";
    for (const Place &place : llvm::make_filter_range(places, isHere))
      os << "  " << place.constant << " = " << place.offset << ",\n";
    os << "};\n";
  }
}

/// What makes the plan right, for the compiler to check: everything lies in the
/// arena, and what an operation writes does not destroy what it has yet to
/// read.
void SourceWriter::writeChecks(llvm::raw_ostream &os) {
  if (places.empty())
    return;
  const std::string check = macro + "_CHECK";
  unsigned number = 0;
  auto add = [&](const std::string &condition) {
    os << check << "(" << number++ << ", " << condition << ");\n";
  };
  os << "\n// The plan of memory holds: buffers end in their arena, and no "
        "operation writes\n// over what it has yet to read.\n#define "
     << check << "(number, holds) \\\n  typedef char " << network.name
     << "_check_##number[(holds) ? 1 : -1]\n";
  for (const Place &place : places)
    add(place.constant + " + " + std::to_string(place.bytes) +
        " <= " + network.arenas[place.arena].macro + "_BYTES");
  struct Range {
    std::string begin;
    int64_t bytes;
    size_t arena;
  };
  auto rangeOf = [&](OpOperand &operand) -> std::optional<Range> {
    const kernel::ByteRange bytes = kernel::getAccessedRange(operand);
    const Place *place = findPlace(bytes.root);
    if (!place)
      return std::nullopt;
    std::string begin = place->constant;
    if (bytes.begin != 0)
      begin += " + " + std::to_string(bytes.begin);
    return Range{begin, bytes.size(), place->arena};
  };
  auto end = [](const Range &range) {
    return range.begin + " + " + std::to_string(range.bytes);
  };
  for (const kernel::PlannedStep &step : network.plan.steps) {
    MutableArrayRef<OpOperand> operands = step.op->getOpOperands();
    std::optional<Range> output = rangeOf(operands.back());
    std::optional<Range> work;
    if (auto place = workOf.find(step.op); place != workOf.end())
      work = Range{places[place->second].constant, places[place->second].bytes,
                   places[place->second].arena};
    auto apart = [&](const Range &a, const Range &b) {
      return end(a) + " <= " + b.begin + " || " + end(b) + " <= " + a.begin;
    };
    if (output && work && output->arena == work->arena)
      add(apart(*output, *work));
    for (OpOperand &operand : operands.drop_back()) {
      std::optional<Range> input = rangeOf(operand);
      if (input && work && input->arena == work->arena)
        add(apart(*input, *work));
      if (!input || !output || input->arena != output->arena)
        continue;
      std::string condition = apart(*output, *input);
      for (const kernel::Overlap &overlap : kernel::findOverlaps(step.op))
        if (overlap.input == kernel::getRootBuffer(operand.get()))
          condition += " || " + output->begin + " + " +
                       std::to_string(overlap.distance) + " <= " + input->begin;
      add(condition);
    }
  }
}

/// The buffers as pointers into their arenas.
void SourceWriter::writeBuffers(llvm::raw_ostream &os) {
  for (auto [i, arena] : llvm::enumerate(network.arenas))
    if (llvm::any_of(places, [i = i](const Place &p) { return p.arena == i; }))
      os << "  uint8_t *const " << arena.pointer << " = (uint8_t *)"
         << (network.hasSeveralArenas() ? "arenas->" + arena.identifier
                                        : "arena")
         << ";\n";
  constexpr size_t kColumns = 80;
  for (const Place &place : places) {
    // Through void, as byte pointers are not aligned for all one knows.
    const StringRef aligned =
        StringRef(place.type).contains("int8_t") ? "" : "(void *)";
    const std::string variable = place.type + " *const " + place.name + " =";
    const std::string value =
        llvm::formatv("({0} *){1}({2} + {3});", place.type, aligned,
                      network.arenas[place.arena].pointer, place.constant);
    const std::string comment = " // " + place.comment + "\n";
    if (3 + variable.size() + value.size() + comment.size() <= kColumns)
      os << "  " << variable << " " << value << comment;
    else
      os << "  " << variable << comment << "      " << value << "\n";
  }
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// A macro that users may define as an attribute.
void SourceWriter::writeAttributeMacro(llvm::raw_ostream &os, StringRef name,
                                       StringRef what) {
  os << "\n// May be defined as an attribute that puts " << what
     << " into\n// another section.\n#ifndef " << macro << "_" << name
     << "\n#define " << macro << "_" << name << "\n#endif\n";
}

/// What a profiler may define.
void SourceWriter::writeHooks(llvm::raw_ostream &os) {
  const std::string hook = macro + "_ON_LAYER";
  os << "\n// A header named by " << macro << "_HOOKS may define " << hook
     << "(i), which stands\n// before layer i, and once more behind the last, "
        "with the number of layers.\n#ifdef "
     << macro << "_HOOKS\n#include " << macro << "_HOOKS\n#endif\n#ifndef "
     << hook << "\n#define " << hook << "(i) ((void)0)\n#endif\n";
}

/// What a call must not leave out.
Strings SourceWriter::getInvokeConditions() const {
  Strings conditions = {"!in", "!out"};
  for (const Port &port : network.inputs)
    conditions.push_back("!in->" + port.identifier);
  for (const Port &port : network.outputs)
    conditions.push_back("!out->" + port.identifier);
  if (network.hasSeveralArenas())
    conditions.push_back("!arenas");
  for (const Arena &arena : network.arenas)
    if (arena.bytes > 0)
      conditions.push_back(network.hasSeveralArenas()
                               ? "!arenas->" + arena.identifier
                               : "!arena");
  return conditions;
}

void SourceWriter::writeInvoke(llvm::raw_ostream &os,
                               ArrayRef<LayerWriter> layers) {
  os << "\n";
  writeCall(os, "int " + network.name + "_invoke(",
            getInvokeParameters(network), ") {");
  os << "\n";
  const Strings conditions = getInvokeConditions();
  os << "  if (" << conditions.front();
  size_t column = 6 + conditions.front().size();
  for (const std::string &condition : ArrayRef(conditions).drop_front()) {
    const bool breaks = column + condition.size() + 6 > 80;
    os << " ||" << (breaks ? "\n      " : " ") << condition;
    column = (breaks ? 6 : column + 4) + condition.size();
  }
  os << ")\n    return 1;\n";
  for (const Arena &arena : network.arenas)
    if (arena.bytes > 0)
      os << "  if ((uintptr_t)"
         << (network.hasSeveralArenas() ? "arenas->" + arena.identifier
                                        : "arena")
         << " % " << arena.macro << "_ALIGNMENT != 0)\n    return 2;\n";
  // An arena may hold inputs and outputs alone.
  if (!places.empty())
    writeBuffers(os);
  else if (!network.hasSeveralArenas() && network.getArenaBytes() == 0)
    os << "  (void)arena;\n";
  for (auto [i, layer] : llvm::enumerate(layers)) {
    os << "  " << macro << "_ON_LAYER(" << i << ");\n";
    os << layer.getCall(
        functions[i].name, [&](Value value) { return argumentOf(value); },
        patchNames[i], functions[i].tables);
  }
  os << "  " << macro << "_ON_LAYER(" << layers.size() << ");\n"
     << "  return 0;\n}\n";
}

void SourceWriter::writeEntryPoints(llvm::raw_ostream &os) {
  const std::string &name = network.name;
  os << "\n";
  writeCall(os, "int " + name + "_invoke_generic(",
            getGenericParameters(network), ") {");
  os << "\n  " << name << "_inputs in;\n  " << name << "_outputs out;\n"
     << "  if (!inputs || !outputs)\n    return 1;\n";
  for (auto [i, port] : llvm::enumerate(network.inputs))
    os << "  in." << port.identifier << " = (const " << port.cType
       << " *)inputs[" << i << "];\n";
  for (auto [i, port] : llvm::enumerate(network.outputs))
    os << "  out." << port.identifier << " = (" << port.cType << " *)outputs["
       << i << "];\n";
  os << "  return " << name << "_invoke(&in, &out, "
     << (network.hasSeveralArenas() ? "(const " + name + "_arenas *)arenas"
                                    : "arena")
     << ");\n}\n";
  writeRun(os);
}

/// The function with arenas of its own.
void SourceWriter::writeRun(llvm::raw_ostream &os) {
  const std::string &name = network.name;
  for (const Arena &arena : network.arenas)
    if (arena.bytes > 0)
      writeAttributeMacro(
          os, StringRef(arena.macro).drop_front(macro.size() + 1), "the arena");
  os << "\n#ifndef " << macro << "_NO_STATIC_ARENA\n";
  writeCall(
      os, "int " + name + "_run(",
      {"const " + name + "_inputs *in", "const " + name + "_outputs *out"},
      ") {");
  os << "\n";
  if (network.getArenaBytes() > 0)
    os << "  // The first member is there for its alignment.\n";
  Strings pointers;
  for (const Arena &arena : network.arenas) {
    if (arena.bytes == 0) {
      pointers.push_back("0");
      continue;
    }
    const std::string variable =
        network.hasSeveralArenas() ? arena.pointer : "arena";
    std::string size = arena.macro + "_BYTES";
    pointers.push_back(variable + ".bytes");
    if (arena.alignment > kArenaAlignment) {
      const std::string alignment = arena.macro + "_ALIGNMENT";
      size += " + " + alignment;
      pointers.back()
          .append(" + (0u - (uintptr_t)")
          .append(variable)
          .append(".bytes) % ")
          .append(alignment);
    }
    os << "  " << arena.macro << " static union {\n"
       << "    uint64_t alignment;\n    uint8_t bytes[" << size << "];\n  } "
       << variable << ";\n";
  }
  if (!network.hasSeveralArenas()) {
    os << "  return " << name << "_invoke(in, out, " << pointers.front()
       << ");\n}\n#endif\n";
    return;
  }
  // Not initialized: the addresses need not be constants.
  os << "  " << name << "_arenas arenas;\n";
  for (auto [arena, pointer] : llvm::zip_equal(network.arenas, pointers))
    os << "  arenas." << arena.identifier << " = " << pointer << ";\n";
  os << "  return " << name << "_invoke(in, out, &arenas);\n}\n#endif\n";
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

/// The functions of all layers. Those that are the same but for their names and
/// for the tables they use are one, with parameters for tables that differ.
std::string SourceWriter::defineFunctions(ArrayRef<LayerWriter> layers) {
  llvm::StringMap<size_t> groupOf;
  SmallVector<SmallVector<size_t>> groups;
  for (auto [i, layer] : llvm::enumerate(layers)) {
    auto [group, isNew] =
        groupOf.try_emplace(layer.getAnonymousFunction(), groups.size());
    if (isNew)
      groups.emplace_back();
    groups[group->second].push_back(i);
  }
  functions.resize(layers.size());
  std::string definitions;
  for (ArrayRef<size_t> members : groups) {
    const LayerWriter &first = layers[members.front()];
    llvm::SmallBitVector differ(first.getTableUses().size());
    llvm::SetVector<StringRef> others;
    for (size_t member : members.drop_front()) {
      for (auto [k, use] : llvm::enumerate(layers[member].getTableUses()))
        if (use.name != first.getTableUses()[k].name)
          differ.set(k);
      if (layers[member].getLayer().name != first.getLayer().name)
        others.insert(layers[member].getLayer().name);
    }
    definitions += "\n" + first.getFunction(differ, others.getArrayRef());
    for (size_t member : members)
      functions[member] = {first.getLayer().function, differ};
  }
  return definitions;
}

LogicalResult SourceWriter::run() {
  std::vector<LayerWriter> layers;
  std::string globals, tables;
  for (const NetworkLayer &layer : network.layers) {
    LayerWriter &writer = layers.emplace_back(network, layer);
    if (failed(writer.run()))
      return failure();
    tables += writer.getTables();
  }
  const std::string definitions = defineFunctions(layers);
  namePlaces(layers);
  llvm::raw_string_ostream globalStream(globals);
  if (failed(writeGlobals(globalStream)))
    return failure();

  const bool byFloat = network.mode == nn::RequantMode::Float;
  const std::string kernels =
      KernelLibrary(byFloat, network.sharesKernels).select(definitions);
  llvm::StringSet<> used;
  collectIdentifiers(kernels, used);
  collectIdentifiers(definitions, used);
  collectIdentifiers(globals, used);

  header = writeHeader(network);
  llvm::raw_string_ostream os(source);
  os << "// " << network.name << ".c: a neural network, written by Pare.\n";
  os << "\n#include \"" << network.name << ".h\"\n";
  const bool usesMath =
      usesAny(used, {"INFINITY", "NAN", "expf", "tanhf", "erff", "sqrtf",
                     "logf", "powf", "fabsf"});
  const bool usesString = usesAny(used, {"memcpy", "memset"});
  if (usesMath || usesString)
    os << (usesMath ? "\n#include <math.h>\n" : "\n")
       << (usesString ? "#include <string.h>\n" : "");
  // Instructions beyond C, each of which has a portable twin.
  static constexpr std::pair<StringLiteral, StringLiteral> kIntrinsics[] = {
      {"__ARM_FEATURE_DSP", "arm_acle.h"}, {"__ARM_FEATURE_MVE", "arm_mve.h"}};
  for (auto [feature, file] : kIntrinsics)
    if (used.contains(feature))
      os << "\n#if defined(" << feature << ")\n#include <" << file
         << ">\n#endif\n";
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
    writeAttributeMacro(os, "WEIGHTS", "these constants");
    os << globals << tables;
  }
  section("Layers");
  os << definitions;
  section("The network");
  writePlaces(os);
  writeChecks(os);
  writeHooks(os);
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
  network->setOptions(options);
  SourceWriter writer(*network);
  if (failed(writer.run()))
    return failure();
  CSource source = {network->name, std::move(writer.header),
                    std::move(writer.source), network->getArenaBytes(),
                    network->weightBytes};
  if (network->hasSeveralArenas())
    for (const Arena &arena : network->arenas)
      source.regionBytes.push_back(arena.bytes);
  return source;
}

std::string pare::joinCSource(const CSource &source) {
  const std::string include = "#include \"" + source.stem + ".h\"\n";
  auto [before, after] = StringRef(source.source).split(include);
  return (before + source.header + after).str();
}
