//===- ObjectData.cpp - Large constants beside LLVM -----------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeGen/ObjectData.h"
#include "pare/Dialect/NN/IR/NN.h"

#include "llvm/IR/Constants.h"
#include "llvm/Object/ELFObjectFile.h"

using namespace mlir;

namespace pare::cpu {

/// Of smaller constants LLVM may make immediate operands.
static constexpr size_t kLeastBytes = 1024;

HeldConstants::HeldConstants(ModuleOp module) {
  for (auto global : module.getOps<LLVM::GlobalOp>()) {
    auto value = dyn_cast_or_null<ElementsAttr>(global.getValueOrNull());
    if (!value || !global.getConstant())
      continue;
    std::optional<ArrayRef<char>> bytes = nn::getRawBytes(value);
    if (!bytes || bytes->size() < kLeastBytes)
      continue;
    constants.push_back({global, value, global.getLinkage(), *bytes});
    // What has no value is defined elsewhere.
    global.removeValueAttr();
    global.setLinkage(LLVM::Linkage::External);
  }
}

HeldConstants::~HeldConstants() {
  for (Held &held : constants) {
    held.global.setValueAttr(held.value);
    held.global.setLinkage(held.linkage);
  }
}

void HeldConstants::declare(llvm::Module &code, ObjectData &data) const {
  for (Held held : constants) {
    llvm::GlobalVariable *global =
        code.getNamedGlobal(held.global.getSymName());
    global->setInitializer(
        llvm::ConstantAggregateZero::get(global->getValueType()));
    // Nobody may take the zeros for the value.
    global->setExternallyInitialized(true);
    // Private ones would have no entry in the table of symbols.
    global->setLinkage(llvm::GlobalValue::InternalLinkage);
    global->setDSOLocal(true);
    data[global->getName()] = held.bytes;
  }
}

llvm::Error
placeData(llvm::MemoryBufferRef object, const llvm::Module &code,
          const ObjectData &data,
          function_ref<void(uint64_t offset, ArrayRef<char>)> write) {
  size_t missing =
      llvm::count_if(code.globals(), [&](const llvm::GlobalVariable &global) {
        return data.contains(global.getName());
      });
  if (missing == 0)
    return llvm::Error::success();
  auto file = llvm::object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    llvm::Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    auto found = data.find(*name);
    if (found == data.end())
      continue;
    auto section = symbol.getSection();
    if (!section)
      return section.takeError();
    llvm::Expected<uint64_t> at = symbol.getValue();
    if (!at)
      return at.takeError();
    if (*section == (*file)->section_end())
      continue;
    const uint64_t start = llvm::object::ELFSectionRef(**section).getOffset();
    if (*at + found->second.size() > (*section)->getSize())
      break;
    write(start + *at, found->second);
    --missing;
  }
  if (missing != 0)
    return llvm::createStringError("the object has no place for a constant");
  return llvm::Error::success();
}

} // namespace pare::cpu
