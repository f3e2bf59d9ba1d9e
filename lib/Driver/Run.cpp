//===- Run.cpp - pare run -------------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Commands.h"
#include "pare/Runtime/SampleSet.h"
#include "pare/Support/FileOutput.h"
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

/// Writes all files, or none if one cannot be written.
static llvm::Error writeOutputs(llvm::ArrayRef<std::string> paths,
                                llvm::ArrayRef<HostTensor> tensors) {
  std::vector<FileOutput> files;
  for (auto [path, tensor] : llvm::zip_equal(paths, tensors)) {
    llvm::Expected<FileOutput> file = FileOutput::create(path);
    if (!file)
      return file.takeError();
    file->os() << formatNpy(tensor);
    files.push_back(std::move(*file));
  }
  return commitAll(files);
}

llvm::Error pare::driver::runNetwork(const RunCommand &command) {
  auto executable = makeExecutable(command.network, command.run);
  if (!executable)
    return executable.takeError();
  llvm::ArrayRef<TensorInfo> outputs = (*executable)->outputs();
  if (outputs.size() != command.outputs.size())
    return llvm::createStringError(
        command.network + ": expected " + llvm::Twine(outputs.size()) +
        " output files, one for each output of the network, found " +
        llvm::Twine(command.outputs.size()));
  llvm::Expected<SampleSet> samples =
      SampleSet::read(command.inputs, (*executable)->inputs());
  if (!samples)
    return samples.takeError();
  const int64_t count = samples->size();

  std::vector<HostTensor> stacked;
  for (const TensorInfo &output : outputs) {
    llvm::Expected<HostTensor> tensor =
        HostTensor::create(output.dtype, stackedShape(count, output.shape));
    if (!tensor)
      return tensor.takeError();
    stacked.push_back(std::move(*tensor));
  }

  Progress progress("running", count);
  for (int64_t i = 0; i < count; ++i) {
    llvm::Expected<std::vector<HostTensor>> in = samples->get(i);
    if (!in)
      return in.takeError();
    llvm::SmallVector<HostTensor> out;
    if (llvm::Error error = (*executable)->run(*in, out))
      return error;
    for (auto [all, one] : llvm::zip_equal(stacked, out))
      std::memcpy(all.rawData() + i * one.getByteSize(), one.rawData(),
                  one.getByteSize());
    progress.step();
  }
  progress.finish();
  return writeOutputs(command.outputs, stacked);
}
