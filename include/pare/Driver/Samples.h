//===- Samples.h - Samples for networks -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_DRIVER_SAMPLES_H
#define PARE_DRIVER_SAMPLES_H

#include "pare/Runtime/Executable.h"
#include "pare/Support/HostTensor.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace pare::driver {

/// The samples of one input: a tensor whose first axis numbers them and whose
/// other axes are the input's, where axes of size one may be missing (a file of
/// Nx32x32x3 or Nx1x32x32x3 fits an input of 1x32x32x3).
class SampleSource {
public:
  /// Reads a .npy file, or a .npz file with one array, and checks that it has
  /// at least one sample. Errors name the file.
  static llvm::Expected<SampleSource> read(llvm::StringRef path);

  int64_t size() const { return samples.getDim(0); }
  const std::string &getPath() const { return path; }

  /// An error unless the samples have the shape of `input`.
  llvm::Error checkShape(const TensorInfo &input) const;

  /// Sample `index` exactly as stored, in the shape of `input`. The element
  /// types must be equal.
  llvm::Expected<HostTensor> getStored(int64_t index,
                                       const TensorInfo &input) const;

  /// Sample `index` as `x * scale + offset`, then quantized as the type of
  /// `input` asks. A value that is not a number is an error.
  llvm::Expected<HostTensor> getScaled(int64_t index, const TensorInfo &input,
                                       double scale, double offset) const;

private:
  SampleSource(std::string path, HostTensor samples)
      : path(std::move(path)), samples(std::move(samples)) {}

  std::string path;
  HostTensor samples;
};

/// Class numbers, one for each sample, from a .npy file of integers of shape N
/// or Nx1, each with `offset` added.
llvm::Expected<std::vector<int64_t>> readLabels(llvm::StringRef path,
                                                int64_t offset);

} // namespace pare::driver

#endif // PARE_DRIVER_SAMPLES_H
