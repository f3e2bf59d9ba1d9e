//===- SampleSet.cpp - Samples for the inputs of a network ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/SampleSet.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;
using namespace pare;

template <typename... Args>
static Error makeError(const char *format, Args &&...args) {
  return createStringError(formatv(format, std::forward<Args>(args)...).str());
}

static bool isFloat(DType dtype) {
  return dtype == DType::F16 || dtype == DType::F32 || dtype == DType::F64;
}

Error SampleScaling::verify() const {
  std::string text;
  raw_string_ostream os(text);
  if (!(scale > 0.0 && std::isfinite(scale)))
    os << "a finite input-scale above 0, found " << format("%g", scale);
  else if (!std::isfinite(offset))
    os << "a finite input-offset, found " << format("%g", offset);
  else
    return Error::success();
  return createStringError("expected " + text);
}

static SmallVector<int64_t> withoutOnes(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> kept(shape);
  llvm::erase(kept, 1);
  return kept;
}

Expected<SampleSet> SampleSet::read(ArrayRef<std::string> paths,
                                    ArrayRef<TensorInfo> inputs,
                                    std::optional<SampleScaling> scaling) {
  if (inputs.empty())
    return makeError("expected a network with inputs, found none");
  if (scaling)
    if (Error error = scaling->verify())
      return std::move(error);
  SampleSet set;
  set.scaling = scaling;
  for (auto [position, path] : llvm::enumerate(paths)) {
    Expected<std::vector<NamedTensor>> tensors = readSamples(path);
    if (!tensors)
      return tensors.takeError();
    // A tensor of an archive has a name.
    const bool isArchive =
        tensors->size() != 1 || !tensors->front().name.empty();
    if (isArchive && paths.size() == 1) {
      if (Error error = set.addArchive(path, inputs, std::move(*tensors)))
        return std::move(error);
      return set;
    }
    if (isArchive)
      return makeError("{0}: expected a .npy file beside others, found an "
                       "archive",
                       path);
    if (position >= inputs.size())
      break;
    if (Error error =
            set.add(path, inputs[position], std::move(tensors->front().tensor)))
      return std::move(error);
  }
  if (paths.size() != inputs.size())
    return makeError("{0}: expected {1} files of samples, one for each input "
                     "of the network, found {2}",
                     paths.empty() ? StringRef("samples") : paths.front(),
                     inputs.size(), paths.size());
  return set;
}

Error SampleSet::addArchive(StringRef path, ArrayRef<TensorInfo> inputs,
                            std::vector<NamedTensor> tensors) {
  if (tensors.size() != inputs.size())
    return makeError("{0}: expected {1} tensors, one for each input of the "
                     "network, found {2}",
                     path, inputs.size(), tensors.size());
  auto indexOf = [&](StringRef name) -> size_t {
    return llvm::find_if(tensors,
                         [&](const NamedTensor &t) { return t.name == name; }) -
           tensors.begin();
  };
  const bool byName = llvm::any_of(inputs, [&](const TensorInfo &input) {
    return indexOf(input.name) != tensors.size();
  });
  for (auto [position, input] : llvm::enumerate(inputs)) {
    const size_t index = byName ? indexOf(input.name) : position;
    if (index == tensors.size())
      return makeError("{0}: expected a tensor for the input '{1}'", path,
                       input.name);
    if (Error error = add(path, input, std::move(tensors[index].tensor)))
      return error;
  }
  return Error::success();
}

bool SampleSet::isScaled(const TensorInfo &input) const {
  return scaling && (isFloat(input.dtype) || input.isQuantized());
}

Error SampleSet::add(StringRef path, const TensorInfo &input,
                     HostTensor samples) {
  if (samples.getRank() < 1 || samples.getDim(0) < 1)
    return makeError("{0}: expected at least one sample along the first axis, "
                     "found a tensor of {1}",
                     path, samples.typeString());
  if (withoutOnes(samples.getShape().drop_front()) != withoutOnes(input.shape))
    return makeError(
        "{0}: expected samples for the input '{1}' of {2}, found {3}", path,
        input.name, input.typeString(),
        shapeToString(samples.getDType(), samples.getShape().drop_front()));
  if (!isScaled(input) && samples.getDType() != input.dtype)
    return makeError(
        "{0}: expected elements of type {1} for the input '{2}', found {3}",
        path, dtypeName(input.dtype), input.name,
        dtypeName(samples.getDType()));
  if (!sources.empty() && samples.getDim(0) != count)
    return makeError("{0}: expected {1} samples for the input '{2}', as in "
                     "{3}, found {4}",
                     path, count, input.name, sources.front().path,
                     samples.getDim(0));
  count = samples.getDim(0);
  sources.push_back({path.str(), input, std::move(samples)});
  return Error::success();
}

Expected<HostTensor> SampleSet::get(const Source &source, int64_t index) const {
  const TensorInfo &input = source.input;
  HostTensor sample = source.samples.slice(index);
  sample.reshape(input.shape);
  auto check = [&](double value) -> Error {
    if (std::isfinite(value))
      return Error::success();
    return makeError("{0}: expected finite numbers for the input '{1}', found "
                     "{2} in sample {3}",
                     source.path, input.name, value, index);
  };
  const int64_t elements = sample.getNumElements();
  if (!isScaled(input)) {
    if (isFloat(input.dtype))
      for (int64_t i = 0; i < elements; ++i)
        if (Error error = check(sample.getAsDouble(i)))
          return std::move(error);
    return sample;
  }
  HostTensor real = HostTensor::zeros(DType::F32, input.shape);
  MutableArrayRef<float> values = real.data<float>();
  for (int64_t i = 0; i < elements; ++i) {
    values[i] = static_cast<float>(sample.getAsDouble(i) * scaling->scale +
                                   scaling->offset);
    if (Error error = check(values[i]))
      return std::move(error);
  }
  return input.fromReal(real);
}

Expected<std::vector<HostTensor>> SampleSet::get(int64_t index) const {
  std::vector<HostTensor> sample;
  for (const Source &source : sources) {
    Expected<HostTensor> tensor = get(source, index);
    if (!tensor)
      return tensor.takeError();
    sample.push_back(std::move(*tensor));
  }
  return sample;
}
