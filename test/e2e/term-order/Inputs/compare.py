# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares 8-bit layers of many shapes with the interpreter, bit by bit.

usage: compare.py FOLDER TARGET MODE RUNNER

Weights use all of their 8 bits, and inputs are the least and the greatest
bytes, so that sums of two products leave 16 bits wherever they can. RUNNER,
with LIBRARY NAME INPUT OUTPUT behind it, runs a library.
"""

import os
import subprocess
import sys

import numpy

# Height, width, channels, outputs, rows and columns of taps, stride, and the
# standard deviation of the weights: small ones leave every term a neighbour,
# great ones few.
CASES = [
    (25, 5, 64, 64, 1, 1, 1, 50),
    (9, 11, 32, 48, 1, 1, 1, 55),
    (7, 7, 16, 24, 1, 1, 1, 30),
    (7, 7, 24, 40, 1, 1, 1, 40),
    (8, 9, 100, 13, 1, 1, 1, 45),
    (15, 13, 40, 32, 1, 1, 2, 50),
    (2, 3, 320, 16, 1, 1, 1, 40),
    (33, 31, 17, 9, 1, 1, 1, 20),
    (7, 7, 256, 64, 1, 1, 1, 60),
    (1, 4, 96, 8, 1, 1, 1, 70),
    (49, 10, 1, 64, 10, 4, 2, 50),
    (21, 20, 3, 16, 3, 3, 2, 50),
    (8, 8, 16, 24, 3, 3, 1, 35),
    (5, 17, 5, 9, 2, 5, 1, 30),
]


def hexadecimal(weights):
    return '"0x40000000' + weights.astype("int8").tobytes().hex().upper() + '"'


def write_network(path, case, random):
    height, width, channels, outputs, rows, columns, stride, deviation = case
    shape = (outputs, rows, columns, channels)
    drawn = random.normal(0, deviation, shape)
    weights = numpy.clip(numpy.rint(drawn), -127, 127)
    bias = random.integers(-5000, 5000, outputs)
    pad = [rows // 2, (rows - 1) // 2, columns // 2, (columns - 1) // 2]
    if rows == columns == 1:
        pad = [0, 0, 0, 0]
    out = [
        (size + pad[2 * i] + pad[2 * i + 1] - taps) // stride + 1
        for i, (size, taps) in enumerate(((height, rows), (width, columns)))
    ]
    factors = ",".join(f"{0.01 * (1 + i % 5)}:0" for i in range(outputs))
    quantized = "x!quant.uniform"
    scale = 0.05 * deviation * numpy.sqrt(weights[0].size)
    text = f"""
!in = tensor<1x{height}x{width}x{channels}{quantized}<i8:f32, 0.5:-7>>
!w = tensor<{outputs}x{rows}x{columns}x{channels}{quantized}<i8<-127:127>:f32:0, {{{factors}}}>>
!b = tensor<{outputs}{quantized}<i32:f32:0, {{{",".join(f"{0.005 * (1 + i % 5)}:0" for i in range(outputs))}}}>>
!out = tensor<1x{out[0]}x{out[1]}x{outputs}{quantized}<i8:f32, {scale}:11>>
func.func @main(%x: !in) -> !out {{
  %w = nn.constant dense_resource<w> : tensor<{outputs}x{rows}x{columns}x{channels}xi8> -> !w
  %b = nn.constant dense<[{",".join(map(str, bias))}]> : tensor<{outputs}xi32> -> !b
  %y = nn.conv2d %x, %w, %b strides [{stride}, {stride}] pad {pad} : (!in, !w, !b) -> !out loc("product")
  return %y : !out
}}
{{-#
  dialect_resources: {{ builtin: {{ w: {hexadecimal(weights)} }} }}
#-}}
"""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    folder, target, mode, runner = sys.argv[1:5]
    os.makedirs(folder, exist_ok=True)

    def name(part):
        return os.path.join(folder, part)

    for seed, case in enumerate(CASES):
        random = numpy.random.default_rng(seed)
        network = name(f"{seed}.mlir")
        write_network(network, case, random)
        compiled = ["pare", "compile", network, f"--requant={mode}"]
        library = name("network.so")
        subprocess.run(
            compiled + [f"--target={target}", "--name=net", "-o", library], check=True
        )
        for sample in range(2):
            inputs = random.integers(-128, 128, (1, *case[:3]))
            if sample == 0:
                inputs = numpy.where(inputs < 0, -128, 127)
            inputs = inputs.astype("int8")
            numpy.save(name("input.npy"), inputs)
            inputs.tofile(name("input"))
            run = ["pare", "run", network, "--backend=reference", f"--requant={mode}"]
            files = [f"--inputs={name('input.npy')}", f"--outputs={name('output.npy')}"]
            subprocess.run(run + files, check=True)
            subprocess.run(
                [runner, library, "net", name("input"), name("output")], check=True
            )
            expected = numpy.load(name("output.npy")).ravel()
            found = numpy.fromfile(name("output"), expected.dtype)
            different = int((found != expected).sum())
            if different:
                raise SystemExit(f"{case}: {different} of {found.size} elements differ")
            saturated = numpy.isin(expected, (-128, 127)).mean()
            if saturated > 0.5:
                raise SystemExit(f"{case}: {saturated:.0%} of the results saturate")
    print(f"{len(CASES)} layers, every bit the same")


if __name__ == "__main__":
    main()
