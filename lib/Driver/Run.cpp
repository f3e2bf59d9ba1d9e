//===- Run.cpp - pare run -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Commands.h"
#include "pare/Driver/Samples.h"
#include "pare/Support/Npy.h"
#include "pare/Support/Progress.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace pare;
using namespace pare::driver;

/// The shape of `count` tensors of one shape, the samples along the first axis.
static llvm::SmallVector<int64_t> stackedShape(int64_t count,
                                               llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> stacked = {count};
  llvm::append_range(stacked, shape);
  return stacked;
}

static llvm::Error checkCount(llvm::StringRef network, llvm::StringRef what,
                              size_t expected, size_t found) {
  if (expected == found)
    return llvm::Error::success();
  return llvm::createStringError(network + ": expected " +
                                 llvm::Twine(expected) + " " + what +
                                 " files, found " + llvm::Twine(found));
}

/// One source for each input, all with the same number of samples.
static llvm::Expected<std::vector<SampleSource>>
readInputs(const RunCommand &command, llvm::ArrayRef<TensorInfo> inputs) {
  if (llvm::Error error = checkCount(command.network, "input", inputs.size(),
                                     command.inputs.size()))
    return std::move(error);
  std::vector<SampleSource> sources;
  for (auto [path, input] : llvm::zip(command.inputs, inputs)) {
    llvm::Expected<SampleSource> source = SampleSource::read(path);
    if (!source)
      return source.takeError();
    if (llvm::Error error = source->checkShape(input))
      return std::move(error);
    if (!sources.empty() && source->size() != sources.front().size())
      return llvm::createStringError(
          path + ": expected " + llvm::Twine(sources.front().size()) +
          " samples as in " + sources.front().getPath() + ", found " +
          llvm::Twine(source->size()));
    sources.push_back(std::move(*source));
  }
  return sources;
}

llvm::Error pare::driver::runNetwork(const RunCommand &command) {
  auto executable = makeExecutable(command.network, command.run);
  if (!executable)
    return executable.takeError();
  llvm::ArrayRef<TensorInfo> inputs = (*executable)->inputs();
  llvm::ArrayRef<TensorInfo> outputs = (*executable)->outputs();
  if (llvm::Error error = checkCount(command.network, "output", outputs.size(),
                                     command.outputs.size()))
    return error;
  auto sources = readInputs(command, inputs);
  if (!sources)
    return sources.takeError();
  if (sources->empty())
    return llvm::createStringError(command.network +
                                   ": expected a network with inputs");
  int64_t count = sources->front().size();

  std::vector<HostTensor> stacked;
  for (const TensorInfo &output : outputs)
    stacked.push_back(
        HostTensor::zeros(output.dtype, stackedShape(count, output.shape)));

  Progress progress("running", count);
  for (int64_t i = 0; i < count; ++i) {
    llvm::SmallVector<HostTensor> in, out;
    for (auto [source, input] : llvm::zip(*sources, inputs)) {
      llvm::Expected<HostTensor> sample = source.getStored(i, input);
      if (!sample)
        return sample.takeError();
      in.push_back(std::move(*sample));
    }
    if (llvm::Error error = (*executable)->run(in, out))
      return error;
    for (auto [all, one] : llvm::zip(stacked, out))
      std::memcpy(all.rawData() + i * one.getByteSize(), one.rawData(),
                  one.getByteSize());
    progress.step();
  }
  for (auto [path, tensor] : llvm::zip(command.outputs, stacked))
    if (llvm::Error error = writeNpy(path, tensor))
      return error;
  return llvm::Error::success();
}
