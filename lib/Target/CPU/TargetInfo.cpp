//===- TargetInfo.cpp - What code generation knows of a CPU ---------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Target/CPU/TargetInfo.h"
#include "pare/Target/CPU/Host.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/TargetParser/Triple.h"

#include <algorithm>
#include <vector>

#include <unistd.h>

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

static void useNEON(TargetInfo &target, DotStep step) {
  target.vectorRegisters = 32;
  target.hasFMA = true;
  target.dotStep = step;
}

/// Caches as the system states them, where it does.
static void readCaches(TargetInfo &target) {
#if defined(_SC_LEVEL1_DCACHE_SIZE) && defined(_SC_LEVEL2_CACHE_SIZE)
  if (long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE); bytes > 0)
    target.l1Bytes = bytes;
  if (long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE); bytes > 0)
    target.l2Bytes = bytes;
#else
  (void)target;
#endif
}

static TargetInfo nativeTarget() {
  TargetInfo target = genericTarget();
  readCaches(target);
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

  if (target.isAArch64())
    useNEON(target, !host.lookup("dotprod") ? DotStep::NEON
                    : host.lookup("i8mm")   ? DotStep::SMMLA
                                            : DotStep::SDot);
  if (!Triple(target.triple).isX86())
    return target;
  target.dotStep = DotStep::PMAddWD;
  if (host.lookup("avx2") && host.lookup("fma")) {
    useAVX2(target);
    if (host.lookup("avxvnni") ||
        (host.lookup("avx512vnni") && host.lookup("avx512vl")))
      target.dotStep = DotStep::VNNI;
  }
  bool has512 = true;
  for (StringRef part : {"avx512f", "avx512bw", "avx512dq", "avx512vl"})
    has512 &= host.lookup(part);
  if (has512) {
    target.vectorBits = 512;
    target.vectorRegisters = 32;
    target.hasFMA = true;
    target.dotStep =
        host.lookup("avx512vnni") ? DotStep::VNNI : DotStep::PMAddWD;
  }
  return target;
}

static TargetInfo avxVNNITarget() {
  TargetInfo target = x86Target("x86-64-v3");
  target.features = "+avxvnni,+fast-gather";
  useAVX2(target);
  target.dotStep = DotStep::VNNI;
  return target;
}

static TargetInfo avx512Target() {
  TargetInfo target = x86Target("x86-64-v4");
  target.features = "+avx512vnni";
  target.l2Bytes = 1 << 20;
  target.vectorBits = 512;
  target.vectorRegisters = 32;
  target.hasFMA = true;
  target.dotStep = DotStep::VNNI;
  return target;
}

static TargetInfo armTarget(StringRef features, DotStep step) {
  TargetInfo target;
  target.triple = "aarch64-unknown-linux-gnu";
  target.cpu = "generic";
  target.features = features.str();
  useNEON(target, step);
  return target;
}

/// A processor for firmware.
static TargetInfo bareMetalTarget(StringRef triple, StringRef cpu,
                                  StringRef features) {
  TargetInfo target;
  target.triple = triple.str();
  target.cpu = cpu.str();
  target.features = features.str();
  target.isBareMetal = true;
  return target;
}

namespace {
/// A name that users may ask for.
struct NamedTarget {
  StringLiteral name;
  TargetInfo (*make)();
};
} // namespace

static constexpr NamedTarget kTargets[] = {
    {"native", nativeTarget},
    {"generic", genericTarget},
    {"x86-64", [] { return x86Target("x86-64"); }},
    {"x86-64-v2", [] { return x86Target("x86-64-v2"); }},
    {"x86-64-v3",
     [] {
       TargetInfo target = x86Target("x86-64-v3");
       // Tables are looked up by gathers: one by one takes longer.
       target.features = "+fast-gather";
       useAVX2(target);
       return target;
     }},
    {"x86-64-vnni", avxVNNITarget},
    {"avx-vnni", avxVNNITarget},
    {"x86-64-v4", avx512Target},
    {"avx512-vnni", avx512Target},
    {"cortex-m4",
     [] {
       return bareMetalTarget("thumbv7em-unknown-none-eabihf", "cortex-m4", "");
     }},
    {"cortex-m55",
     [] {
       return bareMetalTarget("thumbv8.1m.main-unknown-none-eabihf",
                              "cortex-m55", "");
     }},
    {"riscv32",
     [] {
       return bareMetalTarget("riscv32-unknown-elf", "generic-rv32", "+m,+c");
     }},
    {"aarch64", [] { return armTarget("", DotStep::NEON); }},
    {"aarch64+dotprod", [] { return armTarget("+dotprod", DotStep::SDot); }},
    {"aarch64+i8mm",
     [] { return armTarget("+dotprod,+i8mm", DotStep::SMMLA); }},
};

Expected<TargetInfo> TargetInfo::get(StringRef name) {
  std::string expected;
  for (const NamedTarget &known : kTargets) {
    if (known.name == name) {
      TargetInfo target = known.make();
      target.name = name.str();
      return target;
    }
    bool isLast = &known == std::end(kTargets) - 1;
    expected += expected.empty() ? "" : isLast ? " or " : ", ";
    expected += known.name;
  }
  return createStringError("unknown target '" + name + "'; expected " +
                           expected);
}

bool runsHere(const TargetInfo &target) {
  if (target.isBareMetal || Triple(sys::getProcessTriple()).getArch() !=
                                Triple(target.triple).getArch())
    return false;
  StringMap<bool> host = sys::getHostCPUFeatures();
  SmallVector<StringRef> needed;
  if (target.isAArch64()) {
    if (target.dotStep == DotStep::SDot || target.dotStep == DotStep::SMMLA)
      needed.push_back("dotprod");
    if (target.dotStep == DotStep::SMMLA)
      needed.push_back("i8mm");
  } else {
    if (target.cpu == "x86-64-v2")
      needed.push_back("sse4.2");
    if (target.hasFMA)
      needed.append({"avx2", "fma"});
    if (target.vectorBits == 512)
      needed.append({"avx512f", "avx512vnni"});
    else if (target.dotStep == DotStep::VNNI && target.name != "native")
      needed.push_back("avxvnni");
  }
  return all_of(needed, [&](StringRef name) { return host.lookup(name); });
}

bool TargetInfo::multipliesTables() const {
  // Of products vectors are a quarter as wide as of bytes, and vectors of 64
  // bytes, as NEON's, are looked up in a few instructions.
  return Triple(triple).isX86() && hasFMA && vectorBits == 256;
}

int64_t TargetInfo::fusedSumBytes() const {
  // Of narrower vectors the arithmetic takes longer than memory does.
  return Triple(triple).isX86() && vectorBits == 512 ? l2Bytes + 1 : -1;
}

double TargetInfo::operationsOfFloats() const {
  return hasFMA || isAArch64() ? 1.0 : 2.0;
}

double TargetInfo::operationsOfPairs() const {
  switch (dotStep) {
  case DotStep::VNNI:
    return 1.0;
  case DotStep::PMAddWD:
    return 2.0;
  default:
    return 4.0;
  }
}

Expected<std::vector<TargetInfo>> TargetInfo::getAll(StringRef name) {
  constexpr StringLiteral kMulti = "x86-64-multi";
  std::vector<StringRef> names = {name};
  if (name == kMulti)
    names = {"x86-64-v4", "x86-64-vnni", "x86-64-v3", "x86-64"};
  std::vector<TargetInfo> targets;
  for (StringRef each : names) {
    Expected<TargetInfo> target = get(each);
    if (!target)
      return createStringError(toString(target.takeError()) + "; or " + kMulti +
                               " for several in one file");
    targets.push_back(std::move(*target));
  }
  return targets;
}

} // namespace pare::cpu
