//===- Samples.cpp - Samples for networks -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Samples.h"
#include "pare/Support/Npy.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <string>

using namespace pare;
using namespace pare::driver;

llvm::Expected<SampleSource> SampleSource::read(llvm::StringRef path) {
  llvm::Expected<std::vector<NamedTensor>> tensors = readSamples(path);
  if (!tensors)
    return tensors.takeError();
  if (tensors->size() != 1)
    return llvm::createStringError(path + ": expected one array, found " +
                                   llvm::Twine(tensors->size()));
  HostTensor samples = std::move(tensors->front().tensor);
  if (samples.getRank() < 1 || samples.getDim(0) < 1)
    return llvm::createStringError(
        path + ": expected at least one sample along the first axis, found " +
        samples.typeString());
  return SampleSource(path.str(), std::move(samples));
}

static llvm::SmallVector<int64_t> withoutOnes(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> kept(shape);
  llvm::erase(kept, 1);
  return kept;
}

llvm::Error SampleSource::checkShape(const TensorInfo &input) const {
  if (withoutOnes(samples.getShape().drop_front()) == withoutOnes(input.shape))
    return llvm::Error::success();
  return llvm::createStringError(
      path + ": expected samples for input '" + input.name + "' of type " +
      input.typeString() + ", found " +
      shapeToString(samples.getDType(), samples.getShape().drop_front()));
}

llvm::Expected<HostTensor>
SampleSource::getStored(int64_t index, const TensorInfo &input) const {
  if (llvm::Error error = checkShape(input))
    return std::move(error);
  if (samples.getDType() != input.dtype)
    return llvm::createStringError(path + ": expected elements of type " +
                                   dtypeName(input.dtype) + " for input '" +
                                   input.name + "', found " +
                                   dtypeName(samples.getDType()));
  HostTensor sample = samples.slice(index);
  sample.reshape(input.shape);
  return sample;
}

llvm::Expected<HostTensor> SampleSource::getScaled(int64_t index,
                                                   const TensorInfo &input,
                                                   double scale,
                                                   double offset) const {
  if (llvm::Error error = checkShape(input))
    return std::move(error);
  HostTensor sample = samples.slice(index);
  HostTensor real = HostTensor::zeros(DType::F32, input.shape);
  llvm::MutableArrayRef<float> values = real.data<float>();
  for (int64_t i = 0, e = real.getNumElements(); i < e; ++i) {
    values[i] = static_cast<float>(sample.getAsDouble(i) * scale + offset);
    if (!std::isfinite(values[i]))
      return llvm::createStringError(path +
                                     ": expected finite numbers, found " +
                                     llvm::Twine(std::to_string(values[i])) +
                                     " in sample " + llvm::Twine(index));
  }
  return input.fromReal(real);
}

llvm::Expected<std::vector<int64_t>>
pare::driver::readLabels(llvm::StringRef path, int64_t offset) {
  llvm::Expected<HostTensor> labels = readNpy(path);
  if (!labels)
    return labels.takeError();
  DType dtype = labels->getDType();
  if (dtype == DType::F16 || dtype == DType::F32 || dtype == DType::F64 ||
      labels->getRank() < 1 || labels->getNumElements() != labels->getDim(0))
    return llvm::createStringError(
        path + ": expected one integer for each sample, found " +
        labels->typeString());
  std::vector<int64_t> values;
  for (int64_t i = 0, e = labels->getNumElements(); i < e; ++i)
    values.push_back(static_cast<int64_t>(labels->getAsDouble(i)) + offset);
  return values;
}
