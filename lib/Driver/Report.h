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

/// Bytes that intermediate values and layers of a network take.
struct ArenaSizes {
  /// The arena on one thread, and what each further thread adds.
  int64_t bytes = 0, perThread = 0;
  /// The most that is alive while one layer runs: buffers and the scratch
  /// memory of the layer, or buffers alone. -1 if it is not known.
  int64_t live = -1, liveBuffers = -1;

  /// What the attributes of a planned function say, 0 or -1 where there are
  /// none.
  static ArenaSizes of(mlir::Operation *function);
  /// The larger of each: what does for both.
  void join(const ArenaSizes &other);
  /// "N bytes, M without scratch memory".
  std::string describeLive() const;
};

/// The states of a network between the steps of a compilation, for people.
class CompileReport {
public:
  /// To count weights reads all of them, which nobody should wait for unseen:
  /// without `hasSteps`, addStep does nothing.
  explicit CompileReport(bool hasSteps) : hasSteps(hasSteps) {}

  /// Adds the state of `func` after `step`; nothing if it is the state before.
  void addStep(llvm::StringRef step, mlir::func::FuncOp func);

  /// What the last pass knew of.
  ArenaSizes arena;

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
  bool hasSteps;
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
