//===- Target.cpp - The machines that C code is written for ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/C/Target.h"
#include "llvm/ADT/STLExtras.h"

using namespace pare;

static constexpr CTarget targets[] = {
    {"c99", CIsa::Portable, "any processor with a C99 compiler", "", ""},
    {"cortex-m0plus", CIsa::Portable, "Armv6-M", "arm-none-eabi",
     "-mcpu=cortex-m0plus -mthumb"},
    {"cortex-m4", CIsa::DSP, "Armv7E-M: the DSP instructions", "arm-none-eabi",
     "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"},
    {"cortex-m33", CIsa::DSP, "Armv8-M with the DSP extension", "arm-none-eabi",
     "-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16"},
    {"cortex-m55", CIsa::Helium, "Armv8.1-M with the vector extension",
     "arm-none-eabi", "-mcpu=cortex-m55 -mthumb -mfloat-abi=hard"},
    {"riscv32", CIsa::Portable, "RV32IMC", "riscv64-unknown-elf",
     "-march=rv32imc -mabi=ilp32"},
};

llvm::ArrayRef<CTarget> CTarget::getAll() { return targets; }

const CTarget *CTarget::lookup(llvm::StringRef name) {
  const CTarget *target = llvm::find_if(
      targets, [&](const CTarget &target) { return target.name == name; });
  return target == std::end(targets) ? nullptr : target;
}
