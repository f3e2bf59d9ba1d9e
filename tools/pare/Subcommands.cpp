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

RunFlags::RunFlags(Subcommand &command)
    : backend("backend", cl::desc("What runs the network"), cl::sub(command),
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
  driver::RunOptions options;
  options.backend = backend;
  options.threads = threads;
  if (requant == Requant::Fixed)
    options.requant = nn::RequantMode::Fixed;
  if (requant == Requant::Float)
    options.requant = nn::RequantMode::Float;
  return options;
}
