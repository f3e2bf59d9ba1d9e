//===- LowerKernelToVector.cpp - Implements lower-kernel-to-vector --------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Layer.h"
#include "Emit/Lowering.h"
#include "Sparse/PixelRegions.h"
#include "pare/Dialect/Kernel/IR/Regions.h"
#include "pare/Dialect/Kernel/Transforms/MemoryPlan.h"
#include "pare/Target/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;

namespace pare::cpu {
#define GEN_PASS_DEF_LOWERKERNELTOVECTORPASS
#include "pare/Target/CPU/KernelCPUPasses.h.inc"

int64_t boundArena(const kernel::MemoryPlan &plan) {
  int64_t most = 0;
  for (const kernel::PlannedStep &step : plan.steps)
    most = std::max(most, step.getAlive());
  return llvm::alignDown(most + most / 10,
                         kernel::KernelDialect::kBufferAlignment);
}

void noteFreeBytes(func::FuncOp network) {
  const kernel::MemoryPlan plan = kernel::readMemoryPlan(network);
  if (plan.buffers.empty())
    return;
  const int64_t bound = boundArena(plan);
  Builder builder(network.getContext());
  for (const kernel::PlannedStep &step : plan.steps)
    step.op->setAttr(kernel::KernelDialect::kFreeBytesAttr,
                     builder.getI64IntegerAttr(
                         std::max<int64_t>(bound - step.getAlive(), 0)));
}

namespace {

LogicalResult lowerAny(Layer &layer, Operation *op) {
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<kernel::ContractOp, kernel::DepthwiseOp, kernel::StripesOp,
            kernel::TransposeConvOp, kernel::SparseContractOp,
            kernel::BatchMatmulOp, kernel::PoolOp, kernel::BinaryOp,
            kernel::UnaryOp, kernel::TableOp, kernel::ConvertOp,
            kernel::ReduceOp, kernel::SoftmaxOp, kernel::LayerNormOp,
            kernel::CopyOp, kernel::FillOp, kernel::GatherOp, kernel::ResizeOp,
            kernel::LstmOp, kernel::GruOp>(
          [&](auto op) { return lower(layer, op); })
      .Default(
          [](Operation *op) { return op->emitOpError("has no CPU code"); });
}

/// A lowered operation: its function and what to call it with.
struct LoweredLayer {
  Operation *op;
  func::FuncOp function;
  SmallVector<Value> arguments;
  int64_t scratchBytes;
  std::optional<Sharing> shared;
};

struct LowerKernelToVector
    : public impl::LowerKernelToVectorPassBase<LowerKernelToVector> {
  using LowerKernelToVectorPassBase::LowerKernelToVectorPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::Expected<TargetInfo> info = TargetInfo::get(target);
    if (!info) {
      module.emitError(llvm::toString(info.takeError()));
      return signalPassFailure();
    }
    if (threadCycles >= 0)
      info->threadCycles = threadCycles;
    std::unique_ptr<MicroKernel> micro = MicroKernel::create(*info);
    SymbolTable symbols(module);
    for (func::FuncOp func :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (func->hasAttr(kernel::KernelDialect::kNumInputsAttr) &&
          failed(lowerNetwork(func, symbols, *info, *micro)))
        return signalPassFailure();
    flattenGlobals(module, symbols);
  }

private:
  LogicalResult lowerNetwork(func::FuncOp func, SymbolTable &symbols,
                             const TargetInfo &info, const MicroKernel &micro) {
    if (func->hasAttr(kernel::kRegionsAttr))
      return func.emitError("expected one arena, found several memories ('")
             << kernel::kRegionsAttr << "'), which machine code does not know";
    auto planned = func->getAttrOfType<IntegerAttr>(
        kernel::KernelDialect::kArenaBytesAttr);
    SmallVector<Operation *> ops;
    for (Operation &op : func.getBody().front()) {
      if (auto buffer = dyn_cast<kernel::BufferOp>(op))
        if (!planned || !buffer.getOffset())
          return op.emitOpError(
              "has no place in the arena; run kernel-plan-memory before");
      if (isa<kernel::KernelDialect>(op.getDialect()) &&
          !isa<kernel::BufferOp, kernel::ReshapeOp, kernel::SubviewOp,
               kernel::TimestampOp>(op))
        ops.push_back(&op);
    }

    if (failed(verifyPixelBlocks(func)))
      return failure();
    noteFreeBytes(func);
    SmallVector<LoweredLayer> layers;
    int64_t scratch = 0, threadScratch = 0;
    for (Operation *op : ops) {
      OpBuilder builder(&getContext());
      Layer layer(builder, op, symbols, info, micro);
      LogicalResult result = lowerAny(layer, op);
      func::FuncOp function = layer.finish();
      symbols.insert(function, Block::iterator(func));
      if (failed(result))
        return failure();
      layers.push_back({op, function, llvm::to_vector(layer.arguments()),
                        layer.scratchBytes(), layer.shared()});
      scratch = std::max(scratch, layer.scratchBytes());
      if (layer.shared()) {
        function->setAttr(
            kernel::KernelDialect::kIterationsAttr,
            builder.getI64IntegerAttr(layer.shared()->iterations));
        function->setAttr(kernel::KernelDialect::kGrainAttr,
                          builder.getI64IntegerAttr(layer.shared()->grain));
        function->setAttr(kernel::KernelDialect::kScratchBytesAttr,
                          builder.getI64IntegerAttr(layer.scratchBytes()));
        threadScratch = std::max(threadScratch, layer.scratchBytes());
        ++numShared;
      }
    }
    numLayers += layers.size();
    if (uint64_t(scratch) > scratchBytes.getValue())
      scratchBytes = scratch;
    lowerTimestamps(func, info);
    rewriteNetwork(func, layers, placeScratch(func, layers));
    func->setAttr(kernel::KernelDialect::kScratchBytesAttr,
                  Builder(&getContext()).getI64IntegerAttr(threadScratch));
    return success();
  }

  /// They stand between the calls of layers, in the network's own function.
  static void lowerTimestamps(func::FuncOp func, const TargetInfo &info) {
    // Programs may not read the cycle counter of other processors.
    const bool isX86 = llvm::Triple(info.triple).isX86();
    StringRef counter =
        isX86 ? "llvm.readcyclecounter" : "llvm.readsteadycounter";
    for (auto stamp : llvm::make_early_inc_range(
             func.getBody().front().getOps<kernel::TimestampOp>())) {
      OpBuilder b(stamp);
      Location loc = stamp.getLoc();
      // The processor has hundreds of instructions in hand, as many as a short
      // layer has: without fences some of them would count for its neighbours.
      auto waitForAll = [&] {
        if (isX86)
          LLVM::CallIntrinsicOp::create(
              b, loc, b.getStringAttr("llvm.x86.sse2.lfence"), ValueRange());
      };
      waitForAll();
      auto ticks = LLVM::CallIntrinsicOp::create(
          b, loc, b.getI64Type(), b.getStringAttr(counter), ValueRange());
      waitForAll();
      Value at = arith::ConstantIndexOp::create(b, loc, stamp.getIndex());
      memref::StoreOp::create(b, loc, ticks.getResults(), stamp.getOutput(),
                              at);
      stamp.erase();
    }
  }

  /// Plans the memory once more, now that it is known how much each layer needs
  /// besides its buffers, and returns the bytes of the arena. Behind them each
  /// further thread has its own.
  static int64_t placeScratch(func::FuncOp func,
                              ArrayRef<LoweredLayer> layers) {
    constexpr int64_t kAlignment = kernel::KernelDialect::kBufferAlignment;
    auto bytes = func->getAttrOfType<IntegerAttr>(
        kernel::KernelDialect::kArenaBytesAttr);
    int64_t planned = bytes ? bytes.getInt() : 0;
    Builder builder(func.getContext());
    bool needsScratch = false;
    for (const LoweredLayer &layer : layers) {
      if (layer.scratchBytes == 0)
        continue;
      needsScratch = true;
      layer.op->setAttr(kernel::KernelDialect::kWorkBytesAttr,
                        builder.getI64IntegerAttr(layer.scratchBytes));
    }
    if (needsScratch)
      planned = kernel::planMemory(func, {}).arenaBytes;
    // An empty arena keeps one line, so that its type is a memref.
    return std::max(llvm::alignTo(planned, kAlignment), uint64_t(kAlignment));
  }

  /// The network's own function: flat buffers, one more argument, calls.
  void rewriteNetwork(func::FuncOp func, ArrayRef<LoweredLayer> layers,
                      int64_t bytes) {
    Block &block = func.getBody().front();
    OpBuilder b(&block, block.begin());
    Location loc = func.getLoc();

    // Views with an offset are views of bytes.
    llvm::SetVector<Value> viewed;
    for (auto part : block.getOps<kernel::SubviewOp>())
      viewed.insert(kernel::getRootBuffer(part));
    auto bytesType = [&](int64_t count) {
      return MemRefType::get({count}, b.getI8Type());
    };
    SmallVector<Type> types;
    IRMapping flat;
    for (BlockArgument argument : block.getArguments()) {
      auto type = cast<MemRefType>(argument.getType());
      types.push_back(viewed.contains(argument)
                          ? bytesType(kernel::getSizeInBytes(type))
                          : flatType(type));
    }
    types.push_back(bytesType(bytes));
    Value arena = block.addArgument(types.back(), loc);
    SmallVector<DictionaryAttr> argumentAttrs;
    func.getAllArgAttrs(argumentAttrs);
    argumentAttrs.push_back(b.getDictionaryAttr({}));
    func.setType(b.getFunctionType(types, {}));
    func.setAllArgAttrs(argumentAttrs);
    func->setAttr(kernel::KernelDialect::kArenaBytesAttr,
                  b.getI64IntegerAttr(bytes));
    auto view = [&](Location loc, Type type, Value base,
                    int64_t offset) -> Value {
      Value at = arith::ConstantIndexOp::create(b, loc, offset);
      return memref::ViewOp::create(b, loc, type, base, at, ValueRange());
    };
    for (auto [argument, type] :
         llvm::zip_first(block.getArguments().drop_back(), types)) {
      const Type seen = flatType(argument.getType());
      argument.setType(cast<MemRefType>(type));
      if (type != seen)
        flat.map(argument, view(loc, seen, argument, 0));
    }
    for (auto buffer : block.getOps<kernel::BufferOp>())
      flat.map(buffer.getOutput(),
               view(buffer.getLoc(), flatType(buffer.getType()), arena,
                    *buffer.getOffset()));
    for (auto part : block.getOps<kernel::SubviewOp>()) {
      Value root = kernel::getRootBuffer(part);
      auto buffer = root.getDefiningOp<kernel::BufferOp>();
      flat.map(part.getOutput(),
               view(part.getLoc(), flatType(part.getOutput().getType()),
                    buffer ? arena : root,
                    kernel::getViewOffset(part) +
                        (buffer ? *buffer.getOffset() : 0)));
    }
    for (const LoweredLayer &layer : layers) {
      b.setInsertionPoint(layer.op);
      SmallVector<Value> arguments;
      for (Value argument : layer.arguments)
        arguments.push_back(flat.lookupOrDefault(argument));
      if (layer.scratchBytes > 0)
        arguments.push_back(view(layer.op->getLoc(),
                                 bytesType(layer.scratchBytes), arena,
                                 layer.op
                                     ->getAttrOfType<IntegerAttr>(
                                         kernel::KernelDialect::kWorkOffsetAttr)
                                     .getInt()));
      if (layer.shared)
        for (int64_t end : {int64_t(0), layer.shared->iterations})
          arguments.push_back(
              arith::ConstantIndexOp::create(b, layer.op->getLoc(), end));
      func::CallOp::create(b, layer.op->getLoc(), layer.function, arguments);
    }
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<kernel::KernelDialect>(op.getDialect()) ||
          (isa<memref::GetGlobalOp>(op) && op.use_empty()))
        op.erase();
  }

  /// Gives globals the rank-1 type under which layers read them, and erases
  /// those that no layer reads.
  void flattenGlobals(ModuleOp module, SymbolTable &symbols) {
    llvm::StringSet<> read;
    module.walk([&](memref::GetGlobalOp get) { read.insert(get.getName()); });
    for (auto global :
         llvm::make_early_inc_range(module.getOps<memref::GlobalOp>())) {
      if (!read.contains(global.getSymName()) && global.isPrivate()) {
        symbols.erase(global);
        continue;
      }
      MemRefType type = flatType(global.getType());
      if (type == global.getType() || !global.getInitialValue())
        continue;
      auto elements = dyn_cast<ElementsAttr>(*global.getInitialValue());
      auto shape =
          RankedTensorType::get(type.getShape(), type.getElementType());
      if (auto dense = dyn_cast_or_null<DenseElementsAttr>(elements))
        global.setInitialValueAttr(dense.reshape(shape));
      else if (auto resource =
                   dyn_cast_or_null<DenseResourceElementsAttr>(elements))
        global.setInitialValueAttr(
            DenseResourceElementsAttr::get(shape, resource.getRawHandle()));
      global.setType(type);
    }
  }
};

} // namespace
} // namespace pare::cpu
