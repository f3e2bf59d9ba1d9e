//===- Regions.cpp - Several memories -------------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Regions.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace pare::kernel;

static constexpr StringLiteral kName = "name", kBudget = "budget",
                               kAlignment = "alignment", kBytes = "bytes",
                               kBound = "bound";

//===----------------------------------------------------------------------===//
// As users type them
//===----------------------------------------------------------------------===//

std::optional<int64_t> pare::kernel::parseBytes(StringRef text) {
  constexpr int64_t kMost = 1 << 30;
  int64_t unit = 1, count = 0;
  if (text.consume_back_insensitive("k"))
    unit = 1 << 10;
  else if (text.consume_back_insensitive("m"))
    unit = 1 << 20;
  if (text.getAsInteger(10, count) || count < 1 || count > kMost / unit)
    return std::nullopt;
  return count * unit;
}

/// Names end up in macros, where letters are capital ones, and in structs.
static bool isName(StringRef text) {
  return !text.empty() && llvm::isAlpha(text.front()) &&
         llvm::all_of(text,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

llvm::Expected<SmallVector<MemoryRegion>>
pare::kernel::parseRegions(ArrayRef<std::string> texts) {
  SmallVector<MemoryRegion> regions;
  for (StringRef text : texts) {
    auto wrong = [&](const Twine &why) {
      return llvm::createStringError("expected a memory as name:bytes or "
                                     "name:bytes:alignment, such as dtcm:64K, "
                                     "found '" +
                                     text + "'" + why);
    };
    SmallVector<StringRef, 3> fields;
    text.split(fields, ':');
    if (fields.size() < 2 || fields.size() > 3)
      return wrong("");
    MemoryRegion region;
    region.name = fields[0].str();
    if (!isName(region.name))
      return wrong(": a name is letters, digits and '_'");
    if (llvm::any_of(regions, [&](const MemoryRegion &other) {
          return StringRef(other.name).equals_insensitive(region.name);
        }))
      return wrong(": the name is there twice");
    std::optional<int64_t> bytes = parseBytes(fields[1]);
    if (!bytes)
      return wrong(": '" + fields[1] + "' are no bytes");
    region.budget = *bytes;
    if (fields.size() == 3 &&
        (fields[2].getAsInteger(10, region.alignment) || region.alignment < 1 ||
         !llvm::isPowerOf2_64(region.alignment)))
      return wrong(": an alignment is a power of two");
    regions.push_back(std::move(region));
  }
  return regions;
}

//===----------------------------------------------------------------------===//
// In the IR
//===----------------------------------------------------------------------===//

static int64_t getNumber(DictionaryAttr fields, StringRef name,
                         int64_t otherwise) {
  auto number = fields.getAs<IntegerAttr>(name);
  return number ? number.getInt() : otherwise;
}

SmallVector<MemoryRegion> pare::kernel::getRegions(Operation *function) {
  SmallVector<MemoryRegion> regions;
  if (auto list = function->getAttrOfType<ArrayAttr>(kRegionsAttr))
    for (auto fields : list.getAsRange<DictionaryAttr>())
      regions.push_back(
          {fields.getAs<StringAttr>(kName).str(), getNumber(fields, kBudget, 0),
           getNumber(fields, kAlignment, 0), getNumber(fields, kBytes, -1),
           getNumber(fields, kBound, -1)});
  return regions;
}

void pare::kernel::setRegions(Operation *function,
                              ArrayRef<MemoryRegion> regions) {
  Builder builder(function->getContext());
  SmallVector<Attribute> list;
  for (const MemoryRegion &region : regions) {
    SmallVector<NamedAttribute> fields = {
        builder.getNamedAttr(kName, builder.getStringAttr(region.name))};
    auto add = [&](StringRef name, int64_t number, int64_t unset) {
      if (number != unset)
        fields.push_back(
            builder.getNamedAttr(name, builder.getI64IntegerAttr(number)));
    };
    add(kBudget, region.budget, 0);
    add(kAlignment, region.alignment, 0);
    add(kBytes, region.bytes, -1);
    add(kBound, region.bound, -1);
    list.push_back(builder.getDictionaryAttr(fields));
  }
  function->setAttr(kRegionsAttr, builder.getArrayAttr(list));
}

static LogicalResult verifyRegions(Operation *op, Attribute value) {
  auto fail = [&](const Twine &expected) {
    return op->emitOpError("expects '")
           << kRegionsAttr << "' to " << expected << ", but found " << value;
  };
  auto list = dyn_cast<ArrayAttr>(value);
  if (!list || list.empty())
    return fail("list memories");
  SmallVector<StringRef> names;
  for (Attribute entry : list) {
    auto fields = dyn_cast<DictionaryAttr>(entry);
    auto name = fields ? fields.getAs<StringAttr>(kName) : StringAttr();
    if (!name || !isName(name))
      return fail("list memories with names of letters, digits and '_'");
    if (llvm::any_of(names, [&](StringRef other) {
          return other.equals_insensitive(name);
        }))
      return fail("name each memory once");
    names.push_back(name);
    for (NamedAttribute field : fields) {
      if (field.getName() == kName)
        continue;
      auto number = dyn_cast<IntegerAttr>(field.getValue());
      if (!llvm::is_contained({kBudget, kAlignment, kBytes, kBound},
                              field.getName().getValue()) ||
          !number || number.getInt() < 0)
        return fail("have numbers of at least 0 for budget, alignment, bytes "
                    "and bound alone");
    }
    if (const int64_t alignment = getNumber(fields, kAlignment, 1);
        !llvm::isPowerOf2_64(alignment))
      return fail("align by powers of two");
  }
  return success();
}

LogicalResult pare::kernel::verifyRegionAttribute(Operation *op,
                                                  NamedAttribute attribute) {
  if (attribute.getName() == kRegionsAttr)
    return verifyRegions(op, attribute.getValue());
  auto name = dyn_cast<StringAttr>(attribute.getValue());
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function)
    function = op->getParentOfType<FunctionOpInterface>();
  if (!name || !function)
    return op->emitOpError("expects '")
           << attribute.getName().getValue() << "' to be a name, but found "
           << attribute.getValue();
  auto list = function->getAttrOfType<ArrayAttr>(kRegionsAttr);
  const bool isKnown =
      list && llvm::any_of(list, [&](Attribute entry) {
        auto fields = dyn_cast<DictionaryAttr>(entry);
        return fields && fields.getAs<StringAttr>(kName) == name;
      });
  if (!isKnown)
    return op->emitOpError("expects '")
           << attribute.getName().getValue()
           << "' to be one of the function's '" << kRegionsAttr
           << "', but found " << name;
  return success();
}
