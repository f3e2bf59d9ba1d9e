//===- CrossCompile.cpp - Compilers for microcontrollers ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Embedded.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace pare;
using namespace pare::driver;
namespace fs = llvm::sys::fs;

//===----------------------------------------------------------------------===//
// Running compilers
//===----------------------------------------------------------------------===//

namespace {
/// A directory that goes away with this.
class TemporaryDirectory {
public:
  static llvm::Expected<TemporaryDirectory> create() {
    llvm::SmallString<128> path;
    if (std::error_code error = fs::createUniqueDirectory("pare", path))
      return llvm::createStringError("cannot make a temporary directory: " +
                                     error.message());
    return TemporaryDirectory(path.str().str());
  }
  TemporaryDirectory(TemporaryDirectory &&other) : path(std::move(other.path)) {
    other.path.clear();
  }
  ~TemporaryDirectory() {
    // Nobody is left who could be told of an error.
    if (!path.empty())
      (void)fs::remove_directories(path);
  }

  std::string file(const llvm::Twine &name) const {
    llvm::SmallString<128> whole(path);
    llvm::sys::path::append(whole, name);
    return whole.str().str();
  }

private:
  explicit TemporaryDirectory(std::string path) : path(std::move(path)) {}
  std::string path;
};
} // namespace

static llvm::Error writeText(const std::string &path, llvm::StringRef text) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << text;
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return llvm::createStringError(path + ": " + error.message());
  return llvm::Error::success();
}

static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  // Not a map of a file that is about to go.
  return llvm::MemoryBuffer::getMemBufferCopy((*buffer)->getBuffer(), path);
}

/// Runs a program; what it says on its standard error is the error.
static llvm::Error runProgram(llvm::ArrayRef<std::string> arguments,
                              const TemporaryDirectory &directory) {
  const std::string log = directory.file("log");
  llvm::SmallVector<llvm::StringRef> all(arguments.begin(), arguments.end());
  std::string message;
  const int code = llvm::sys::ExecuteAndWait(
      all.front(), all, std::nullopt,
      {llvm::StringRef(""), llvm::StringRef(""), llvm::StringRef(log)},
      /*SecondsToWait=*/0, /*MemoryLimit=*/0, &message);
  if (code == 0)
    return llvm::Error::success();
  if (auto text = llvm::MemoryBuffer::getFile(log))
    message += (*text)->getBuffer().str();
  return llvm::createStringError(arguments.front() + " failed: " + message);
}

llvm::Expected<CrossCompiler> CrossCompiler::find(const CTarget &target,
                                                  COptimize optimize) {
  CrossCompiler tools;
  if (target.tools.empty())
    return llvm::createStringError("there is no one compiler for --target=" +
                                   target.name);
  for (auto [tool, path] :
       {std::make_pair("gcc", &tools.compiler), {"ar", &tools.archiver}}) {
    const std::string name = (target.tools + "-" + tool).str();
    auto found = llvm::sys::findProgramByName(name);
    if (!found)
      return llvm::createStringError(name + " is not installed");
    *path = *found;
  }
  llvm::SmallVector<llvm::StringRef> words;
  target.flags.split(words, ' ', -1, /*KeepEmpty=*/false);
  tools.flags.assign(words.begin(), words.end());
  for (const char *flag :
       {"-std=c99", "-ffunction-sections", "-fdata-sections"})
    tools.flags.push_back(flag);
  tools.flags.push_back(optimize == COptimize::Size ? "-Os" : "-O2");
  return tools;
}

/// Compiles into `directory`; the result is the path of the object.
static llvm::Expected<std::string>
compileInto(const CrossCompiler &tools, const CSource &source,
            const TemporaryDirectory &directory) {
  // Names without a directory, so that nothing in the object tells of it.
  const std::string object = directory.file(source.stem + ".o");
  if (llvm::Error error =
          writeText(directory.file(source.stem + ".h"), source.header))
    return std::move(error);
  if (llvm::Error error =
          writeText(directory.file(source.stem + ".c"), source.source))
    return std::move(error);
  std::vector<std::string> arguments = {tools.compiler};
  llvm::append_range(arguments, tools.flags);
  for (const std::string &more :
       {std::string("-c"), directory.file(source.stem + ".c"),
        std::string("-o"), object})
    arguments.push_back(more);
  if (llvm::Error error = runProgram(arguments, directory))
    return std::move(error);
  return object;
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
CrossCompiler::compile(const CSource &source) const {
  auto directory = TemporaryDirectory::create();
  if (!directory)
    return directory.takeError();
  auto object = compileInto(*this, source, *directory);
  if (!object)
    return object.takeError();
  return readFile(*object);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
CrossCompiler::archive(const CSource &source) const {
  auto directory = TemporaryDirectory::create();
  if (!directory)
    return directory.takeError();
  auto object = compileInto(*this, source, *directory);
  if (!object)
    return object.takeError();
  const std::string library = directory->file("lib" + source.stem + ".a");
  // D: no times and no users.
  if (llvm::Error error =
          runProgram({archiver, "rcsD", library, *object}, *directory))
    return std::move(error);
  return readFile(library);
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

llvm::Expected<SectionSizes>
pare::driver::getSectionSizes(llvm::MemoryBufferRef object) {
  auto file = llvm::object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  SectionSizes sizes;
  for (llvm::object::ELFSectionRef section : (*file)->sections()) {
    const uint64_t flags = section.getFlags();
    if (!(flags & llvm::ELF::SHF_ALLOC))
      continue;
    int64_t &kind = flags & llvm::ELF::SHF_EXECINSTR  ? sizes.code
                    : !(flags & llvm::ELF::SHF_WRITE) ? sizes.constants
                    : section.isBSS()                 ? sizes.zeros
                                                      : sizes.data;
    kind += section.getSize();
  }
  return sizes;
}
