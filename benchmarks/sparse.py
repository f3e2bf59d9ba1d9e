#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse weights against dense ones, on one core.

Pare prunes MobileNetV1 1.0 224 (seeded weights, networks/generate.py) in blocks,
all layers but the first, the depthwise and the last, and compiles the very same
weights twice: dense, zeros and all, and as it chooses itself. The two take turns
on one core, a few runs at a time, and their results are compared: int8 to the
bit. All files go to build/benchmarks.

usage: benchmarks/sparse.py [--build=build/release] [--json=FILE]
                            [--target=x86-64-v3] [--runs=N] [--realtime]
                            [--network=NAME]
"""

import collections
import json
import os
import subprocess
import sys

import numpy

import report

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(report.SOURCE, "build", "benchmarks")
ROUNDS = 4

# `least`: how many times as fast as dense, for MobileNetV1 on AVX2.
Case = collections.namedtuple("Case", "form block zeros least")
CASES = (
    Case("f32", "1x1", 0.8, None),
    Case("f32", "1x1", 0.9, None),
    Case("f32", "4x1", 0.8, 2.2),
    Case("f32", "4x1", 0.9, 3.2),
    Case("f32", "16x1", 0.8, None),
    Case("int8", "4x2", 0.8, None),
    Case("int8", "8x4", 0.8, 2.0),
    Case("int8", "16x2", 0.8, 2.0),
    Case("int8", "16x2", 0.9, None),
)
# Largest difference of a result as a share of the range of results.
AGREEMENT = {"f32": "<= 1e-5", "int8": "<= 0"}


def call(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return done.stdout


class Network:
    """One network, pruned, compiled with dense or chosen weights."""

    def __init__(self, options, source, name, *more):
        self.program = os.path.join(options.build, "bin", "pare")
        self.prefix = ["chrt", "--fifo", "1"] if options.realtime else []
        self.path = os.path.join(FOLDER, name + ".so")
        command = [self.program, "compile", source, f"--target={options.target}"]
        call([*command, "-o", self.path, *more])

    def time(self, runs):
        """Milliseconds of each run."""
        command = [*self.prefix, self.program, "bench", self.path, "--json"]
        found = json.loads(call([*command, f"--runs={runs}"]))
        return [time / 1e3 for time in found["times_us"]]

    def run(self, input_path):
        output = os.path.join(FOLDER, "output.npy")
        call(
            [
                self.program,
                "run",
                self.path,
                f"--inputs={input_path}",
                f"--outputs={output}",
            ]
        )
        return numpy.load(output).reshape(-1)


def prune(options, stem, case):
    """The pruned network in nn, its weights dense."""
    pruned = os.path.join(FOLDER, f"pruned_{case.form}.mlirbc")
    command = [os.path.join(options.build, "bin", "pare"), "compile"]
    command += [stem + "_f32.onnx", f"--prune={case.zeros}", f"--block={case.block}"]
    command += ["--sparsify=0", "--emit=nn", "-o", pruned]
    if case.form == "int8":
        # Its borders are float, so that both forms take the same input.
        command += ["--quantize=int8", f"--calibrate={stem}_input.npy"]
        command += ["--io=float", "--requant=float"]
    call(command)
    return pruned


def measure(rows, options, stem, case):
    name = f"{options.network} {case.form} {case.block} {case.zeros:.0%}"
    pruned = prune(options, stem, case)
    dense = Network(options, pruned, "dense", "--sparsify=0")
    sparse = Network(options, pruned, "sparse")
    expected = dense.run(stem + "_input.npy")
    difference = numpy.abs(expected - sparse.run(stem + "_input.npy")).max()
    share = float(difference / numpy.ptp(expected))
    rows.add(name, "difference / range", share, "", AGREEMENT[case.form], show=False)

    times = ([], [])
    for _ in range(ROUNDS):
        for side, found in zip((dense, sparse), times):
            found += side.time(-(-options.runs // ROUNDS))
    least, least_sparse = map(min, times)
    gain = least / least_sparse
    sizes = [os.path.getsize(side.path) / 1e6 for side in (dense, sparse)]
    bound = f">= {case.least}" if case.least and options.has_bounds else None
    rows.add(name, "dense", least, "ms", show=False)
    rows.add(name, "sparse", least_sparse, "ms", peer=least, show=False)
    rows.add(name, "dense library", sizes[0], "MB", show=False)
    rows.add(name, "sparse library", sizes[1], "MB", peer=sizes[0], show=False)
    rows.add(name, "times as fast", gain, "x", bound, show=False)
    holds = "" if not bound else "holds" if gain >= case.least else "MISSED"
    print(
        f"  {name:28} {least:8.3f} {least_sparse:8.3f} {gain:7.2f} {bound or '':7}"
        f" {holds:7} {sizes[0]:7.1f} {sizes[1]:7.1f} {share:10.1e}",
        flush=True,
    )


def main():
    parser = report.arguments("Sparse weights against dense ones, on one core")
    parser.add_argument("--runs", type=int, default=40, help="runs of each side (40)")
    parser.add_argument(
        "--target", default="x86-64-v3", help="what to compile for (x86-64-v3)"
    )
    parser.add_argument(
        "--network", default="mobilenet_v1", help="a network of generate.py"
    )
    parser.add_argument(
        "--realtime", action="store_true", help="run before all other programs"
    )
    options = parser.parse_args()
    options.has_bounds = (options.network, options.target) == (
        "mobilenet_v1",
        "x86-64-v3",
    )
    os.makedirs(FOLDER, exist_ok=True)
    networks = os.path.join(FOLDER, "networks")
    generate = os.path.join(HERE, "networks", "generate.py")
    call([sys.executable, generate, networks, options.network])
    rows = report.Report()
    print(f"{options.target}, times in ms, the least of {options.runs} runs\n")
    print(
        f"  {'network, block, zeros':28} {'dense':>8} {'sparse':>8} {'faster':>7}"
        f" {'bound':7} {'':7} {'MB':>7} {'MB':>7} {'difference':>10}"
    )
    for case in CASES:
        measure(rows, options, os.path.join(networks, options.network), case)
    rows.finish(options.json)


if __name__ == "__main__":
    main()
