#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes benchmark networks as ONNX files, and an input for each.

usage: generate.py FOLDER NAME...

For each network of architectures.py four files: NAME_f32.onnx; NAME_int8.onnx,
in QDQ form (activations uint8 per tensor, weights int8 per output channel, bias
int32); NAME_int7.onnx, the same with weights of 7 bits; NAME_input.npy.
Inputs and outputs are float in all of them. Files that exist are kept.
"""

import argparse
import os

import numpy

import architectures
import layers
from layers import Network
from onnxfile import File

# Ranges of activations are those that these samples show.
CALIBRATION_SEEDS = (0, 1, 2)
INPUT_SEED = 3
WEIGHT_LIMITS = {"f32": None, "int8": 127, "int7": 63}


def find_ranges(network):
    """(least, greatest) of each value, 0 always inside."""
    ranges = {}
    for seed in CALIBRATION_SEEDS:
        values = layers.run(network, architectures.sample(network.input_shape, seed))
        for name, value in values.items():
            low, high = ranges.get(name, (0.0, 0.0))
            ranges[name] = (min(low, float(value.min())), max(high, float(value.max())))
    return ranges


def choose_uint8(low, high):
    """Scale and zero point with which [low, high] fills 0..255."""
    scale = numpy.float32(max(high - low, 1e-6) / 255.0)
    zero = int(round(-low / float(scale)))
    # A run time drops a clamp to [0, 6] only where no integer exceeds it.
    while zero == 0 and numpy.float32(255) * scale > numpy.float32(high):
        scale = numpy.nextafter(scale, numpy.float32(0))
    return scale, numpy.uint8(zero)


class FloatForm:
    """Values stay as they are."""

    def weights(self, file, layer, filters):
        return [
            file.constant(layer.name + "_weights", filters),
            file.constant(layer.name + "_bias", layer.bias),
        ]

    def value(self, file, name, layer=None):
        return name


class IntegerForm:
    """Every value is rounded to integers and read back: QDQ."""

    def __init__(self, network, limit):
        self.limit = limit
        self.parameters = {}
        ranges = find_ranges(network)
        self.parameters[Network.INPUT] = choose_uint8(*ranges[Network.INPUT])
        for layer in network.layers:
            # Layers that only move or choose numbers keep their scale.
            self.parameters[layer.name] = (
                self.parameters[layer.inputs[0]]
                if layer.kind in ("maxpool", "flatten")
                else choose_uint8(*ranges[layer.name])
            )

    def weights(self, file, layer, filters):
        flat = numpy.abs(filters).reshape(filters.shape[0], -1)
        scales = (numpy.maximum(flat.max(axis=1), 1e-6) / self.limit).astype(numpy.float32)
        shape = (-1,) + (1,) * (filters.ndim - 1)
        integers = numpy.rint(filters / scales.reshape(shape))
        integers = numpy.clip(integers, -self.limit, self.limit).astype(numpy.int8)
        bias_scales = self.parameters[layer.inputs[0]][0] * scales
        bias = numpy.rint(layer.bias / bias_scales).astype(numpy.int32)
        return [
            self._read(file, layer.name + "_weights", integers, scales),
            self._read(file, layer.name + "_bias", bias, bias_scales),
        ]

    @staticmethod
    def _read(file, name, integers, scales):
        operands = [
            file.constant(name + "_integers", integers),
            file.constant(name + "_scales", scales),
            file.constant(name + "_zero", numpy.zeros(scales.size, integers.dtype)),
        ]
        return file.node("DequantizeLinear", operands, name, axis=0)

    def value(self, file, name, layer=None):
        scale, zero = self.parameters[layer.name if layer else name]
        operands = [
            file.constant(name + "_scale", scale),
            file.constant(name + "_zero", zero),
        ]
        integers = file.node("QuantizeLinear", [name, *operands], name + "_q")
        return file.node("DequantizeLinear", [integers, *operands], name + "_dq")


def add_layer(file, form, layer, names):
    """Writes the nodes of one layer; returns the name of its float result."""
    inputs = [names[name] for name in layer.inputs]
    clamp = layers.CLAMPS[layer.activation]
    name = layer.name if clamp is None else layer.name + "_linear"
    window = {
        "kernel_shape": list(layer.kernel),
        "strides": list(layer.stride),
        "pads": list(layer.pads),
    }
    if layer.kind in ("conv", "depthwise"):
        inputs += form.weights(file, layer, layer.weights)
        groups = layer.weights.shape[0] if layer.kind == "depthwise" else 1
        file.node("Conv", inputs, name, group=groups, **window)
    elif layer.kind == "dense":
        inputs += form.weights(file, layer, layer.weights)
        file.node("Gemm", inputs, name, transB=1)
    elif layer.kind == "maxpool":
        file.node("MaxPool", inputs, name, **window)
    else:
        operators = {
            "add": "Add",
            "mul": "Mul",
            "mean": "GlobalAveragePool",
            "flatten": "Flatten",
            "hard_swish": "HardSwish",
            "hard_sigmoid": "HardSigmoid",
        }
        fields = {"alpha": 1.0 / 6.0, "beta": 0.5} if layer.kind == "hard_sigmoid" else {}
        file.node(operators[layer.kind], inputs, name, **fields)
    if layer.activation == "relu":
        return file.node("Relu", [name], layer.name)
    if layer.activation == "relu6":
        bounds = [
            file.constant("zero", numpy.float32(clamp[0])),
            file.constant("six", numpy.float32(clamp[1])),
        ]
        return file.node("Clip", [name, *bounds], layer.name)
    return name


def write(network, form, path):
    file = File(network.name)
    file.input(Network.INPUT, (1, *network.input_shape))
    names = {Network.INPUT: form.value(file, Network.INPUT)}
    for layer in network.layers:
        result = add_layer(file, form, layer, names)
        names[layer.name] = form.value(file, result, layer)
    last = network.layers[-1]
    file.output(names[last.name], (1, last.weights.shape[0]))
    file.write(path)


def generate(folder, name):
    """Writes the files of one network that are missing."""
    os.makedirs(folder, exist_ok=True)
    samples = os.path.join(folder, f"{name}_input.npy")
    if os.path.exists(samples):
        return
    network = architectures.build(name)
    for suffix, limit in WEIGHT_LIMITS.items():
        form = IntegerForm(network, limit) if limit else FloatForm()
        write(network, form, os.path.join(folder, f"{name}_{suffix}.onnx"))
    image = architectures.sample(network.input_shape, INPUT_SEED)
    # Last, because it says that the others are complete.
    numpy.save(samples, image[None])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("names", nargs="+", choices=architectures.ARCHITECTURES)
    options = parser.parse_args()
    for name in options.names:
        generate(options.folder, name)


if __name__ == "__main__":
    main()
