//===- Network.cpp - What is to be written in C ---------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Network.h"
#include "Header.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace pare;
using namespace pare::c;
using kernel::KernelDialect;

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

std::string pare::c::getName(Operation *op) {
  StringRef name = nn::getLayerName(op->getLoc());
  return (name.empty() ? op->getName().stripDialect() : name).str();
}

InFlightDiagnostic pare::c::fail(Operation *op) {
  return op->emitError() << "layer '" << getName(op)
                         << "' cannot be written in C: ";
}

memref::GlobalOp pare::c::getGlobal(Value value) {
  auto get = kernel::getRootBuffer(value).getDefiningOp<memref::GetGlobalOp>();
  if (!get)
    return {};
  return SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      get, get.getNameAttr());
}

static MemRefType typeOf(Value value) {
  return cast<MemRefType>(value.getType());
}

/// Multiplications of a convolution with a filter of `taps` elements for each
/// output.
static int64_t countMacs(Value output, int64_t taps) {
  return typeOf(output).getNumElements() * taps;
}

static int64_t countMacs(Operation *op) {
  return TypeSwitch<Operation *, int64_t>(op)
      .Case([](kernel::ContractOp op) {
        MemRefType filter = typeOf(op.getFilter());
        return countMacs(op.getOutput(),
                         filter.getNumElements() / filter.getDimSize(0));
      })
      .Case([](kernel::DepthwiseOp op) {
        MemRefType filter = typeOf(op.getFilter());
        return countMacs(op.getOutput(),
                         filter.getDimSize(1) * filter.getDimSize(2));
      })
      .Case([](kernel::TransposeConvOp op) {
        MemRefType filter = typeOf(op.getFilter());
        return countMacs(op.getInput(),
                         filter.getNumElements() / filter.getDimSize(3));
      })
      .Case([](kernel::SparseContractOp op) {
        MemRefType output = typeOf(op.getOutput());
        return output.getNumElements() / output.getShape().back() *
               typeOf(op.getValues()).getNumElements();
      })
      .Case([](kernel::BatchMatmulOp op) {
        MemRefType lhs = typeOf(op.getLhs());
        return countMacs(op.getOutput(),
                         lhs.getDimSize(op.getTransposeLhs() ? 1 : 2));
      })
      .Case<kernel::LstmOp, kernel::GruOp>([](auto op) {
        MemRefType output = typeOf(op.getOutput());
        return output.getDimSize(0) * output.getDimSize(1) *
               (typeOf(op.getWeights()).getNumElements() +
                typeOf(op.getRecurrent()).getNumElements());
      })
      .Default(int64_t(0));
}

/// The multipliers that an operation applies in the network's mode; null if it
/// has none.
static nn::ScalesAttr getScales(Operation *op) {
  // Results wider than 16 bits, and LSTMs, are in fixed point in both modes.
  if (isa<kernel::ConvertOp, kernel::LstmOp>(op))
    return {};
  auto epilogue = op->getAttrOfType<kernel::EpilogueAttr>("epilogue");
  return epilogue ? epilogue.getScales() : nn::ScalesAttr();
}

//===----------------------------------------------------------------------===//
// Network
//===----------------------------------------------------------------------===//

void Network::setOptions(const CEmitOptions &options) {
  isa = options.isa;
  sharesKernels = options.optimize == COptimize::Size;
  sharesSmallKernels = options.optimize == COptimize::Balanced;
  allowsSparse = options.sparse;
}

FailureOr<Network> Network::create(ModuleOp module, StringRef name,
                                   bool isPlanned) {
  Network network;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() ||
        !function->hasAttr(KernelDialect::kNumInputsAttr))
      continue;
    if (network.function)
      return function.emitError("expected one network in the module, found '")
             << network.function.getName() << "' and '" << function.getName()
             << "'";
    network.function = function;
  }
  if (!network.function)
    return module.emitError("expected a function with '")
           << KernelDialect::kNumInputsAttr
           << "', which lower-nn-to-kernel makes";
  if (!llvm::hasSingleElement(network.function.getBody()))
    return network.function.emitError("expected a body of one block");
  network.name = toIdentifier(name.empty() ? network.function.getName() : name);
  for (StringRef declared : {"invoke", "run", "invoke_generic"})
    network.names.add(network.name + "_" + declared.str());
  network.addArenas();
  if (failed(network.addPorts()) || failed(network.addGlobals()) ||
      failed(network.findMode()) || failed(network.addLayers()) ||
      failed(network.addBuffers(isPlanned)))
    return failure();
  network.findPlan();
  return network;
}

void Network::addArenas() {
  const std::string prefix = toMacro(name) + "_ARENA";
  NameTable members;
  for (const kernel::MemoryRegion &region : kernel::getRegions(function)) {
    Arena arena;
    arena.identifier = members.add(region.name);
    arena.macro = prefix + "_" + toMacro(arena.identifier);
    arena.pointer = names.add(arena.identifier);
    arena.alignment = std::max(region.alignment, kArenaAlignment);
    arena.budget = region.budget;
    arenas.push_back(std::move(arena));
  }
  if (arenas.empty()) {
    arenas.emplace_back();
    arenas.front().macro = prefix;
    arenas.front().pointer = "base";
    arenas.front().alignment = kArenaAlignment;
  }
}

int64_t Network::getArenaBytes() const {
  int64_t bytes = 0;
  for (const Arena &arena : arenas)
    bytes += arena.bytes;
  return bytes;
}

static size_t findRegion(func::FuncOp function, StringAttr name) {
  SmallVector<kernel::MemoryRegion> regions = kernel::getRegions(function);
  for (auto [i, region] : llvm::enumerate(regions))
    if (name && region.name == name)
      return i;
  return regions.empty() ? 0 : regions.size() - 1;
}

size_t Network::findArena(Operation *op, StringRef attribute) const {
  return findRegion(function, op->getAttrOfType<StringAttr>(attribute));
}

LogicalResult Network::addPorts() {
  auto count =
      function->getAttrOfType<IntegerAttr>(KernelDialect::kNumInputsAttr);
  NameTable inputNames, outputNames;
  for (BlockArgument argument : function.getArguments()) {
    const unsigned index = argument.getArgNumber();
    const bool isInput = index < count.getInt();
    Port port;
    port.argument = argument;
    port.type = dyn_cast<MemRefType>(argument.getType());
    if (!port.type || !port.type.hasStaticShape() ||
        getCType(port.type.getElementType()).empty())
      return function.emitError("argument ")
             << index << " cannot be written in C: " << argument.getType();
    auto name = function.getArgAttrOfType<StringAttr>(index, "nn.name");
    SmallVector<Port> &ports = isInput ? inputs : outputs;
    port.name =
        name ? name.str()
             : (isInput ? "input_" : "output_") + std::to_string(ports.size());
    port.identifier = (isInput ? inputNames : outputNames).add(port.name);
    port.cType = getCType(port.type.getElementType());
    if (auto tensor = function.getArgAttrOfType<TypeAttr>(
            index, KernelDialect::kTensorTypeAttr)) {
      auto quantized = nn::getQuantizedType(tensor.getValue());
      port.quantized = dyn_cast_or_null<quant::UniformQuantizedType>(quantized);
      if (quantized && !quantized.isSigned())
        port.cType = "u" + port.cType;
    }
    if (auto offset = function.getArgAttrOfType<IntegerAttr>(
            index, KernelDialect::kArenaOffsetAttr))
      port.arenaOffset = offset.getInt();
    port.arena = findRegion(function, function.getArgAttrOfType<StringAttr>(
                                          index, kernel::kRegionAttr));
    ports.push_back(std::move(port));
  }
  return success();
}

LogicalResult Network::addBuffers(bool isPlanned) {
  for (auto op : function.getOps<kernel::BufferOp>()) {
    std::optional<int64_t> offset = op.getOffset();
    if (!offset && isPlanned)
      return fail(op) << "a buffer without a place in the arena, which "
                         "kernel-plan-memory gives it";
    StringRef name = nn::getLayerName(op.getLoc());
    buffers.push_back({op, names.add(name.empty() ? "buffer" : name),
                       findArena(op, kernel::kRegionAttr)});
  }
  return success();
}

LogicalResult Network::addGlobals() {
  llvm::SmallPtrSet<Operation *, 16> used;
  for (auto get : function.getOps<memref::GetGlobalOp>()) {
    memref::GlobalOp global = getGlobal(get);
    if (!global || !isa_and_nonnull<ElementsAttr>(global.getInitialValueAttr()))
      return fail(get) << "expected the elements of @" << get.getName();
    used.insert(global);
  }
  auto module = function->getParentOfType<ModuleOp>();
  for (auto global : module.getOps<memref::GlobalOp>()) {
    if (!used.contains(global))
      continue;
    globals.insert({global, names.add(global.getSymName())});
    weightBytes += kernel::getSizeInBytes(global.getType());
  }
  return success();
}

LogicalResult Network::findMode() {
  Operation *first = nullptr;
  for (Operation &op : function.getBody().front()) {
    nn::ScalesAttr scales = getScales(&op);
    if (!scales)
      continue;
    if (first && scales.getMode() != mode)
      return fail(&op) << "expected one mode of requantization in a network, "
                          "found '"
                       << nn::stringifyRequantMode(scales.getMode())
                       << "', but '" << nn::stringifyRequantMode(mode)
                       << "' in layer '" << getName(first) << "'";
    first = &op;
    mode = scales.getMode();
  }
  // A network that only changes scales.
  if (!first)
    for (auto op : function.getOps<kernel::ConvertOp>())
      if (nn::ScalesAttr scales = op.getEpilogue().getScales();
          scales && scales.getMode() == nn::RequantMode::Float)
        mode = nn::RequantMode::Float;
  return success();
}

LogicalResult Network::addLayers() {
  for (Operation &op : function.getBody().front()) {
    if (llvm::isa<kernel::BufferOp, kernel::ReshapeOp, kernel::SubviewOp,
                  memref::GetGlobalOp, func::ReturnOp>(op))
      continue;
    if (!isa_and_nonnull<KernelDialect>(op.getDialect()))
      return fail(&op) << "expected operations of kernel alone, found '"
                       << op.getName() << "'";
    for (Value operand : op.getOperands()) {
      auto type = dyn_cast<MemRefType>(operand.getType());
      if (!type || getCType(type.getElementType()).empty() ||
          type.getNumElements() > std::numeric_limits<int32_t>::max())
        return fail(&op) << "no C type for " << operand.getType();
    }
    // What one layer was lowered to stays together.
    StringRef name = nn::getLayerName(op.getLoc());
    const bool continues =
        !layers.empty() && !name.empty() &&
        name == nn::getLayerName(layers.back().ops.front()->getLoc());
    if (!continues) {
      NetworkLayer layer;
      layer.name = getName(&op);
      layer.identifier = toIdentifier(layer.name);
      layer.function = names.add("layer_" + layer.identifier);
      layers.push_back(std::move(layer));
    }
    NetworkLayer &layer = layers.back();
    layer.ops.push_back(&op);
    layer.macs += countMacs(&op);
    for (Value operand : op.getOperands())
      if (memref::GlobalOp global = getGlobal(operand))
        layer.weightBytes += kernel::getSizeInBytes(global.getType());
  }
  for (const NetworkLayer &layer : layers)
    macs += layer.macs;
  return success();
}

std::pair<size_t, int64_t> Network::placePatches(Operation *op, int64_t bytes) {
  constexpr int64_t kAlignment = 8;
  const size_t arena = findArena(op, kernel::kWorkRegionAttr);
  auto known = op->getAttrOfType<IntegerAttr>(KernelDialect::kWorkBytesAttr);
  auto place = op->getAttrOfType<IntegerAttr>(KernelDialect::kWorkOffsetAttr);
  if (known && place && known.getInt() >= bytes)
    return {arena, place.getInt()};
  int64_t end = 0;
  for (const kernel::PlannedBuffer &buffer : plan.buffers) {
    auto *step =
        llvm::find_if(plan.steps, [&](const kernel::PlannedStep &step) {
          return step.op == op;
        });
    const int64_t index = step - plan.steps.begin();
    if (buffer.region == arena && buffer.first <= index &&
        index <= buffer.last &&
        buffer.kind != kernel::PlannedBuffer::Kind::Work)
      end = std::max(end, buffer.offset + buffer.bytes);
  }
  const int64_t offset = llvm::alignTo(end, kAlignment);
  Builder builder(op->getContext());
  op->setAttr(KernelDialect::kWorkBytesAttr, builder.getI64IntegerAttr(bytes));
  op->setAttr(KernelDialect::kWorkOffsetAttr,
              builder.getI64IntegerAttr(offset));
  return {arena, offset};
}

void Network::findPlan() {
  plan = kernel::readMemoryPlan(function);
  for (auto [arena, region] : llvm::zip_equal(arenas, plan.regions))
    arena.bytes = region.bytes;
}
