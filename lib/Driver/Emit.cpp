//===- Emit.cpp - Writing a compiled network ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "Embedded.h"
#include "MemoryReport.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "pare/Support/FileOutput.h"
#include "pare/Target/C/EmitC.h"
#include "pare/Target/CPU/CodeGen.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

namespace {
struct OutputFile {
  std::string path;
  std::string contents;
};
} // namespace

std::string pare::driver::makeIdentifier(llvm::StringRef text) {
  std::string name = text.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(0, "net_");
  return name;
}

/// Writes all files, or none if one cannot be written. `last` writes one more.
static llvm::Error
writeFiles(llvm::ArrayRef<OutputFile> files, CompileReport &report,
           llvm::function_ref<llvm::Error()> last = nullptr) {
  std::vector<FileOutput> outputs;
  for (const OutputFile &file : files) {
    llvm::Expected<FileOutput> output = FileOutput::create(file.path);
    if (!output)
      return output.takeError();
    output->os() << file.contents;
    outputs.push_back(std::move(*output));
  }
  if (llvm::Error error = commitAll(outputs, last))
    return error;
  for (const OutputFile &file : files)
    report.addLine("wrote", file.path + ", " +
                                llvm::Twine(file.contents.size()) + " bytes");
  return llvm::Error::success();
}

static std::string besideOutput(llvm::StringRef output,
                                const llvm::Twine &name) {
  llvm::SmallString<128> path = llvm::sys::path::parent_path(output);
  llvm::sys::path::append(path, name);
  return path.str().str();
}

/// IR as text, or as bytecode for a path that ends in .mlirbc.
static llvm::Expected<std::string> printModule(ModuleOp module,
                                               llvm::StringRef path) {
  std::string contents;
  llvm::raw_string_ostream os(contents);
  if (llvm::sys::path::extension(path) != ".mlirbc") {
    module->print(os, OpPrintingFlags().enableDebugInfo());
    os << '\n';
  } else if (failed(writeBytecodeToFile(module, os))) {
    return llvm::createStringError(path + ": cannot write bytecode");
  }
  return contents;
}

static llvm::Error emitIR(const Emission &emission, CompileReport &report) {
  auto text = printModule(emission.module, emission.output);
  if (!text)
    return text.takeError();
  return writeFiles({{emission.output, std::move(*text)}}, report);
}

/// The files of C code, and the picture of its memory.
static llvm::Error emitSource(const Emission &emission,
                              const CompileCommand &command,
                              CompileReport &report) {
  const CTarget *target = findCTarget(emission.target);
  CEmitOptions options;
  options.name = emission.signature.name;
  options.isa = target->isa;
  options.optimize = command.optimize;
  options.sparse = command.code.sparsify != 0.0;
  llvm::FailureOr<CSource> source = emitC(emission.module, options);
  if (failed(source))
    return llvm::createStringError("the network has no form in C");
  report.arena.bytes = source->arenaBytes;
  if (llvm::Error error =
          checkFlash(*source, *target, command, source->weightBytes, report))
    return error;

  std::vector<OutputFile> files;
  const bool isProject = emission.emit == Emit::Project;
  llvm::SmallString<128> directory(emission.output);
  auto inside = [&](const llvm::Twine &name) {
    llvm::SmallString<128> path(directory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  };
  if (command.library) {
    auto tools = CrossCompiler::find(*target, command.optimize);
    if (!tools)
      return tools.takeError();
    auto library = tools->archive(*source);
    if (!library)
      return library.takeError();
    files.push_back(
        {inside("lib" + source->stem + ".a"), (*library)->getBuffer().str()});
  }
  if (isProject)
    files.push_back({inside("CMakeLists.txt"), makeCMakeLists(*source)});
  files.push_back({isProject ? inside(source->stem + ".c") : emission.output,
                   std::move(source->source)});
  files.push_back({isProject
                       ? inside(source->stem + ".h")
                       : besideOutput(emission.output, source->stem + ".h"),
                   std::move(source->header)});
  if (!command.memorySvg.empty())
    files.push_back(
        {command.memorySvg, drawMemoryPlan(emission.plan, source->stem)});
  if (!isProject)
    return writeFiles(files, report);
  const bool isNew = !llvm::sys::fs::exists(directory);
  if (std::error_code error = llvm::sys::fs::create_directories(directory))
    return llvm::createStringError("cannot make '" + emission.output +
                                   "': " + error.message());
  llvm::Error error = writeFiles(files, report);
  if (error && isNew)
    llvm::sys::fs::remove(directory);
  return error;
}

static llvm::Error emitMachineCode(const Emission &emission,
                                   CompileReport &report) {
  auto targets = cpu::TargetInfo::getAll(emission.target);
  if (!targets)
    return targets.takeError();
  std::vector<cpu::LoweredForm> forms;
  if (emission.forms.empty())
    forms.push_back({emission.module, targets->front()});
  else
    for (auto [form, target] : llvm::zip_equal(emission.forms, *targets))
      forms.push_back({*form, target});
  cpu::CodeGenOptions options;
  options.erasesFunctions = true;
  if (emission.emit == Emit::Assembly)
    options.kind = cpu::FileKind::Assembly;
  const OutputFile header = {
      besideOutput(emission.output,
                   llvm::sys::path::stem(emission.output) + ".h"),
      cpu::makeHeader(emission.signature, emission.arenaBytes,
                      emission.scratchBytes)};
  if (header.path == emission.output)
    return llvm::createStringError(
        emission.output +
        ": expected another extension for code, which has a header beside it");
  auto generate = [&](llvm::raw_fd_ostream &file, llvm::StringRef path) {
    return cpu::generateCode(emission.signature.name, forms, options, file,
                             path);
  };
  auto reportSize = [&] {
    uint64_t bytes = 0;
    if (!llvm::sys::fs::file_size(emission.output, bytes))
      report.addLine("wrote",
                     emission.output + ", " + llvm::Twine(bytes) + " bytes");
  };
  if (emission.emit == Emit::Shared)
    return writeFiles({header}, report, [&]() -> llvm::Error {
      if (llvm::Error error = cpu::linkSharedLibrary(generate, emission.output,
                                                     targets->back()))
        return error;
      reportSize();
      return llvm::Error::success();
    });

  llvm::Expected<FileOutput> output = FileOutput::create(emission.output);
  if (!output)
    return output.takeError();
  if (llvm::raw_fd_ostream *file = output->seekable()) {
    if (llvm::Error error = generate(*file, output->getTemporaryPath()))
      return error;
  } else {
    auto code = cpu::generateCode(emission.signature.name, forms, options);
    if (!code)
      return code.takeError();
    output->os() << (*code)->getBuffer();
  }
  return writeFiles({header}, report, [&]() -> llvm::Error {
    if (llvm::Error error = output->commit())
      return error;
    reportSize();
    return llvm::Error::success();
  });
}

llvm::Error pare::driver::emitNetwork(const Emission &emission,
                                      const CompileCommand &command,
                                      CompileReport &report) {
  switch (emission.emit) {
  case Emit::NN:
  case Emit::Kernel:
    return emitIR(emission, report);
  case Emit::C:
  case Emit::Project:
    return emitSource(emission, command, report);
  case Emit::Assembly:
  case Emit::Object:
  case Emit::Shared:
    return emitMachineCode(emission, report);
  }
  llvm_unreachable("all forms are handled");
}
