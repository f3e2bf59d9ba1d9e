#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inner loops of 8-bit layers for processors that are not there.

Two layers are compiled to assembly by `pare compile X.mlir --target=T -o X.s`.
The innermost loop with the most products is given to
`llvm-mca -mtriple=aarch64 -mcpu=CPU`, which simulates the processor's pipeline as
LLVM describes it: caches that always hit, no wrong guesses.

usage: benchmarks/inner_loops.py [--build=build/release] [--json=FILE]
           [--mca=llvm-mca-22] [--cpu=neoverse-n2]
"""

import os
import re
import subprocess
import tempfile

import report

# Name, sizes of input, filter and output, attributes.
LAYERS = (
    ("pointwise 14x14, 256 to 256", "1x14x14x256", "256x1x1x256", "1x14x14x256", ""),
    (
        "3x3 14x14, 64 to 64",
        "1x14x14x64",
        "64x3x3x64",
        "1x14x14x64",
        "pad [1, 1, 1, 1]",
    ),
)
# Target, its instruction, and the products of one.
TARGETS = (("aarch64+dotprod", "sdot", 16), ("aarch64+i8mm", "smmla", 32))
# Of the products in a cycle; the instruction alone makes twice as many.
GAIN = 1.8
ROUNDS = 100

NETWORK = """
!in = tensor<{0}x!quant.uniform<i8:f32, 0.5:3>>
!weights = tensor<{1}x!quant.uniform<i8<-127:127>:f32, 0.03125>>
!out = tensor<{2}x!quant.uniform<i8:f32, 0.5>>
func.func @main(%x: !in) -> !out {{
  %w = nn.constant dense<3> : tensor<{1}xi8> -> !weights
  %y = nn.conv2d %x, %w {3} : (!in, !weights) -> !out loc("layer")
  return %y : !out
}}
"""


def inner_loop(assembly, instruction):
    """The lines of the loop without a loop inside that has the most of it."""
    lines = assembly.split("\n")
    labels = {}
    best, most = [], 0
    for number, line in enumerate(lines):
        if label := re.match(r"(\.L\w+):", line):
            labels[label[1]] = number
        branch = re.match(r"\s+(?:b\.|cbn?z|tbn?z).*?(\.L\w+)$", line)
        if not branch or branch[1] not in labels:
            continue
        body = lines[labels[branch[1]] : number + 1]
        if any(re.match(r"\.L\w+:", each) for each in body[1:]):
            continue
        count = sum(each.split()[:1] == [instruction] for each in body)
        if count > most:
            best, most = body, count
    if not best:
        raise SystemExit(f"no loop of {instruction}")
    return best, most


def simulate(options, loop, folder):
    """Cycles of one round."""
    path = os.path.join(folder, "loop.s")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(loop) + "\n")
    command = [options.mca, "-mtriple=aarch64", f"-mcpu={options.cpu}"]
    command += ["-mattr=+i8mm", f"-iterations={ROUNDS}", path]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", found.stdout)[1]) / ROUNDS


def main():
    parser = report.arguments("Inner loops of 8-bit layers, simulated")
    parser.add_argument("--mca", default="llvm-mca-22", help="LLVM's simulator")
    parser.add_argument("--cpu", default="neoverse-n2", help="as LLVM names it")
    options = parser.parse_args()
    rows = report.Report()
    rows.section(options.cpu)
    with tempfile.TemporaryDirectory() as folder:
        network, output = (os.path.join(folder, f"net.{end}") for end in ("mlir", "s"))
        for name, *sizes in LAYERS:
            with open(network, "w", encoding="utf-8") as file:
                file.write(NETWORK.format(*sizes))
            speeds = []
            for target, instruction, products in TARGETS:
                pare = os.path.join(options.build, "bin", "pare")
                command = [pare, "compile", network, f"--target={target}", "-o", output]
                subprocess.run(command, check=True)
                with open(output, encoding="utf-8") as file:
                    loop, count = inner_loop(file.read(), instruction)
                cycles = simulate(options, loop, folder)
                size = len(loop) - 1
                case = f"{name}, {instruction}"
                rows.add(case, "instructions", size, "")
                rows.add(case, f"share of {instruction}", 100 * count / size, "%")
                rows.add(case, "cycles", cycles, "")
                speeds.append(count * products / cycles)
                rows.add(case, "products in a cycle", speeds[-1], "")
            rows.add(name, "faster", speeds[1] / speeds[0], "", f">= {GAIN}")
    rows.finish(options.json)


if __name__ == "__main__":
    main()
