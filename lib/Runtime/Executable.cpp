//===- Executable.cpp - A network that can be run -------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Runtime/Executable.h"
#include "pare/Numerics/QuantizationParameters.h"

#include "llvm/Support/Error.h"

using namespace llvm;
using namespace pare;

Executable::~Executable() = default;

int64_t TensorInfo::getNumElements() const {
  return elementCount(shape).value_or(0);
}

/// Calls `visit(index, parameters)` for every element of a quantized tensor.
template <typename Visit>
static void forEachElement(const TensorInfo &info, Visit visit) {
  int64_t inner = 1;
  for (int64_t dim = info.axis + 1, rank = info.shape.size();
       info.axis >= 0 && dim < rank; ++dim)
    inner *= info.shape[dim];
  const int64_t channels = info.scales.size();
  for (int64_t i = 0, count = info.getNumElements(); i < count; ++i) {
    const int64_t channel = i / inner % channels;
    visit(i, QuantParams{info.scales[channel], info.zeroPoints[channel]});
  }
}

HostTensor TensorInfo::toReal(const HostTensor &stored) const {
  HostTensor real = HostTensor::zeros(DType::F32, shape);
  MutableArrayRef<float> values = real.data<float>();
  if (!isQuantized()) {
    for (int64_t i = 0, count = values.size(); i < count; ++i)
      values[i] = static_cast<float>(stored.getAsDouble(i));
    return real;
  }
  forEachElement(*this, [&](int64_t i, const QuantParams &params) {
    values[i] =
        dequantizeF32(static_cast<int32_t>(stored.getAsDouble(i)), params);
  });
  return real;
}

HostTensor TensorInfo::fromReal(const HostTensor &real) const {
  HostTensor stored = HostTensor::zeros(dtype, shape);
  ArrayRef<float> values = real.data<float>();
  if (!isQuantized()) {
    for (int64_t i = 0, count = values.size(); i < count; ++i)
      stored.setFromDouble(i, values[i]);
    return stored;
  }
  const QuantRange range = {storageMin, storageMax};
  forEachElement(*this, [&](int64_t i, const QuantParams &params) {
    stored.setFromDouble(i, quantizeF32(values[i], params, range));
  });
  return stored;
}

Error Executable::checkInputs(ArrayRef<HostTensor> in) const {
  if (in.size() != sig.inputs.size())
    return createStringError("network '" + sig.name + "' takes " +
                             Twine(sig.inputs.size()) + " inputs, found " +
                             Twine(in.size()));
  for (auto [tensor, info] : llvm::zip_equal(in, sig.inputs))
    if (tensor.getDType() != info.dtype ||
        tensor.getShape() != ArrayRef<int64_t>(info.shape))
      return createStringError("input '" + info.name + "': expected " +
                               info.typeString() + ", found " +
                               tensor.typeString());
  return Error::success();
}
