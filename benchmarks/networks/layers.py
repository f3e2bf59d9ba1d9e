# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers of the benchmark networks, and their meaning in NumPy.

Images are arrays [channels, height, width], lists are [size]; there is no batch.
Filters are [outputs, inputs / groups, height, width], as in ONNX.
"""

import dataclasses

import numpy

CLAMPS = {None: None, "relu": (0.0, None), "relu6": (0.0, 6.0)}


@dataclasses.dataclass
class Layer:
    """`kind`: conv, depthwise, dense, add, mul (by a number a channel), maxpool,
    mean, flatten, hard_swish or hard_sigmoid."""

    name: str
    kind: str
    inputs: list
    activation: str = None
    weights: numpy.ndarray = None
    bias: numpy.ndarray = None
    stride: tuple = (1, 1)
    # top, left, bottom, right
    pads: tuple = (0, 0, 0, 0)
    kernel: tuple = (1, 1)


@dataclasses.dataclass
class Network:
    """Layers in an order of computation; the last one's result is the output."""

    name: str
    input_shape: tuple
    layers: list

    INPUT = "input"


def _windows(layer, x, border):
    """Yields ((row, column) in the window, what all windows hold there)."""
    top, left, bottom, right = layer.pads
    x = numpy.pad(x, ((0, 0), (top, bottom), (left, right)), constant_values=border)
    (high, wide), (down, across) = layer.kernel, layer.stride
    rows = (x.shape[1] - high) // down + 1
    columns = (x.shape[2] - wide) // across + 1
    for row in range(high):
        for column in range(wide):
            yield (row, column), x[
                :,
                row : row + (rows - 1) * down + 1 : down,
                column : column + (columns - 1) * across + 1 : across,
            ]


def _conv(layer, x):
    # One matrix product for each place in the window: no copy of all windows.
    result = 0
    for (row, column), part in _windows(layer, x, 0.0):
        flat = numpy.ascontiguousarray(part).reshape(part.shape[0], -1)
        filters = numpy.ascontiguousarray(layer.weights[:, :, row, column])
        result = result + (filters @ flat).reshape(-1, *part.shape[1:])
    return result


def _depthwise(layer, x):
    return sum(
        part * layer.weights[:, 0, row, column][:, None, None]
        for (row, column), part in _windows(layer, x, 0.0)
    )


def _hard_sigmoid(x):
    return numpy.clip(x / 6.0 + 0.5, 0.0, 1.0)


def compute_linear(layer, inputs):
    """The result before bias and activation."""
    if layer.kind == "conv":
        return _conv(layer, inputs[0])
    if layer.kind == "depthwise":
        return _depthwise(layer, inputs[0])
    if layer.kind == "dense":
        return layer.weights @ inputs[0]
    if layer.kind == "add":
        return inputs[0] + inputs[1]
    if layer.kind == "mul":
        return inputs[0] * inputs[1]
    if layer.kind == "hard_swish":
        return inputs[0] * _hard_sigmoid(inputs[0])
    if layer.kind == "hard_sigmoid":
        return _hard_sigmoid(inputs[0])
    if layer.kind == "maxpool":
        return numpy.max([p for _, p in _windows(layer, inputs[0], -numpy.inf)], axis=0)
    if layer.kind == "mean":
        return inputs[0].mean(axis=(1, 2), keepdims=True)
    assert layer.kind == "flatten"
    return inputs[0].reshape(-1)


def finish(layer, result):
    """Adds the bias and clamps."""
    if layer.bias is not None:
        result = result + layer.bias.reshape(-1, *[1] * (result.ndim - 1))
    clamp = CLAMPS[layer.activation]
    return result if clamp is None else numpy.clip(result, *clamp)


def run(network, sample):
    """Every value of the network by name."""
    values = {Network.INPUT: sample}
    for layer in network.layers:
        inputs = [values[name] for name in layer.inputs]
        values[layer.name] = finish(layer, compute_linear(layer, inputs)).astype(
            numpy.float32
        )
    return values
