//===- SampleSet.cpp - Samples for the inputs of a network ----------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Calibration/SampleSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>

using namespace pare;

template <typename... Args>
static llvm::Error makeError(const char *format, Args &&...args) {
  return llvm::createStringError(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

/// True if one sample of `tensor` is an input: its dimensions after the first
/// are those of the input, with or without a leading 1.
static bool fits(const HostTensor &tensor, const TensorInfo &input) {
  if (tensor.getRank() < 1)
    return false;
  llvm::ArrayRef<int64_t> sample = tensor.getShape().drop_front();
  llvm::ArrayRef<int64_t> shape = input.shape;
  return sample == shape ||
         (!shape.empty() && shape.front() == 1 && sample == shape.drop_front());
}

llvm::Expected<SampleSet> SampleSet::read(llvm::StringRef path,
                                          llvm::ArrayRef<TensorInfo> inputs,
                                          double scale, double offset) {
  llvm::Expected<std::vector<NamedTensor>> tensors = readSamples(path);
  if (!tensors)
    return tensors.takeError();
  SampleSet set;
  set.path = path.str();
  set.inputs = inputs.vec();
  set.scale = scale;
  set.offset = offset;
  if (llvm::Error error = set.match(std::move(*tensors)))
    return std::move(error);
  return set;
}

llvm::Error SampleSet::match(std::vector<NamedTensor> named) {
  if (named.size() != inputs.size())
    return makeError("{0}: expects {1} tensors, one for each input of the "
                     "network, but found {2}",
                     path, inputs.size(), named.size());
  auto indexOf = [&](llvm::StringRef name) -> size_t {
    return llvm::find_if(named,
                         [&](const NamedTensor &t) { return t.name == name; }) -
           named.begin();
  };
  const bool byName = llvm::any_of(inputs, [&](const TensorInfo &input) {
    return indexOf(input.name) != named.size();
  });
  for (auto [position, input] : llvm::enumerate(inputs)) {
    const size_t index = byName ? indexOf(input.name) : position;
    if (index == named.size())
      return makeError("{0}: expects a tensor for the input '{1}'", path,
                       input.name);
    HostTensor &tensor = named[index].tensor;
    if (!fits(tensor, input))
      return makeError("{0}: expects samples of {1} for the input '{2}', but "
                       "found a tensor of {3}",
                       path, shapeToString(input.dtype, input.shape),
                       input.name, tensor.typeString());
    if (input.dtype != DType::F32 && tensor.getDType() != input.dtype)
      return makeError("{0}: expects elements of {1} for the input '{2}', but "
                       "found {3}",
                       path, dtypeName(input.dtype), input.name,
                       dtypeName(tensor.getDType()));
    if (tensor.getDim(0) == 0)
      return makeError("{0}: expects at least one sample, but found none",
                       path);
    if (position > 0 && tensor.getDim(0) != count)
      return makeError("{0}: expects as many samples for each input, but found "
                       "{1} and {2}",
                       path, count, tensor.getDim(0));
    count = tensor.getDim(0);
    tensors.push_back(std::move(tensor));
  }
  if (inputs.empty())
    return makeError("{0}: the network has no input", path);
  return llvm::Error::success();
}

llvm::Expected<std::vector<HostTensor>> SampleSet::get(int64_t index) const {
  std::vector<HostTensor> sample;
  for (auto [input, all] : llvm::zip_equal(inputs, tensors)) {
    llvm::Expected<HostTensor> tensor =
        HostTensor::create(input.dtype, input.shape);
    if (!tensor)
      return tensor.takeError();
    const int64_t elements = tensor->getNumElements();
    if (input.dtype != DType::F32) {
      const size_t bytes = tensor->getByteSize();
      std::memcpy(tensor->rawData(), all.rawData() + index * bytes, bytes);
      sample.push_back(std::move(*tensor));
      continue;
    }
    llvm::MutableArrayRef<float> values = tensor->data<float>();
    for (int64_t i = 0; i < elements; ++i) {
      const double element = all.getAsDouble(index * elements + i);
      values[i] = static_cast<float>(element * scale + offset);
      if (!std::isfinite(values[i]))
        return makeError("{0}: sample {1} has the value {2} for the input "
                         "'{3}'; expects finite numbers",
                         path, index, values[i], input.name);
    }
    sample.push_back(std::move(*tensor));
  }
  return sample;
}
