//===- CallInParallel.cpp - Implements kernel-call-in-parallel ------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the LLVM dialect, because only there buffers are pointers that a task can
// carry: the arguments of a call are stored into a frame on the caller's stack,
// which lives until all parts of the layer are done.
//
//===----------------------------------------------------------------------===//

#include "pare/Dialect/Kernel/IR/Kernel.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using pare::kernel::KernelDialect;

namespace pare::cpu {
#define GEN_PASS_DEF_CALLINPARALLELPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

namespace {

int64_t numberOf(Operation *op, StringRef name) {
  auto attr = op->getAttrOfType<IntegerAttr>(name);
  return attr ? attr.getInt() : 0;
}

struct CallInParallel : public impl::CallInParallelPassBase<CallInParallel> {
  void runOnOperation() override {
    pointer = LLVM::LLVMPointerType::get(&getContext());
    i64 = IntegerType::get(&getContext(), 64);
    SymbolTable symbols(getOperation());
    for (auto func : llvm::to_vector(getOperation().getOps<LLVM::LLVMFuncOp>()))
      if (func->hasAttr(KernelDialect::kNumInputsAttr))
        rewriteNetwork(func, symbols);
    for (auto func : getOperation().getOps<LLVM::LLVMFuncOp>()) {
      func->removeAttr(KernelDialect::kIterationsAttr);
      func->removeAttr(KernelDialect::kGrainAttr);
      if (!func->hasAttr(KernelDialect::kNumInputsAttr))
        func->removeAttr(KernelDialect::kScratchBytesAttr);
    }
  }

private:
  /// Fields of a frame: where the arena ends, then the arguments of a layer.
  static constexpr int64_t kBehindArena = 0, kFirstArgument = 1;

  Type pointer, i64;

  Value number(OpBuilder &b, Location loc, int64_t value) {
    return LLVM::ConstantOp::create(b, loc, i64, b.getI64IntegerAttr(value));
  }
  Value field(OpBuilder &b, Location loc, Value base, int64_t at) {
    return LLVM::GEPOp::create(b, loc, pointer, pointer, base,
                               ArrayRef<LLVM::GEPArg>{int32_t(at)});
  }
  Type taskType() {
    return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()),
                                       {pointer, i64, i64, i64});
  }

  void rewriteNetwork(LLVM::LLVMFuncOp network, SymbolTable &symbols) {
    Location loc = network.getLoc();
    Block &entry = network.getBody().front();
    SmallVector<Type> types(network.getFunctionType().getParams());
    SmallVector<DictionaryAttr> attributes;
    network.getAllArgAttrs(attributes);
    types.push_back(pointer);
    attributes.push_back(DictionaryAttr::get(&getContext()));
    network.setFunctionType(LLVM::LLVMFunctionType::get(
        network.getFunctionType().getReturnType(), types));
    network.setAllArgAttrs(attributes);
    Value parallel = entry.addArgument(pointer, loc);
    int64_t stride =
        llvm::alignTo(numberOf(network, KernelDialect::kScratchBytesAttr),
                      KernelDialect::kBufferAlignment);

    LLVM::LLVMFuncOp run;
    Value frame;
    int64_t frameSize = 0;
    SmallVector<LLVM::CallOp> calls;
    network.walk([&](LLVM::CallOp call) {
      if (std::optional<StringRef> callee = call.getCallee())
        if (auto layer = symbols.lookup<LLVM::LLVMFuncOp>(*callee))
          if (layer->hasAttr(KernelDialect::kIterationsAttr))
            calls.push_back(call);
    });
    // The last two arguments are the ends of the part to do.
    constexpr int64_t kEnds = 2;
    for (LLVM::CallOp call : calls)
      frameSize = std::max<int64_t>(frameSize, call.getArgOperands().size() -
                                                   kEnds + kFirstArgument);
    if (calls.empty())
      return;
    OpBuilder b(&entry, entry.begin());
    frame = LLVM::AllocaOp::create(b, loc, pointer, pointer,
                                   number(b, loc, frameSize));
    // The scratch memory of threads after the first lies behind the arena.
    Value arena = entry.getArgument(entry.getNumArguments() - 2);
    Value behind = LLVM::GEPOp::create(
        b, loc, pointer, b.getI8Type(), arena,
        ArrayRef<LLVM::GEPArg>{
            number(b, loc, numberOf(network, KernelDialect::kArenaBytesAttr))});
    LLVM::StoreOp::create(b, loc, behind, field(b, loc, frame, kBehindArena));
    run = createRun(network, symbols);

    for (LLVM::CallOp call : calls) {
      auto layer = symbols.lookup<LLVM::LLVMFuncOp>(*call.getCallee());
      Location loc = call.getLoc();
      SmallVector<Value> arguments(call.getArgOperands().drop_back(kEnds));
      LLVM::LLVMFuncOp task =
          createTask(layer, arguments.size(), stride, symbols);
      OpBuilder b(call);
      for (auto [i, argument] : llvm::enumerate(arguments))
        LLVM::StoreOp::create(b, loc, argument,
                              field(b, loc, frame, kFirstArgument + i));
      LLVM::CallOp::create(
          b, loc, run,
          ValueRange{
              parallel, LLVM::AddressOfOp::create(b, loc, task), frame,
              number(b, loc, numberOf(layer, KernelDialect::kIterationsAttr)),
              number(b, loc, numberOf(layer, KernelDialect::kGrainAttr))});
      call.erase();
      ++numShared;
    }
  }

  /// void LAYER_task(void **frame, int64_t worker, int64_t begin, int64_t end)
  LLVM::LLVMFuncOp createTask(LLVM::LLVMFuncOp layer, int64_t numArguments,
                              int64_t stride, SymbolTable &symbols) {
    Location loc = layer.getLoc();
    OpBuilder b(&getContext());
    auto task =
        LLVM::LLVMFuncOp::create(b, loc, layer.getName().str() + "_task",
                                 taskType(), LLVM::Linkage::Internal);
    symbols.insert(task, std::next(Block::iterator(layer)));
    Block *entry = task.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    SmallVector<Value> arguments;
    for (int64_t i = 0; i < numArguments; ++i)
      arguments.push_back(LLVM::LoadOp::create(
          b, loc, pointer,
          field(b, loc, entry->getArgument(0), kFirstArgument + i)));
    if (numberOf(layer, KernelDialect::kScratchBytesAttr) > 0) {
      // Worker 0 has the place that the plan of the arena gives this layer.
      Value worker = entry->getArgument(1);
      Value isFirst = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq,
                                           worker, number(b, loc, 0));
      Value behind = LLVM::LoadOp::create(
          b, loc, pointer, field(b, loc, entry->getArgument(0), kBehindArena));
      Value offset = LLVM::MulOp::create(
          b, loc, LLVM::SubOp::create(b, loc, worker, number(b, loc, 1)),
          number(b, loc, stride));
      Value own = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), behind,
                                      ArrayRef<LLVM::GEPArg>{offset});
      arguments.back() =
          LLVM::SelectOp::create(b, loc, isFirst, arguments.back(), own);
    }
    arguments.append({entry->getArgument(2), entry->getArgument(3)});
    LLVM::CallOp::create(b, loc, layer, arguments);
    LLVM::ReturnOp::create(b, loc, ValueRange());
    return task;
  }

  /// void NETWORK_run(const pare_parallel *parallel, pare_task_fn task,
  ///                  void *frame, int64_t count, int64_t grain)
  LLVM::LLVMFuncOp createRun(LLVM::LLVMFuncOp network, SymbolTable &symbols) {
    Location loc = network.getLoc();
    OpBuilder b(&getContext());
    Type none = LLVM::LLVMVoidType::get(&getContext());
    auto run = LLVM::LLVMFuncOp::create(
        b, loc, network.getName().str() + "_run",
        LLVM::LLVMFunctionType::get(none,
                                    {pointer, pointer, pointer, i64, i64}),
        LLVM::Linkage::Internal);
    symbols.insert(run, Block::iterator(network));
    Block *entry = run.addEntryBlock(b);
    Block *here = b.createBlock(&run.getBody());
    Block *shared = b.createBlock(&run.getBody());
    Value parallel = entry->getArgument(0), task = entry->getArgument(1),
          frame = entry->getArgument(2), count = entry->getArgument(3),
          grain = entry->getArgument(4);
    b.setInsertionPointToStart(entry);
    Value isNull =
        LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, parallel,
                             LLVM::ZeroOp::create(b, loc, pointer));
    LLVM::CondBrOp::create(b, loc, isNull, here, shared);

    b.setInsertionPointToStart(here);
    Value zero = number(b, loc, 0);
    LLVM::CallOp::create(b, loc, cast<LLVM::LLVMFunctionType>(taskType()),
                         ValueRange{task, frame, zero, zero, count});
    LLVM::ReturnOp::create(b, loc, ValueRange());

    // The fields of pare_parallel.
    b.setInsertionPointToStart(shared);
    Value pool = LLVM::LoadOp::create(b, loc, pointer, parallel);
    Value function =
        LLVM::LoadOp::create(b, loc, pointer, field(b, loc, parallel, 1));
    auto type = LLVM::LLVMFunctionType::get(
        none, {pointer, pointer, pointer, i64, i64});
    LLVM::CallOp::create(b, loc, type,
                         ValueRange{function, pool, task, frame, count, grain});
    LLVM::ReturnOp::create(b, loc, ValueRange());
    return run;
  }
};

} // namespace
} // namespace pare::cpu
