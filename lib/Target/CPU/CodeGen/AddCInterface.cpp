//===- AddCInterface.cpp - Implements kernel-add-c-interface --------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Runtime/Signature.h"
#include "pare/Runtime/abi.h"
#include "pare/Target/CPU/Passes.h"
#include "pare/Target/CPU/TargetInfo.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_ADDCINTERFACEPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

/// Writes constant data of the structures of abi.h.
class DataBuilder {
public:
  DataBuilder(ModuleOp module, StringRef prefix)
      : b(module.getContext()), loc(module.getLoc()), prefix(prefix),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {
    b.setInsertionPointToEnd(module.getBody());
  }

  OpBuilder b;
  Location loc;
  std::string prefix;
  Type pointer;

  Type i(unsigned bits) { return b.getIntegerType(bits); }

  LLVM::GlobalOp text(StringRef name, StringRef value) {
    std::string terminated = value.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(i(8), terminated.size());
    return global(name, type, b.getStringAttr(terminated));
  }

  template <typename T>
  LLVM::GlobalOp array(StringRef name, Type element, ArrayRef<T> values) {
    auto type = LLVM::LLVMArrayType::get(element, values.size());
    auto shape = RankedTensorType::get({int64_t(values.size())}, element);
    return global(name, type, DenseElementsAttr::get(shape, values));
  }

  /// A constant whose value `build` makes.
  LLVM::GlobalOp structure(StringRef name, Type type,
                           function_ref<Value()> build) {
    LLVM::GlobalOp op = global(name, type, Attribute());
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&op.getInitializerRegion());
    LLVM::ReturnOp::create(b, loc, build());
    return op;
  }

  Value number(Type type, int64_t value) {
    return LLVM::ConstantOp::create(b, loc, type,
                                    b.getIntegerAttr(type, value));
  }
  Value address(LLVM::GlobalOp op) {
    return op ? Value(LLVM::AddressOfOp::create(b, loc, op))
              : Value(LLVM::ZeroOp::create(b, loc, pointer));
  }
  Value insert(Value into, Value value, int64_t at) {
    return LLVM::InsertValueOp::create(b, loc, into, value,
                                       ArrayRef<int64_t>{at});
  }
  Value assemble(Type type, ArrayRef<Value> fields) {
    Value value = LLVM::PoisonOp::create(b, loc, type);
    for (auto [at, field] : llvm::enumerate(fields))
      value = insert(value, field, at);
    return value;
  }

private:
  LLVM::GlobalOp global(StringRef name, Type type, Attribute value) {
    return LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true,
                                  LLVM::Linkage::Internal,
                                  prefix + "_" + name.str(), value);
  }
};

struct AddCInterface : public impl::AddCInterfacePassBase<AddCInterface> {
  using AddCInterfacePassBase::AddCInterfacePassBase;

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info) {
      getOperation().emitError(llvm::toString(info.takeError()));
      return signalPassFailure();
    }
    // "native" says nothing elsewhere.
    processor = info->name == "native" ? info->cpu : info->name;
    int64_t weightBytes = 0;
    for (auto global : getOperation().getOps<LLVM::GlobalOp>())
      weightBytes += bytesOf(global.getType());
    auto functions = llvm::to_vector(getOperation().getOps<LLVM::LLVMFuncOp>());
    // Layers are nobody else's business.
    for (auto func : functions)
      if (!func.isExternal())
        func.setLinkage(LLVM::Linkage::Internal);
    for (auto func : functions) {
      if (!func->hasAttr(kernel::KernelDialect::kNumInputsAttr))
        continue;
      if (failed(addInterface(func, weightBytes)))
        return signalPassFailure();
      ++numNetworks;
    }
    // Tools that know only LLVM can read the result.
    for (NamedAttribute attr :
         llvm::to_vector(getOperation()->getDiscardableAttrs()))
      if (isa_and_nonnull<nn::NNDialect>(attr.getNameDialect()))
        getOperation()->removeDiscardableAttr(attr.getName());
  }

private:
  /// The target, as the network names it.
  std::string processor;

  static int64_t bytesOf(Type type) {
    auto array = dyn_cast<LLVM::LLVMArrayType>(type);
    if (array)
      return array.getNumElements() * bytesOf(array.getElementType());
    return type.isIntOrFloat() ? type.getIntOrFloatBitWidth() / 8 : 0;
  }

  LogicalResult addInterface(LLVM::LLVMFuncOp func, int64_t weightBytes) {
    auto number = [&](StringRef name) {
      auto attr = func->getAttrOfType<IntegerAttr>(name);
      return attr ? attr.getInt() : int64_t(0);
    };
    int64_t numInputs = number(kernel::KernelDialect::kNumInputsAttr);
    int64_t numTensors = int64_t(func.getNumArguments()) - 2;
    std::vector<TensorInfo> tensors;
    for (int64_t t = 0; t < numTensors; ++t) {
      auto type = func.getArgAttrOfType<TypeAttr>(
          t, kernel::KernelDialect::kTensorTypeAttr);
      std::optional<TensorInfo> info =
          type ? getTensorInfo(type.getValue()) : std::nullopt;
      if (!info)
        return func.emitOpError("expects '")
               << kernel::KernelDialect::kTensorTypeAttr << "' on argument "
               << t;
      if (auto name = func.getArgAttrOfType<StringAttr>(t, "nn.name"))
        info->name = name.str();
      else
        info->name = t < numInputs ? "input_" + std::to_string(t)
                                   : "output_" + std::to_string(t - numInputs);
      tensors.push_back(*info);
    }
    DataBuilder data(getOperation(), func.getName());
    addDescription(data, func, ArrayRef(tensors).take_front(numInputs),
                   ArrayRef(tensors).drop_front(numInputs),
                   {number(kernel::KernelDialect::kArenaBytesAttr), weightBytes,
                    number(kernel::KernelDialect::kScratchBytesAttr)});
    LLVM::LLVMFuncOp parallel =
        addParallelInvoke(data, func, numInputs, numTensors - numInputs);
    addInvoke(data, func.getName(), parallel);
    // What it described now has its place; LLVM IR has none for it.
    for (StringRef name : {kernel::KernelDialect::kNumInputsAttr,
                           kernel::KernelDialect::kArenaBytesAttr,
                           kernel::KernelDialect::kArenaBoundAttr,
                           kernel::KernelDialect::kBufferBoundAttr,
                           kernel::KernelDialect::kScratchBytesAttr})
      func->removeAttr(name);
    for (int64_t t = 0; t < numTensors; ++t) {
      func.removeArgAttr(t, kernel::KernelDialect::kTensorTypeAttr);
      func.removeArgAttr(t, "nn.name");
    }
    return success();
  }

  LLVM::GlobalOp addTensors(DataBuilder &data, StringRef prefix,
                            ArrayRef<TensorInfo> tensors) {
    Type p = data.pointer, i32 = data.i(32);
    auto type = LLVM::LLVMStructType::getLiteral(
        &getContext(), {p, p, p, p, i32, i32, i32, i32, i32, i32});
    SmallVector<std::array<LLVM::GlobalOp, 4>> parts;
    for (auto [i, info] : llvm::enumerate(tensors)) {
      std::string name = prefix.str() + "_" + std::to_string(i);
      std::array<LLVM::GlobalOp, 4> part;
      part[0] = data.text(name + "_name", info.name);
      if (!info.shape.empty())
        part[1] = data.array<int64_t>(name + "_shape", data.i(64), info.shape);
      if (info.isQuantized()) {
        part[2] = data.array<double>(name + "_scales", data.b.getF64Type(),
                                     info.scales);
        part[3] =
            data.array<int32_t>(name + "_zero_points", i32, info.zeroPoints);
      }
      parts.push_back(part);
    }
    auto array = LLVM::LLVMArrayType::get(type, tensors.size());
    return data.structure(prefix, array, [&] {
      Value value = LLVM::PoisonOp::create(data.b, data.loc, array);
      for (auto [i, info] : llvm::enumerate(tensors)) {
        SmallVector<Value> fields;
        for (LLVM::GlobalOp part : parts[i])
          fields.push_back(data.address(part));
        for (int64_t n : {int64_t(info.dtype), int64_t(info.shape.size()),
                          int64_t(info.scales.size()), info.axis,
                          int64_t(info.storageMin), int64_t(info.storageMax)})
          fields.push_back(data.number(i32, n));
        value = data.insert(value, data.assemble(type, fields), i);
      }
      return value;
    });
  }

  void addDescription(DataBuilder &data, LLVM::LLVMFuncOp func,
                      ArrayRef<TensorInfo> inputs, ArrayRef<TensorInfo> outputs,
                      std::array<int64_t, 3> bytes) {
    LLVM::GlobalOp name = data.text("name", func.getName());
    LLVM::GlobalOp target = data.text("target", processor);
    LLVM::GlobalOp in = addTensors(data, "inputs", inputs);
    LLVM::GlobalOp out = addTensors(data, "outputs", outputs);
    Type p = data.pointer, i32 = data.i(32), i64 = data.i(64);
    auto type = LLVM::LLVMStructType::getLiteral(
        &getContext(), {i32, i32, i32, i32, p, p, p, i64, i64, i64, p});
    LLVM::GlobalOp network = data.structure("description", type, [&] {
      return data.assemble(
          type,
          {data.number(i32, PARE_ABI_VERSION), data.number(i32, inputs.size()),
           data.number(i32, outputs.size()), data.number(i32, 0),
           data.address(name), data.address(in), data.address(out),
           data.number(i64, bytes[0]), data.number(i64, bytes[1]),
           data.number(i64, bytes[2]), data.address(target)});
    });
    auto getter = LLVM::LLVMFuncOp::create(data.b, data.loc,
                                           func.getName().str() + "_network",
                                           LLVM::LLVMFunctionType::get(p, {}));
    OpBuilder::InsertionGuard guard(data.b);
    data.b.setInsertionPointToStart(getter.addEntryBlock(data.b));
    LLVM::ReturnOp::create(data.b, data.loc, data.address(network));
  }

  /// NAME_invoke: everything on the caller's thread.
  void addInvoke(DataBuilder &data, StringRef name, LLVM::LLVMFuncOp parallel) {
    OpBuilder &b = data.b;
    Type p = data.pointer, i32 = data.i(32);
    auto invoke =
        LLVM::LLVMFuncOp::create(b, data.loc, name.str() + "_invoke",
                                 LLVM::LLVMFunctionType::get(i32, {p, p, p}));
    OpBuilder::InsertionGuard guard(b);
    Block *entry = invoke.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    SmallVector<Value> arguments(entry->getArguments());
    arguments.push_back(LLVM::ZeroOp::create(b, data.loc, p));
    auto call = LLVM::CallOp::create(b, data.loc, parallel, arguments);
    LLVM::ReturnOp::create(b, data.loc, call.getResults());
  }

  LLVM::LLVMFuncOp addParallelInvoke(DataBuilder &data, LLVM::LLVMFuncOp func,
                                     int64_t numInputs, int64_t numOutputs) {
    OpBuilder &b = data.b;
    Type p = data.pointer, i32 = data.i(32);
    auto invoke = LLVM::LLVMFuncOp::create(
        b, data.loc, func.getName().str() + "_invoke_parallel",
        LLVM::LLVMFunctionType::get(i32, {p, p, p, p}));
    OpBuilder::InsertionGuard guard(b);
    Block *entry = invoke.addEntryBlock(b);
    Block *lists = b.createBlock(&invoke.getBody());
    Block *call = b.createBlock(&invoke.getBody());
    Block *bad = b.createBlock(&invoke.getBody());
    Value null;
    auto anyNull = [&](ValueRange pointers) {
      null = LLVM::ZeroOp::create(b, data.loc, p);
      Value found = data.number(b.getI1Type(), 0);
      for (Value pointer : pointers)
        found = LLVM::OrOp::create(b, data.loc, found,
                                   LLVM::ICmpOp::create(b, data.loc,
                                                        LLVM::ICmpPredicate::eq,
                                                        pointer, null));
      return found;
    };

    b.setInsertionPointToStart(entry);
    // The last argument, the pool, may be null.
    LLVM::CondBrOp::create(
        b, data.loc, anyNull(entry->getArguments().drop_back()), bad, lists);
    b.setInsertionPointToStart(lists);
    SmallVector<Value> arguments;
    auto loadAll = [&](Value list, int64_t count) {
      for (int64_t i = 0; i < count; ++i) {
        Value at = LLVM::GEPOp::create(b, data.loc, p, p, list,
                                       ArrayRef<LLVM::GEPArg>{int32_t(i)});
        arguments.push_back(LLVM::LoadOp::create(b, data.loc, p, at));
      }
    };
    loadAll(entry->getArgument(0), numInputs);
    loadAll(entry->getArgument(1), numOutputs);
    LLVM::CondBrOp::create(b, data.loc, anyNull(arguments), bad, call);
    b.setInsertionPointToStart(call);
    arguments.append({entry->getArgument(2), entry->getArgument(3)});
    LLVM::CallOp::create(b, data.loc, func, arguments);
    LLVM::ReturnOp::create(b, data.loc, data.number(i32, 0));
    b.setInsertionPointToStart(bad);
    LLVM::ReturnOp::create(b, data.loc, data.number(i32, PARE_NULL_POINTER));
    return invoke;
  }
};

} // namespace
} // namespace pare::cpu
