//===- CodeGen.cpp - Objects, shared libraries and headers ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/CodeGen.h"
#include "Dispatch.h"
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
                          bool chooseSparse) {
  PassManager manager(module.getContext());
  KernelToLLVMOptions options;
  options.target = target.name;
  options.threadCycles = target.threadCycles;
  options.chooseSparse = chooseSparse;
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

/// A module as LLVM IR for `target`, of which `machine` is one.
static llvm::Expected<std::unique_ptr<llvm::Module>>
translate(ModuleOp module, const TargetInfo &target,
          llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, context, "pare");
  if (!code)
    return llvm::createStringError("the module has no translation to LLVM IR");
  code->setTargetTriple(machine.getTargetTriple());
  code->setDataLayout(machine.createDataLayout());
  for (llvm::Function &function : *code) {
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
  return code;
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
emit(llvm::Module &code, llvm::TargetMachine &machine,
     const CodeGenOptions &options) {
  optimize(code, machine, options.optLevel);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (options.kind == FileKind::LLVMIR) {
    code.print(stream, nullptr);
  } else {
    llvm::legacy::PassManager emit;
    auto type = options.kind == FileKind::Assembly
                    ? llvm::CodeGenFileType::AssemblyFile
                    : llvm::CodeGenFileType::ObjectFile;
    if (machine.addPassesToEmitFile(emit, stream, nullptr, type))
      return llvm::createStringError("the target emits no such file");
    emit.run(code);
  }
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), "pare", /*RequiresNullTerminator=*/false);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(ModuleOp module, const TargetInfo &target,
             const CodeGenOptions &options) {
  return generateCode("", LoweredForm{module, target}, options);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(StringRef name, ArrayRef<LoweredForm> forms,
             const CodeGenOptions &options) {
  // Where the forms' functions say no other processor, it is the last's, which
  // is every processor's.
  auto machine = createTargetMachine(forms.back().target, options.optLevel);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  SmallVector<CodeForm> codes;
  for (const LoweredForm &form : forms) {
    auto code = translate(form.module, form.target, **machine, context);
    if (!code)
      return code.takeError();
    codes.push_back({std::move(*code), &form.target});
  }
  if (codes.size() == 1)
    return emit(*codes.front().code, **machine, options);
  auto joined = joinForms(name.str(), codes);
  if (!joined)
    return joined.takeError();
  return emit(**joined, **machine, options);
}

} // namespace pare::cpu
