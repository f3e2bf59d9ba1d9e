//===- Dispatch.h - One network for several processors ----------*- C++ -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code for several processors stands side by side in one module, of which each
// function has the processor as an attribute. What is exported asks the
// processor what it is, once, and calls the code for it from then on.
//
// The weights of each form are arranged as its code reads them. They are
// constant data of their own, one form's behind the other's, so that of a file
// that is mapped only the pages of the form in use are ever read; equal
// constants are there once.
//
//===----------------------------------------------------------------------===//

#ifndef PARE_LIB_TARGET_CPU_CODEGEN_DISPATCH_H
#define PARE_LIB_TARGET_CPU_CODEGEN_DISPATCH_H

#include "CodeGen/ObjectData.h"
#include "pare/Target/CPU/TargetInfo.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace pare::cpu {

/// The code of a network for one target.
struct CodeForm {
  std::unique_ptr<llvm::Module> code;
  ObjectData data;
  const TargetInfo *target;
};

/// Joins the forms, best first, all of one LLVM context. The last must run on
/// every processor. The result exports the functions of the network `name`; it
/// has the target of the last form.
llvm::Expected<CodeForm> joinForms(std::string name,
                                   llvm::MutableArrayRef<CodeForm> forms);

} // namespace pare::cpu

#endif // PARE_LIB_TARGET_CPU_CODEGEN_DISPATCH_H
