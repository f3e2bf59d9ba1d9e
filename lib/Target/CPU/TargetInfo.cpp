//===- TargetInfo.cpp - What code generation knows of a CPU ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/TargetInfo.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/Triple.h"

#include <algorithm>
#include <vector>

using namespace llvm;

namespace pare::cpu {

static TargetInfo genericTarget() {
  TargetInfo target;
  target.triple = sys::getProcessTriple();
  target.cpu = Triple(target.triple).isX86() ? "x86-64" : "generic";
  return target;
}

static TargetInfo x86Target(StringRef cpu) {
  TargetInfo target;
  target.triple = "x86_64-unknown-linux-gnu";
  target.cpu = cpu.str();
  target.dotStep = DotStep::PMAddWD;
  return target;
}

static void useAVX2(TargetInfo &target) {
  target.vectorBits = 256;
  target.hasFMA = true;
  target.dotStep = DotStep::PMAddWD;
}

static TargetInfo nativeTarget() {
  TargetInfo target = genericTarget();
  target.cpu = sys::getHostCPUName().str();
  StringMap<bool> host = sys::getHostCPUFeatures();
  // A hash map has no order; sorted, the same machine gives the same string.
  std::vector<std::string> names;
  for (const auto &feature : host)
    names.push_back(feature.getKey().str());
  llvm::sort(names);
  SubtargetFeatures features;
  for (const std::string &name : names)
    features.AddFeature(name, host.lookup(name));
  target.features = features.getString();

  if (!Triple(target.triple).isX86())
    return target;
  target.dotStep = DotStep::PMAddWD;
  if (host.lookup("avx2") && host.lookup("fma")) {
    useAVX2(target);
    if (host.lookup("avxvnni") ||
        (host.lookup("avx512vnni") && host.lookup("avx512vl")))
      target.dotStep = DotStep::VNNI;
  }
  return target;
}

Expected<TargetInfo> TargetInfo::get(StringRef name) {
  TargetInfo target;
  if (name == "native") {
    target = nativeTarget();
  } else if (name == "generic") {
    target = genericTarget();
  } else if (name == "x86-64") {
    target = x86Target("x86-64");
  } else if (name == "x86-64-v3") {
    target = x86Target("x86-64-v3");
    useAVX2(target);
  } else if (name == "x86-64-vnni") {
    target = x86Target("x86-64-v3");
    target.features = "+avxvnni";
    useAVX2(target);
    target.dotStep = DotStep::VNNI;
  } else if (name == "x86-64-v4") {
    target = x86Target("x86-64-v4");
    target.features = "+avx512vnni";
    target.vectorBits = 512;
    target.vectorRegisters = 32;
    target.hasFMA = true;
    target.dotStep = DotStep::VNNI;
  } else {
    return createStringError("unknown target '" + name +
                             "'; expected native, generic, x86-64, x86-64-v3, "
                             "x86-64-vnni or x86-64-v4");
  }
  target.name = name.str();
  return target;
}

} // namespace pare::cpu
