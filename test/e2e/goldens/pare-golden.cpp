//===- pare-golden.cpp - Compares a network with recorded outputs ---------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   pare-golden MODEL DIRECTORY --bound=KIND [--top1] [--backend=reference|jit]
//       [--mode=fixed|float] [--one-sequence]
//   pare-golden MODEL --inputs=A.npy,... --outputs=Y.npy,... [--scale=X] ...
//
// runs MODEL on DIRECTORY/input_K.npy (or A.npy, ..., integers times X) and
// compares with DIRECTORY/output_K.npy, files whose first axis numbers the
// samples. Prints one line for each output and fails if one is out of bounds:
//
//   bits         every element is the same
//   absolute=X   no element is off by more than X
//   range=X      ... by more than X times the range of the recorded output
//   steps=N      ... by more than N steps of a quantized output
//   any          no bound of its own (for --top1)
//
// --top1 asks for the same greatest element in every sample.
//
// --against-reference takes what the reference interpreter computes in the same
// mode for the recorded outputs.
//
// --one-sequence runs all samples as one: recurrent layers see the steps of all
// samples one after the other. TFLite keeps the state of an LSTM from one call
// to the next, and so it was when such outputs were recorded.
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/NN/IR/NN.h"
#include "pare/Driver/Backend.h"
#include "pare/Driver/Network.h"
#include "pare/Runtime/Executable.h"
#include "pare/Support/Npy.h"
#include "pare/Support/Statistics.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cmath>

using namespace pare;
using llvm::StringRef;

namespace {
struct Bound {
  enum Kind { Bits, Absolute, Range, Any } kind = Any;
  double limit = 0.0;
};

/// What was found in all samples of one output.
struct Found {
  int64_t elements = 0, different = 0, samples = 0, sameTop1 = 0;
  double greatestError = 0.0;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
};
} // namespace

static llvm::Expected<Bound> parseBound(StringRef text) {
  auto [kind, number] = text.split('=');
  Bound bound;
  if (kind == "bits" || kind == "any") {
    bound.kind = kind == "bits" ? Bound::Bits : Bound::Any;
    if (number.empty())
      return bound;
  } else if (!number.getAsDouble(bound.limit)) {
    bound.kind = kind == "range" ? Bound::Range : Bound::Absolute;
    if (kind == "range" || kind == "absolute" || kind == "steps")
      return bound;
  }
  return llvm::createStringError("no bound: '" + text + "'");
}

namespace {
struct Options {
  std::string model, directory, inputs, outputs, bound;
  double scale = 0.0;
  driver::RunOptions run;
  bool top1, oneSequence, againstReference;
};
} // namespace

/// DIRECTORY/PREFIX_INDEX.npy, or the entry of a list of files if there is one.
static std::string fileName(const Options &options, StringRef list,
                            StringRef prefix, size_t index) {
  llvm::SmallVector<StringRef> files;
  list.split(files, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  if (index < files.size())
    return files[index].str();
  llvm::SmallString<128> path(options.directory);
  llvm::sys::path::append(path, prefix + "_" + llvm::Twine(index) + ".npy");
  return std::string(path);
}

/// The samples of each of `tensors`, as tensors of {samples, shape...}. Numbers
/// of another type than f32 are scaled if --scale is given.
static llvm::Expected<std::vector<HostTensor>>
readAll(const Options &options, StringRef list, StringRef prefix,
        llvm::ArrayRef<TensorInfo> tensors) {
  std::vector<HostTensor> all;
  for (auto [i, info] : llvm::enumerate(tensors)) {
    const std::string path = fileName(options, list, prefix, i);
    llvm::Expected<HostTensor> samples = readNpy(path);
    if (!samples)
      return samples.takeError();
    HostTensor tensor = std::move(*samples);
    if (options.scale != 0.0 && info.dtype == DType::F32 &&
        tensor.getDType() != DType::F32) {
      HostTensor scaled = HostTensor::zeros(DType::F32, tensor.getShape());
      for (int64_t k = 0; k < tensor.getNumElements(); ++k)
        scaled.setFromDouble(k, tensor.getAsDouble(k) * options.scale);
      tensor = std::move(scaled);
    }
    llvm::SmallVector<int64_t> shape = {
        options.oneSequence || tensor.getRank() == 0 ? 1 : tensor.getDim(0)};
    llvm::append_range(shape, info.shape);
    if (tensor.getDType() != info.dtype || !tensor.reshape(shape))
      return llvm::createStringError(path + ": expected samples of " +
                                     info.typeString() + ", found " +
                                     tensor.typeString());
    all.push_back(std::move(tensor));
  }
  return all;
}

static void compare(const HostTensor &expected, const HostTensor &found,
                    Found &result) {
  for (int64_t i = 0; i < expected.getNumElements(); ++i) {
    const double a = expected.getAsDouble(i), b = found.getAsDouble(i);
    result.different += a != b;
    // NaN must not pass as a small error.
    const double error = a == b ? 0.0 : std::fabs(a - b);
    if (!(error <= result.greatestError))
      result.greatestError =
          std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
    result.least = std::min(result.least, a);
    result.greatest = std::max(result.greatest, a);
  }
  result.elements += expected.getNumElements();
  result.sameTop1 += argmax(expected.toFloats()) == argmax(found.toFloats());
  ++result.samples;
}

static bool isWithin(const Bound &bound, const Found &found) {
  switch (bound.kind) {
  case Bound::Bits:
    return found.different == 0;
  case Bound::Absolute:
    return found.greatestError <= bound.limit;
  case Bound::Range:
    return found.greatestError <= bound.limit * (found.greatest - found.least);
  case Bound::Any:
    return true;
  }
  return false;
}

/// True if all outputs are within bounds of those of `reference` or, without
/// one, of those that were recorded.
static llvm::Expected<bool> check(Executable &network, Executable *reference,
                                  const Bound &bound, const Options &options) {
  llvm::Expected<std::vector<HostTensor>> inputs =
      readAll(options, options.inputs, "input", network.inputs());
  if (!inputs)
    return inputs.takeError();
  llvm::Expected<std::vector<HostTensor>> outputs =
      readAll(options, options.outputs, "output",
              reference ? llvm::ArrayRef<TensorInfo>() : network.outputs());
  if (!outputs)
    return outputs.takeError();
  std::vector<Found> found(network.outputs().size());
  int64_t samples = std::numeric_limits<int64_t>::max();
  for (const auto *tensors : {&*inputs, &*outputs})
    for (const HostTensor &tensor : *tensors)
      samples = std::min(samples, tensor.getDim(0));
  for (int64_t sample = 0; sample < samples; ++sample) {
    llvm::SmallVector<HostTensor> in, out;
    for (const HostTensor &input : *inputs)
      in.push_back(input.slice(sample));
    if (llvm::Error error = network.run(in, out))
      return std::move(error);
    llvm::SmallVector<HostTensor> expected;
    for (const HostTensor &output : *outputs)
      expected.push_back(output.slice(sample));
    if (reference)
      if (llvm::Error error = reference->run(in, expected))
        return std::move(error);
    for (size_t i = 0; i < out.size(); ++i)
      compare(expected[i], out[i], found[i]);
  }
  bool allWithin = samples > 0 && !found.empty();
  for (auto [info, result] : llvm::zip_equal(network.outputs(), found)) {
    const bool isFine = isWithin(bound, result) &&
                        (!options.top1 || result.sameTop1 == result.samples);
    allWithin &= isFine;
    llvm::outs() << llvm::formatv(
        "{0}: {1} samples, {2} of {3} elements differ, max error {4:e3} "
        "({5:e3} of the range), same top-1 in {6}: {7}\n",
        info.name, result.samples, result.different, result.elements,
        result.greatestError,
        result.greatestError / (result.greatest - result.least),
        result.sameTop1, isFine ? "ok" : "OUT OF BOUNDS");
  }
  return allWithin;
}

/// Makes of a network with one time axis (dimension 1 of its input and of its
/// recurrent layers) the network that takes `samples` samples as one sequence
/// and gives their results along dimension 0.
static void joinSamples(mlir::func::FuncOp func, int64_t samples) {
  auto scale = [&](mlir::Value value, unsigned axis) {
    auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
    llvm::SmallVector<int64_t> shape(type.getShape());
    shape[axis] *= samples;
    value.setType(type.clone(shape));
  };
  mlir::Block &body = func.getBody().front();
  for (mlir::BlockArgument argument : body.getArguments())
    scale(argument, 1);
  for (mlir::Operation &op : body.without_terminator())
    for (mlir::Value result : op.getResults())
      if (!llvm::isa<nn::ConstantOp, nn::SparseConstantOp>(op))
        scale(result, llvm::isa<nn::LstmOp, nn::GruOp>(op) ? 1 : 0);
  func.setType(
      mlir::FunctionType::get(func.getContext(), body.getArgumentTypes(),
                              body.getTerminator()->getOperandTypes()));
}

/// The network of the options, run by `backend`.
static llvm::Expected<std::unique_ptr<Executable>>
load(const Options &options, driver::Backend backend) {
  llvm::Expected<driver::Network> network =
      driver::Network::load(options.model);
  if (!network)
    return network.takeError();
  if (options.oneSequence) {
    llvm::Expected<mlir::func::FuncOp> func = network->getFunction();
    if (!func)
      return func.takeError();
    llvm::Expected<HostTensor> samples =
        readNpy(fileName(options, options.inputs, "input", 0));
    if (!samples)
      return samples.takeError();
    joinSamples(*func, samples->getRank() == 0 ? 1 : samples->getDim(0));
    if (mlir::failed(mlir::verify(network->getModule())))
      return llvm::createStringError("cannot run the samples as one sequence");
  }
  driver::RunOptions run = options.run;
  run.backend = backend;
  return driver::makeExecutable(std::move(*network), run);
}

static llvm::Expected<bool> runTool(const Options &options) {
  llvm::Expected<Bound> bound = parseBound(options.bound);
  if (!bound)
    return bound.takeError();
  llvm::Expected<std::unique_ptr<Executable>> network =
      load(options, options.run.backend);
  if (!network)
    return network.takeError();
  if (!options.againstReference)
    return check(**network, /*reference=*/nullptr, *bound, options);
  llvm::Expected<std::unique_ptr<Executable>> reference =
      load(options, driver::Backend::Reference);
  if (!reference)
    return reference.takeError();
  return check(**network, reference->get(), *bound, options);
}

int main(int argc, char **argv) {
  llvm::InitLLVM guard(argc, argv);
  using namespace llvm::cl;
  Options options;
  opt<std::string, true> model(Positional, Required, desc("<model>"),
                               location(options.model));
  opt<std::string, true> directory(Positional, desc("<directory>"),
                                   location(options.directory));
  opt<std::string, true> inputs("inputs", location(options.inputs));
  opt<std::string, true> outputs("outputs", location(options.outputs));
  opt<double, true> scale("scale", location(options.scale), init(0.0));
  opt<std::string, true> bound("bound", location(options.bound), init("bits"));
  opt<bool, true> top1("top1", location(options.top1), init(false));
  opt<bool, true> oneSequence("one-sequence", location(options.oneSequence),
                              init(false));
  opt<bool, true> againstReference(
      "against-reference", location(options.againstReference), init(false));
  opt<driver::Backend, true> backend(
      "backend", location(options.run.backend),
      init(driver::Backend::Reference),
      values(clEnumValN(driver::Backend::Reference, "reference", ""),
             clEnumValN(driver::Backend::Jit, "jit", "")));
  opt<nn::RequantMode> mode(
      "mode", init(nn::RequantMode::Fixed),
      values(clEnumValN(nn::RequantMode::Fixed, "fixed", ""),
             clEnumValN(nn::RequantMode::Float, "float", "")));
  ParseCommandLineOptions(argc, argv,
                          "compare a network with recorded outputs\n");
  options.run.requant = mode;
  llvm::Expected<bool> isFine = runTool(options);
  if (!isFine) {
    llvm::errs() << "error: " << llvm::toString(isFine.takeError()) << "\n";
    return 1;
  }
  return *isFine ? 0 : 1;
}
