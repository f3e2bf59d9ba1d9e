//===- FileOutput.h - Files that appear whole or not at all -----*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run that fails or is killed must leave neither a half-written file nor a
// damaged older one. Output goes to a temporary file beside its destination,
// which commit() renames.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_FILEOUTPUT_H
#define PARE_SUPPORT_FILEOUTPUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>

namespace pare {

/// One output file. "-" is standard output; a path that exists and is not a
/// regular file (a device, a pipe) is written to directly.
class FileOutput {
public:
  /// Opens the output. Errors name `path`.
  static llvm::Expected<FileOutput> create(llvm::StringRef path);

  FileOutput(FileOutput &&other) = default;
  FileOutput &operator=(FileOutput &&other) = delete;

  /// Without commit(), nothing is left behind and an older file stays as it
  /// was.
  ~FileOutput();

  llvm::raw_ostream &os() { return *stream; }
  /// The same for what writes out of order, and where it lies before commit();
  /// null for a device.
  llvm::raw_fd_ostream *seekable() { return temporary ? owned.get() : nullptr; }
  llvm::StringRef getTemporaryPath() const { return temporary->TmpName; }
  llvm::StringRef getPath() const { return path; }
  /// Whether nothing else may have the same path: a device takes anything.
  bool isFile() const { return temporary != nullptr; }

  /// Writes what is in memory yet; reports write errors (a full disk).
  llvm::Error flush();

  /// Makes the output visible under its name. Reports write errors (a full
  /// disk). Call it once.
  llvm::Error commit();

private:
  FileOutput() = default;

  std::string path;
  std::unique_ptr<llvm::sys::fs::TempFile> temporary;
  /// Owns the stream to the temporary file or device.
  std::unique_ptr<llvm::raw_fd_ostream> owned;
  llvm::raw_ostream *stream = nullptr;
};

/// Writes what standard output has in memory yet, and reports its write errors:
/// one that is left for the end of the program would end it without a word
/// about its cause.
llvm::Error flushStandardOutput();

/// Makes all outputs visible, or none if one cannot be written or two are one
/// file. `last`, called when all of them are written, makes one more visible.
llvm::Error commitAll(llvm::MutableArrayRef<FileOutput> outputs,
                      llvm::function_ref<llvm::Error()> last = nullptr);

/// Runs `write` on an output for `path` and commits it if that succeeded.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

/// Writes `contents` to `path`.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

} // namespace pare

#endif // PARE_SUPPORT_FILEOUTPUT_H
