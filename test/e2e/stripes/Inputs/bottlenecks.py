# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a float network of expansions, depthwise and projecting layers with
seeded weights, and an input for it.

usage: bottlenecks.py FOLDER    writes net.mlir and x.npy
"""

import sys

import numpy


class Writer:
    def __init__(self, shape):
        self.random = numpy.random.default_rng(7)
        self.shape = shape
        self.lines = []
        self.value = "%x"
        self.count = 0

    @staticmethod
    def type_of(shape):
        return "tensor<" + "".join(f"{size}x" for size in shape) + "f32>"

    def constant(self, shape):
        terms = numpy.prod(shape[1:])
        values = self.random.standard_normal(shape) / numpy.sqrt(terms)
        digits = values.astype("<f4").tobytes().hex().upper()
        name = f"%w{len(self.lines)}"
        kind = self.type_of(shape)
        self.lines.append(
            f'{name} = nn.constant dense<"0x{digits}"> : {kind} -> {kind}'
        )
        return name, kind

    def layer(self, op, filters, attributes, shape):
        weights, weights_type = self.constant(filters)
        bias, bias_type = self.constant((shape[3],))
        self.count += 1
        name = f"%{self.count}"
        self.lines.append(
            f"{name} = nn.{op} {self.value}, {weights}, {bias} {attributes} : "
            f"({self.type_of(self.shape)}, {weights_type}, {bias_type}) -> "
            f'{self.type_of(shape)} loc("{op}{self.count}")'
        )
        self.value, self.shape = name, shape

    def pointwise(self, channels, activation=""):
        shape = (*self.shape[:3], channels)
        self.layer("conv2d", (channels, 1, 1, self.shape[3]), activation, shape)

    def depthwise(self, size, stride):
        low = (size - 1) // 2
        height, width = (
            (side + size - 1 - size) // stride + 1 for side in self.shape[1:3]
        )
        self.layer(
            "depthwise_conv2d",
            (1, size, size, self.shape[3]),
            f"strides [{stride}, {stride}] "
            f"pad [{low}, {size - 1 - low}, {low}, {size - 1 - low}] act <relu6>",
            (1, height, width, self.shape[3]),
        )

    def add(self, other):
        kind = self.type_of(self.shape)
        self.count += 1
        name = f"%{self.count}"
        self.lines.append(
            f"{name} = nn.add {self.value}, {other} : ({kind}, {kind}) -> {kind} "
            f'loc("add{self.count}")'
        )
        self.value = name


def main():
    folder = sys.argv[1]
    writer = Writer((1, 26, 22, 16))
    start = writer.type_of(writer.shape)
    first = writer.shape
    for size, stride, channels in ((3, 1, 16), (5, 1, 16), (3, 2, 28), (3, 1, 28)):
        before, shape = writer.value, writer.shape
        writer.pointwise(3 * channels, "act <relu6>")
        writer.depthwise(size, stride)
        writer.pointwise(channels)
        if writer.shape == shape:
            writer.add(before)
    body = "\n  ".join(writer.lines)
    with open(f"{folder}/net.mlir", "w") as file:
        file.write(
            f"func.func @main(%x: {start}) -> {writer.type_of(writer.shape)} {{\n"
            f"  {body}\n"
            f"  return {writer.value} : {writer.type_of(writer.shape)}\n}}\n"
        )
    numpy.save(
        f"{folder}/x.npy", writer.random.standard_normal(first).astype("float32")
    )


main()
