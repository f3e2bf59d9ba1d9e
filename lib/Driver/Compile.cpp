//===- Compile.cpp - pare compile -----------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Embedded.h"
#include "Emit.h"
#include "MemoryReport.h"
#include "Report.h"
#include "pare/Driver/Commands.h"
#include "pare/Driver/Diagnostics.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Pipelines/Pipelines.h"
#include "pare/Runtime/SampleSet.h"
#include "pare/Runtime/Signature.h"
#include "pare/Support/FileOutput.h"
#include "pare/Target/CPU/Passes.h"
#include "pare/Target/CPU/SparseBlocks.h"
#include "pare/Target/CPU/TargetInfo.h"
#include "pare/Tuning/Tuning.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// What to write, from --emit or from the extension of the output.
static llvm::Expected<Emit> chooseEmit(const CompileCommand &command) {
  if (command.emit)
    return *command.emit;
  auto emit = llvm::StringSwitch<std::optional<Emit>>(
                  llvm::sys::path::extension(command.output))
                  .Cases({".mlir", ".mlirbc"}, Emit::NN)
                  .Case(".s", Emit::Assembly)
                  .Case(".o", Emit::Object)
                  .Case(".so", Emit::Shared)
                  .Case(".c", Emit::C)
                  .Default(std::nullopt);
  if (emit)
    return *emit;
  // Code for a microcontroller is a directory of files.
  if (command.target && CTarget::lookup(*command.target))
    return Emit::Project;
  return llvm::createStringError(
      command.output + ": expected the extension .mlir, .mlirbc, .o, .s, "
                       ".so or .c, or --emit to say what to write");
}

static bool isMachineCode(Emit emit) {
  return emit == Emit::Assembly || emit == Emit::Object || emit == Emit::Shared;
}

static bool isC(Emit emit) { return emit == Emit::C || emit == Emit::Project; }

/// "c", "cortex-m4 (Armv7E-M: ...)", ...
static std::string listCTargets() {
  std::string names = "c";
  for (const CTarget &target : CTarget::getAll())
    names += (", " + target.name).str();
  return names;
}

/// "c", or the name of a microcontroller or a CPU.
static llvm::Expected<std::string> chooseTarget(const CompileCommand &command,
                                                Emit emit) {
  const std::string target =
      command.target.value_or(isC(emit) ? "c" : "native");
  if (isC(emit) && !findCTarget(target))
    return llvm::createStringError(
        "expected one of --target=" + listCTargets() +
        " for C source, found --target=" + target);
  if (isMachineCode(emit) && target == "c")
    return llvm::createStringError(
        "expected the name of a CPU for machine code, found --target=c");
  if (!isMachineCode(emit) && findCTarget(target))
    return target;
  auto infos = cpu::TargetInfo::getAll(target);
  if (!infos)
    return llvm::createStringError(llvm::toString(infos.takeError()) +
                                   "; for C: " + listCTargets());
  if (emit == Emit::Shared && infos->front().isBareMetal)
    return llvm::createStringError("expected --emit=obj or --emit=asm for " +
                                   target + ", which loads no libraries");
  return target;
}

/// The same for options of C code.
static llvm::Error checkCOptions(const CompileCommand &command, Emit emit) {
  if (command.ram < 0 || command.flash < 0)
    return llvm::createStringError(
        "expected --ram and --flash of at least one byte");
  if (command.library && emit != Emit::Project)
    return llvm::createStringError("--library is of use for C in a directory "
                                   "alone");
  if (!command.ioRegion.empty() &&
      llvm::none_of(command.ramRegions,
                    [&](const kernel::MemoryRegion &region) {
                      return region.name == command.ioRegion;
                    }))
    return llvm::createStringError("expected --io-region to be a memory of "
                                   "--ram, found '" +
                                   command.ioRegion + "'");
  if (!command.ioRegion.empty() && command.separateIO)
    return llvm::createStringError(
        "expected --io-region or --separate-io, found both");
  const bool isForC = command.ram > 0 || command.flash > 0 ||
                      !command.ramRegions.empty() || command.separateIO ||
                      command.printPlan || !command.memorySvg.empty();
  if (isForC && !isC(emit))
    return llvm::createStringError(
        "--ram, --flash, --separate-io, --print-plan and --memory-svg are of "
        "use for C source alone");
  return llvm::Error::success();
}

/// The same for options of machine code.
static llvm::Error checkTuning(const CompileCommand &command, Emit emit) {
  if (!isMachineCode(emit) &&
      (command.code.winograd != cpu::Winograd::Auto ||
       command.code.stripes != cpu::Stripes::Auto ||
       command.code.pixelBlocks != cpu::PixelBlocking::Auto))
    return llvm::createStringError("--winograd, --stripes and --pixel-blocks "
                                   "are of use for machine code alone");
  if (command.tune.empty() && command.code.tuning.empty())
    return llvm::Error::success();
  if (!isMachineCode(emit))
    return llvm::createStringError(
        "--tune and --tuning are of use for machine code alone");
  if (!command.tune.empty() && !command.code.tuning.empty())
    return llvm::createStringError(
        "expected --tune or --tuning, found both: --tune uses its file too");
  if (command.tune == command.output)
    return llvm::createStringError("cannot write '" + command.output +
                                   "': it is the name of two outputs");
  return llvm::Error::success();
}

/// Values and combinations of options that make no sense, whatever is emitted.
static llvm::Error checkOptions(const CompileCommand &command) {
  auto isShare = [](double x, double least) { return x >= least && x <= 1.0; };
  if (command.quantize && command.calibrate.empty())
    return llvm::createStringError(
        "--quantize=int8 needs samples: --calibrate=X.npy");
  if (!command.quantize && !command.calibrate.empty())
    return llvm::createStringError(
        "--calibrate is of use with --quantize=int8 alone");
  if (!command.quantize &&
      (!command.floatLayers.empty() || command.floatBorders ||
       command.correctBias || command.weightBits != 8 ||
       command.calibrateLimit > 0 || command.inputScale != 1.0 ||
       command.inputOffset != 0.0))
    return llvm::createStringError(
        "--calibrate-limit, --input-scale, --input-offset, --float-layers, "
        "--io, --correct-bias and --weight-bits are of use with "
        "--quantize=int8 alone");
  if (command.calibrateLimit < 0)
    return llvm::createStringError(
        "expected --calibrate-limit of at least 0, found " +
        llvm::Twine(command.calibrateLimit));
  if (llvm::Error error =
          SampleScaling{command.inputScale, command.inputOffset}.verify())
    return error;
  if (!isShare(command.prune, 0.0) || command.prune == 1.0)
    return llvm::createStringError("expected --prune in [0, 1), found " +
                                   llvm::formatv("{0}", command.prune).str());
  if (command.code.sparsify && !isShare(*command.code.sparsify, 0.0))
    return llvm::createStringError(
        "expected --sparsify in [0, 1], found " +
        llvm::formatv("{0}", *command.code.sparsify).str());
  if (command.blockRows < 1 || command.blockColumns < 1)
    return llvm::createStringError("expected --block of at least 1x1, found " +
                                   llvm::Twine(command.blockRows) + "x" +
                                   llvm::Twine(command.blockColumns));
  if (command.weightBits < 2 || command.weightBits > 8)
    return llvm::createStringError(
        "expected --weight-bits from 2 to 8, found " +
        llvm::Twine(command.weightBits));
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

/// The share of zeros from which on a layer is stored sparsely; 0 for nowhere.
static double chooseSparsifyThreshold(const CompileCommand &command,
                                      bool quantize, Emit emit) {
  constexpr double kSmallerInFloat = 0.7;
  if (command.code.sparsify)
    return *command.code.sparsify;
  // For machine code, the target decides at the end.
  if (isMachineCode(emit))
    return 0.0;
  return command.prune > 0.0 && !quantize ? kSmallerInFloat : 0.0;
}

/// The command with the block that suits the target, if that was asked for.
static CompileCommand withBlock(CompileCommand command, llvm::StringRef target,
                                bool quantize, Emit emit) {
  // Microcontrollers are CPUs as well, whose machine code has blocks.
  if (!command.autoBlock || (!isMachineCode(emit) && findCTarget(target)))
    return command;
  auto targets = cpu::TargetInfo::getAll(target);
  if (!targets) {
    llvm::consumeError(targets.takeError());
    return command;
  }
  std::tie(command.blockRows, command.blockColumns) =
      cpu::preferredBlock(targets->front(), quantize);
  return command;
}

/// What decides about the code of layers.
static cpu::CodeOptions getCodeOptions(const CompileCommand &command) {
  cpu::CodeOptions code = command.code;
  if (!command.tune.empty())
    code.tuning = command.tune;
  code.sparseRemarks = command.printReport;
  return code;
}

static void addCompression(OpPassManager &passes, const CompileCommand &command,
                           bool quantize, nn::RequantMode mode, Emit emit) {
  const double threshold = chooseSparsifyThreshold(command, quantize, emit);
  if (quantize) {
    Int8PipelineOptions options;
    options.samples = command.calibrate;
    options.inputScale = command.inputScale;
    options.inputOffset = command.inputOffset;
    options.limit = command.calibrateLimit;
    options.weightBits = command.weightBits;
    options.floatLayers = command.floatLayers;
    options.io =
        command.floatBorders ? nn::BorderType::Float : nn::BorderType::Int8;
    options.correctBias = command.correctBias;
    options.requantMode = mode;
    options.sparsity = command.prune;
    options.blockRows = command.blockRows;
    options.blockColumns = command.blockColumns;
    options.sparsifyThreshold = threshold;
    buildInt8Pipeline(passes, options);
    return;
  }
  buildSimplifyPipeline(passes, SimplifyPipelineOptions());
  if (command.prune > 0.0) {
    nn::PrunePassOptions prune;
    prune.sparsity = command.prune;
    prune.blockRows = command.blockRows;
    prune.blockColumns = command.blockColumns;
    passes.addPass(nn::createPrunePass(prune));
  }
  // A mode that was asked for is written down even where code is made later.
  if (command.requant) {
    nn::FoldScalesPassOptions scales;
    scales.mode = mode;
    passes.addPass(nn::createFoldScalesPass(scales));
  }
  if (threshold > 0.0) {
    nn::SparsifyPassOptions sparsify;
    sparsify.threshold = threshold;
    sparsify.blockRows = command.blockRows;
    sparsify.blockColumns = command.blockColumns;
    passes.addPass(nn::createSparsifyPass(sparsify));
  }
}

/// TargetInfo::fusedSumBytes where one form of the network serves all targets.
static int64_t fusedSumBytesOf(llvm::ArrayRef<cpu::TargetInfo> targets) {
  int64_t most = targets.empty() ? -1 : 0;
  for (const cpu::TargetInfo &target : targets) {
    const int64_t bytes = target.fusedSumBytes();
    most = most < 0 || bytes < 0 ? -1 : std::max(most, bytes);
  }
  return most;
}

/// To kernel, with an arena. `targets`: the CPUs to make code for.
static void addKernelLowering(OpPassManager &passes,
                              const CompileCommand &command, Emit emit,
                              llvm::ArrayRef<cpu::TargetInfo> targets,
                              nn::RequantMode mode) {
  KernelPipelineOptions options;
  options.requantMode = mode;
  options.keepBlocks = isMachineCode(emit) && !command.code.sparsify;
  options.fuseFunctions = options.fuseResiduals = isMachineCode(emit);
  options.fuseTables = isMachineCode(emit) &&
                       llvm::all_of(targets, [](const cpu::TargetInfo &target) {
                         return target.multipliesTables();
                       });
  if (isMachineCode(emit))
    options.fuseIntegerResidualsFrom =
        command.code.fuseSums ? 0 : fusedSumBytesOf(targets);
  options.keepDeadChannels = command.code.keepDeadChannels;
  if (isMachineCode(emit))
    options.channelMultiple = cpu::kChannelMultiple;
  options.channelsWithinPeak = command.code.smallArena;
  buildKernelPipeline(passes, options);
}

/// To machine code, if it is for one CPU.
static void addLowering(OpPassManager &passes, const CompileCommand &command,
                        Emit emit, llvm::ArrayRef<cpu::TargetInfo> targets,
                        nn::RequantMode mode) {
  addKernelLowering(passes, command, emit, targets, mode);
  if (targets.size() != 1)
    return;
  cpu::KernelToLLVMOptions code;
  code.target = targets.front().name;
  code.set(getCodeOptions(command));
  cpu::buildKernelToLLVMPipeline(passes, code);
}

/// Lowers copies of a network in kernel, one for each target. The arena must do
/// for all of them.
static llvm::Error lowerForms(Network &network, const CompileCommand &command,
                              llvm::ArrayRef<cpu::TargetInfo> targets,
                              Emission &emission, Progress &progress,
                              CompileReport &report) {
  DiagnosticCollector diagnostics(network.getContext(), network.getPath());
  ArenaSizes arena;
  for (const cpu::TargetInfo &target : targets) {
    emission.forms.push_back(network.getModule().clone());
    PassManager passes(network.getContext());
    passes.addInstrumentation(std::make_unique<PassObserver>(progress, report));
    cpu::KernelToLLVMOptions code;
    code.target = target.name;
    code.set(getCodeOptions(command));
    cpu::buildKernelToLLVMPipeline(passes, code);
    if (failed(passes.run(*emission.forms.back())))
      return diagnostics.takeError("a pass failed");
    arena.join(report.arena);
  }
  report.arena = arena;
  return llvm::Error::success();
}

/// Adds to the file of --tune what it does not have of the network's layers.
static llvm::Error tuneNetwork(Network &network, const CompileCommand &command,
                               Emit emit, nn::RequantMode mode,
                               llvm::ArrayRef<cpu::TargetInfo> targets,
                               CompileReport &report) {
  cpu::TuningTable table;
  if (llvm::sys::fs::exists(command.tune)) {
    auto read = cpu::TuningTable::read(command.tune);
    if (!read)
      return read.takeError();
    table = std::move(*read);
  }
  // Before what takes long: whether the file can be written.
  llvm::Expected<FileOutput> file = FileOutput::create(command.tune);
  if (!file)
    return file.takeError();
  DiagnosticCollector diagnostics(network.getContext(), network.getPath());
  OwningOpRef<ModuleOp> module = network.getModule().clone();
  PassManager passes(network.getContext());
  addKernelLowering(passes, command, emit, targets, mode);
  if (failed(passes.run(*module)))
    return diagnostics.takeError("a pass failed");
  for (const cpu::TargetInfo &target : targets) {
    TuningOptions options;
    options.code = getCodeOptions(command);
    options.code.sparseRemarks = false;
    options.path = command.tune;
    llvm::Expected<TuningCounts> measured =
        tuneLayers(*module, target, table, options);
    if (!measured && diagnostics.hasError())
      return diagnostics.takeError(llvm::toString(measured.takeError()));
    if (!measured)
      return measured.takeError();
    report.addLine("tuning", llvm::Twine(measured->shapes) +
                                 " shapes measured for " + target.name + ", " +
                                 llvm::Twine(measured->codes) +
                                 " pieces of code");
  }
  file->os() << table.print();
  return file->commit();
}

/// Tells which layers stay in floating point among integer ones: nobody should
/// have to find that out from a profile.
static void noteFloatLayers(const NetworkSummary &summary,
                            llvm::StringRef path) {
  std::string names;
  int64_t count = 0;
  for (const LayerSummary &layer : summary.layers) {
    if (!layer.isFloat)
      continue;
    ++count;
    if (count <= 8)
      names += (count > 1 ? ", '" : "'") + layer.name + "' (" + layer.op + ")";
  }
  if (count == 0)
    return;
  llvm::errs() << "pare: note: " << path << ": "
               << (count == 1 ? "1 layer stays"
                              : llvm::Twine(count).str() + " layers stay")
               << " in floating point: " << names << (count > 8 ? ", ..." : "")
               << '\n';
}

llvm::Error pare::driver::compileNetwork(const CompileCommand &command,
                                         llvm::raw_ostream &os) {
  if (llvm::Error error = checkOptions(command))
    return error;
  llvm::Expected<Emit> emit = chooseEmit(command);
  if (!emit)
    return emit.takeError();
  if (command.output == "-" && *emit != Emit::NN && *emit != Emit::Kernel)
    return llvm::createStringError("expected -o with the name of a file for "
                                   "code, which has a header beside it");
  if (llvm::Error error = checkCOptions(command, *emit))
    return error;
  if (llvm::Error error = checkTuning(command, *emit))
    return error;
  llvm::Expected<std::string> target = chooseTarget(command, *emit);
  if (!target)
    return target.takeError();
  llvm::Expected<Network> network = Network::load(command.network);
  if (!network)
    return network.takeError();
  llvm::Expected<func::FuncOp> func = network->getFunction();
  if (!func)
    return func.takeError();

  const bool isQuantized = hasIntegerLayers(*func);
  if (isQuantized && command.prune > 0.0)
    return llvm::createStringError(command.network +
                                   ": expected a float network to prune, "
                                   "found a quantized one");
  const bool quantize = command.quantize && !isQuantized;
  if (command.quantize && isQuantized)
    llvm::errs() << "pare: note: " << command.network
                 << ": the network is quantized already\n";

  // A network that says how it requantizes keeps its word.
  const bool hasMode =
      network->getModule()->hasAttr(nn::NNDialect::kRequantModeAttr);
  const nn::RequantMode mode = command.requant ? *command.requant
                               : hasMode       ? nn::getRequantMode(*func)
                               : findCTarget(*target) ? nn::RequantMode::Fixed
                                                      : nn::RequantMode::Float;

  CompileReport report(command.printReport);
  report.addStep("import", *func);
  Emission emission;
  emission.emit = *emit;
  emission.module = network->getModule();
  emission.target = *target;
  emission.output = command.output;
  Progress progress("compiling", 0);
  auto runPasses = [&](llvm::function_ref<void(OpPassManager &)> add) {
    return network->runPasses([&](PassManager &passes) {
      passes.addInstrumentation(
          std::make_unique<PassObserver>(progress, report));
      add(passes);
    });
  };
  if (llvm::Error error = runPasses([&](OpPassManager &passes) {
        addCompression(passes, withBlock(command, *target, quantize, *emit),
                       quantize, mode, *emit);
      }))
    return error;
  func = network->getFunction();
  if (!func)
    return func.takeError();
  if (quantize)
    noteFloatLayers(summarize(*func), command.network);

  if (*emit != Emit::NN) {
    // Symbols are named after the function.
    func->setSymName(makeIdentifier(
        command.name.empty()
            ? llvm::sys::path::stem(llvm::StringRef(command.output).rtrim('/'))
            : llvm::StringRef(command.name)));
    llvm::Expected<Signature> signature = getSignature(*func);
    if (!signature)
      return llvm::createStringError(command.network + ": " +
                                     llvm::toString(signature.takeError()));
    emission.signature = std::move(*signature);
    std::vector<cpu::TargetInfo> targets;
    if (isMachineCode(*emit)) {
      auto found = cpu::TargetInfo::getAll(*target);
      if (!found)
        return found.takeError();
      targets = std::move(*found);
    }
    if (!command.tune.empty())
      if (llvm::Error error =
              tuneNetwork(*network, command, *emit, mode, targets, report))
        return error;
    if (llvm::Error error = runPasses([&](OpPassManager &passes) {
          addLowering(passes, command, *emit, targets, mode);
        }))
      return error;
    if (targets.size() > 1)
      if (llvm::Error error = lowerForms(*network, command, targets, emission,
                                         progress, report))
        return error;
    emission.arenaBytes = report.arena.bytes;
    emission.scratchBytes = report.arena.perThread;
    report.addLine("requantization", nn::stringifyRequantMode(mode));
    if (isC(*emit)) {
      DiagnosticCollector diagnostics(network->getContext(), command.network);
      auto plan = planEmbedded(emission, command, report);
      if (!plan && !diagnostics.hasError())
        return plan.takeError();
      if (!plan) {
        llvm::consumeError(plan.takeError());
        return diagnostics.takeError("");
      }
      emission.plan = std::move(*plan);
    } else {
      report.addLine("arena", llvm::Twine(report.arena.bytes) + " bytes");
    }
    if (isMachineCode(*emit)) {
      report.addLine("largest live set", report.arena.describeLive());
      report.addLine("arena, each further thread",
                     llvm::Twine(report.arena.perThread) + " bytes");
    }
  }
  progress.step(1, "writing");
  DiagnosticCollector diagnostics(network->getContext(), command.network);
  if (llvm::Error error = emitNetwork(emission, command, report)) {
    if (!diagnostics.hasError())
      return error;
    llvm::consumeError(std::move(error));
    return diagnostics.takeError("");
  }
  progress.finish();
  if (command.printPlan)
    printMemoryPlan(emission.plan, os);
  if (command.printReport)
    report.print(os);
  return llvm::Error::success();
}
