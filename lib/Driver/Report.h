//===- Report.h - What the steps of a compilation did -----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_DRIVER_REPORT_H
#define PARE_LIB_DRIVER_REPORT_H

#include "mlir/Pass/PassInstrumentation.h"
#include "pare/Driver/Summary.h"
#include "pare/Support/Progress.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <vector>

namespace pare::driver {

/// The states of a network between the steps of a compilation, for people.
class CompileReport {
public:
  /// Adds the state of `func` after `step`; nothing if it is the state before.
  void addStep(llvm::StringRef step, mlir::func::FuncOp func);

  /// Bytes of the arena, and of those for each further thread, that the last
  /// pass knew of.
  int64_t arenaBytes = 0;
  int64_t scratchBytes = 0;

  /// Adds "what: value" below the table.
  void addLine(llvm::StringRef what, const llvm::Twine &value);

  void print(llvm::raw_ostream &os) const;

private:
  struct Step {
    std::string name;
    size_t layers = 0;
    int64_t integerLayers = 0;
    WeightSummary weights;
    bool isSameAs(const Step &other) const;
  };
  std::vector<Step> steps;
  std::vector<std::pair<std::string, std::string>> lines;
};

/// Shows which pass runs, and reports what it did.
class PassObserver : public mlir::PassInstrumentation {
public:
  /// Both outlive this.
  PassObserver(Progress &progress, CompileReport &report)
      : progress(progress), report(report) {}

  void runBeforePass(mlir::Pass *pass, mlir::Operation *op) override;
  void runAfterPass(mlir::Pass *pass, mlir::Operation *op) override;

private:
  Progress &progress;
  CompileReport &report;
};

} // namespace pare::driver

#endif // PARE_LIB_DRIVER_REPORT_H
