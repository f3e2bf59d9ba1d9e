# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The two sides of cpu.py: a network in Pare and the same file in ONNX Runtime,
what both may use of the processor, and where their files are."""

import collections
import json
import os
import subprocess
import sys

import numpy

import peer_layers
import report

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(report.SOURCE, "build", "benchmarks")
LIBRARY = "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1"
PEER_PACKAGE = "onnxruntime-node@1.30.0"
ROUNDS = 4

SHARED_ONNX = ("mobilenet_v2_035_128", "wake_embedding", "yamnet_64x96")

# What both sides may use: its name, Pare's target, the peer's, the step of peak.c
# that integer networks consist of, and the bits of Pare's vectors.
Mode = collections.namedtuple("Mode", "name target peer integer_step bits")


def find_modes(flags):
    native_step = "dpbusd" if flags & {"avx_vnni", "avx512_vnni"} else "maddwd"
    modes = [Mode("avx2", "x86-64-v3", "avx2", "maddwd", 256)]
    if flags & {"avx512f", "avx_vnni"}:
        bits = 512 if "avx512f" in flags else 256
        modes.append(Mode("native", "native", "best", native_step, bits))
    else:
        # There is nothing to hide from the peer.
        modes[0] = modes[0]._replace(peer="best")
    return modes


def read_processor():
    """Name and set of flags."""
    facts = {}
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            facts.setdefault(key.strip(), value.strip())
    return facts.get("model name", "?"), set(facts.get("flags", "").split())


def check_output(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return done.stdout


class Setup:
    """Builds what is missing in build/benchmarks."""

    def __init__(self, names, options):
        os.makedirs(FOLDER, exist_ok=True)
        self.program = os.path.join(options.build, "bin", "pare")
        # Stands before each command that is measured.
        self.prefix = ["chrt", "--fifo", "1"] if options.realtime else []
        self.networks = os.path.join(FOLDER, "networks")
        generate = os.path.join(HERE, "networks", "generate.py")
        names = [name for name in names if name not in SHARED_ONNX]
        if names:
            check_output([sys.executable, generate, self.networks, *names])
        self.peak = self._compile("peak", "-O3", "-march=x86-64-v3")
        self.peer = self._compile("onnxruntime", "-O2")
        node = os.path.join(FOLDER, "node")
        self.library = os.path.join(node, LIBRARY)
        if not os.path.exists(self.library):
            os.makedirs(node, exist_ok=True)
            # Its script would download libraries for GPUs.
            check_output(
                ["npm", "install", "--prefix", node, "--ignore-scripts", PEER_PACKAGE]
            )

    def find_expected(self, network, samples):
        """What the reference interpreter makes of the samples, rounded as code for
        CPUs is; it takes seconds, so that the result is kept."""
        stem = os.path.splitext(os.path.basename(network))[0]
        path = os.path.join(self.networks, f"{stem}_expected.npy")
        newest = max(os.path.getmtime(each) for each in (network, samples))
        if not os.path.exists(path) or os.path.getmtime(path) < newest:
            partial = path + ".partial.npy"
            command = [self.program, "run", network, "--backend=reference"]
            command += ["--requant=float", f"--inputs={samples}"]
            check_output([*command, f"--outputs={partial}"])
            os.replace(partial, path)
        return numpy.load(path).reshape(-1)

    def find(self, name, form):
        """Paths of the network and of samples of its input."""
        if name not in SHARED_ONNX:
            stem = os.path.join(self.networks, name)
            return f"{stem}_{form}.onnx", f"{stem}_input.npy"
        file = f"{name}_{form}.onnx"
        golden = os.path.join(report.SHARED, "goldens", f"onnx_{name}_{form}")
        return (
            os.path.join(report.SHARED, "models", "onnx", file),
            os.path.join(golden, "input_0.npy"),
        )

    def measure_peaks(self):
        """The best of a few tries: other programs can only slow it down."""
        tries = [json.loads(check_output([*self.prefix, self.peak])) for _ in range(3)]
        return {step: max(rates[step] for rates in tries) for step in tries[0]}

    @staticmethod
    def _compile(name, *options):
        program = os.path.join(FOLDER, name)
        compiler = os.environ.get("CC", "clang-22")
        source = os.path.join(HERE, name + ".c")
        check_output([compiler, *options, source, "-o", program, "-ldl"])
        return program


class Pare:
    """One network, compiled for one target."""

    def __init__(self, setup, network, target):
        self.setup = setup
        name = os.path.basename(network)
        self.compiled = os.path.join(FOLDER, f"{name}.{target}.so")
        check_output(
            [
                setup.program,
                "compile",
                network,
                "--requant=float",
                f"--target={target}",
                "-o",
                self.compiled,
            ]
        )

    def time(self, runs, threads=1):
        """Milliseconds of each run."""
        command = [*self.setup.prefix, self.setup.program, "bench", self.compiled]
        command += ["--json", f"--runs={runs}", f"--threads={threads}"]
        found = json.loads(check_output(command))
        return [time / 1e3 for time in found["times_us"]]

    def run(self, input_path):
        output = os.path.join(FOLDER, "output.npy")
        command = [self.setup.program, "run", self.compiled]
        check_output([*command, f"--inputs={input_path}", f"--outputs={output}"])
        return numpy.load(output).reshape(-1)


class Peer:
    """The same network in ONNX Runtime."""

    def __init__(self, setup, network, info, input_path, mode):
        raw = os.path.join(FOLDER, "input.bin")
        numpy.load(input_path).tofile(raw)
        self.output = os.path.join(FOLDER, "output.bin")
        self.before = [
            *setup.prefix,
            setup.peer,
            setup.library,
            network,
            raw,
            self.output,
        ]
        shapes = [
            "x".join(str(size) for size in info[side][0]["shape"])
            for side in ("inputs", "outputs")
        ]
        self.after = [mode.peer, shapes[0], info["outputs"][0]["name"], shapes[1]]

    def time(self, runs):
        """Milliseconds of each run."""
        found = json.loads(check_output([*self.before, str(runs), *self.after]))
        return [time / 1e3 for time in found]

    def run(self):
        self.time(1)
        return numpy.fromfile(self.output, numpy.float32)

    def profile(self, runs):
        """Microseconds of each of `runs` runs, for each of its nodes."""
        path = os.path.join(FOLDER, "profile.json")
        check_output([*self.before, str(runs), *self.after, path])
        return peer_layers.read_profile(path, runs)


def take_turns(sides, runs):
    """The times of each side, in milliseconds."""
    times = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, found in zip(sides, times):
            found += side.time(-(-runs // ROUNDS))
    return times
