//===- Subcommands.h - The commands that a user types -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_TOOLS_PARE_SUBCOMMANDS_H
#define PARE_TOOLS_PARE_SUBCOMMANDS_H

#include "pare/Driver/Backend.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace pare::tool {

/// A command with its options; each lives in a file of its own.
class Subcommand : public llvm::cl::SubCommand {
public:
  using llvm::cl::SubCommand::SubCommand;
  virtual ~Subcommand() = default;
  /// Whether the user typed this command.
  bool isChosen() { return bool(*this); }
  virtual llvm::Error execute() = 0;

  /// The first option that the command cannot do without and did not get, as
  /// "--labels=Y.npy"; empty if there is none.
  std::string findMissing() const;

protected:
  /// Makes an option necessary. LLVM's own flag for that would report every
  /// missing option by an error of its own, past the caller.
  void require(llvm::cl::Option &option) { required.push_back(&option); }

private:
  std::vector<llvm::cl::Option *> required;
};

Subcommand &getCompileCommand();
Subcommand &getQuantizeCommand();
Subcommand &getPruneCommand();
Subcommand &getRunCommand();
Subcommand &getEvalCommand();
Subcommand &getBenchCommand();
Subcommand &getInfoCommand();

/// All commands, in the order of the help.
std::vector<Subcommand *> allSubcommands();

/// The category of Pare's own options.
llvm::cl::OptionCategory &getCategory();

/// --sparsify, which sets `share` if it is given.
class SparsifyFlag {
public:
  SparsifyFlag(Subcommand &command, std::optional<double> &share);

private:
  llvm::cl::opt<double> flag;
};

/// --target, which sets `target` if it is given; an empty name is a name that
/// no target has.
class TargetFlag {
public:
  TargetFlag(Subcommand &command, std::optional<std::string> &target,
             llvm::StringRef description);

private:
  llvm::cl::opt<std::string> flag;
};

/// The options of code, which all commands that make code share.
class CodeFlags {
public:
  CodeFlags(Subcommand &command, cpu::CodeOptions &code);

private:
  SparsifyFlag sparsify;
  llvm::cl::opt<bool, true> fuseSums;
  llvm::cl::opt<bool, true> keepDeadChannels;
  llvm::cl::opt<bool, true> smallArena;
  llvm::cl::opt<cpu::Winograd, true> winograd;
  llvm::cl::opt<cpu::Stripes, true> stripes;
  llvm::cl::opt<cpu::PixelBlocking, true> pixelBlocks;
  llvm::cl::opt<std::string, true> tuning;
};

/// --backend, --requant, --threads, --target and the options of code, which the
/// commands that run a network share.
class RunFlags {
public:
  explicit RunFlags(Subcommand &command);
  driver::RunOptions get() const;

private:
  enum class Requant { Module, Fixed, Float };
  driver::RunOptions options;
  std::optional<std::string> target;
  TargetFlag targetFlag;
  CodeFlags code;
  llvm::cl::opt<driver::Backend> backend;
  llvm::cl::opt<Requant> requant;
  llvm::cl::opt<int64_t> threads;
};

} // namespace pare::tool

#endif // PARE_TOOLS_PARE_SUBCOMMANDS_H
