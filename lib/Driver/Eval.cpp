//===- Eval.cpp - pare eval -------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Driver/Commands.h"
#include "pare/Driver/Samples.h"
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
} // namespace

/// The first output of `executable` for sample `index`, in real numbers.
static llvm::Expected<std::vector<float>> scoresOf(Executable &executable,
                                                   const SampleSource &source,
                                                   int64_t index,
                                                   const EvalCommand &command) {
  llvm::Expected<HostTensor> sample =
      source.getScaled(index, executable.inputs().front(), command.inputScale,
                       command.inputOffset);
  if (!sample)
    return sample.takeError();
  llvm::SmallVector<HostTensor> out;
  if (llvm::Error error = executable.run({*sample}, out))
    return std::move(error);
  return executable.outputs().front().toReal(out.front()).toFloats();
}

static llvm::Expected<std::unique_ptr<Executable>>
makeClassifier(const std::string &path, const RunOptions &options,
               const SampleSource &source) {
  auto executable = makeExecutable(path, options);
  if (!executable)
    return executable.takeError();
  if ((*executable)->inputs().size() != 1)
    return llvm::createStringError(
        path + ": expected a network with one input, found " +
        llvm::Twine((*executable)->inputs().size()));
  if (llvm::Error error = source.checkShape((*executable)->inputs().front()))
    return std::move(error);
  return executable;
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
  llvm::Expected<SampleSource> source = SampleSource::read(command.inputs);
  if (!source)
    return source.takeError();
  auto labels = readLabels(command.labels, command.labelOffset);
  if (!labels)
    return labels.takeError();
  int64_t total = source->size();
  if (int64_t(labels->size()) != total)
    return llvm::createStringError(
        command.labels + ": expected " + llvm::Twine(total) +
        " labels, one for each sample, found " + llvm::Twine(labels->size()));
  if (command.skip < 0 || command.limit < 1 || command.skip >= total)
    return llvm::createStringError(command.inputs +
                                   ": no sample is left of the " +
                                   llvm::Twine(total) + " in the file");
  int64_t end = command.skip + std::min(command.limit, total - command.skip);

  auto network = makeClassifier(command.network, command.run, *source);
  if (!network)
    return network.takeError();
  std::unique_ptr<Executable> reference;
  if (!command.against.empty()) {
    auto other = makeClassifier(command.against, command.run, *source);
    if (!other)
      return other.takeError();
    reference = std::move(*other);
  }

  Tally tally;
  tally.compared = bool(reference);
  Progress progress("evaluating", end - command.skip);
  for (int64_t i = command.skip; i < end; ++i) {
    auto scores = scoresOf(**network, *source, i, command);
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
      auto expected = scoresOf(*reference, *source, i, command);
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
