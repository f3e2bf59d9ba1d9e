//===- JitExecutable.cpp - Compile and run in one process -----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/JitExecutable.h"
#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Pipelines/Lowering.h"
#include "pare/Runtime/NativeExecutable.h"
#include "pare/Runtime/Signature.h"
#include "pare/Target/CPU/CodeGen.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

using namespace mlir;

namespace pare {

/// nn -> kernel -> the LLVM dialect.
static LogicalResult lowerModule(ModuleOp module,
                                 const cpu::TargetInfo &target) {
  KernelPipelineOptions options;
  options.requantMode = nn::getRequantMode(module);
  PassManager manager(module.getContext());
  buildKernelPipeline(manager, options);
  return success(succeeded(manager.run(module)) &&
                 succeeded(cpu::lowerToLLVM(module, target)));
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
compile(ModuleOp source, const cpu::TargetInfo &target, unsigned optLevel) {
  OwningOpRef<ModuleOp> module = source.clone();
  // The first error alone: the others mostly are its consequences.
  std::string message;
  ScopedDiagnosticHandler handler(source.getContext(), [&](Diagnostic &d) {
    if (d.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    if (!message.empty())
      return success();
    message = d.str();
    StringRef layer = nn::getLayerName(d.getLocation());
    if (!layer.empty() && !StringRef(message).starts_with("layer '"))
      message = ("layer '" + layer + "': " + message).str();
    return success();
  });
  if (failed(lowerModule(*module, target)))
    return llvm::createStringError(message.empty() ? "lowering failed"
                                                   : message);
  return cpu::generateCode(*module, target, {optLevel, cpu::FileKind::Object});
}

llvm::Expected<std::unique_ptr<Executable>>
createJitExecutable(ModuleOp module, const JitOptions &options) {
  llvm::Expected<func::FuncOp> func = findNetwork(module, options.network);
  if (!func)
    return func.takeError();
  std::string name = func->getSymName().str();
  llvm::Expected<cpu::TargetInfo> target = cpu::TargetInfo::get(options.target);
  if (!target)
    return target.takeError();
  auto object = compile(module, *target, options.optLevel);
  if (!object)
    return object.takeError();

  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  // Some functions have no polynomial and are the C library's.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  if (llvm::Error error = (*jit)->addObjectFile(std::move(*object)))
    return error;
  auto describe = (*jit)->lookup(name + "_network");
  if (!describe)
    return describe.takeError();
  auto invoke = (*jit)->lookup(name + "_invoke");
  if (!invoke)
    return invoke.takeError();
  std::shared_ptr<void> code(
      std::shared_ptr<llvm::orc::LLJIT>(std::move(*jit)));
  auto executable =
      NativeExecutable::create(describe->toPtr<pare_network_fn>()(),
                               invoke->toPtr<pare_invoke_fn>(), code);
  if (!executable)
    return executable.takeError();
  return std::unique_ptr<Executable>(std::move(*executable));
}

} // namespace pare
