//===- NNOpsRecurrent.td - Recurrent layers ---------------------------*- tablegen -*-===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef PARE_NN_OPS_RECURRENT
#define PARE_NN_OPS_RECURRENT

include "NNOpBase.td"

def NN_LstmOp : NN_LayerOp<"lstm", "None"> {
  let summary = "long short-term memory over a sequence";
  let description = [{
    `input` is BxTxI (TxBxI if `time_major`), the result BxTxH: the hidden state
    after every step, from a zero state. `weights` is 4HxI, `recurrent` 4HxH,
    `bias` has 4H elements; the rows of the gates stand in the order input,
    forget, cell, output:

        c = sigmoid(f) * c + sigmoid(i) * tanh(g);  h = sigmoid(o) * tanh(c)

    The cell state is clamped to [-cell_clip, cell_clip] if `cell_clip` > 0.
    Hochreiter and Schmidhuber, Neural Computation 9(8), 1997.

    The integer form has one filter scale per gate (per-axis types with equal
    scales inside a gate), a hidden state of the type of the result, gates in
    Q3.12 and an `i16` cell state of scale `cell_scale`, a power of two.
  }];
  let arguments = (ins NN_RealTensor:$input, NN_RealTensor:$weights,
    NN_RealTensor:$recurrent, NN_Tensor1D:$bias, UnitAttr:$time_major,
    DefaultValuedAttr<F32Attr, "0.0f">:$cell_clip,
    OptionalAttr<F32Attr>:$cell_scale);
  let results = (outs NN_RealTensor:$output);
  let assemblyFormat = [{
    $input `,` $weights `,` $recurrent `,` $bias attr-dict
    `:` functional-type(operands, results)
  }];
}

def NN_GruOp : NN_LayerOp<"gru", "None"> {
  let summary = "gated recurrent unit over a sequence";
  let description = [{
    `input` is BxTxI (TxBxI if `time_major`), the result BxTxH from a zero
    state. Rows of `weights` (3HxI), `recurrent` (3HxH), `bias` and
    `recurrent_bias` (3H) stand in the order update z, reset r, candidate n:

        n = tanh(Wn x + bn + r * (Rn h + rbn))      if linear_before_reset
        n = tanh(Wn x + bn + Rn (r * h) + rbn)      otherwise
        h = (1 - z) * n + z * h

    Cho et al., https://arxiv.org/abs/1406.1078
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_FloatTensor:$weights,
    NN_FloatTensor:$recurrent, NN_FloatTensor1D:$bias,
    NN_FloatTensor1D:$recurrent_bias, UnitAttr:$time_major,
    UnitAttr:$linear_before_reset);
  let results = (outs NN_FloatTensor:$output);
  let assemblyFormat = [{
    $input `,` $weights `,` $recurrent `,` $bias `,` $recurrent_bias attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif // PARE_NN_OPS_RECURRENT
