//===- Npy.h - NumPy's .npy and .npz files ----------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads .npy format versions 1.0, 2.0 and 3.0 and .npz archives (ZIP, stored or
// deflated members), after NumPy's public format description and PKWARE's
// APPNOTE. Little-endian or one-byte elements in C order; types of DType.
//
// Every malformed file is one llvm::Error that names the file (and the member
// of an archive), what was expected and what was found. No header can make the
// readers allocate more than the file's own size times the best ratio of
// deflate, or read outside the file.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_SUPPORT_NPY_H
#define PARE_SUPPORT_NPY_H

#include "pare/Support/HostTensor.h"

#include <string>
#include <vector>

namespace pare {

/// A tensor with the name of the archive member it came from (without
/// ".npy"); the name is empty for a .npy file.
struct NamedTensor {
  std::string name;
  HostTensor tensor;
};

/// The tensor in the .npy file at `path`.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// The tensor in `bytes`, a whole .npy file; `name` is for error messages.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef bytes,
                                    llvm::StringRef name);

/// Every tensor of the .npz archive at `path`, in the archive's order.
llvm::Expected<std::vector<NamedTensor>> readNpz(llvm::StringRef path);

/// The tensors in `bytes`, a whole .npz file.
llvm::Expected<std::vector<NamedTensor>> parseNpz(llvm::StringRef bytes,
                                                  llvm::StringRef name);

/// The tensors of a .npy (one, with an empty name) or .npz file, told apart by
/// content. By convention the first axis of each numbers the samples.
llvm::Expected<std::vector<NamedTensor>> readSamples(llvm::StringRef path);

/// The bytes of a .npy file (version 1.0, data at a multiple of 64).
std::string formatNpy(const HostTensor &tensor);

/// Writes `tensor` to `path`, whole or not at all.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

/// Writes a .npz archive of stored members, whole or not at all. Equal tensors
/// give equal bytes (all time stamps are 1980-01-01).
llvm::Error writeNpz(llvm::StringRef path, llvm::ArrayRef<NamedTensor> tensors);

} // namespace pare

#endif // PARE_SUPPORT_NPY_H
