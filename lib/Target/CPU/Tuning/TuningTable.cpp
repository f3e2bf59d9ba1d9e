//===- TuningTable.cpp - Measured choices in files ------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tuning/Describe.h"
#include "Winograd/WinogradTransforms.h"
#include "pare/Support/FileInput.h"
#include "pare/Support/Quote.h"
#include "pare/Target/CPU/Tuning.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace pare::cpu {

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

StringRef nameOf(TermOrdering order) {
  switch (order) {
  case TermOrdering::None:
    return "none";
  case TermOrdering::Steps:
    return "steps";
  case TermOrdering::Terms:
    return "terms";
  }
  llvm_unreachable("all orders have names");
}

std::string Choice::print() const {
  if (winograd != 0)
    return llvm::formatv("winograd {0}x{0}", winograd);
  if (stripes && stripes->empty())
    return "stripes off";
  if (stripes) {
    SmallVector<std::string> groups;
    for (const StripeGroup &group : *stripes)
      groups.push_back(llvm::formatv("{0}-{1}:{2}", group.first,
                                     group.first + group.count - 1,
                                     group.rows));
    return "stripes " + llvm::join(groups, ",");
  }
  std::string text = llvm::formatv("tile {0}x{1}", tile.first, tile.second);
  if (strassen)
    text += " strassen " + std::to_string(*strassen);
  if (order)
    text += " order " + nameOf(*order).str();
  return text;
}

/// A number from `least` on.
static bool readNumber(StringRef text, int64_t least, int64_t &number) {
  return !text.getAsInteger(10, number) && number >= least;
}

/// "a" and "b" of "axb".
static std::optional<std::pair<int64_t, int64_t>> parseSizes(StringRef text) {
  auto [first, second] = text.split('x');
  std::pair<int64_t, int64_t> sizes;
  if (!readNumber(first, 1, sizes.first) ||
      !readNumber(second, 1, sizes.second))
    return std::nullopt;
  return sizes;
}

/// Groups of "0-2:4,3-4:2", each behind the one before and of two operations at
/// least.
static std::optional<SmallVector<StripeGroup>> parseStripes(StringRef text) {
  SmallVector<StripeGroup> groups;
  if (text == "off")
    return groups;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  int64_t end = 0;
  for (StringRef part : parts) {
    auto [range, rows] = part.split(':');
    auto [first, last] = range.split('-');
    StripeGroup group;
    int64_t lastNumber = 0;
    if (!readNumber(first, end, group.first) ||
        !readNumber(last, group.first + 1, lastNumber) ||
        !readNumber(rows, 1, group.rows))
      return std::nullopt;
    group.count = lastNumber - group.first + 1;
    end = lastNumber + 1;
    groups.push_back(group);
  }
  return groups;
}

std::optional<Choice> Choice::parse(StringRef text) {
  SmallVector<StringRef, 4> words;
  text.split(words, ' ');
  Choice choice;
  if (words.size() == 2 && words[0] == "stripes") {
    choice.stripes = parseStripes(words[1]);
    return choice.stripes ? std::optional(choice) : std::nullopt;
  }
  if (words.size() < 2)
    return std::nullopt;
  auto sizes = parseSizes(words[1]);
  if (!sizes)
    return std::nullopt;
  if (words.size() == 2 && words[0] == "winograd") {
    choice.winograd = sizes->first;
    if (sizes->first != sizes->second || !WinogradTransform::get(sizes->first))
      return std::nullopt;
    return choice;
  }
  choice.tile = *sizes;
  if (words[0] != "tile")
    return std::nullopt;
  if (words.size() == 2)
    return choice;
  if (words.size() != 4)
    return std::nullopt;
  int64_t levels = 0;
  if (words[2] == "strassen" && readNumber(words[3], 0, levels))
    choice.strassen = levels;
  else if (words[2] == "order")
    choice.order = llvm::StringSwitch<std::optional<TermOrdering>>(words[3])
                       .Case("none", TermOrdering::None)
                       .Case("steps", TermOrdering::Steps)
                       .Case("terms", TermOrdering::Terms)
                       .Default(std::nullopt);
  return choice.strassen || choice.order ? std::optional(choice) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// The shape and the choice of a line.
static std::optional<std::pair<StringRef, Choice>> parseLine(StringRef line) {
  for (StringRef word : {" tile ", " winograd ", " stripes "}) {
    const size_t at = line.rfind(word);
    if (at == StringRef::npos || at == 0)
      continue;
    if (auto choice = Choice::parse(line.drop_front(at + 1)))
      return std::pair(line.take_front(at), *choice);
  }
  return std::nullopt;
}

llvm::Expected<TuningTable> TuningTable::read(StringRef path) {
  auto file = readFile(path);
  if (!file)
    return file.takeError();
  return parse((*file)->getBuffer(), path);
}

llvm::Expected<TuningTable> TuningTable::parse(StringRef text, StringRef path) {
  TuningTable table;
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (auto [number, line] : llvm::enumerate(lines)) {
    line = line.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    auto entry = parseLine(line);
    if (!entry)
      return llvm::createStringError(
          path + ":" + llvm::Twine(number + 1) +
          ": expected a shape and 'tile ROWSxVECTORS', 'winograd 2x2', "
          "'winograd 4x4' or 'stripes FIRST-LAST:ROWS', found " +
          quote(line));
    table.set(entry->first, entry->second);
  }
  return table;
}

std::string TuningTable::print() const {
  std::string text = "# The fastest code of each shape of layer that was "
                     "measured.\n";
  llvm::raw_string_ostream os(text);
  for (const auto &[shape, choice] : choices)
    os << shape << ' ' << choice.print() << '\n';
  return text;
}

std::optional<Choice> TuningTable::find(StringRef shape) const {
  auto it = choices.find(shape);
  if (it == choices.end())
    return std::nullopt;
  return it->second;
}

void TuningTable::set(StringRef shape, Choice choice) {
  choices[shape.str()] = std::move(choice);
}

} // namespace pare::cpu
