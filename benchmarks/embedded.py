#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Microcontrollers: instructions, RAM and flash on emulated boards.

Each network is compiled by `pare compile --target=cortex-m4` and `cortex-m55`,
built with arm-none-eabi-gcc -O2 and run by qemu-system-arm on mps2-an386 and
mps3-an547 with `-icount shift=0`, where the board's timer counts instructions:
the same on every run. Outputs are compared with what TensorFlow Lite Micro's
reference kernels gave, or, of a network that Pare has quantized, with the
interpreter. "Dense" is a network as it is, with channels that no input changes
and with zeros among the weights. The peer is TensorFlow Lite Micro with CMSIS-NN on the same boards.

RAM is the arena, in which inputs and outputs lie; flash is the code and the
constants of the network's object file; the stack's high-water mark is beside it.

usage: benchmarks/embedded.py [--build=build/release] [--json=FILE]
    [--only=NAME,...] [--optimize=speed|balanced|size] [--layers]
"""

import json
import os
import re
import subprocess
import tempfile

import numpy as np

import report

BOARDS = os.path.join(report.SOURCE, "examples", "boards")
TARGETS = {"cortex-m4": "mps2-an386", "cortex-m55": "mps3-an547"}

# Millions of instructions, bytes: bounds, and what TensorFlow Lite Micro with
# CMSIS-NN takes (instructions on both; its arena; its code, constants and model
# file, all on the M4).
NETWORKS = {
    "ad_autoencoder_int8": {
        "bounds": {"cortex-m4": 0.45, "cortex-m55": 0.095},
        "peer": {"cortex-m4": 0.583, "cortex-m55": 0.150},
        "ram": (1638, 2580),
        "flash": (275 * 1024, 309460),
    },
    "kws_dscnn_int8": {
        "bounds": {"cortex-m4": 4.2, "cortex-m55": 1.1},
        "peer": {"cortex-m4": 7.70, "cortex-m55": 1.81},
        "ram": (12 * 1024, 22820),
        "flash": (42 * 1024, 137980),
    },
    "resnet8_cifar10_int8": {
        "bounds": {"cortex-m4": 17, "cortex-m55": 3.2},
        "peer": {"cortex-m4": 29.9, "cortex-m55": 4.91},
        "ram": (37 * 1024, 54996),
        "flash": (100 * 1024, 177400),
    },
    "vww_mobilenet_int8": {
        "bounds": {"cortex-m4": 8, "cortex-m55": 2.4},
        "peer": {"cortex-m4": 24.1, "cortex-m55": 6.56},
        "ram": (46 * 1024, 100708),
        "flash": (90 * 1024, 417332),
    },
    "person_detect_int8": {},
}
# The same network with dead channels and without lists of nonzero weights.
DENSE = {
    "vww_mobilenet_int8": {
        "bounds": {"cortex-m4": 12.5, "cortex-m55": 3.4},
        "peer": {"cortex-m4": 24.1, "cortex-m55": 6.56},
        "ram": (46 * 1024, 100708),
        "flash": (240 * 1024, 417332),
    },
}
DENSE_OPTIONS = ["--keep-dead-channels", "--sparsify=0"]
# The same network under another budget.
SMALL = {"vww_mobilenet_int8": ("33K", 33 * 1024)}
QUANTIZED = "mobilenet_v1_025_224_f32"


def run(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def section_sizes(path):
    """Bytes of .text, .rodata, .data and .bss of an object."""
    sizes = dict.fromkeys([".text", ".rodata", ".data", ".bss"], 0)
    for line in run(["arm-none-eabi-size", "-A", path]).splitlines():
        match = re.match(r"(\.(?:text|rodata|data|bss))\S*\s+(\d+)", line)
        if match:
            sizes[match[1]] += int(match[2])
    return sizes


class Bench:
    def __init__(self, options):
        self.options = options
        self.pare = os.path.join(options.build, "bin", "pare")
        self.rows = report.Report()

    def measure(self, network, target, samples, folder, extra=()):
        """A dictionary of what a run takes."""
        board = TARGETS[target]
        out = os.path.join(folder, "code")
        command = [self.pare, "compile", network, f"--target={target}"]
        command += [f"--optimize={self.options.optimize}", "--name=network"]
        run(command + ["-o", out, *extra])
        source = os.path.join(out, "network.c")
        script = os.path.join(BOARDS, "board.sh")
        flags = run([script, "flags", board]).split()
        thing = os.path.join(out, "network.o")
        run(
            [
                "arm-none-eabi-gcc",
                *flags,
                "-std=c99",
                "-O2",
                "-DNETWORK_NO_STATIC_ARENA",
                "-c",
                source,
                "-o",
                thing,
            ]
        )
        program = os.path.join(out, "run.elf")
        hooks = ["-DNETWORK_HOOKS=<layers.h>"] if self.options.layers else []
        measure = os.path.join(BOARDS, "measure.c")
        run([script, "build", board, program, f"-I{out}", *hooks, source, measure])
        result = section_sizes(thing)
        for line in run([script, "run", board, program, *samples]).splitlines():
            words = line.split()
            if words[0] == "layer":
                result.setdefault("layers", []).append(int(words[2]))
            else:
                result[words[0]] = int(words[1])
        with open(os.path.join(out, "network.h"), encoding="utf-8") as header:
            text = header.read()
        result["ram"] = int(re.search(r"ARENA_BYTES (\d+)", text)[1])
        result["flash"] = result[".text"] + result[".rodata"] + result[".data"]
        return result

    def show(self, case, result, facts, target):
        """A line of the table, and the rows."""
        peer = facts.get("peer", {}).get(target)
        million = result["instructions"] / 1e6
        limits = {
            "instructions": (million, "M", facts.get("bounds", {}).get(target), peer),
            "RAM": (result["ram"], "bytes", *facts.get("ram", (None, None))),
            "flash": (result["flash"], "bytes", *facts.get("flash", (None, None))),
            "stack": (result["stack"], "bytes", None, None),
            "elements that differ": (result["different"], "", 0, None),
        }
        name = f"{case} {target}"
        missed = []
        for metric, (value, unit, bound, other) in limits.items():
            bound = None if bound is None else f"<= {bound}"
            self.rows.add(name, metric, value, unit, bound, other, show=False)
            if self.rows.rows[-1]["holds"] is False:
                missed.append(f"{metric} {bound}")
        ratio = "" if peer is None else f"{million / peer:.2f}"
        print(
            f"  {case:32} {target:10} {million:9.3f} {ratio:>6} {result['ram']:8}"
            f" {result['flash']:8} {result['.text']:7} {result['.rodata']:8}"
            f" {result['.data'] + result['.bss']:6} {result['stack']:6}"
            f" {result['different']:6}  {'MISSED: ' * bool(missed)}"
            + ", ".join(missed),
            flush=True,
        )
        for i, count in enumerate(result.get("layers", [])):
            print(f"    layer {i:3} {count:12}")

    def header(self):
        print(
            f"\n  {'network':32} {'target':10} {'M instr.':>9} {'/peer':>6}"
            f" {'RAM':>8} {'flash':>8} {'.text':>7} {'.rodata':>8} {'data':>6}"
            f" {'stack':>6} {'differ':>6}"
        )

    def quantize(self, folder):
        """A float network in int8, its inputs, and what the interpreter says."""
        model = os.path.join(report.SHARED, "models/tflite", QUANTIZED + ".tflite")
        golden = os.path.join(report.SHARED, "goldens", QUANTIZED, "input_0.npy")
        network = os.path.join(folder, "int8.mlir")
        command = [self.pare, "compile", model, "--quantize=int8"]
        command += [f"--calibrate={golden}", "--requant=fixed", "-o", network]
        run(command)
        info = json.loads(run([self.pare, "info", network, "--json"]))["inputs"][0]
        scale, zero = info["scales"][0], info["zero_points"][0]
        real = np.load(golden)[:1]
        stored = np.clip(np.rint(real / scale) + zero, -128, 127).astype(np.int8)
        inputs = os.path.join(folder, "in.npy")
        outputs = os.path.join(folder, "out.npy")
        np.save(inputs, stored)
        command = [self.pare, "run", network, "--backend=reference"]
        run(command + [f"--inputs={inputs}", f"--outputs={outputs}"])
        return network, (inputs, outputs)

    def refuse(self, network):
        """A network that does not fit is refused before anything is written."""
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "code")
            command = [self.pare, "compile", network, "--target=cortex-m4"]
            result = subprocess.run(
                command + ["--ram=64K", "-o", out], capture_output=True, text=True
            )
            is_refused = result.returncode == 1 and not os.path.exists(out)
        self.rows.add("--ram=64K", "refused", int(is_refused), "", "== 1", show=False)
        print(f"\n{result.stderr}")


def main():
    parser = report.arguments("Instructions, RAM and flash on microcontrollers")
    parser.add_argument("--only", default="", help="networks, by name")
    parser.add_argument("--optimize", default="balanced")
    parser.add_argument("--layers", action="store_true", help="and of each layer")
    options = parser.parse_args()
    bench = Bench(options)
    chosen = set(filter(None, options.only.split(",")))
    unknown = chosen - set(NETWORKS) - {QUANTIZED}
    if unknown:
        raise SystemExit(f"unknown networks: {', '.join(sorted(unknown))}")
    bench.header()
    with tempfile.TemporaryDirectory() as folder:
        for name, facts in NETWORKS.items():
            if chosen and name not in chosen:
                continue
            model = os.path.join(report.SHARED, "models/tflite", name + ".tflite")
            golden = os.path.join(report.SHARED, "goldens", name)
            samples = [os.path.join(golden, f"{x}_0.npy") for x in ("input", "output")]
            # What the network is compiled with, under which name, and its facts.
            forms = [(name, [], facts)]
            if name in DENSE:
                forms.append((f"{name}, dense", DENSE_OPTIONS, DENSE[name]))
            if name in SMALL:
                budget, limit = SMALL[name]
                for case, extra, bounds in forms.copy():
                    small = {**bounds, "ram": (limit, bounds["ram"][1])}
                    if extra:  # stripes have code of their own
                        small["flash"] = (None, bounds["flash"][1])
                    ram = f"--ram={budget}"
                    forms.append((f"{case} {ram}", [*extra, ram], small))
            for target in TARGETS:
                for case, extra, bounds in forms:
                    result = bench.measure(model, target, samples, folder, extra)
                    bench.show(case, result, bounds, target)
        if not chosen or QUANTIZED in chosen:
            network, samples = bench.quantize(folder)
            for target in TARGETS:
                result = bench.measure(network, target, samples, folder)
                bench.show(QUANTIZED + ", quantized", result, {}, target)
            bench.refuse(network)
    bench.rows.finish(options.json)


if __name__ == "__main__":
    main()
