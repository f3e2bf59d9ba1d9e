//===- FileOutput.cpp - Files that appear whole or not at all -------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Support/FileOutput.h"
#include "llvm/ADT/StringSet.h"

using namespace pare;
namespace fs = llvm::sys::fs;

static llvm::Error makeError(llvm::StringRef path, const llvm::Twine &what) {
  return llvm::createStringError("cannot write '" + path + "': " + what);
}

/// Writes what is in memory yet. The error that the stream has is taken from
/// it, since a stream that dies with one ends the program.
static std::error_code flushStream(llvm::raw_fd_ostream &out) {
  out.flush();
  std::error_code error = out.error();
  out.clear_error();
  return error;
}

llvm::Error pare::flushStandardOutput() {
  if (std::error_code error = flushStream(llvm::outs()))
    return llvm::createStringError("cannot write to standard output: " +
                                   error.message());
  return llvm::Error::success();
}

llvm::Expected<FileOutput> FileOutput::create(llvm::StringRef path) {
  FileOutput output;
  output.path = path.str();
  if (path == "-") {
    output.stream = &llvm::outs();
    return output;
  }

  const fs::file_type type = fs::get_file_type(path);
  if (type == fs::file_type::directory_file)
    return makeError(path, "it is a directory");
  // A device or a pipe can neither be replaced nor be half-written. What has no
  // type is not there yet.
  if (type != fs::file_type::regular_file &&
      type != fs::file_type::file_not_found &&
      type != fs::file_type::status_error) {
    std::error_code error;
    output.owned = std::make_unique<llvm::raw_fd_ostream>(path, error);
    if (error)
      return makeError(path, error.message());
    output.stream = output.owned.get();
    return output;
  }

  // In the same directory, since a rename must not cross file systems.
  llvm::Expected<fs::TempFile> temporary =
      fs::TempFile::create(path + ".tmp-%%%%%%%%");
  if (!temporary)
    return makeError(path, llvm::toString(temporary.takeError()));
  output.temporary = std::make_unique<fs::TempFile>(std::move(*temporary));
  output.owned = std::make_unique<llvm::raw_fd_ostream>(output.temporary->FD,
                                                        /*shouldClose=*/false);
  output.stream = output.owned.get();
  return output;
}

FileOutput::~FileOutput() {
  if (owned) {
    (void)flushStream(*owned);
    owned.reset();
  }
  if (temporary)
    llvm::consumeError(temporary->discard());
}

llvm::Error FileOutput::flush() {
  if (!owned)
    return flushStandardOutput();
  if (std::error_code error = flushStream(*owned))
    return makeError(path, error.message());
  return llvm::Error::success();
}

llvm::Error FileOutput::commit() {
  llvm::Error error = flush();
  // Standard output belongs to the program.
  if (!owned)
    return error;
  owned.reset();
  stream = nullptr;
  if (!temporary)
    return error;

  std::unique_ptr<fs::TempFile> file = std::move(temporary);
  if (error) {
    llvm::consumeError(file->discard());
    return error;
  }
  if (llvm::Error keepError = file->keep(path)) {
    llvm::consumeError(file->discard());
    return makeError(path, llvm::toString(std::move(keepError)));
  }
  return llvm::Error::success();
}

llvm::Error pare::commitAll(llvm::MutableArrayRef<FileOutput> outputs,
                            llvm::function_ref<llvm::Error()> last) {
  llvm::StringSet<> paths;
  for (FileOutput &output : outputs) {
    if (output.isFile() && !paths.insert(output.getPath()).second)
      return makeError(output.getPath(), "it is the name of two outputs");
    if (llvm::Error error = output.flush())
      return error;
  }
  // What can fail now are renames in one directory each.
  if (last)
    if (llvm::Error error = last())
      return error;
  for (FileOutput &output : outputs)
    if (llvm::Error error = output.commit())
      return error;
  return llvm::Error::success();
}

llvm::Error
pare::writeFile(llvm::StringRef path,
                llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write) {
  llvm::Expected<FileOutput> output = FileOutput::create(path);
  if (!output)
    return output.takeError();
  if (llvm::Error error = write(output->os()))
    return error;
  return output->commit();
}

llvm::Error pare::writeFile(llvm::StringRef path, llvm::StringRef contents) {
  return writeFile(path, [&](llvm::raw_ostream &os) {
    os << contents;
    return llvm::Error::success();
  });
}
