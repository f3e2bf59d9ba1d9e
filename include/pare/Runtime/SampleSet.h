//===- SampleSet.h - Samples for the inputs of a network --------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whoever calibrates, runs or evaluates a network feeds it samples from files,
// by the rules that stand here.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_RUNTIME_SAMPLESET_H
#define PARE_RUNTIME_SAMPLESET_H

#include "pare/Runtime/Executable.h"
#include "pare/Support/Npy.h"

#include <optional>
#include <string>
#include <vector>

namespace pare {

/// The real number that an element x of a file stands for: `x * scale +
/// offset`.
struct SampleScaling {
  double scale = 1.0;
  double offset = 0.0;

  /// Refuses a scale that is not above 0, which would give all elements one
  /// value or another order, and what is not finite.
  llvm::Error verify() const;
};

/// Samples matched to the inputs of a network.
///
/// A tensor of samples has the samples along its first axis and the input's
/// dimensions behind it, of which those of size one may be missing or added:
/// Nx28x28 and Nx1x28x28x1 both fit an input of 1x28x28x1.
class SampleSet {
public:
  /// Reads samples for `inputs`, of which there must be one at least: from one
  /// .npy file for each, in their order, or from a single .npz file, whose
  /// members are matched by name, or by order if none has the name of an input.
  ///
  /// Without `scaling` the elements must have the input's own type. With it, a
  /// float input gets `x * scale + offset` for any type of x, and a quantized
  /// input gets that real number quantized; other inputs take elements of their
  /// own type as they are.
  ///
  /// Errors name the file, what was expected and what was found; a scaling is
  /// verified.
  static llvm::Expected<SampleSet>
  read(llvm::ArrayRef<std::string> paths, llvm::ArrayRef<TensorInfo> inputs,
       std::optional<SampleScaling> scaling = std::nullopt);

  /// Number of samples, at least 1.
  int64_t size() const { return count; }

  /// The inputs of sample `index`, ready for Executable::run. An element that
  /// is not a finite number is an error.
  llvm::Expected<std::vector<HostTensor>> get(int64_t index) const;

private:
  /// The samples of one input.
  struct Source {
    std::string path;
    TensorInfo input;
    HostTensor samples;
  };

  llvm::Error add(llvm::StringRef path, const TensorInfo &input,
                  HostTensor samples);
  llvm::Error addArchive(llvm::StringRef path,
                         llvm::ArrayRef<TensorInfo> inputs,
                         std::vector<NamedTensor> tensors);
  bool isScaled(const TensorInfo &input) const;
  llvm::Expected<HostTensor> get(const Source &source, int64_t index) const;

  std::vector<Source> sources;
  int64_t count = 0;
  std::optional<SampleScaling> scaling;
};

} // namespace pare

#endif // PARE_RUNTIME_SAMPLESET_H
