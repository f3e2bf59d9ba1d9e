//===- SampleSet.h - Samples for the inputs of a network --------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_CALIBRATION_SAMPLESET_H
#define PARE_CALIBRATION_SAMPLESET_H

#include "pare/Runtime/Executable.h"
#include "pare/Support/Npy.h"
#include <vector>

namespace pare {

/// Samples from a .npy or .npz file, matched to the inputs of a network.
class SampleSet {
public:
  /// Reads `path` for `inputs`: one tensor for each, whose first axis numbers
  /// the samples, with the input's shape behind it (a leading 1 may be left
  /// out). Members of an archive are matched by name, or by order if none has
  /// the name of an input. The elements x of an f32 input become `x * scale +
  /// offset`; other inputs take elements of their own type as they are. Errors
  /// name the file, what was expected and what was found.
  static llvm::Expected<SampleSet> read(llvm::StringRef path,
                                        llvm::ArrayRef<TensorInfo> inputs,
                                        double scale = 1.0,
                                        double offset = 0.0);

  /// Number of samples, at least 1.
  int64_t size() const { return count; }

  /// The inputs of sample `index`, ready for Executable::run. Fails on an
  /// element that is not a finite number.
  llvm::Expected<std::vector<HostTensor>> get(int64_t index) const;

private:
  llvm::Error match(std::vector<NamedTensor> tensors);

  std::string path;
  std::vector<TensorInfo> inputs;
  /// One for each input.
  std::vector<HostTensor> tensors;
  int64_t count = 0;
  double scale = 1.0;
  double offset = 0.0;
};

} // namespace pare

#endif // PARE_CALIBRATION_SAMPLESET_H
