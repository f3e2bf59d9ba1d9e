//===- Subcommands.cpp - What the commands share --------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Subcommands.h"

using namespace llvm;
using namespace pare;
using namespace pare::tool;

cl::OptionCategory &pare::tool::getCategory() {
  static cl::OptionCategory category("Options of pare");
  return category;
}

std::vector<Subcommand *> pare::tool::allSubcommands() {
  return {&getCompileCommand(), &getQuantizeCommand(), &getPruneCommand(),
          &getRunCommand(),     &getEvalCommand(),     &getBenchCommand(),
          &getInfoCommand()};
}

std::string Subcommand::findMissing() const {
  for (const cl::Option *option : required) {
    if (option->getNumOccurrences() != 0)
      continue;
    if (option->isPositional())
      return option->HelpStr.str();
    const bool isLetter = option->ArgStr.size() == 1;
    return ((isLetter ? "-" : "--") + option->ArgStr + (isLetter ? " " : "=") +
            option->ValueStr)
        .str();
  }
  return {};
}

SparsifyFlag::SparsifyFlag(Subcommand &command, std::optional<double> &share)
    : flag("sparsify",
           cl::desc("Store weights sparsely where at least this share of them "
                    "is zero (0: nowhere; default: where the target gets "
                    "faster)"),
           cl::value_desc("0..1"), cl::sub(command), cl::cat(getCategory()),
           cl::callback([&](const double &value) { share = value; })) {}

TargetFlag::TargetFlag(Subcommand &command, std::optional<std::string> &target,
                       StringRef description)
    : flag("target", cl::desc(description), cl::value_desc("name"),
           cl::sub(command), cl::cat(getCategory()),
           cl::callback([&](const std::string &name) { target = name; })) {}

CodeFlags::CodeFlags(Subcommand &command, cpu::CodeOptions &code)
    : sparsify(command, code.sparsify),
      fuseSums("fuse-sums",
               cl::desc("Machine code: add bytes where a summand is computed, "
                        "everywhere: an image less passes through memory "
                        "(default: where the target gets faster)"),
               cl::sub(command), cl::cat(getCategory()),
               cl::location(code.fuseSums)),
      keepDeadChannels("keep-dead-channels",
                       cl::desc("Compute channels that no input changes, too"),
                       cl::sub(command), cl::cat(getCategory()),
                       cl::location(code.keepDeadChannels)),
      smallArena("small-arena",
                 cl::desc("Machine code: where most memory is needed, leave no "
                          "channel for the sake of full vectors"),
                 cl::sub(command), cl::cat(getCategory()),
                 cl::location(code.smallArena)),
      winograd(
          "winograd",
          cl::desc("3x3 convolutions by transformed tiles: larger weights, "
                   "fewer multiplications"),
          cl::values(
              clEnumValN(cpu::Winograd::Auto, "auto", "where it is faster"),
              clEnumValN(cpu::Winograd::Off, "off", "nowhere"),
              clEnumValN(cpu::Winograd::TwoByTwo, "2x2",
                         "tiles of 2x2 results"),
              clEnumValN(cpu::Winograd::FourByFour, "4x4",
                         "tiles of 4x4 results")),
          cl::sub(command), cl::cat(getCategory()),
          cl::location(code.winograd)),
      stripes(
          "stripes",
          cl::desc("Depthwise and 1x1 convolutions that run together, some "
                   "rows at a time: images between them stay in the cache"),
          cl::values(
              clEnumValN(cpu::Stripes::Auto, "auto", "where it is faster"),
              clEnumValN(cpu::Stripes::Off, "off", "nowhere"),
              clEnumValN(cpu::Stripes::All, "all", "wherever it is possible")),
          cl::sub(command), cl::cat(getCategory()), cl::location(code.stripes)),
      pixelBlocks(
          "pixel-blocks",
          cl::desc("Images between sparse layers of floats in blocks of "
                   "pixels, which nothing has to transpose"),
          cl::values(clEnumValN(cpu::PixelBlocking::Auto, "auto",
                                "where it is faster"),
                     clEnumValN(cpu::PixelBlocking::Off, "off", "nowhere"),
                     clEnumValN(cpu::PixelBlocking::All, "all",
                                "wherever it is possible")),
          cl::sub(command), cl::cat(getCategory()),
          cl::location(code.pixelBlocks)),
      tuning("tuning",
             cl::desc("Use what compile --tune has written, and measure "
                      "nothing"),
             cl::value_desc("FILE"), cl::sub(command), cl::cat(getCategory()),
             cl::location(code.tuning)) {}

RunFlags::RunFlags(Subcommand &command)
    : targetFlag(
          command, target,
          "What to compile for (native); this machine must understand it"),
      code(command, options.code),
      backend("backend", cl::desc("What runs the network"), cl::sub(command),
              cl::cat(getCategory()), cl::init(driver::Backend::Jit),
              cl::values(clEnumValN(driver::Backend::Reference, "reference",
                                    "the interpreter"),
                         clEnumValN(driver::Backend::Jit, "jit",
                                    "code compiled in this process"))),
      requant(
          "requant", cl::desc("Requantization mode"), cl::sub(command),
          cl::cat(getCategory()), cl::init(Requant::Module),
          cl::values(
              clEnumValN(Requant::Module, "module",
                         "as the network says (fixed if it does not)"),
              clEnumValN(Requant::Fixed, "fixed", "multiplier and shift"),
              clEnumValN(Requant::Float, "float", "one f32 multiplication"))),
      threads("threads", cl::desc("Number of threads (1)"), cl::value_desc("N"),
              cl::sub(command), cl::cat(getCategory()), cl::init(1)) {}

driver::RunOptions RunFlags::get() const {
  driver::RunOptions options = this->options;
  options.target = target.value_or(options.target);
  options.backend = backend;
  options.threads = threads;
  if (requant == Requant::Fixed)
    options.requant = nn::RequantMode::Fixed;
  if (requant == Requant::Float)
    options.requant = nn::RequantMode::Float;
  return options;
}
