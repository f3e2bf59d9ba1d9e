//===- RowSteps.h - Steps of a row alone ------------------------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In which order a row alone meets its weights, for all columns or for a vector
// of them, and what of the weights is left to steps behind.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CONTRACT_ROWSTEPS_H
#define PARE_LIB_TARGET_CPU_CONTRACT_ROWSTEPS_H

#include "Contract/RowTerms.h"

#include <vector>

namespace pare::cpu {

/// The order of a row: by place.
struct RowOrder {
  /// The term, -1 for none.
  llvm::SmallVector<int64_t> terms;
  llvm::SmallVector<bool> turned;
};

/// The steps of a plan.
struct RowSteps {
  RowPlan plan;
  /// One for all columns, or one for each vector of them if terms change
  /// places.
  std::vector<RowOrder> orders;
  /// Of each vector of columns.
  std::vector<llvm::SmallVector<TermStep>> steps, extra;

  const RowOrder &orderOf(int64_t vector) const {
    return orders[plan.shuffles ? vector : 0];
  }
  /// Instructions of a vector of columns.
  double instructions() const;
  /// Bytes that are read of a vector of columns.
  double bytes() const;
};

/// Finds steps for the weights of a row.
class RowBuilder {
public:
  /// `filter` is [columns][terms] and stays the caller's.
  RowBuilder(const RowPlan &plan, llvm::ArrayRef<int8_t> filter);

  /// By this plan, but for its extra steps. If terms change places, there must
  /// be whole blocks of them.
  RowSteps build(const RowPlan &plan) const;

  /// 0 for a column or a term that is none.
  int32_t weight(int64_t column, int64_t term) const {
    return column < plan.columns && term >= 0 && term < plan.terms
               ? filter[column * plan.terms + term]
               : 0;
  }

private:
  RowOrder orderOfAll(const RowPlan &plan) const;
  RowOrder orderOfVector(int64_t vector, bool halves) const;
  TermStep stepOf(const RowOrder &order, int64_t vector, int64_t number) const;

  RowPlan plan;
  llvm::ArrayRef<int8_t> filter;
};

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CONTRACT_ROWSTEPS_H
