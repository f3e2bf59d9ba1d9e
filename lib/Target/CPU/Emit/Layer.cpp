//===- Layer.cpp - The function that a kernel operation becomes -----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit/Layer.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {

MemRefType flatType(Type type) {
  auto memref = cast<MemRefType>(type);
  Type element = memref.getElementType();
  // A vector of i1 would be packed; in memory each takes a byte.
  if (element.isInteger(1))
    element = IntegerType::get(type.getContext(), 8);
  return MemRefType::get({memref.getNumElements()}, element);
}

StringRef globalName(Value value) {
  auto global =
      kernel::getRootBuffer(value).getDefiningOp<memref::GetGlobalOp>();
  return global ? global.getName() : StringRef();
}

std::string identifierOf(Operation *op) {
  std::string name = nn::getLayerName(op);
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

memref::GlobalOp createConstant(SymbolTable &symbols, Location loc,
                                StringRef hint, Type element,
                                ArrayRef<char> bytes) {
  OpBuilder builder(symbols.getOp()->getContext());
  int64_t count = bytes.size() / (element.getIntOrFloatBitWidth() / 8);
  auto type = RankedTensorType::get({count}, element);
  auto global = memref::GlobalOp::create(
      builder, loc, hint, builder.getStringAttr("private"),
      MemRefType::get({count}, element), nn::makeElements(type, bytes, hint),
      /*constant=*/true,
      builder.getI64IntegerAttr(kernel::KernelDialect::kBufferAlignment));
  // Data stand before code.
  Block &body = symbols.getOp()->getRegion(0).front();
  symbols.insert(global, llvm::find_if_not(body, [](Operation &op) {
                   return isa<memref::GlobalOp>(op);
                 }));
  return global;
}

Layer::Layer(OpBuilder &builder, Operation *op, SymbolTable &symbols,
             const TargetInfo &target, const MicroKernel &micro)
    : Emitter(builder, op->getLoc(), target), symbols(symbols), micro(micro),
      op(op) {
  // An operation that may write over its inputs gets no promise about them.
  bool inPlace = op->hasTrait<kernel::InPlace>();
  SmallVector<Type> types;
  for (Value operand : op->getOperands()) {
    Value buffer = kernel::getUnshapedBuffer(operand);
    if (!globalName(buffer).empty() || llvm::is_contained(args, buffer))
      continue;
    args.push_back(buffer);
    types.push_back(flatType(buffer.getType()));
  }
  // The scratch argument gets its type when its size is known. It and the ends
  // of the shared loop go again where nothing asks for them.
  types.push_back(MemRefType::get({1}, b.getI8Type()));
  types.append({b.getIndexType(), b.getIndexType()});

  std::string name = "layer_" + identifierOf(op);
  func = func::FuncOp::create(loc, name, b.getFunctionType(types, {}));
  func.setPrivate();
  Block *entry = func.addEntryBlock();
  if (!inPlace)
    for (size_t i = 0; i + 2 < types.size(); ++i)
      func.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                      b.getUnitAttr());
  unsigned scratch = entry->getNumArguments() - 3;
  scratchArgument = entry->getArgument(scratch);
  sharedArguments = {entry->getArgument(scratch + 1),
                     entry->getArgument(scratch + 2)};
  b.setInsertionPointToStart(entry);
}

Value Layer::buffer(Value operand) {
  StringRef name = globalName(operand);
  if (!name.empty())
    return global(name);
  Value argument = kernel::getUnshapedBuffer(operand);
  size_t index = llvm::find(args, argument) - args.begin();
  return func.getArgument(index);
}

ArrayRef<int64_t> Layer::shape(Value operand) {
  return cast<MemRefType>(operand.getType()).getShape();
}
int64_t Layer::count(Value operand) {
  return cast<MemRefType>(operand.getType()).getNumElements();
}
Type Layer::element(Value operand) {
  return cast<MemRefType>(operand.getType()).getElementType();
}

Value Layer::global(StringRef name) {
  auto global = symbols.lookup<memref::GlobalOp>(name);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&func.getBody().front());
  return memref::GetGlobalOp::create(b, loc, flatType(global.getType()), name);
}

std::optional<float> Layer::constantSplat(Value operand) {
  auto global = symbols.lookup<memref::GlobalOp>(globalName(operand));
  if (!global || !global.getConstant() || !global.getInitialValue())
    return std::nullopt;
  auto elements = dyn_cast<DenseFPElementsAttr>(*global.getInitialValue());
  if (!elements || !elements.isSplat() || !elements.getElementType().isF32())
    return std::nullopt;
  return elements.getSplatValue<float>();
}

Value Layer::scratchAt(Type element, int64_t count, int64_t at) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&func.getBody().front());
  return memref::ViewOp::create(b, loc, MemRefType::get({count}, element),
                                scratchArgument, index(at), ValueRange());
}

Value Layer::scratch(Type element, int64_t count) {
  int64_t at = scratchSize;
  int64_t bytes = count * element.getIntOrFloatBitWidth() / 8;
  scratchSize =
      at + llvm::alignTo(bytes, kernel::KernelDialect::kBufferAlignment);
  return scratchAt(element, count, at);
}

Range Layer::share(int64_t count) {
  assert(sharing.iterations == 0 && "one loop of a layer is shared");
  std::optional<Sharing> chosen = chooseSharing(op, target, count);
  if (!chosen)
    return {index(0), index(count)};
  sharing = *chosen;
  return sharedArguments;
}

Range Layer::givenRows() {
  firstRow = sharedArguments.low;
  return sharedArguments;
}

Value Layer::imageLine(Value line) {
  return firstRow ? add(line, firstRow) : line;
}

void Layer::loopWithin(Range part, int64_t low, int64_t high, Body body) {
  if (shared() || takesRows())
    loop(max(part.low, index(low)), min(part.high, index(high)), body);
  else
    loop(low, high, 1, body);
}

void Layer::parallelLoop(int64_t count, Body body) {
  loopWithin(share(count), 0, count, body);
}

void Layer::parallelBlocks(int64_t blocks, int64_t parts,
                           function_ref<void(Value, Range)> body) {
  Range all = {index(0), index(parts)};
  // So many that the last one of them is a small part of a thread's time.
  if (blocks >= 16)
    return parallelLoop(blocks, [&](Value block) { body(block, all); });
  Range range = share(blocks * parts);
  if (!shared())
    return loop(blocks, [&](Value block) { body(block, all); });
  // The first and the last block may be there with some of their parts.
  Value high = div(add(range.high, parts - 1), parts);
  loop(div(range.low, parts), high, [&](Value block) {
    Value before = mul(block, parts);
    body(block, {max(sub(range.low, before), all.low),
                 min(sub(range.high, before), all.high)});
  });
}

void Layer::parallelChunks(int64_t count, int64_t width, ChunkBody body) {
  int64_t whole = count / width;
  Range range = share(whole + (count % width != 0));
  if (!shared())
    return chunks(count, width, body);
  loop(range.low, min(range.high, index(whole)),
       [&](Value i) { body(mul(i, width), width); });
  if (count % width == 0)
    return;
  when(make<arith::CmpIOp>(arith::CmpIPredicate::sgt, range.high, index(whole)),
       [&] {
         chunks(count % width, width,
                [&](Value i, int64_t w) { body(add(i, whole * width), w); });
       });
}

void Layer::parallelBox(ArrayRef<int64_t> sizes, ArrayRef<Access> accesses,
                        int64_t width, BoxBody body) {
  auto outerLoop = [&](int64_t count, Body body) { parallelLoop(count, body); };
  auto outerChunks = [&](int64_t count, int64_t width, ChunkBody body) {
    parallelChunks(count, width, body);
  };
  OuterLoops outer = {outerLoop, outerChunks};
  box(sizes, accesses, width, body, &outer);
}

func::FuncOp Layer::finish() {
  func::ReturnOp::create(b, loc);
  unsigned scratch = func.getNumArguments() - 3;
  if (!shared() && !takesRows())
    (void)func.eraseArguments(
        llvm::BitVector(func.getNumArguments()).set(scratch + 1, scratch + 3));
  if (scratchSize == 0) {
    (void)func.eraseArgument(scratch);
    return func;
  }
  auto type = MemRefType::get({scratchSize}, b.getI8Type());
  scratchArgument.setType(type);
  SmallVector<Type> types(func.getArgumentTypes());
  types[scratch] = type;
  func.setType(b.getFunctionType(types, {}));
  return func;
}

} // namespace pare::cpu
