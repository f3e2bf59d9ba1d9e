# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the public ONNX file format (https://onnx.ai/onnx/repo-docs/IR.html).

A file is a Protocol Buffers message; only the few fields that a network of
plain nodes needs are written, so no package beside NumPy is needed.
"""

import struct

import numpy

OPERATOR_SET = 13
FORMAT_VERSION = 7

ELEMENT_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
# What an attribute holds.
FLOAT, INT, INTS = 1, 2, 7


def _varint(value):
    value &= (1 << 64) - 1
    data = bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    data.append(value)
    return bytes(data)


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, data):
    if isinstance(data, str):
        data = data.encode()
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _attribute(name, value):
    data = _bytes(1, name)
    if isinstance(value, float):
        return data + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, FLOAT)
    if isinstance(value, int):
        return data + _number(3, value) + _number(20, INT)
    return data + b"".join(_number(8, item) for item in value) + _number(20, INTS)


def _value(name, element, shape):
    dims = b"".join(_bytes(1, _number(1, size)) for size in shape)
    tensor = _number(1, ELEMENT_TYPES[element]) + _bytes(2, dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


class File:
    """Nodes and constants in the order in which they are added."""

    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = {}
        self.inputs = []
        self.outputs = []

    def input(self, name, shape):
        self.inputs.append(_value(name, "float32", shape))
        return name

    def output(self, name, shape):
        self.outputs.append(_value(name, "float32", shape))

    def constant(self, name, array):
        array = numpy.asarray(array)
        if name not in self.constants:
            data = b"".join(_number(1, size) for size in array.shape)
            data += _number(2, ELEMENT_TYPES[str(array.dtype)])
            data += _bytes(8, name) + _bytes(9, array.tobytes())
            self.constants[name] = data
        return name

    def node(self, op, inputs, output, **attributes):
        data = b"".join(_bytes(1, name) for name in inputs)
        data += _bytes(2, output) + _bytes(3, output) + _bytes(4, op)
        for name, value in attributes.items():
            data += _bytes(5, _attribute(name, value))
        self.nodes.append(data)
        return output

    def write(self, path):
        graph = b"".join(_bytes(1, data) for data in self.nodes)
        graph += _bytes(2, self.name)
        graph += b"".join(_bytes(5, data) for data in self.constants.values())
        graph += b"".join(_bytes(11, data) for data in self.inputs)
        graph += b"".join(_bytes(12, data) for data in self.outputs)
        model = _number(1, FORMAT_VERSION) + _bytes(2, "pare-benchmarks")
        model += _bytes(7, graph)
        model += _bytes(8, _bytes(1, "") + _number(2, OPERATOR_SET))
        with open(path, "wb") as file:
            file.write(model)
