//===- RegistrationTest.cpp - All of Pare, by one call --------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Registration/Registration.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassRegistry.h"

#include "gtest/gtest.h"

using namespace mlir;

namespace {

TEST(Registration, DialectsOfPare) {
  DialectRegistry registry;
  pare::registerPareDialects(registry);
  MLIRContext context(registry);
  EXPECT_NE(context.getOrLoadDialect("nn"), nullptr);
  EXPECT_NE(context.getOrLoadDialect("kernel"), nullptr);
  EXPECT_EQ(context.getOrLoadDialect("tosa"), nullptr);
}

TEST(Registration, AllDialects) {
  DialectRegistry registry;
  pare::registerAllDialects(registry);
  MLIRContext context(registry);
  EXPECT_NE(context.getOrLoadDialect("nn"), nullptr);
  EXPECT_NE(context.getOrLoadDialect("tosa"), nullptr);
}

// A plugin may be loaded into a program that has registered Pare itself.
TEST(Registration, PassesTwice) {
  pare::registerParePasses();
  pare::registerParePasses();
  for (const char *flag :
       {"nn-fold-batch-norm", "nn-quantize", "lower-nn-to-kernel"}) {
    const PassInfo *pass = PassInfo::lookup(flag);
    ASSERT_NE(pass, nullptr) << flag;
    EXPECT_FALSE(pass->getPassDescription().empty()) << flag;
  }
}

} // namespace
