//===- Link.cpp - Shared libraries and their headers ----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/Executable.h"
#include "pare/Target/CPU/CodeGen.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;

namespace pare::cpu {

static Expected<std::string> findLinker() {
  const std::string version = std::to_string(LLVM_VERSION_MAJOR);
  const std::string own = "/usr/lib/llvm-" + version + "/bin";
  for (const std::string &name : {"ld.lld-" + version, std::string("ld.lld")}) {
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
    if (ErrorOr<std::string> path = sys::findProgramByName(name, {own}))
      return *path;
  }
  return createStringError(
      "no linker: ld.lld is needed to make a shared library (package lld-" +
      version + "); an object file needs none");
}

/// The C library's mathematics for the architecture of `triple`, which lld does
/// not look for by itself; empty where it is not found.
static std::string findMathLibrary(const Triple &triple) {
  const std::string arch = triple.getArchName().str();
  SmallVector<std::string> paths = {
      "/lib/" + arch + "-linux-gnu/libm.so.6",
      // Where Debian keeps the libraries of other architectures.
      "/usr/" + arch + "-linux-gnu/lib/libm.so.6"};
  if (Triple(sys::getProcessTriple()).getArch() == triple.getArch())
    paths.append({"/lib64/libm.so.6", "/usr/lib/libm.so.6"});
  for (const std::string &path : paths)
    if (sys::fs::exists(path))
      return path;
  return "";
}

/// Functions of the C library's mathematics that `object` calls, with commas.
/// What copies and fills memory is in every process.
static Expected<std::string> listMathCalls(MemoryBufferRef object) {
  auto file = object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  std::string names;
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & object::SymbolRef::SF_Undefined))
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (name->empty() || is_contained({"memcpy", "memset", "memmove"}, *name))
      continue;
    names += (names.empty() ? "" : ", ") + name->str();
  }
  return names;
}

/// A temporary file with what `write` writes.
static Error writeTemporary(ObjectWriter write, SmallString<128> &path) {
  int handle;
  if (std::error_code error =
          sys::fs::createTemporaryFile("pare", "o", handle, path))
    return createStringError("cannot make a temporary file: " +
                             error.message());
  raw_fd_ostream stream(handle, /*shouldClose=*/true);
  Error error = write(stream, path);
  stream.close();
  if (!stream.has_error())
    return error;
  consumeError(std::move(error));
  std::error_code code = stream.error();
  stream.clear_error();
  return createFileError(path, code);
}

Error linkSharedLibrary(MemoryBufferRef object, StringRef path,
                        const TargetInfo &target) {
  return linkSharedLibrary(
      [&](raw_fd_ostream &os, StringRef) {
        os << object.getBuffer();
        return Error::success();
      },
      path, target);
}

/// Whether the disk of `path` surely has no place for a library made of
/// `object`. The linker maps what it writes, so a full disk would end it by a
/// signal.
static bool isDiskFull(StringRef path, StringRef object) {
  // Tables and the ends of pages.
  constexpr uint64_t kMore = 16384;
  StringRef directory = sys::path::parent_path(path);
  ErrorOr<sys::fs::space_info> space =
      sys::fs::disk_space(directory.empty() ? "." : directory);
  uint64_t bytes = 0;
  return space && !sys::fs::file_size(object, bytes) &&
         space->available < bytes + kMore;
}

Error linkSharedLibrary(ObjectWriter write, StringRef path,
                        const TargetInfo &target) {
  auto cannotWrite = [&](const Twine &why) {
    return createStringError("cannot write '" + path + "': " + why);
  };
  // The rename at the end would put the library in the place of a device.
  if (sys::fs::exists(path) && !sys::fs::is_regular_file(path))
    return cannotWrite("it is not a regular file");
  Expected<std::string> linker = findLinker();
  if (!linker)
    return linker.takeError();

  SmallString<128> input, log;
  Error written = writeTemporary(write, input);
  FileRemover removeInput(input);
  if (written)
    return written;
  if (isDiskFull(path, input))
    return cannotWrite("the disk is full");

  const Triple triple(target.triple);
  const std::string math = findMathLibrary(triple);
  if (math.empty()) {
    auto object = MemoryBuffer::getFile(input);
    if (!object)
      return createFileError(input, object.getError());
    Expected<std::string> calls = listMathCalls(**object);
    if (!calls)
      return calls.takeError();
    if (!calls->empty())
      return createStringError(
          "linking '" + path + "' failed: the network calls " + *calls +
          " of the C library, which is not here for " + triple.getArchName() +
          "; an object file needs none");
  }

  if (std::error_code error = sys::fs::createTemporaryFile("pare", "log", log))
    return createFileError(log, error);
  FileRemover removeLog(log);

  // Linked beside its place and then renamed: whoever reads the library sees
  // the old one or the new one, whole. The content hash of a build id would
  // tell nothing that the bytes do not.
  Expected<sys::fs::TempFile> temporary = sys::fs::TempFile::create(
      path + ".tmp-%%%%%%%%",
      sys::fs::all_read | sys::fs::all_write | sys::fs::all_exe);
  if (!temporary)
    return cannotWrite(toString(temporary.takeError()));
  llvm::scope_exit discard([&] { consumeError(temporary->discard()); });
  std::string soname = ("--soname=" + sys::path::filename(path)).str();
  SmallVector<StringRef> arguments = {*linker,
                                      "-shared",
                                      "--build-id=none",
                                      "--gc-sections",
                                      "-z",
                                      "noexecstack",
                                      "-z",
                                      "now",
                                      soname,
                                      input,
                                      "-o",
                                      temporary->TmpName};
  if (!math.empty())
    arguments.append({"--as-needed", math});
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log),
                                          StringRef(log)};
  std::string message;
  int status = sys::ExecuteAndWait(*linker, arguments, std::nullopt, redirects,
                                   0, 0, &message);
  if (status != 0) {
    if (auto text = MemoryBuffer::getFile(log))
      message += (*text)->getBuffer().trim();
    return createStringError("linking '" + path + "' failed: " + message);
  }
  discard.release();
  if (Error error = temporary->keep(path))
    return cannotWrite(toString(std::move(error)));
  return Error::success();
}

std::string makeHeader(const Signature &signature, int64_t arenaBytes,
                       int64_t scratchBytes) {
  std::string text;
  raw_string_ostream os(text);
  const std::string &name = signature.name;
  const std::string macro = StringRef(name).upper();
  const std::string guard = macro + "_H";
  auto list = [&](StringRef what, ArrayRef<TensorInfo> tensors) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      const TensorInfo &info = tensors[i];
      os << " *   " << what << "[" << i << "]  " << info.name << ", "
         << info.typeString();
      if (info.scales.size() == 1)
        os << ", real = " << info.scales[0] << " * (q - " << info.zeroPoints[0]
           << ")";
      os << "\n";
    }
  };
  os << "/* The network " << name
     << ", compiled by Pare. See pare/Runtime/abi.h."
     << "\n *\n";
  list("inputs", signature.inputs);
  list("outputs", signature.outputs);
  os << " */\n#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#include \"pare/Runtime/abi.h\"\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "/* Bytes of the arena on one thread; what each further one adds. */\n"
     << "#define " << macro << "_ARENA_BYTES " << arenaBytes << "\n"
     << "#define " << macro << "_SCRATCH_BYTES " << scratchBytes << "\n\n"
     << "const pare_network *" << name << "_network(void);\n"
     << "int " << name
     << "_invoke(const void *const *inputs, void *const *outputs,\n"
     << std::string(name.size() + 12, ' ') << "void *arena);\n"
     << "int " << name
     << "_invoke_parallel(const void *const *inputs, void *const *outputs,\n"
     << std::string(name.size() + 21, ' ')
     << "void *arena, const pare_parallel *parallel);\n\n"
     << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

} // namespace pare::cpu
