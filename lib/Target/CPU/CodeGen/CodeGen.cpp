//===- CodeGen.cpp - Objects, shared libraries and headers ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/CodeGen.h"
#include "CodeGen/Dispatch.h"
#include "CodeGen/ObjectData.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/IndVarSimplify.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

#include <mutex>

using namespace mlir;

namespace pare::cpu {

LogicalResult lowerToLLVM(ModuleOp module, const TargetInfo &target,
                          const CodeOptions &code) {
  PassManager manager(module.getContext());
#ifdef NDEBUG
  // As for networks in files: passes are tested with pare-opt.
  manager.enableVerifier(false);
#endif
  KernelToLLVMOptions options;
  options.target = target.name;
  options.threadCycles = target.threadCycles;
  options.set(code);
  buildKernelToLLVMPipeline(manager, options);
  return manager.run(module);
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetInfo &info, unsigned optLevel) {
  // LLVM's registry of targets is the only state that this touches.
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
  std::string message;
  llvm::Triple triple(info.triple);
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return llvm::createStringError(message);
  llvm::TargetOptions options;
  // A sum of products is never contracted behind the back of the numeric
  // contract; where a fused step is wanted, the code says so, with vector.fma.
  // That becomes llvm.fmuladd, which `Strict` would take apart again.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // The object says how it passes floats, for the linker to compare.
  if (triple.getEnvironment() == llvm::Triple::EABIHF)
    options.FloatABIType = llvm::FloatABI::Hard;
  auto level = static_cast<llvm::CodeGenOptLevel>(std::min(optLevel, 3u));
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, info.cpu, info.features, options,
      info.isBareMetal ? llvm::Reloc::Static : llvm::Reloc::PIC_, std::nullopt,
      level));
  if (!machine)
    return llvm::createStringError("no code generator for '" + info.triple +
                                   "'");
  return machine;
}

namespace {
/// Keeps LLVM from thinking about loops whose bodies are too long to stand in a
/// row: it would walk through all of their turns first, which took a tenth of
/// the time that a network with sparse weights in the code takes to compile.
struct KeepLongLoops : llvm::PassInfoMixin<KeepLongLoops> {
  llvm::PreservedAnalyses run(llvm::Loop &loop, llvm::LoopAnalysisManager &,
                              llvm::LoopStandardAnalysisResults &,
                              llvm::LPMUpdater &) {
    constexpr size_t kLong = 600;
    size_t instructions = 0;
    for (llvm::BasicBlock *block : loop.blocks())
      instructions += block->size();
    if (instructions > kLong)
      loop.setLoopAlreadyUnrolled();
    return llvm::PreservedAnalyses::all();
  }
};
} // namespace

/// What is left to improve in a layer. Loops come tiled, vectorized and
/// unrolled as the target wants them, and layers do not inline into each other:
/// LLVM's general pipeline takes twice the time for the same code.
static llvm::FunctionPassManager makeLayerPipeline() {
  auto simplify = [] {
    return llvm::InstCombinePass(
        llvm::InstCombineOptions().setVerifyFixpoint(false));
  };
  llvm::FunctionPassManager passes;
  passes.addPass(llvm::EarlyCSEPass());
  passes.addPass(simplify());
  passes.addPass(llvm::SimplifyCFGPass());
  llvm::LoopPassManager hoist;
  hoist.addPass(llvm::LoopRotatePass());
  hoist.addPass(llvm::LICMPass(llvm::LICMOptions()));
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(hoist),
                                                       /*UseMemorySSA=*/true));
  llvm::LoopPassManager unroll;
  unroll.addPass(llvm::IndVarSimplifyPass());
  unroll.addPass(KeepLongLoops());
  unroll.addPass(llvm::LoopFullUnrollPass());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(std::move(unroll)));
  passes.addPass(llvm::GVNPass());
  passes.addPass(simplify());
  passes.addPass(llvm::createFunctionToLoopPassAdaptor(
      llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(llvm::SimplifyCFGPass());
  return passes;
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     unsigned optLevel) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graph, modules);
  if (optLevel == 0) {
    builder.buildO0DefaultPipeline(llvm::OptimizationLevel::O0)
        .run(module, modules);
    return;
  }
  llvm::ModulePassManager passes;
  passes.addPass(llvm::createModuleToFunctionPassAdaptor(makeLayerPipeline()));
  passes.addPass(llvm::GlobalDCEPass());
  passes.run(module, modules);
}

/// A module as LLVM IR for `target`, of which `machine` is one. With
/// `holdsData`, large constants stay beside it.
static llvm::Expected<CodeForm> translate(ModuleOp module,
                                          const TargetInfo &target,
                                          llvm::TargetMachine &machine,
                                          llvm::LLVMContext &context,
                                          bool holdsData) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  CodeForm form{nullptr, {}, &target};
  std::optional<HeldConstants> held;
  if (holdsData)
    held.emplace(module);
  form.code = translateModuleToLLVMIR(module, context, "pare");
  if (!form.code)
    return llvm::createStringError("the module has no translation to LLVM IR");
  form.code->setTargetTriple(machine.getTargetTriple());
  form.code->setDataLayout(machine.createDataLayout());
  if (held)
    held->declare(*form.code, form.data);
  for (llvm::Function &function : *form.code) {
    if (function.isDeclaration())
      continue;
    // Firmware has no unwinder.
    if (target.isBareMetal)
      function.setDoesNotThrow();
    // Layers stay functions: inlining them into their only caller would make
    // one function as large as the network.
    if (function.hasLocalLinkage())
      function.addFnAttr(llvm::Attribute::NoInline);
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.vectorBits));
  }
  return form;
}

/// Optimizes the forms of a network as one module and writes it. Calls
/// `finish` with that module, if large constants are to be put in their places.
static llvm::Error
emit(StringRef name, ArrayRef<LoweredForm> forms, const CodeGenOptions &options,
     llvm::raw_pwrite_stream &os,
     function_ref<llvm::Error(const CodeForm &code)> finish) {
  // Where the forms' functions say no other processor, it is the last's, which
  // is every processor's.
  auto machine = createTargetMachine(forms.back().target, options.optLevel);
  if (!machine)
    return machine.takeError();
  const bool holdsData = options.kind == FileKind::Object &&
                         (*machine)->getTargetTriple().isOSBinFormatELF();
  llvm::LLVMContext context;
  SmallVector<CodeForm> codes;
  for (const LoweredForm &form : forms) {
    auto code =
        translate(form.module, form.target, **machine, context, holdsData);
    if (!code)
      return code.takeError();
    codes.push_back(std::move(*code));
    if (options.erasesFunctions)
      for (auto function : llvm::make_early_inc_range(
               ModuleOp(form.module).getOps<LLVM::LLVMFuncOp>()))
        function.erase();
  }
  CodeForm code;
  if (codes.size() == 1) {
    code = std::move(codes.front());
  } else {
    auto joined = joinForms(name.str(), codes);
    if (!joined)
      return joined.takeError();
    code = std::move(*joined);
  }
  optimize(*code.code, **machine, options.optLevel);
  if (options.kind == FileKind::LLVMIR) {
    code.code->print(os, nullptr);
  } else {
    llvm::legacy::PassManager emit;
    auto type = options.kind == FileKind::Assembly
                    ? llvm::CodeGenFileType::AssemblyFile
                    : llvm::CodeGenFileType::ObjectFile;
    if ((*machine)->addPassesToEmitFile(emit, os, nullptr, type))
      return llvm::createStringError("the target emits no such file");
    emit.run(*code.code);
  }
  return holdsData ? finish(code) : llvm::Error::success();
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(ModuleOp module, const TargetInfo &target,
             const CodeGenOptions &options) {
  return generateCode("", LoweredForm{module, target}, options);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(StringRef name, ArrayRef<LoweredForm> forms,
             const CodeGenOptions &options) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::Error error =
      emit(name, forms, options, stream, [&](const CodeForm &code) {
        return placeData({StringRef(bytes.data(), bytes.size()), "pare"},
                         *code.code, code.data,
                         [&](uint64_t offset, ArrayRef<char> data) {
                           llvm::copy(data, bytes.begin() + offset);
                         });
      });
  if (error)
    return error;
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), "pare", /*RequiresNullTerminator=*/false);
}

llvm::Error generateCode(StringRef name, ArrayRef<LoweredForm> forms,
                         const CodeGenOptions &options,
                         llvm::raw_fd_ostream &file, StringRef path) {
  return emit(
      name, forms, options, file, [&](const CodeForm &code) -> llvm::Error {
        file.flush();
        if (file.has_error())
          return llvm::Error::success();
        // Only the pages of its tables are read.
        auto object = llvm::MemoryBuffer::getFile(
            path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
        if (!object)
          return llvm::createFileError(path, object.getError());
        return placeData(**object, *code.code, code.data,
                         [&](uint64_t offset, ArrayRef<char> data) {
                           file.pwrite(data.data(), data.size(), offset);
                         });
      });
}

} // namespace pare::cpu
