//===- Emit.cpp - Writing a compiled network ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "pare/Driver/Diagnostics.h"
#include "pare/Support/FileOutput.h"
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

/// Writes all files, or none if one cannot be written.
static llvm::Error writeFiles(llvm::ArrayRef<OutputFile> files,
                              CompileReport &report) {
  std::vector<FileOutput> outputs;
  for (const OutputFile &file : files) {
    llvm::Expected<FileOutput> output = FileOutput::create(file.path);
    if (!output)
      return output.takeError();
    output->os() << file.contents;
    outputs.push_back(std::move(*output));
  }
  for (auto [file, output] : llvm::zip_equal(files, outputs)) {
    if (llvm::Error error = output.commit())
      return error;
    report.addLine("wrote", file.path + ", " +
                                llvm::Twine(file.contents.size()) + " bytes");
  }
  return llvm::Error::success();
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

llvm::Error pare::driver::emitNetwork(Network &network,
                                      const CompileCommand &command, Emit emit,
                                      llvm::StringRef target,
                                      CompileReport &report) {
  DiagnosticCollector diagnostics(network.getContext(), network.getPath());
  std::vector<OutputFile> files;
  switch (emit) {
  case Emit::NN:
  case Emit::Kernel: {
    auto text = printModule(network.getModule(), command.output);
    if (!text)
      return text.takeError();
    files.push_back({command.output, std::move(*text)});
    break;
  }
  case Emit::C:
  case Emit::Object:
  case Emit::Shared:
    return llvm::createStringError("this form cannot be written yet");
  }
  return writeFiles(files, report);
}
