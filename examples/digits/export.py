# ===- export.py - Writes the digits network as IR ------------------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Writes a trained network as text of the `nn` dialect, batch norm as it is."""

import textwrap

import numpy as np

from network import BATCH_NORM_EPSILON, CLASSES, LAYERS, SIZE, same_padding

HEADER = """\
//===- digits.mlir - A small network that reads handwritten digits --------===//
//
// Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written by train.py, see README.md. A pixel is its byte divided by 255.
//
//===----------------------------------------------------------------------===//
"""


class Exporter:
    """Writes the network as text of the `nn` dialect."""

    def __init__(self):
        self.lines = []
        self.resources = []

    def line(self, text):
        self.lines.append(
            textwrap.fill(
                text,
                initial_indent=" " * 4,
                subsequent_indent=" " * 8,
                width=80,
                break_on_hyphens=False,
                break_long_words=False,
            )
        )

    def constant(self, layer, role, tensor):
        """Defines a constant and gives its name and type."""
        values = np.ascontiguousarray(tensor.detach().numpy(), "<f4")
        name = f"{layer}_{role}"
        type = f"tensor<{'x'.join(map(str, values.shape))}xf32>"
        # A resource is its alignment, as four little-endian bytes, and its data.
        blob = (4).to_bytes(4, "little") + values.tobytes()
        self.resources.append(f'      {name}: "0x{blob.hex().upper()}"')
        self.line(
            f"%{name} = nn.constant dense_resource<{name}> : {type} "
            f'-> {type} loc("{layer}/{role}")'
        )
        return name, type

    def op(self, mnemonic, operands, shape, layer, role="", attributes=""):
        """Adds an op on (name, type) operands and gives its result as one."""
        names = ", ".join(f"%{name}" for name, _ in operands)
        types = ", ".join(type for _, type in operands)
        name = f"{layer}_{role}" if role else layer
        location = f"{layer}/{role}" if role else layer
        type = f"tensor<{'x'.join(map(str, shape))}xf32>"
        self.line(
            f"%{name} = nn.{mnemonic} {names}{attributes} "
            f': ({types}) -> {type} loc("{location}")'
        )
        return name, type

    def convolution(self, layer, conv, norm, x, size):
        """Adds the convolution, its batch norm and its ReLU6."""
        before, after = same_padding(size, layer)
        attributes = ""
        if layer.stride > 1:
            attributes += f" strides [{layer.stride}, {layer.stride}]"
        if before + after:
            attributes += f" pad [{before}, {after}, {before}, {after}]"
        depthwise = layer.kind == "depthwise"
        # PyTorch has OIHW; a depthwise filter there is Cx1xHxW.
        order = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
        filter = self.constant(layer.name, "filter", conv.weight.permute(order))
        statistics = [
            self.constant(layer.name, "gamma", norm.weight),
            self.constant(layer.name, "beta", norm.bias),
            self.constant(layer.name, "mean", norm.running_mean),
            self.constant(layer.name, "variance", norm.running_var),
        ]
        size = -(-size // layer.stride)
        shape = (1, size, size, layer.channels)
        mnemonic = "depthwise_conv2d" if depthwise else "conv2d"
        x = self.op(mnemonic, [x, filter], shape, layer.name, "", attributes)
        epsilon = f" {{epsilon = {BATCH_NORM_EPSILON:.6e} : f32}}"
        x = self.op(
            "batch_norm", [x] + statistics, shape, layer.name, "batch_norm", epsilon
        )
        if layer.relu6:
            x = self.op("relu6", [x], shape, layer.name, "relu6")
        return x, size

    def network(self, model):
        x, size = ("pixels", f"tensor<1x{SIZE}x{SIZE}x1xf32>"), SIZE
        outputs = {}
        for layer in LAYERS:
            if layer.kind == "add":
                shape = (1, size, size, layer.channels)
                x = self.op("add", [outputs[layer.other], x], shape, layer.name)
            else:
                conv, norm = model.convs[layer.name], model.norms[layer.name]
                x, size = self.convolution(layer, conv, norm, x, size)
            outputs[layer.name] = x
        channels = LAYERS[-1].channels
        x = self.op("global_avg_pool", [x], (1, 1, 1, channels), "pool")
        x = self.op("reshape", [x], (1, channels), "features")
        linear = model.classifier
        weights = self.constant("classifier", "filter", linear.weight)
        bias = self.constant("classifier", "bias", linear.bias)
        operands = [x, weights, bias]
        x = self.op("fully_connected", operands, (1, CLASSES), "classifier")
        return self.op("softmax", [x], (1, CLASSES), "probabilities")

    def text(self, model):
        name, type = self.network(model)
        body = "\n".join(self.lines)
        resources = ",\n".join(self.resources)
        return f"""{HEADER}
module {{
  func.func @main(
      %pixels: tensor<1x{SIZE}x{SIZE}x1xf32> {{nn.name = "pixels"}} loc("pixels"))
      -> ({type} {{nn.name = "{name}"}}) {{
{body}
    return %{name} : {type}
  }}
}}

{{-#
  dialect_resources: {{
    builtin: {{
{resources}
    }}
  }}
#-}}
"""
