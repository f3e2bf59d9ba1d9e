//===- Embedded.cpp - C for microcontrollers ------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Embedded.h"
#include "MemoryReport.h"
#include "pare/Support/FileOutput.h"

using namespace mlir;
using namespace pare;
using namespace pare::driver;

const CTarget *pare::driver::findCTarget(llvm::StringRef name) {
  return CTarget::lookup(name == "c" ? "c99" : name);
}

//===----------------------------------------------------------------------===//
// RAM
//===----------------------------------------------------------------------===//

static int64_t countPortBytes(const Signature &signature) {
  int64_t bytes = 0;
  for (const TensorInfo &tensor :
       llvm::concat<const TensorInfo>(signature.inputs, signature.outputs))
    bytes += tensor.getNumElements() * byteWidth(tensor.dtype);
  return bytes;
}

static constexpr const char *kSeparateRemedy =
    "\n  inputs and outputs in the arena (without --separate-io)";
static constexpr const char *kSmallerRemedy =
    "\n  fewer channels or smaller images in the layers above";

/// What a user could do about an arena that is too large.
static std::string describeRemedies(const CMemoryPlan &memory, int64_t budget,
                                    bool hasPorts) {
  std::string text = "\nwhat would help:";
  if (memory.smallestBytes <= budget && memory.smallestBytes > 0)
    text += "\n  --ram=" + std::to_string(memory.smallestBytes);
  else if (memory.smallestBytes > 0)
    text += "\n  a budget of " + std::to_string(memory.smallestBytes) +
            " bytes: no plan that was found is smaller, early layers in "
            "stripes included";
  if (!hasPorts)
    text += kSeparateRemedy;
  return text + kSmallerRemedy;
}

/// "--ram=dtcm:16384,sram:65536"
static std::string
describeRegions(llvm::ArrayRef<kernel::MemoryRegion> regions) {
  std::string text;
  for (const kernel::MemoryRegion &region : regions)
    text +=
        (text.empty() ? "--ram=" : ",") + region.name + ":" +
        std::to_string(region.budget) +
        (region.alignment > 0 ? ":" + std::to_string(region.alignment) : "");
  return text;
}

/// An error if a memory holds more than there is of it.
static llvm::Error checkRegions(const kernel::MemoryPlan &plan,
                                const CompileCommand &command, bool hasPorts) {
  std::vector<kernel::MemoryRegion> enough = command.ramRegions;
  std::string text, peaks;
  for (auto [i, region] : llvm::enumerate(plan.regions)) {
    if (region.budget == 0 || region.bytes <= region.budget)
      continue;
    enough[i].budget = region.bytes;
    peaks += describePeaks(plan, i);
    text += (text.empty() ? ", found a need for " : " and ") +
            std::to_string(region.bytes) + " bytes of " + region.name + ", " +
            std::to_string(region.bytes - region.budget) + " too many";
  }
  if (text.empty())
    return llvm::Error::success();
  return llvm::createStringError(
      command.network + ": expected to fit into " +
      describeRegions(command.ramRegions) + text + peaks +
      "\nwhat would help:\n  " + describeRegions(enough) +
      (command.ioRegion.empty() ? "" : "\n  no --io-region") +
      (hasPorts ? "" : kSeparateRemedy) + kSmallerRemedy);
}

llvm::Expected<kernel::MemoryPlan>
pare::driver::planEmbedded(const Emission &emission,
                           const CompileCommand &command,
                           CompileReport &report) {
  const CTarget *target = findCTarget(emission.target);
  CEmitOptions emit;
  emit.name = emission.signature.name;
  emit.isa = target->isa;
  emit.optimize = command.optimize;
  emit.sparse = command.code.sparsify != 0.0;
  CMemoryOptions options;
  // "c" is code for a computer as well, where the caller has memory.
  options.ports = emission.target != "c" && !command.separateIO;
  const int64_t outside =
      options.ports ? 0 : countPortBytes(emission.signature);
  options.budget =
      command.ram > 0 ? std::max<int64_t>(command.ram - outside, 1) : 0;
  options.regions.assign(command.ramRegions.begin(), command.ramRegions.end());
  options.portRegion = command.ioRegion;
  llvm::FailureOr<CMemoryPlan> memory =
      planCMemory(emission.module, emit, options);
  if (failed(memory))
    return llvm::createStringError("the network has no form in C");
  const kernel::MemoryPlan &plan = memory->plan;
  if (plan.hasRegions())
    if (llvm::Error error = checkRegions(plan, command, options.ports))
      return std::move(error);
  const int64_t ram = plan.arenaBytes + outside;
  if (command.ram > 0 && ram > command.ram)
    return llvm::createStringError(
        command.network +
        ": expected to fit into --ram=" + std::to_string(command.ram) +
        ", found a need for " + std::to_string(ram) + " bytes, " +
        std::to_string(ram - command.ram) + " too many" + describePeaks(plan) +
        describeRemedies(*memory, options.budget, options.ports));
  report.arena.bytes = plan.arenaBytes;
  if (!plan.hasRegions())
    report.addLine("arena", llvm::Twine(plan.arenaBytes) +
                                " bytes, lower bound " +
                                llvm::Twine(plan.lowerBound));
  for (auto [i, region] : llvm::enumerate(plan.regions))
    if (plan.hasRegions())
      report.addLine("arena in " + region.name,
                     llvm::Twine(region.bytes) + " of " +
                         llvm::Twine(region.budget) + " bytes, " +
                         llvm::Twine(countAccesses(plan, i)) +
                         " bytes read and written");
  if (plan.hasRegions())
    report.addLine("memories", memory->choice.isOptimal
                                   ? "no other way has fewer slow accesses"
                                   : "the best of the ways that were tried");
  for (const kernel::RowSplit &split : memory->splits)
    report.addLine("stripes",
                   llvm::Twine(split.stripes) + " of " +
                       llvm::Twine(split.layers) + " layers from layer " +
                       llvm::Twine(split.first) + ", " +
                       llvm::Twine(split.repeatedMacs) + " MACs repeated");
  return plan;
}

//===----------------------------------------------------------------------===//
// Flash
//===----------------------------------------------------------------------===//

llvm::Error pare::driver::checkFlash(const CSource &source,
                                     const CTarget &target,
                                     const CompileCommand &command,
                                     int64_t constantBytes,
                                     CompileReport &report) {
  if (command.flash <= 0)
    return llvm::Error::success();
  int64_t bytes = constantBytes;
  std::string what = "constants";
  auto tools = CrossCompiler::find(target, command.optimize);
  if (tools) {
    auto object = tools->compile(source);
    if (!object)
      return object.takeError();
    auto sizes = getSectionSizes((*object)->getMemBufferRef());
    if (!sizes)
      return sizes.takeError();
    bytes = sizes->flash();
    what = std::to_string(sizes->code) + " of code and " +
           std::to_string(sizes->constants + sizes->data) + " of constants";
  } else {
    llvm::errs() << "pare: note: " << command.network
                 << ": --flash is compared with constants alone: "
                 << llvm::toString(tools.takeError()) << '\n';
  }
  report.addLine("flash", llvm::Twine(bytes) + " bytes: " + what);
  if (bytes <= command.flash)
    return llvm::Error::success();
  return llvm::createStringError(
      command.network +
      ": expected to fit into --flash=" + std::to_string(command.flash) +
      ", found a need for " + std::to_string(bytes) + " bytes (" + what +
      "), " + std::to_string(bytes - command.flash) + " too many" +
      "\nwhat would help:\n  --optimize=size\n  pruned weights "
      "(--prune, --sparsify)\n  fewer channels");
}

//===----------------------------------------------------------------------===//
// The project
//===----------------------------------------------------------------------===//

std::string pare::driver::makeCMakeLists(const CSource &source) {
  const std::string &name = source.stem;
  return "# " + name + ": a neural network, written by Pare.\n#\n" +
         "# In a firmware project:\n#\n#   add_subdirectory(<this folder>)\n" +
         "#   target_link_libraries(firmware PRIVATE " + name + ")\n\n" +
         "cmake_minimum_required(VERSION 3.13)\n" +
         "if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)\n" +
         "  project(" + name + " C)\nendif()\n\n" + "add_library(" + name +
         " STATIC " + name + ".c " + name + ".h)\n" +
         "target_include_directories(" + name +
         " PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})\n" + "set_target_properties(" +
         name + " PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)\n";
}
