//===- Dispatch.cpp - One network for several processors ------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeGen/Dispatch.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/Linker/Linker.h"

#include <array>

using namespace llvm;

namespace pare::cpu {
namespace {

//===----------------------------------------------------------------------===//
// What a target needs
//===----------------------------------------------------------------------===//

/// What the processor and the system tell of themselves, as words of bits.
enum Word {
  kLeaf1C,
  kLeaf7B,
  kLeaf7C,
  kLeaf7Sub1A,
  kExtended1C,
  /// State that the system saves, of the register XCR0.
  kSavedState,
  kNumWords
};
using Words = std::array<uint32_t, kNumWords>;

constexpr uint32_t bits(std::initializer_list<int> numbers) {
  uint32_t mask = 0;
  for (int number : numbers)
    mask |= uint32_t(1) << number;
  return mask;
}

/// The features of the levels of the x86-64 psABI, and of the extensions beyond
/// them that targets have; none for the first level.
std::optional<Words> requirementsOf(StringRef target) {
  Words words = {};
  if (target == "x86-64")
    return words;
  // SSE3, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX,
  // F16C; BMI1, AVX2, BMI2; LAHF, LZCNT. XMM and YMM registers.
  words[kLeaf1C] = bits({0, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29});
  words[kLeaf7B] = bits({3, 5, 8});
  words[kExtended1C] = bits({0, 5});
  words[kSavedState] = bits({1, 2});
  if (target == "x86-64-v3")
    return words;
  if (target == "x86-64-vnni") {
    // AVX-VNNI.
    words[kLeaf7Sub1A] = bits({4});
    return words;
  }
  if (target == "x86-64-v4") {
    // AVX-512 F, DQ, CD, BW, VL; VNNI. Mask registers, halves of ZMM, more ZMM.
    words[kLeaf7B] |= bits({16, 17, 28, 30, 31});
    words[kLeaf7C] = bits({11});
    words[kSavedState] |= bits({5, 6, 7});
    return words;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Code that asks and chooses
//===----------------------------------------------------------------------===//

/// Functions of a network that are exported.
constexpr StringLiteral kExported[] = {"_network", "_invoke",
                                       "_invoke_parallel"};

class DispatchBuilder {
public:
  DispatchBuilder(Module &module, std::string name)
      : module(module), name(std::move(name)), b(module.getContext()),
        i32(b.getInt32Ty()) {}

  /// `suffixes` are those of the forms' functions.
  void build(ArrayRef<Words> requirements, ArrayRef<std::string> suffixes) {
    Function *choose = buildChoice(requirements);
    for (StringRef exported : kExported)
      buildEntry(exported, choose, suffixes);
  }

private:
  Function *create(const Twine &symbol, FunctionType *type,
                   GlobalValue::LinkageTypes linkage) {
    Function *function = Function::Create(type, linkage, symbol, module);
    b.SetInsertPoint(BasicBlock::Create(module.getContext(), "", function));
    return function;
  }

  /// a, b, c and d of CPUID.
  std::array<Value *, 4> cpuid(uint32_t leaf, uint32_t sub) {
    auto *type = StructType::get(i32, i32, i32, i32);
    auto *code = InlineAsm::get(
        FunctionType::get(type, {i32, i32}, false), "cpuid",
        "={ax},={bx},={cx},={dx},{ax},{cx},~{dirflag},~{fpsr},~{flags}",
        /*hasSideEffects=*/true);
    Value *all = b.CreateCall(code, {b.getInt32(leaf), b.getInt32(sub)});
    std::array<Value *, 4> parts;
    for (unsigned i = 0; i < 4; ++i)
      parts[i] = b.CreateExtractValue(all, i);
    return parts;
  }

  Value *savedState() {
    auto *code = InlineAsm::get(
        FunctionType::get(StructType::get(i32, i32), {i32}, false), "xgetbv",
        "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}",
        /*hasSideEffects=*/true);
    return b.CreateExtractValue(b.CreateCall(code, {b.getInt32(0)}), 0);
  }

  /// `value()` where `condition` holds, otherwise 0: what a processor does not
  /// have must not be asked.
  Value *valueIf(Value *condition, function_ref<Value *()> value) {
    Function *function = b.GetInsertBlock()->getParent();
    BasicBlock *before = b.GetInsertBlock();
    auto *then = BasicBlock::Create(module.getContext(), "", function);
    auto *after = BasicBlock::Create(module.getContext(), "", function);
    b.CreateCondBr(condition, then, after);
    b.SetInsertPoint(then);
    Value *found = value();
    BasicBlock *thenEnd = b.GetInsertBlock();
    b.CreateBr(after);
    b.SetInsertPoint(after);
    PHINode *phi = b.CreatePHI(i32, 2);
    phi->addIncoming(b.getInt32(0), before);
    phi->addIncoming(found, thenEnd);
    return phi;
  }

  Value *hasBit(Value *word, int number) {
    return b.CreateICmpNE(b.CreateAnd(word, uint64_t(1) << number),
                          b.getInt32(0));
  }

  std::array<Value *, kNumWords> ask() {
    std::array<Value *, kNumWords> words;
    Value *lastLeaf = cpuid(0, 0)[0];
    Value *hasLeaf7 = b.CreateICmpUGE(lastLeaf, b.getInt32(7));
    words[kLeaf1C] = cpuid(1, 0)[2];
    words[kLeaf7B] = valueIf(hasLeaf7, [&] { return cpuid(7, 0)[1]; });
    words[kLeaf7C] = valueIf(hasLeaf7, [&] { return cpuid(7, 0)[2]; });
    Value *lastSub = valueIf(hasLeaf7, [&] { return cpuid(7, 0)[0]; });
    words[kLeaf7Sub1A] = valueIf(b.CreateICmpUGE(lastSub, b.getInt32(1)),
                                 [&] { return cpuid(7, 1)[0]; });
    Value *lastExtended = cpuid(0x80000000u, 0)[0];
    words[kExtended1C] =
        valueIf(b.CreateICmpUGE(lastExtended, b.getInt32(0x80000001u)),
                [&] { return cpuid(0x80000001u, 0)[2]; });
    constexpr int kOSXSAVE = 27;
    words[kSavedState] =
        valueIf(hasBit(words[kLeaf1C], kOSXSAVE), [&] { return savedState(); });
    return words;
  }

  /// Number of the form to use. Threads that ask at the same time find the same
  /// answer and store it; nothing needs to run before the first call.
  Function *buildChoice(ArrayRef<Words> requirements) {
    auto *stored = new GlobalVariable(module, i32, /*isConstant=*/false,
                                      GlobalValue::InternalLinkage,
                                      b.getInt32(0), name + "_form");
    Function *function = create(name + "_choose", FunctionType::get(i32, false),
                                GlobalValue::InternalLinkage);
    LoadInst *known = b.CreateLoad(i32, stored);
    known->setAtomic(AtomicOrdering::Monotonic);
    known->setAlignment(Align(4));
    auto *first = BasicBlock::Create(module.getContext(), "", function);
    auto *done = BasicBlock::Create(module.getContext(), "", function);
    b.CreateCondBr(b.CreateICmpEQ(known, b.getInt32(0)), first, done);
    b.SetInsertPoint(done);
    b.CreateRet(b.CreateSub(known, b.getInt32(1)));

    b.SetInsertPoint(first);
    std::array<Value *, kNumWords> words = ask();
    Value *chosen = b.getInt32(requirements.size() - 1);
    for (size_t form = requirements.size() - 1; form-- > 0;) {
      Value *fits = b.getTrue();
      for (int w = 0; w < kNumWords; ++w)
        if (uint32_t mask = requirements[form][w])
          fits = b.CreateAnd(fits, b.CreateICmpEQ(b.CreateAnd(words[w], mask),
                                                  b.getInt32(mask)));
      chosen = b.CreateSelect(fits, b.getInt32(form), chosen);
    }
    StoreInst *store =
        b.CreateStore(b.CreateAdd(chosen, b.getInt32(1)), stored);
    store->setAtomic(AtomicOrdering::Monotonic);
    store->setAlignment(Align(4));
    b.CreateRet(chosen);
    return function;
  }

  /// The exported function, which calls that of the form.
  void buildEntry(StringRef exported, Function *choose,
                  ArrayRef<std::string> suffixes) {
    SmallVector<Constant *> forms;
    FunctionType *type = nullptr;
    for (const std::string &suffix : suffixes) {
      Function *form = module.getFunction(name + exported.str() + suffix);
      // Exported until here, lest the linker drop what nobody calls.
      form->setLinkage(GlobalValue::InternalLinkage);
      type = form->getFunctionType();
      forms.push_back(form);
    }
    auto *arrayType = ArrayType::get(b.getPtrTy(), forms.size());
    auto *table = new GlobalVariable(
        module, arrayType, /*isConstant=*/true, GlobalValue::InternalLinkage,
        ConstantArray::get(arrayType, forms), name + exported + "_forms");
    Function *function =
        create(name + exported, type, GlobalValue::ExternalLinkage);
    Value *place =
        b.CreateGEP(arrayType, table, {b.getInt32(0), b.CreateCall(choose)});
    SmallVector<Value *> arguments(llvm::make_pointer_range(function->args()));
    b.CreateRet(
        b.CreateCall(type, b.CreateLoad(b.getPtrTy(), place), arguments));
  }

  Module &module;
  std::string name;
  IRBuilder<> b;
  Type *i32;
};

//===----------------------------------------------------------------------===//
// Joining
//===----------------------------------------------------------------------===//

std::string suffixOf(const TargetInfo &target) {
  std::string suffix = "." + target.name;
  llvm::replace(suffix, '-', '_');
  return suffix;
}

/// Makes a form fit to stand beside others: names of its own, and the processor
/// on each function.
void setApart(CodeForm &form) {
  const TargetInfo &target = *form.target;
  const std::string suffix = suffixOf(target);
  ObjectData data;
  for (GlobalObject &object : form.code->global_objects()) {
    if (object.isDeclaration())
      continue;
    const std::string name = object.getName().str();
    object.setName(name + suffix);
    if (auto found = form.data.find(name); found != form.data.end())
      data[object.getName()] = found->second;
  }
  form.data = std::move(data);
  for (Function &function : *form.code) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
  }
}

/// Forms share what they have in common. Constants of one context are one
/// object if they are equal; those beside LLVM are compared by their bytes.
void mergeConstants(Module &module, const ObjectData &data) {
  using Bytes = std::pair<StringRef, uint64_t>;
  DenseMap<std::pair<Constant *, uint64_t>, GlobalVariable *> seen;
  DenseMap<Bytes, GlobalVariable *> seenBytes;
  for (GlobalVariable &global : make_early_inc_range(module.globals())) {
    if (!global.isConstant() || !global.hasLocalLinkage() ||
        !global.hasInitializer())
      continue;
    const uint64_t alignment = global.getAlign().valueOrOne().value();
    auto add = [&](auto &map, auto key) -> GlobalVariable * {
      auto [at, isNew] = map.try_emplace({key, alignment}, &global);
      return isNew ? nullptr : at->second;
    };
    auto held = data.find(global.getName());
    GlobalVariable *equal =
        held == data.end() ? add(seen, global.getInitializer())
                           : add(seenBytes, StringRef(held->second.data(),
                                                      held->second.size()));
    if (!equal)
      continue;
    global.replaceAllUsesWith(equal);
    global.eraseFromParent();
  }
}

} // namespace

Expected<CodeForm> joinForms(std::string name,
                             MutableArrayRef<CodeForm> forms) {
  SmallVector<Words> requirements;
  SmallVector<std::string> suffixes;
  for (CodeForm &form : forms) {
    std::optional<Words> words = requirementsOf(form.target->name);
    if (!words)
      return createStringError("no way to tell whether a processor is '" +
                               form.target->name + "'");
    requirements.push_back(*words);
    suffixes.push_back(suffixOf(*form.target));
    setApart(form);
  }
  CodeForm joined = std::move(forms.front());
  joined.target = forms.back().target;
  for (CodeForm &form : forms.drop_front()) {
    if (Linker::linkModules(*joined.code, std::move(form.code)))
      return createStringError("the code of '" + form.target->name +
                               "' does not fit the others'");
    for (const auto &held : form.data)
      joined.data[held.first()] = held.second;
  }
  mergeConstants(*joined.code, joined.data);
  DispatchBuilder(*joined.code, std::move(name)).build(requirements, suffixes);
  return joined;
}

} // namespace pare::cpu
