//===- SparseRows.cpp - Windows as sparse contractions read them ----------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sparse/SparseRows.h"
#include "Emit/Arithmetic.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace pare::cpu {

Type SparseRows::termType() const {
  switch (plan.step) {
  case SparseStep::Float:
    return e.f32();
  case SparseStep::Pairs:
    return e.i(16);
  case SparseStep::Quads:
    return e.i(8);
  case SparseStep::Single:
    return e.i(32);
  }
  llvm_unreachable("all steps are listed");
}

Value SparseRows::toTerms(Value elements) const {
  if (plan.step == SparseStep::Float)
    return elements;
  // Added to a byte, 128 flips its sign.
  if (plan.step == SparseStep::Quads)
    return plan.inputOffset == 0
               ? elements
               : e.make<arith::XOrIOp>(elements,
                                       e.constant(elements.getType(), -128));
  Value terms = e.toInt(elements, termType());
  if (plan.inputZero == 0)
    return terms;
  return e.make<arith::SubIOp>(terms,
                               e.constant(terms.getType(), plan.inputZero));
}

SparseRows::Corner SparseRows::cornerOf(Value row) const {
  Value x = e.rem(row, s.outWidth);
  Value rest = e.div(row, s.outWidth);
  Value y = e.rem(rest, s.outHeight);
  Value image = e.div(rest, s.outHeight);
  return {e.mul(image, s.inHeight * s.inWidth * s.inChannels),
          e.add(e.mul(y, s.strideHeight), -s.padTop),
          e.add(e.mul(x, s.strideWidth), -s.padLeft)};
}

Value SparseRows::pointwiseStart(Value row) const {
  if (plan.isContiguous())
    return e.mul(row, s.inChannels);
  Corner corner = cornerOf(row);
  Value at = e.add(e.mul(corner.y, s.inWidth), corner.x);
  return e.add(corner.image, e.mul(at, s.inChannels));
}

void SparseRows::copy(Value from, Value scratch, Value to, int64_t count,
                      bool asTerms) const {
  int64_t width = plan.lanes * (plan.integer ? 2 : 1);
  e.chunks(count, width, [&](Value i, int64_t w) {
    Value elements = e.load(input, e.add(from, i), w);
    e.store(asTerms ? toTerms(elements) : elements, scratch, e.add(to, i));
  });
}

void SparseRows::fill(Value scratch, Value to, int64_t count,
                      bool asTerms) const {
  int64_t width = plan.lanes * (plan.integer ? 2 : 1);
  Type element = cast<MemRefType>(scratch.getType()).getElementType();
  e.chunks(count, width, [&](Value i, int64_t w) {
    Value padding =
        e.constant(e.vec(plan.integer ? e.i(8) : element, w), plan.inputZero);
    e.store(asTerms ? toTerms(padding) : padding, scratch, e.add(to, i));
  });
}

void SparseRows::gather(Value row, Value scratch, Value to,
                        bool asTerms) const {
  if (s.isPointwise()) {
    copy(pointwiseStart(row), scratch, to, plan.depth, asTerms);
    return;
  }
  Corner corner = cornerOf(row);
  auto inside = [&](Value v, int64_t size) {
    // Unsigned, a place before the image is far behind it.
    return e.make<arith::CmpIOp>(arith::CmpIPredicate::ult, v, e.index(size));
  };
  e.loop(s.kernelHeight, [&](Value ky) {
    Value y = e.add(corner.y, e.mul(ky, s.dilationHeight));
    Value rowTo = e.add(to, e.mul(ky, s.kernelWidth * s.inChannels));
    e.loop(s.kernelWidth, [&](Value kx) {
      Value x = e.add(corner.x, e.mul(kx, s.dilationWidth));
      Value tapTo = e.add(rowTo, e.mul(kx, s.inChannels));
      Value both =
          e.make<arith::AndIOp>(inside(y, s.inHeight), inside(x, s.inWidth));
      e.when(
          both,
          [&] {
            Value at = e.add(e.mul(y, s.inWidth), x);
            copy(e.add(corner.image, e.mul(at, s.inChannels)), scratch, tapTo,
                 s.inChannels, asTerms);
          },
          [&] { fill(scratch, tapTo, s.inChannels, asTerms); });
    });
  });
}

Value indexAt(Layer &e, Value list, Value at) {
  return e.make<arith::IndexCastUIOp>(e.b.getIndexType(),
                                      e.loadScalar(list, at));
}

std::pair<Value, Value> blocksOf(Layer &e, Value positions, Value blockRow) {
  return {indexAt(e, positions, blockRow),
          indexAt(e, positions, e.add(blockRow, 1))};
}

void prefetchLines(Layer &e, Value buffer, Value at, int64_t lines,
                   int64_t perLine, bool isWrite) {
  for (int64_t line = 0; line < lines; ++line)
    memref::PrefetchOp::create(e.b, e.loc, buffer, e.add(at, line * perLine),
                               isWrite, /*localityHint=*/3,
                               /*isDataCache=*/true);
}

void prefetchTile(Layer &e, const SparsePlan &plan,
                  const SparseOperands &operands, Value first, int64_t width,
                  Value part, int64_t parts) {
  const int64_t perLine = plan.integer ? 64 : 16;
  first = e.min(first, e.index(plan.rows - width));
  auto prefetch = [&](Value buffer, int64_t channels, bool isWrite) {
    const int64_t elements = width * channels;
    const int64_t lines = llvm::divideCeil(elements, perLine * parts);
    if (elements < lines * perLine)
      return;
    Value at = e.add(e.mul(first, channels),
                     e.min(e.mul(part, lines * perLine),
                           e.index(elements - lines * perLine)));
    prefetchLines(e, buffer, at, lines, perLine, isWrite);
  };
  if (plan.isContiguous())
    prefetch(operands.input, plan.shape.inChannels, /*isWrite=*/false);
  prefetch(operands.output, plan.channels, /*isWrite=*/true);
}

Value addStep(Layer &e, const SparsePlan &plan, Value x, Value weights,
              Value sum) {
  switch (plan.step) {
  case SparseStep::Float:
    return e.micro.multiplyAdd(e, x, weights, sum);
  case SparseStep::Pairs:
    return e.micro.dotPairs(e, x, weights, sum);
  case SparseStep::Quads:
    return plan.bytePairs ? e.micro.dotSmallQuads(e, x, weights, sum)
                          : e.micro.dotQuads(e, x, weights, sum);
  case SparseStep::Single:
    return addValues(e, sum, mulValues(e, x, weights));
  }
  llvm_unreachable("all steps are listed");
}

} // namespace pare::cpu
