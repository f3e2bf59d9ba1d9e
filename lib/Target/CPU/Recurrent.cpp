//===- Recurrent.cpp - Recurrent layers -----------------------------------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step is two matrix-vector products into the scratch buffer and then a loop
// over the units. Sequences of a batch follow each other. Packed weights of f32
// have a row for each input, so that vectors run over the sums of all gates.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Lowering.h"
#include "Requantize.h"
#include "pare/Numerics/Lstm.h"

using namespace mlir;

namespace pare::cpu {
namespace {

/// Sizes of a sequence, and a loop over its steps.
struct Sequence {
  int64_t batches, steps, inputs, hidden;
  bool timeMajor;

  template <typename OpT> static Sequence of(OpT op) {
    ArrayRef<int64_t> in = Layer::shape(op.getInput());
    Sequence s = {in[0], in[1], in[2], Layer::shape(op.getOutput())[2],
                  op.getTimeMajor()};
    if (s.timeMajor)
      std::swap(s.batches, s.steps);
    return s;
  }

  /// `start` begins a sequence; `step` gets the index of a step's vector.
  void forEach(Emitter &e, function_ref<void()> start,
               function_ref<void(Value at)> step) const {
    e.loop(batches, [&](Value b) {
      start();
      e.loop(steps, [&](Value t) {
        step(timeMajor ? e.add(e.mul(t, batches), b)
                       : e.add(e.mul(b, steps), t));
      });
    });
  }
};

/// The sum over i < length of matrix[from + i] * vector[at + i] - zero: f32, or
/// i32 of integers; one element.
Value dot(Layer &e, Value matrix, Value from, Value vector, Value at,
          int64_t length, int64_t zero = 0) {
  Type stored = cast<MemRefType>(matrix.getType()).getElementType();
  bool integer = isa<IntegerType>(stored);
  Type element = integer ? e.i(32) : e.f32();
  auto part = [&](int64_t low, int64_t high, int64_t width) {
    Value init = e.constant(e.vec(element, width), 0);
    Value sum = e.carry(low, high, width, init, [&](Value i, ValueRange acc) {
      Value w = e.load(matrix, e.add(from, i), width);
      Value x = e.load(vector, e.add(at, i), width);
      if (!integer)
        return SmallVector<Value>{e.micro.multiplyAdd(e, w, x, acc[0])};
      x = e.toInt(x, element);
      if (zero != 0)
        x = subValues(e, x, e.constant(x.getType(), zero));
      Value product = mulValues(e, x, e.toInt(w, element));
      return SmallVector<Value>{addValues(e, acc[0], product)};
    })[0];
    return reduceVector(e, sum,
                        [&](Value x, Value y) { return addValues(e, x, y); });
  };
  int64_t width = e.target.lanes(), whole = length / width * width;
  return addValues(e, part(0, whole, width), part(whole, length, 1));
}

/// Packed weights: a row of `columns` weights for each element of a vector.
struct PackedMatrix {
  Value rows;
  int64_t columns = 0;

  /// sums + the product of `length` rows from `row` on with the elements of
  /// `vector` from `at` on, for `width` columns from `column` on.
  Value addProduct(Layer &e, int64_t row, int64_t length, Value vector,
                   Value at, Value column, int64_t width, Value sums) const {
    return e.carry(0, length, 1, sums, [&](Value i, ValueRange acc) {
      Value w =
          e.load(rows, e.add(e.mul(e.add(i, row), columns), column), width);
      Value x = e.splatLoad(vector, e.add(at, i), width);
      return SmallVector<Value>{e.micro.multiplyAdd(e, x, w, acc[0])};
    })[0];
  }

  /// Calls `body` for chunks of columns as wide as sums fit into registers.
  void forColumns(Layer &e, Emitter::ChunkBody body) const {
    e.chunks(columns, 8 * e.target.lanes(), body);
  }
};

void zeroFill(Layer &e, Value buffer, int64_t from, int64_t count) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  e.chunks(count, e.target.lanes(), [&](Value i, int64_t width) {
    e.store(e.constant(e.vec(element, width), 0), buffer, e.add(i, from));
  });
}

//===----------------------------------------------------------------------===//
// LSTM of floats
//===----------------------------------------------------------------------===//

void floatLstm(Layer &e, kernel::LstmOp op) {
  Sequence s = Sequence::of(op);
  int64_t h = s.hidden, cells = 4 * h, hidden = 5 * h;
  double clip = op.getCellClip().convertToFloat();
  Value input = e.buffer(op.getInput()), bias = e.buffer(op.getBias()),
        scratch = e.buffer(op.getScratch()), output = e.buffer(op.getOutput());
  SmallVector<StringRef, 2> packed = packedWeights(op);
  PackedMatrix matrix;
  Value weights, recurrent;
  if (!packed.empty()) {
    matrix = {e.global(packed[0]), 4 * h};
  } else {
    weights = e.buffer(op.getWeights());
    recurrent = e.buffer(op.getRecurrent());
  }
  auto packedSums = [&](Value at) {
    matrix.forColumns(e, [&](Value column, int64_t width) {
      Value sums = e.load(bias, column, width);
      sums = matrix.addProduct(e, 0, s.inputs, input, e.mul(at, s.inputs),
                               column, width, sums);
      sums = matrix.addProduct(e, s.inputs, h, scratch, e.index(hidden), column,
                               width, sums);
      e.store(sums, scratch, column);
    });
  };
  s.forEach(
      e, [&] { zeroFill(e, scratch, cells, 2 * h); },
      [&](Value at) {
        if (matrix.rows)
          packedSums(at);
        else
          e.loop(4 * h, [&](Value row) {
            Value sum = addValues(
                e,
                dot(e, weights, e.mul(row, s.inputs), input,
                    e.mul(at, s.inputs), s.inputs),
                dot(e, recurrent, e.mul(row, h), scratch, e.index(hidden), h));
            e.store(addValues(e, sum, e.load(bias, row, 1)), scratch, row);
          });
        e.chunks(h, e.target.lanes(), [&](Value unit, int64_t width) {
          auto gate = [&](int64_t g) {
            return e.load(scratch, e.add(unit, g * h), width);
          };
          Value kept = mulValues(e, sigmoid(e, gate(kForgetGate)),
                                 e.load(scratch, e.add(unit, cells), width));
          Value added = mulValues(e, sigmoid(e, gate(kInputGate)),
                                  tanh(e, gate(kCellGate)));
          Value cell = addValues(e, kept, added);
          if (clip > 0)
            cell = e.clampFloat(cell, -clip, clip);
          Value result =
              mulValues(e, sigmoid(e, gate(kOutputGate)), tanh(e, cell));
          e.store(cell, scratch, e.add(unit, cells));
          e.store(result, scratch, e.add(unit, hidden));
          e.store(result, output, e.add(e.mul(at, h), unit));
        });
      });
}

//===----------------------------------------------------------------------===//
// LSTM of 8-bit integers
//===----------------------------------------------------------------------===//

/// pare/Numerics/Lstm.h on scalars of i32 that hold 16-bit values.
class LstmArithmetic {
public:
  LstmArithmetic(Layer &e, kernel::LstmOp op)
      : e(e), scales(op.getScalesAttr()), i32(e.i(32)) {
    SigmoidTable values = buildSigmoidTable();
    SmallVector<int16_t> bits(values.begin(), values.end());
    table = e.table<int16_t>("sigmoid", e.i(16), bits);
    log2 = op.getCellScaleLog2();
    double scale = std::ldexp(1.0, log2),
           clip = op.getCellClip().convertToFloat();
    cellClip = clip > 0 ? int64_t(std::min(clip / scale, 32767.0)) : 0;
    hiddenZero = op.getHiddenZeroPoint();
  }

  Value gate(Value inputSum, Value recurrentSum, int64_t gate) {
    Value sum = saturate(
        addValues(e, rescaled(inputSum, fixedEntry(scales, gate)),
                  rescaled(recurrentSum, fixedEntry(scales, 4 + gate))));
    return gate == kCellGate ? tanh16(sum, 0) : logistic16(sum);
  }

  Value cell(ArrayRef<Value> gates, Value cell) {
    double activated = std::ldexp(1.0, -15);
    Value kept = rescaled(mulValues(e, gates[kForgetGate], cell),
                          quantizeMultiplier(activated));
    Value added = rescaled(
        mulValues(e, gates[kInputGate], gates[kCellGate]),
        quantizeMultiplier(activated * activated / std::ldexp(1.0, log2)));
    Value sum = saturate(addValues(e, kept, added));
    return cellClip == 0 ? sum : e.clampInt(sum, -cellClip, cellClip);
  }

  Value hidden(Value outputGate, Value cell) {
    Value product = mulValues(e, outputGate, tanh16(cell, log2 + 12));
    Value v = emitMultiply(e, product, fixedEntry(scales, 8));
    return e.clampInt(addValues(e, v, number(hiddenZero)), -128, 127);
  }

private:
  Value number(int64_t value) { return e.constant(i32, value); }
  Value saturate(Value x) { return e.clampInt(x, -32768, 32767); }
  Value rescaled(Value x, QuantizedMultiplier factor) {
    return saturate(emitMultiply(e, x, factor));
  }
  Value shiftRight(Value x, int64_t by) {
    return e.make<arith::ShRSIOp>(x, number(by));
  }
  Value shiftLeft(Value x, int64_t by) {
    return e.make<arith::ShLIOp>(x, number(by));
  }

  /// The table between entry |scaled| >> bits and the next, times 2^bits;
  /// `beyond` past its end.
  Value interpolated(Value scaled, int64_t bits, int64_t beyond) {
    Value magnitude =
        e.make<arith::MaxSIOp>(scaled, subValues(e, number(0), scaled));
    Value index = shiftRight(magnitude, bits);
    Value inside =
        e.make<arith::CmpIOp>(arith::CmpIPredicate::slt, index, number(255));
    Value safe = e.make<arith::IndexCastOp>(e.b.getIndexType(),
                                            minValues(e, index, number(254)));
    auto entry = [&](Value at) {
      return e.toInt(e.loadScalar(table, at), i32, /*isUnsigned=*/true);
    };
    Value low = entry(safe), high = entry(e.add(safe, 1));
    Value rest =
        e.make<arith::AndIOp>(magnitude, number((int64_t(1) << bits) - 1));
    Value y = addValues(e, shiftLeft(low, bits),
                        mulValues(e, rest, subValues(e, high, low)));
    return e.select(inside, y, number(beyond));
  }

  Value positive(Value x) {
    return e.make<arith::CmpIOp>(arith::CmpIPredicate::sge, x, number(0));
  }

  Value logistic16(Value x) {
    Value scaled = mulValues(e, x, number(3));
    Value y = interpolated(scaled, 9, 0x7fff << 10);
    Value above = addValues(e, y, number(1 << 9));
    Value below = subValues(e, number((1 << 25) + (1 << 9) - 1), y);
    return shiftRight(e.select(positive(scaled), above, below), 10);
  }

  Value tanh16(Value x, int64_t shift) {
    Value scaled;
    if (shift >= 0)
      scaled = mulValues(e, x, number(3 << shift));
    else
      scaled = shiftRight(addValues(e, mulValues(e, x, number(3)),
                                    number(int64_t(1) << (-shift - 1))),
                          -shift);
    Value y = interpolated(scaled, 8, 0xffff << 8);
    Value above = addValues(e, y, number(-(1 << 23) + (1 << 7)));
    Value below = subValues(e, number((1 << 23) + (1 << 7) - 1), y);
    return shiftRight(e.select(positive(scaled), above, below), 8);
  }

  Layer &e;
  nn::ScalesAttr scales;
  Type i32;
  Value table;
  int64_t log2, cellClip, hiddenZero;
};

void integerLstm(Layer &e, kernel::LstmOp op) {
  Sequence s = Sequence::of(op);
  int64_t h = s.hidden;
  Type i16 = e.i(16), i32 = e.i(32);
  Value input = e.buffer(op.getInput()), weights = e.buffer(op.getWeights()),
        recurrent = e.buffer(op.getRecurrent()), bias = e.buffer(op.getBias()),
        output = e.buffer(op.getOutput()), bytes = e.buffer(op.getScratch());
  auto view = [&](Type element, int64_t count, int64_t at) -> Value {
    return memref::ViewOp::create(e.b, e.loc, MemRefType::get({count}, element),
                                  bytes, e.index(at), ValueRange());
  };
  Value gates = view(i32, 4 * h, 0), cells = view(i16, h, 16 * h),
        hidden = view(i16, h, 18 * h);
  LstmArithmetic lstm(e, op);
  auto first = [&](Value v) {
    return e.make<vector::ExtractOp>(v, int64_t(0));
  };
  s.forEach(
      e,
      [&] {
        zeroFill(e, cells, 0, h);
        zeroFill(e, hidden, 0, h);
      },
      [&](Value at) {
        for (int64_t gate = 0; gate < 4; ++gate) {
          e.loop(h, [&](Value unit) {
            Value row = e.add(unit, gate * h);
            Value inputSum =
                dot(e, weights, e.mul(row, s.inputs), input,
                    e.mul(at, s.inputs), s.inputs, op.getInputZeroPoint());
            inputSum = addValues(e, first(inputSum), e.loadScalar(bias, row));
            Value recurrentSum =
                first(dot(e, recurrent, e.mul(row, h), hidden, e.index(0), h));
            e.storeScalar(lstm.gate(inputSum, recurrentSum, gate), gates, row);
          });
        }
        e.loop(h, [&](Value unit) {
          SmallVector<Value> values;
          for (int64_t gate = 0; gate < 4; ++gate)
            values.push_back(e.loadScalar(gates, e.add(unit, gate * h)));
          Value cell =
              lstm.cell(values, e.toInt(e.loadScalar(cells, unit), i32));
          Value result = lstm.hidden(values[kOutputGate], cell);
          e.storeScalar(e.toInt(cell, i16), cells, unit);
          e.storeScalar(e.toInt(result, e.i(8)), output,
                        e.add(e.mul(at, h), unit));
          // Kept less the zero point, as the sums need it.
          Value centered = subValues(
              e, result, e.constant(i32, int64_t(op.getHiddenZeroPoint())));
          e.storeScalar(e.toInt(centered, i16), hidden, unit);
        });
      });
}

} // namespace

LogicalResult lower(Layer &e, kernel::LstmOp op) {
  if (op.getScalesAttr())
    integerLstm(e, op);
  else
    floatLstm(e, op);
  return success();
}

//===----------------------------------------------------------------------===//
// GRU
//===----------------------------------------------------------------------===//

LogicalResult lower(Layer &e, kernel::GruOp op) {
  Sequence s = Sequence::of(op);
  int64_t h = s.hidden, fromHidden = 3 * h, hidden = 6 * h;
  Value input = e.buffer(op.getInput()), weights = e.buffer(op.getWeights()),
        recurrent = e.buffer(op.getRecurrent()), bias = e.buffer(op.getBias()),
        recurrentBias = e.buffer(op.getRecurrentBias()),
        scratch = e.buffer(op.getScratch()), output = e.buffer(op.getOutput());
  auto recurrentRow = [&](Value row, int64_t state) {
    Value sum = dot(e, recurrent, e.mul(row, h), scratch, e.index(state), h);
    return addValues(e, sum, e.load(recurrentBias, row, 1));
  };
  s.forEach(
      e, [&] { zeroFill(e, scratch, hidden, h); },
      [&](Value at) {
        e.loop(3 * h, [&](Value row) {
          Value sum = dot(e, weights, e.mul(row, s.inputs), input,
                          e.mul(at, s.inputs), s.inputs);
          e.store(addValues(e, sum, e.load(bias, row, 1)), scratch, row);
          e.store(recurrentRow(row, hidden), scratch, e.add(row, fromHidden));
        });
        auto both = [&](Value unit, int64_t gate, int64_t width) {
          return sigmoid(
              e, addValues(e, e.load(scratch, e.add(unit, gate * h), width),
                           e.load(scratch, e.add(unit, fromHidden + gate * h),
                                  width)));
        };
        if (!op.getLinearBeforeReset()) {
          // The reset state takes the place of the recurrent sums of the reset
          // gate, which are read for the last time here.
          int64_t resetState = fromHidden + h;
          e.chunks(h, e.target.lanes(), [&](Value unit, int64_t width) {
            Value state = e.load(scratch, e.add(unit, hidden), width);
            e.store(mulValues(e, both(unit, 1, width), state), scratch,
                    e.add(unit, resetState));
          });
          e.loop(h, [&](Value unit) {
            e.store(recurrentRow(e.add(unit, 2 * h), resetState), scratch,
                    e.add(unit, fromHidden + 2 * h));
          });
        }
        e.chunks(h, e.target.lanes(), [&](Value unit, int64_t width) {
          Value update = both(unit, 0, width);
          Value term = e.load(scratch, e.add(unit, fromHidden + 2 * h), width);
          if (op.getLinearBeforeReset())
            term = mulValues(e, both(unit, 1, width), term);
          Value candidate =
              tanh(e, addValues(e, e.load(scratch, e.add(unit, 2 * h), width),
                                term));
          Value state = e.load(scratch, e.add(unit, hidden), width);
          Value rest = subValues(e, e.constant(update.getType(), 1.0), update);
          Value result = addValues(e, mulValues(e, rest, candidate),
                                   mulValues(e, update, state));
          e.store(result, scratch, e.add(unit, hidden));
          e.store(result, output, e.add(e.mul(at, h), unit));
        });
      });
  return success();
}

} // namespace pare::cpu
