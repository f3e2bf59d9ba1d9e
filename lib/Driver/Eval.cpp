//===- Eval.cpp - pare eval -----------------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Commands.h"
#include "pare/Runtime/SampleSet.h"
#include "pare/Support/Npy.h"
#include "pare/Support/Progress.h"
#include "pare/Support/Statistics.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace pare;
using namespace pare::driver;

namespace {
/// What is counted over the samples.
struct Tally {
  int64_t samples = 0, top1 = 0, top5 = 0, agree = 0;
  bool compared = false;
  /// First outputs of all samples, for the signal to noise ratio.
  std::vector<float> scores, referenceScores;

  double percent(int64_t count) const { return 100.0 * count / samples; }
};

/// A network and the samples in the form that its input asks for.
struct Classifier {
  std::unique_ptr<Executable> executable;
  SampleSet samples;

  static llvm::Expected<Classifier> make(const std::string &path,
                                         const EvalCommand &command) {
    auto executable = makeExecutable(path, command.run);
    if (!executable)
      return executable.takeError();
    for (auto [what, count] :
         {std::pair("input", (*executable)->inputs().size()),
          std::pair("output", (*executable)->outputs().size())})
      if (count != 1)
        return llvm::createStringError(path + ": expected a network with one " +
                                       what + ", found " + llvm::Twine(count));
    auto samples =
        SampleSet::read({command.inputs}, (*executable)->inputs(),
                        SampleScaling{command.inputScale, command.inputOffset});
    if (!samples)
      return samples.takeError();
    return Classifier{std::move(*executable), std::move(*samples)};
  }

  /// The output for sample `index`, in real numbers.
  llvm::Expected<std::vector<float>> getScores(int64_t index) {
    llvm::Expected<std::vector<HostTensor>> in = samples.get(index);
    if (!in)
      return in.takeError();
    llvm::SmallVector<HostTensor> out;
    if (llvm::Error error = executable->run(*in, out))
      return std::move(error);
    return executable->outputs().front().toReal(out.front()).toFloats();
  }
};
} // namespace

/// Class numbers, one for each of `count` samples, each with `offset` added.
static llvm::Expected<std::vector<int64_t>>
readLabels(const std::string &path, int64_t count, int64_t offset) {
  llvm::Expected<HostTensor> labels = readNpy(path);
  if (!labels)
    return labels.takeError();
  const DType dtype = labels->getDType();
  if (dtype == DType::F16 || dtype == DType::F32 || dtype == DType::F64 ||
      labels->getRank() < 1 || labels->getNumElements() != labels->getDim(0))
    return llvm::createStringError(
        path + ": expected one integer for each sample, found " +
        labels->typeString());
  if (labels->getNumElements() != count)
    return llvm::createStringError(path + ": expected " + llvm::Twine(count) +
                                   " labels, one for each sample, found " +
                                   llvm::Twine(labels->getNumElements()));
  std::vector<int64_t> values;
  values.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<int64_t>(labels->getAsDouble(i)) + offset);
  return values;
}

static void print(const Tally &tally, llvm::raw_ostream &os) {
  os << llvm::format("samples    %6lld\n", (long long)tally.samples);
  os << llvm::format("top-1      %6.2f %%\n", tally.percent(tally.top1));
  os << llvm::format("top-5      %6.2f %%\n", tally.percent(tally.top5));
  if (!tally.compared)
    return;
  os << llvm::format("agreement  %6.2f %%\n", tally.percent(tally.agree));
  os << llvm::format(
      "SQNR       %6.2f dB\n",
      compareValues(tally.referenceScores, tally.scores).sqnrDecibel);
}

static llvm::json::Object toJson(const Tally &tally) {
  llvm::json::Object object{{"samples", tally.samples},
                            {"top1", tally.percent(tally.top1)},
                            {"top5", tally.percent(tally.top5)}};
  if (tally.compared) {
    object["agreement"] = tally.percent(tally.agree);
    object["sqnr_db"] =
        compareValues(tally.referenceScores, tally.scores).sqnrDecibel;
  }
  return object;
}

llvm::Error pare::driver::evalNetwork(const EvalCommand &command,
                                      llvm::raw_ostream &os) {
  if (llvm::Error error =
          SampleScaling{command.inputScale, command.inputOffset}.verify())
    return error;
  if (command.skip < 0 || command.limit < 1)
    return llvm::createStringError(
        "expected --skip of at least 0 and --limit of at least 1, found " +
        llvm::Twine(command.skip) + " and " + llvm::Twine(command.limit));
  auto network = Classifier::make(command.network, command);
  if (!network)
    return network.takeError();
  const int64_t total = network->samples.size();
  auto labels = readLabels(command.labels, total, command.labelOffset);
  if (!labels)
    return labels.takeError();
  if (command.skip >= total)
    return llvm::createStringError(command.inputs +
                                   ": no sample is left of the " +
                                   llvm::Twine(total) + " in the file");
  int64_t end = command.skip + std::min(command.limit, total - command.skip);

  std::optional<Classifier> reference;
  if (!command.against.empty()) {
    auto other = Classifier::make(command.against, command);
    if (!other)
      return other.takeError();
    reference = std::move(*other);
  }

  Tally tally;
  tally.compared = reference.has_value();
  Progress progress("evaluating", end - command.skip);
  for (int64_t i = command.skip; i < end; ++i) {
    auto scores = network->getScores(i);
    if (!scores)
      return scores.takeError();
    int64_t label = (*labels)[i];
    if (label < 0 || label >= int64_t(scores->size()))
      return llvm::createStringError(
          command.labels + ": expected labels in [0, " +
          llvm::Twine(scores->size()) + "), found " + llvm::Twine(label) +
          " for sample " + llvm::Twine(i));
    ++tally.samples;
    tally.top1 += isInTopK(*scores, label, 1);
    tally.top5 += isInTopK(*scores, label, 5);
    if (reference) {
      auto expected = reference->getScores(i);
      if (!expected)
        return expected.takeError();
      if (expected->size() != scores->size())
        return llvm::createStringError(
            command.against + ": expected " + llvm::Twine(scores->size()) +
            " classes as in " + command.network + ", found " +
            llvm::Twine(expected->size()));
      tally.agree += argmax(*expected) == argmax(*scores);
      tally.scores.insert(tally.scores.end(), scores->begin(), scores->end());
      tally.referenceScores.insert(tally.referenceScores.end(),
                                   expected->begin(), expected->end());
    }
    progress.step();
  }
  progress.finish();
  if (command.json)
    os << llvm::formatv("{0:2}\n", llvm::json::Value(toJson(tally)));
  else
    print(tally, os);
  return llvm::Error::success();
}
