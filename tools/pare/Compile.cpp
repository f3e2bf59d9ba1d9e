//===- Compile.cpp - pare compile, quantize and prune ---------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Subcommands.h"
#include "pare/Dialect/NN/Transforms/Passes.h"
#include "pare/Driver/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace pare;
using namespace pare::tool;

namespace {
enum class Quantization { None, Int8 };
enum class Requant { Default, Fixed, Float };
enum class Form { Default, NN, Kernel, Project, Assembly, Object, Shared, C };

/// What all three commands take.
class CompressionSubcommand : public Subcommand {
protected:
  CompressionSubcommand(StringRef name, StringRef description)
      : Subcommand(name, description) {
    require(network);
    require(output);
  }

  driver::CompileCommand command;

private:
  cl::opt<std::string, true> network{cl::Positional, cl::desc("<network>"),
                                     cl::sub(*this), cl::cat(getCategory()),
                                     cl::location(command.network)};
  cl::opt<std::string, true> output{"o",
                                    cl::desc("File to write"),
                                    cl::value_desc("OUT"),
                                    cl::sub(*this),
                                    cl::cat(getCategory()),
                                    cl::location(command.output)};
  cl::opt<bool, true> printReport{
      "print-report", cl::desc("Print what each step did"), cl::sub(*this),
      cl::cat(getCategory()), cl::location(command.printReport)};
};

/// Options of quantization.
class QuantizeFlags {
public:
  QuantizeFlags(Subcommand &subcommand, driver::CompileCommand &command)
      : calibrate("calibrate",
                  cl::desc("Samples that show the ranges of activations"),
                  cl::value_desc("X.npy"), cl::sub(subcommand),
                  cl::cat(getCategory()), cl::location(command.calibrate)),
        limit("calibrate-limit", cl::desc("Use the first N samples alone"),
              cl::value_desc("N"), cl::sub(subcommand), cl::cat(getCategory()),
              cl::location(command.calibrateLimit)),
        scale("input-scale", cl::desc("Samples are x * scale + offset"),
              cl::sub(subcommand), cl::cat(getCategory()),
              cl::location(command.inputScale)),
        offset("input-offset", cl::desc("Samples are x * scale + offset"),
               cl::sub(subcommand), cl::cat(getCategory()),
               cl::location(command.inputOffset)),
        floatLayers("float-layers", cl::CommaSeparated,
                    cl::desc("Layers that stay in floating point"),
                    cl::value_desc("name,..."), cl::sub(subcommand),
                    cl::cat(getCategory())),
        io("io", cl::desc("Inputs and outputs of a quantized network"),
           cl::sub(subcommand), cl::cat(getCategory()),
           cl::init(nn::BorderType::Int8),
           cl::values(
               clEnumValN(nn::BorderType::Int8, "int8", "quantized"),
               clEnumValN(nn::BorderType::Float, "float", "f32 as before"))),
        correctBias("correct-bias",
                    cl::desc("Take the mean error of rounded weights out of "
                             "biases"),
                    cl::sub(subcommand), cl::cat(getCategory()),
                    cl::location(command.correctBias)),
        weightBits("weight-bits",
                   cl::desc("Width of quantized weights, 2 to 8"),
                   cl::sub(subcommand), cl::cat(getCategory()),
                   cl::location(command.weightBits)),
        requant("requant", cl::desc("Requantization mode"), cl::sub(subcommand),
                cl::cat(getCategory()), cl::init(Requant::Default),
                cl::values(
                    clEnumValN(Requant::Default, "default",
                               "as the network says, else fixed for C "
                               "and float for CPUs"),
                    clEnumValN(Requant::Fixed, "fixed", "multiplier and shift"),
                    clEnumValN(Requant::Float, "float",
                               "one f32 multiplication"))) {}

  void apply(driver::CompileCommand &command) const {
    command.floatLayers.assign(floatLayers.begin(), floatLayers.end());
    command.floatBorders = io == nn::BorderType::Float;
    if (requant == Requant::Fixed)
      command.requant = nn::RequantMode::Fixed;
    if (requant == Requant::Float)
      command.requant = nn::RequantMode::Float;
  }

private:
  cl::opt<std::string, true> calibrate;
  cl::opt<int64_t, true> limit;
  cl::opt<double, true> scale, offset;
  cl::list<std::string> floatLayers;
  cl::opt<nn::BorderType> io;
  cl::opt<bool, true> correctBias;
  cl::opt<unsigned, true> weightBits;
  cl::opt<Requant> requant;
};

constexpr StringLiteral kTargets =
    "c, c99, cortex-m0plus, cortex-m4, cortex-m33, cortex-m55, riscv32, "
    "native, generic, x86-64, x86-64-v2, x86-64-v3, x86-64-vnni (avx-vnni), "
    "x86-64-v4 (avx512-vnni), x86-64-multi (several of them in one file), "
    "aarch64, aarch64+dotprod or aarch64+i8mm";

/// Options of pruning; `share` is the name of the one that says how much.
class PruneFlags {
public:
  PruneFlags(Subcommand &subcommand, driver::CompileCommand &command,
             StringRef share)
      : prune(share, cl::desc("Share of the weights to prune"),
              cl::value_desc("0..1"), cl::sub(subcommand),
              cl::cat(getCategory()), cl::location(command.prune)),
        block("block",
              cl::desc("Prune and store blocks of weights (1x1); auto: as "
                       "suits the target"),
              cl::value_desc("ROWSxCOLUMNS|auto"), cl::sub(subcommand),
              cl::cat(getCategory()), cl::init("1x1")) {}

  Error apply(driver::CompileCommand &command) const {
    // The driver knows the share, but not which option gave it.
    if (!(prune >= 0.0 && prune < 1.0))
      return createStringError("expected --" + prune.ArgStr +
                               " in [0, 1), found " +
                               formatv("{0}", double(prune)).str());
    command.autoBlock = block == "auto";
    if (command.autoBlock)
      return Error::success();
    auto [rows, columns] = StringRef(block).split('x');
    if (rows.getAsInteger(10, command.blockRows) ||
        columns.getAsInteger(10, command.blockColumns))
      return createStringError("expected --block=ROWSxCOLUMNS or auto, "
                               "found --block=" +
                               block);
    return Error::success();
  }

private:
  cl::opt<double, true> prune;
  cl::opt<std::string> block;
};

/// "65536", "64K" or "1M"; nothing for an empty text.
static Error readBytes(StringRef option, StringRef text, int64_t &bytes) {
  if (text.empty())
    return Error::success();
  std::optional<int64_t> number = kernel::parseBytes(text);
  if (!number)
    return createStringError("expected bytes for --" + option +
                             ", such as 65536, 64K or 1M, found '" + text +
                             "'");
  bytes = *number;
  return Error::success();
}

/// The same, or several memories: "dtcm:64K,sram:256K".
static Error readMemory(StringRef text, driver::CompileCommand &command) {
  if (!text.contains(':'))
    return readBytes("ram", text, command.ram);
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  auto regions = kernel::parseRegions(
      SmallVector<std::string>(parts.begin(), parts.end()));
  if (!regions)
    return createStringError("--ram: " + toString(regions.takeError()));
  command.ramRegions.assign(regions->begin(), regions->end());
  return Error::success();
}

class CompileSubcommand : public CompressionSubcommand {
public:
  CompileSubcommand()
      : CompressionSubcommand("compile", "Compress a network and compile it"),
        quantizeFlags(*this, command), pruneFlags(*this, command, "prune") {}

  Error execute() override {
    command.quantize = quantize == Quantization::Int8;
    quantizeFlags.apply(command);
    if (form != Form::Default)
      command.emit = getEmit();
    if (Error error = readMemory(ram, command))
      return error;
    if (Error error = readBytes("flash", flash, command.flash))
      return error;
    if (Error error = pruneFlags.apply(command))
      return error;
    return driver::compileNetwork(command, outs());
  }

private:
  driver::Emit getEmit() const {
    switch (form) {
    case Form::Kernel:
      return driver::Emit::Kernel;
    case Form::Assembly:
      return driver::Emit::Assembly;
    case Form::Object:
      return driver::Emit::Object;
    case Form::Shared:
      return driver::Emit::Shared;
    case Form::C:
      return driver::Emit::C;
    case Form::Project:
      return driver::Emit::Project;
    default:
      return driver::Emit::NN;
    }
  }

  cl::opt<Quantization> quantize{
      "quantize",
      cl::desc("Quantize weights and activations"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::init(Quantization::None),
      cl::values(clEnumValN(Quantization::Int8, "int8",
                            "8-bit integers, ranges from --calibrate"))};
  QuantizeFlags quantizeFlags;
  PruneFlags pruneFlags;
  TargetFlag targetFlag{*this, command.target, kTargets};
  CodeFlags codeFlags{*this, command.code};
  cl::opt<Form> form{
      "emit",
      cl::desc("What to write (default: what the extension of OUT says)"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::init(Form::Default),
      cl::values(
          clEnumValN(Form::NN, "nn", "the network: .mlir text, or .mlirbc"),
          clEnumValN(Form::Kernel, "kernel", "its loops, likewise"),
          clEnumValN(Form::Assembly, "asm", "assembly text and a C header"),
          clEnumValN(Form::Object, "obj", "an object file and a C header"),
          clEnumValN(Form::Shared, "shared", "a shared library and a C header"),
          clEnumValN(Form::C, "c", "C99 source and its header"),
          clEnumValN(Form::Project, "project",
                     "a directory with C99 source, header, CMakeLists.txt"))};
  cl::opt<COptimize, true> optimize{
      "optimize",
      cl::desc("C code: what it is to have little of"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.optimize),
      cl::values(clEnumValN(COptimize::Speed, "speed", "instructions"),
                 clEnumValN(COptimize::Balanced, "balanced", "both"),
                 clEnumValN(COptimize::Size, "size", "bytes of code"))};
  cl::opt<std::string> ram{
      "ram",
      cl::desc("C code: bytes of RAM that it may take (64K), or several "
               "memories, the fastest first (dtcm:64K,sram:256K)"),
      cl::value_desc("bytes"), cl::sub(*this), cl::cat(getCategory())};
  cl::opt<std::string, true> ioRegion{
      "io-region",
      cl::desc("C code: which memory of --ram inputs and outputs lie in"),
      cl::value_desc("name"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.ioRegion)};
  cl::opt<std::string> flash{
      "flash", cl::desc("C code: bytes of flash that it may take (512K)"),
      cl::value_desc("bytes"), cl::sub(*this), cl::cat(getCategory())};
  cl::opt<bool, true> separateIO{
      "separate-io",
      cl::desc("C code: inputs and outputs have no room in the arena"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.separateIO)};
  cl::opt<bool, true> library{
      "library",
      cl::desc("C code in a directory: compile a static library too"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.library)};
  cl::opt<std::string, true> tune{
      "tune",
      cl::desc("Measure the fastest code for layers that FILE does not have "
               "yet, add it there, and use it"),
      cl::value_desc("FILE"),
      cl::sub(*this),
      cl::cat(getCategory()),
      cl::location(command.tune)};
  cl::opt<bool, true> printPlan{
      "print-plan", cl::desc("C code: print the plan of the arena"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.printPlan)};
  cl::opt<std::string, true> memorySvg{
      "memory-svg",           cl::desc("C code: draw the plan of the arena"),
      cl::value_desc("FILE"), cl::sub(*this),
      cl::cat(getCategory()), cl::location(command.memorySvg)};
  cl::opt<std::string, true> name{
      "name", cl::desc("Prefix of symbols in code (default: the stem of OUT)"),
      cl::sub(*this), cl::cat(getCategory()), cl::location(command.name)};
};

class QuantizeSubcommand : public CompressionSubcommand {
public:
  QuantizeSubcommand()
      : CompressionSubcommand(
            "quantize",
            "Quantize a network: compile --quantize=int8 --emit=nn"),
        flags(*this, command) {}

  Error execute() override {
    command.quantize = true;
    command.emit = driver::Emit::NN;
    flags.apply(command);
    return driver::compileNetwork(command, outs());
  }

private:
  QuantizeFlags flags;
};

class PruneSubcommand : public CompressionSubcommand {
public:
  PruneSubcommand()
      : CompressionSubcommand("prune",
                              "Prune a network: compile --prune --emit=nn"),
        flags(*this, command, "sparsity"),
        target(*this, command.target,
               "What --block=auto is to suit, a name as of compile (native)"),
        sparsify(*this, command.code.sparsify) {
    command.prune = 0.5;
  }

  Error execute() override {
    command.emit = driver::Emit::NN;
    if (Error error = flags.apply(command))
      return error;
    if (command.target && !command.autoBlock)
      return createStringError("--target is of use with --block=auto alone");
    return driver::compileNetwork(command, outs());
  }

private:
  PruneFlags flags;
  TargetFlag target;
  SparsifyFlag sparsify;
};
} // namespace

Subcommand &pare::tool::getCompileCommand() {
  static CompileSubcommand command;
  return command;
}

Subcommand &pare::tool::getQuantizeCommand() {
  static QuantizeSubcommand command;
  return command;
}

Subcommand &pare::tool::getPruneCommand() {
  static PruneSubcommand command;
  return command;
}
