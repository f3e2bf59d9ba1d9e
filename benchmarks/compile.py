#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compilation: time and memory from a network to an object for this machine.

Every network in ../shared/models/tflite that Pare can import is compiled by
`pare compile MODEL -o X.o` in a process of its own. Time is the
processor time of the whole process, which has one thread, the least of a few
runs; memory is the largest resident set that the kernel saw of it, libLLVM and
libMLIR included.

Two series of networks made here show how both grow: with layers of a few
kilobytes each, and with weights in four layers, of 8 bits and of f32. To be
linear is to have the same cost for the thousandth layer as for the hundredth; the
bounds compare sizes of each series, without what a compilation costs however small
the network is.

And what the compiled code takes: the bytes of the arena beside the largest live
set, which is the most that one layer finds alive while it runs, its own scratch
memory included, and beside what is alive of buffers alone. Both for this machine and
for AVX2, whose code has other tiles. Networks that need more scratch memory for their
speed are named below, with bounds of their own; of arenas that are no larger than a
small layer's scratch memory, the second ratio says nothing and has no bound.

usage: benchmarks/compile.py [--build=build/release] [--json=FILE] [--runs=N]
           [--only=models,arenas,layers,weights]
"""

import glob
import math
import multiprocessing
import os
import random
import re
import subprocess
import tempfile

import report

# Nobody waits longer than this.
SECONDS = 10
# The file, its constants in the IR and packed, and the code that holds them;
# beside that what a compiler takes however small the network is.
FILE_FACTOR, FIXED_BYTES = 4, 200e6

# MobileNetV2 is what people wait for most.
MODEL_SECONDS = {"mobilenet_v2_100_224_int8": 4}

# Lengths of networks, and megabytes of weights; of each three sizes that are
# compared. What a compilation takes beyond the first of them may grow by a fifth
# more than the size does, for what is not of one machine's caches.
LAYERS, COMPARED_LAYERS = (10, 30, 100, 300, 1000), (100, 300, 1000)
WEIGHTS, COMPARED_WEIGHTS = (1, 5, 20, 50, 200), (1, 20, 200)
GROWTH = 1.2

# How much larger than what is alive at once an arena may be, and the targets that it
# is looked at for.
ARENA_FACTOR = 1.1
ARENA_TARGETS = ("native", "x86-64-v3")
# The same beside buffers alone. To 49 KB alive, inputs and sums of four transformed
# tiles add 19 to 24; without such tiles the network takes 1.8 times as long at AVX2.
SCRATCH_FACTORS = {"resnet8_cifar10_int8": 1.5}
# What an operand has that is packed while a small network runs.
SMALL_ARENA = 16e3

# Refused by name: it uses an operator of its own.
REFUSED = {"selfie_segmentation_f16"}


def compile_once(command):
    """Seconds and peak bytes of a run of `command`."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(process.stderr.read())
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def find_models():
    """Names and paths of the shared models that can be imported."""
    models = sorted(glob.glob(os.path.join(report.SHARED, "models/tflite/*.tflite")))
    if not models:
        raise SystemExit(f"no models in {report.SHARED}")
    named = [(os.path.splitext(os.path.basename(model))[0], model) for model in models]
    return [(name, model) for name, model in named if name not in REFUSED]


def read_arena(pare, model, target, output):
    """Bytes of the arena, of the largest live set, and of it without scratch."""
    command = [pare, "compile", model, f"--target={target}", "--print-report"]
    done = subprocess.run(
        [*command, "-o", output],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    (arena,) = re.findall(r"^arena +(\d+) bytes$", done.stdout, re.MULTILINE)
    pattern = r"^largest live set +(\d+) bytes, (\d+) without scratch memory$"
    ((live, buffers),) = re.findall(pattern, done.stdout, re.MULTILINE)
    return int(arena), int(live), int(buffers)


def add_arenas(rows, pare):
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "x.o")
        for target in ARENA_TARGETS:
            rows.section(f"memory of the code for --target={target}, one thread")
            for name, model in find_models():
                arena, live, buffers = read_arena(pare, model, target, output)
                case = f"{name} {target}"
                bound = f"<= {ARENA_FACTOR}"
                rows.add(case, "arena", arena / 1e3, "KB")
                rows.add(case, "arena / largest live set", arena / live, "", bound)
                factor = SCRATCH_FACTORS.get(name, ARENA_FACTOR)
                judged = arena > SMALL_ARENA
                rows.add(
                    case,
                    "arena / live without scratch",
                    arena / buffers,
                    "",
                    f"<= {factor}" if judged else None,
                )


def add_models(rows, pare, runs):
    rows.section("pare compile MODEL -o X.o")
    with tempfile.TemporaryDirectory() as folder:
        for name, model in find_models():
            output = os.path.join(folder, name + ".o")
            results = [
                compile_once([pare, "compile", model, "-o", output])
                for _ in range(runs)
            ]
            file_bytes = os.path.getsize(model)
            limit = (FILE_FACTOR * file_bytes + FIXED_BYTES) / 1e6
            seconds = MODEL_SECONDS.get(name, SECONDS)
            rows.add(name, "time", min(run[0] for run in results), "s", f"<= {seconds}")
            rows.add(
                name,
                "peak memory",
                max(run[1] for run in results) / 1e6,
                "MB",
                f"<= {limit:.1f}",
            )
            rows.add(name, "model file", file_bytes / 1e6, "MB")
            rows.add(name, "object file", os.path.getsize(output) / 1e6, "MB")


class Text:
    """Writes a network of 8-bit layers as MLIR."""

    def __init__(self, folder, name):
        self.path = os.path.join(folder, name + ".mlir")
        self.random = random.Random(1)
        self.lines, self.resources, self.count = [], [], 0

    @staticmethod
    def type(shape, scale):
        dims = "x".join(map(str, shape))
        return f"tensor<{dims}x!quant.uniform<i8:f32, {scale}>>"

    def constant(self, shape):
        """A constant of random bytes; returns its name and type."""
        name, size = f"w{self.count}", math.prod(shape)
        self.resources.append(
            f'{name}: "0x40000000{self.random.randbytes(size).hex()}"'
        )
        dims = "x".join(map(str, shape))
        kind = f"tensor<{dims}x!quant.uniform<i8<-127:127>:f32, 0.01>>"
        self.lines.append(
            f"%{name} = nn.constant dense_resource<{name}> : tensor<{dims}xi8> -> {kind}"
        )
        return f"%{name}", kind

    def layer(self, op, operands, attributes, result):
        """A layer with a name of its own; operands are (value, type)."""
        self.count += 1
        values = ", ".join(value for value, _ in operands)
        types = ", ".join(kind for _, kind in operands)
        self.lines.append(
            f"%v{self.count} = nn.{op} {values} {attributes} : ({types}) -> {result} "
            f'loc("layer{self.count}")'
        )
        return f"%v{self.count}", result

    def write(self, argument, result):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(f"func.func @main(%x: {argument}) -> {result[1]} {{\n")
            file.write("\n".join(self.lines))
            file.write(f"\nreturn {result[0]} : {result[1]}\n}}\n")
            file.write("{-# dialect_resources: { builtin: {\n")
            file.write(",\n".join(self.resources) + "\n} } #-}\n")
        return self.path


def write_layers(folder, count):
    """Residual blocks of a pointwise and a depthwise layer and a sum."""
    text = Text(folder, f"layers{count}")
    kind = text.type((1, 12, 12, 32), 0.05)
    value = ("%x", kind)
    while text.count < count:
        start = value
        value = text.layer("conv2d", [value, text.constant((32, 1, 1, 32))], "", kind)
        if text.count < count:
            value = text.layer(
                "depthwise_conv2d",
                [value, text.constant((1, 3, 3, 32))],
                "pad [1, 1, 1, 1]",
                kind,
            )
        if text.count < count:
            value = text.layer("add", [start, value], "", kind)
    return text.write(kind, value)


def write_weights(folder, megabytes):
    """Four pointwise layers that share the weights evenly."""
    text = Text(folder, f"weights{megabytes}")
    width = round((megabytes * 1e6 / 4) ** 0.5)
    kind = text.type((1, 1, 1, width), 0.05)
    value = ("%x", kind)
    for _ in range(4):
        value = text.layer(
            "conv2d", [value, text.constant((width, 1, 1, width))], "", kind
        )
    return text.write(kind, value)


def least(pare, network, runs):
    """Least time, and peak memory, of some compilations of `network`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [pare, "compile", network, "-o", os.path.join(folder, "x.o")]
        results = [compile_once(command) for _ in range(runs)]
    return min(result[0] for result in results), max(result[1] for result in results)


def write_bytecode(pare, write, folder, size):
    """A network as bytecode. In a process of its own: what this one has in memory
    would count for the compilers that it starts."""
    network = os.path.join(folder, f"{size}.mlirbc")

    def run():
        text = write(folder, size)
        subprocess.run([pare, "compile", text, "-o", network], check=True)
        os.remove(text)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    if process.exitcode != 0:
        raise SystemExit(f"no network of size {size}")
    return network


def add_series(rows, pare, runs, sizes, unit, write, compared):
    """Compiles networks of growing size, given to `pare` as bytecode."""
    times, memories = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            network = write_bytecode(pare, write, folder, size)
            times[size], memories[size] = least(pare, network, runs)
            os.remove(network)
            name = f"{size} {unit}"
            rows.add(name, "time", times[size], "s")
            rows.add(name, "time / " + unit, times[size] / size * 1e3, "ms")
            rows.add(name, "peak memory", memories[size] / 1e6, "MB")
    first, middle, last = compared
    bound = f"<= {GROWTH * (last - first) / (middle - first):.3g}"
    name = f"{last} over {middle} {unit}"
    for metric, values in (("time", times), ("memory", memories)):
        ratio = (values[last] - values[first]) / (values[middle] - values[first])
        rows.add(name, metric, ratio, "", bound)


def main():
    parser = report.arguments("Time and memory of compilation")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (3)")
    parser.add_argument(
        "--only",
        default="models,arenas,layers,weights",
        help="which of models,arenas,layers,weights (all)",
    )
    options = parser.parse_args()
    only = options.only.split(",")
    pare = os.path.join(options.build, "bin", "pare")
    rows = report.Report()
    if "models" in only:
        add_models(rows, pare, options.runs)
    if "arenas" in only:
        add_arenas(rows, pare)
    if "layers" in only:
        rows.section("networks of 8-bit layers")
        add_series(rows, pare, 1, LAYERS, "layers", write_layers, COMPARED_LAYERS)
    if "weights" in only:
        rows.section("networks of four 8-bit layers")
        add_series(rows, pare, 1, WEIGHTS, "MB", write_weights, COMPARED_WEIGHTS)
    rows.finish(options.json)


if __name__ == "__main__":
    main()
