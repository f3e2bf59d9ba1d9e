#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed on one core: Pare and ONNX Runtime on the same files, in turn.

The networks have the shapes of well-known ones and seeded weights
(networks/generate.py), or are the trained ones of ../shared. Pare compiles each to a shared library; ONNX Runtime
reads the same ONNX file. The two take turns on one core, a few runs at a time,
and their results are compared. On a processor that has more than AVX2 all is
measured twice: both sides held to AVX2, and both with all that they can use.

Needs clang-22 and, once, npm and its registry: the package onnxruntime-node
carries the library of ONNX Runtime. All files go to build/benchmarks.

With --layers nothing is compared: the layers of each network are timed alone,
beside the measured peaks of the core, also those of the float networks of
../shared. A layer that reaches less than 40% of what its arithmetic and its
memory traffic allow is marked.

With --threads=N Pare on N threads is compared with Pare on one, in turn, on N
cores.

usage: benchmarks/cpu.py [--build=build/release] [--json=FILE]
                         [--layers | --threads=N]
                         [--only=NAME,...] [--runs=N] [--realtime]
"""

import collections
import json
import os
import statistics
import subprocess
import sys

import numpy

import report

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(report.SOURCE, "build", "benchmarks")
LIBRARY = "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1"
PEER_PACKAGE = "onnxruntime-node@1.30.0"
ROUNDS = 4

# Bounds of Pare / ONNX Runtime, shortest times. Keys are network and form, as in
# the names of the files; networks/generate.py writes those that ../shared lacks.
BOUNDS = {
    ("mobilenet_v1", "f32"): 0.87,
    ("mobilenet_v1", "int8"): 1.0,
    ("mobilenet_v1", "int7"): 0.80,
    ("mobilenet_v2", "f32"): 0.80,
    ("mobilenet_v2", "int8"): 0.85,
    ("mobilenet_v2", "int7"): 0.75,
    ("resnet50", "f32"): 0.90,
    ("resnet50", "int8"): 0.95,
    ("resnet8", "int8"): 0.5,
    ("vww", "int8"): 0.5,
    ("kws_dscnn", "int8"): 0.5,
    ("autoencoder", "int8"): 0.5,
    ("mobilenet_v2_035_128", "f32"): None,
    ("wake_embedding", "f32"): None,
    ("yamnet_64x96", "f32"): None,
}
SHARED_ONNX = ("mobilenet_v2_035_128", "wake_embedding", "yamnet_64x96")
# How much faster two threads are than one, at least; other networks have no
# bound.
THREAD_BOUNDS = {("mobilenet_v1", "f32"): 1.7, ("mobilenet_v1", "int8"): 1.7}
# Milliseconds of TensorFlow Lite with XNNPACK on one core of an AMD Zen 3 at
# 3.2 GHz for files of ../shared/models/tflite, and how much of it Pare may take.
TFLITE = {
    "mobilenet_v2_100_224_int8": (10.3, 0.55),
    "resnet8_cifar10_int8": (0.37, 0.5),
    "vww_mobilenet_int8": (0.29, 0.5),
    "kws_dscnn_int8": (0.167, 0.5),
    "ad_autoencoder_int8": (0.0095, 0.5),
}
# Largest difference of a result, as a share of the range of results. Integer
# networks round in a few places otherwise (means and sums); and in its code for
# AVX2 ONNX Runtime lets sums of two products saturate unless weights have 7
# bits, which is not compared.
AGREEMENT = {"f32": "<= 1e-4", "int8": "<= 0.05", "int7": "<= 0.05"}

# Networks of ../shared whose layers are measured, and the least share of what
# the core can do that each layer shall reach.
FLOAT_NETWORKS = (
    "ad_autoencoder_f32",
    "face_full_range_f16",
    "face_full_range_sparse_f16",
    "kwt1_f32",
    "mnist_lstm_f32",
    "mobilenet_v1_025_224_f32",
    "resnet8_cifar10_f32",
    "vww_mobilenet_f32",
    "wake_embedding_f32",
)
LEAST_SHARE = 0.4
# Layers of less than a share of the network's time are not judged: there are
# many, and a few cycles more or less are a tenth of their time.
LEAST_TIME = 0.005

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


class Table:
    """One line for each network and form."""

    COLUMNS = (
        ("network", 24),
        ("Pare min", 9),
        ("median", 9),
        ("peer min", 9),
        ("median", 9),
        ("ratio", 6),
        ("bound", 8),
        ("", 7),
        ("% peak", 6),
        ("difference", 10),
    )

    @classmethod
    def head(cls):
        cls.line([name for name, _ in cls.COLUMNS])

    @classmethod
    def line(cls, cells):
        cells = list(cells) + [""] * (len(cls.COLUMNS) - len(cells))
        text = f"  {cells[0]:{cls.COLUMNS[0][1]}}"
        for cell, (_, width) in zip(cells[1:], cls.COLUMNS[1:]):
            text += f" {cell:>{width}}"
        print(text.rstrip(), flush=True)


def take_turns(sides, runs):
    """The times of each side, in milliseconds."""
    times = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, found in zip(sides, times):
            found += side.time(-(-runs // ROUNDS))
    return times


def measure_network(rows, setup, options, peaks, name, form, mode):
    network, samples = setup.find(name, form)
    info = json.loads(check_output([setup.program, "info", network, "--json"]))
    pare = Pare(setup, network, mode.target)
    peer = Peer(setup, network, info, samples, mode)

    theirs = peer.run()
    ours = pare.run(samples)[: theirs.size]
    difference = float(numpy.abs(ours - theirs).max() / numpy.ptp(theirs))
    saturates = form == "int8" and mode.integer_step == "maddwd"
    case = f"{name} {form} {mode.name}"
    rows.add(
        case,
        "difference / range",
        difference,
        "",
        None if saturates else AGREEMENT[form],
        show=False,
    )
    pare_times, peer_times = take_turns((pare, peer), options.runs)
    least, peer_least = min(pare_times), min(peer_times)
    median, peer_median = map(statistics.median, (pare_times, peer_times))
    ratio = least / peer_least
    bound = BOUNDS[name, form] and f"<= {BOUNDS[name, form]}"
    step = "fma" if form == "f32" else mode.integer_step
    rate = 2.0 * info["macs"] / (least * 1e6)
    share = 100.0 * rate / peaks[step]
    rows.add(case, "minimum", least, "ms", peer=peer_least, show=False)
    rows.add(case, "median", median, "ms", peer=peer_median, show=False)
    rows.add(case, "Pare / ONNX Runtime", ratio, "", bound, show=False)
    holds = "" if not bound else "holds" if rows.rows[-1]["holds"] else "MISSED"
    # The peaks are those of 256-bit vectors.
    has_peak = mode.bits == 256
    if has_peak:
        rows.add(case, "of the peak", share, "%", show=False)
    Table.line(
        (
            f"{name} {form}",
            f"{least:.4g}",
            f"{median:.4g}",
            f"{peer_least:.4g}",
            f"{peer_median:.4g}",
            f"{ratio:.2f}",
            bound or "",
            holds,
            f"{share:.0f}" if has_peak else "-",
            f"{difference:.1e}",
        )
    )


def measure_tflite(rows, setup, options, wanted, mode):
    for name, (figure, limit) in TFLITE.items():
        path = os.path.join(report.SHARED, "models", "tflite", name + ".tflite")
        if wanted and name not in wanted or not os.path.exists(path):
            continue
        pare = Pare(setup, path, mode.target)
        (times,) = take_turns((pare,), options.runs)
        least, median = min(times), statistics.median(times)
        bound = f"<= {limit * figure:.4g}"
        case = f"{name} {mode.name}"
        rows.add(case, "minimum", least, "ms", bound, peer=figure, show=False)
        rows.add(case, "median", median, "ms", show=False)
        holds = "holds" if rows.rows[-2]["holds"] else "MISSED"
        cells = (name, f"{least:.4g}", f"{median:.4g}", f"{figure:.4g}", "")
        Table.line((*cells, f"{least / figure:.2f}", f"<= {limit}", holds))


def measure_layers(rows, setup, options, path, mode):
    """The table of one network; returns how many layers are below the bound."""
    command = [*setup.prefix, setup.program, "bench", path, "--layers", "--json"]
    command += ["--requant=float", f"--target={mode.target}"]
    if options.runs:
        command.append(f"--runs={options.runs}")
    found = json.loads(check_output(command))
    case = f"{os.path.basename(path)} {mode.name}"
    print(f"\n{case}: {found['min_us'] / 1e3:.4g} ms\n")
    print(
        f"  {'layer':32} {'kind':15} {'us':>9} {'share':>6} {'GOP/s':>7} {'GB/s':>7}"
        f" {'% peak':>7} {'% band':>7}  bound by"
    )
    for layer in found["layers"]:
        reached = max(layer["of_peak"], layer["of_bandwidth"])
        judged = layer["share"] >= LEAST_TIME
        below = judged and reached < LEAST_SHARE
        has_work = layer["macs"] != 0
        print(
            f"  {layer['name'][-32:]:32} {layer['kind']:15} {layer['min_us']:9.2f}"
            f" {100 * layer['share']:5.1f}%"
            f" {layer['gops'] if has_work else 0:7.1f}"
            f" {layer['gigabytes_per_second']:7.1f}"
            f" {100 * layer['of_peak']:7.0f} {100 * layer['of_bandwidth']:7.0f}"
            f"  {layer['bound']}{'  BELOW' if below else ''}"
        )
        bound = f">= {LEAST_SHARE}" if judged else None
        name = f"{case} {layer['name']} {layer['kind']}"
        rows.add(name, "of the peak or bandwidth", reached, "", bound, show=False)
        rows.add(name, "minimum", layer["min_us"] / 1e3, "ms", show=False)


def measure_all_layers(rows, setup, options, wanted, cases, modes):
    shared = os.path.join(report.SHARED, "models", "tflite")
    for mode in modes:
        for name, form in cases:
            measure_layers(rows, setup, options, setup.find(name, form)[0], mode)
        for name in (*TFLITE, *FLOAT_NETWORKS):
            path = os.path.join(shared, name + ".tflite")
            if (not wanted or name in wanted) and os.path.exists(path):
                measure_layers(rows, setup, options, path, mode)


def measure_threads(rows, setup, options, cases, modes):
    """One thread and several, in turn."""
    count = options.threads
    print(f"{count} threads, times in ms, the least of {options.runs} runs\n")
    print(f"  {'network':34} {'1 thread':>9} {'threads':>9} {'faster':>7}")
    for mode in modes:
        for name, form in cases:
            pare = Pare(setup, setup.find(name, form)[0], mode.target)
            one, several = [], []
            for _ in range(ROUNDS):
                one += pare.time(-(-options.runs // ROUNDS))
                several += pare.time(-(-options.runs // ROUNDS), count)
            case = f"{name} {form} {mode.name}"
            limit = THREAD_BOUNDS.get((name, form)) if count == 2 else None
            bound = f">= {limit}" if limit else None
            gain = min(one) / min(several)
            rows.add(case, "1 thread", min(one), "ms", show=False)
            rows.add(case, f"{count} threads", min(several), "ms", show=False)
            rows.add(case, f"{count} threads over 1", gain, "x", bound, show=False)
            holds = "" if not bound else "holds" if gain >= limit else "MISSED"
            print(
                f"  {case:34} {min(one):9.4g} {min(several):9.4g} {gain:7.2f} "
                f"{bound or '':7} {holds}".rstrip(),
                flush=True,
            )


def main():
    parser = report.arguments("Speed on one core, beside ONNX Runtime")
    parser.add_argument("--only", metavar="NAME,...", help="only these networks")
    parser.add_argument(
        "--runs",
        type=int,
        help="runs of each side (40; with --layers as many as a second has room for)",
    )
    parser.add_argument(
        "--layers", action="store_true", help="the layers of Pare's networks alone"
    )
    parser.add_argument(
        "--threads", type=int, metavar="N", help="Pare's networks on N threads alone"
    )
    parser.add_argument(
        "--realtime",
        action="store_true",
        help="nothing interrupts what is measured (chrt; needs root); for a "
        "machine that also does other work",
    )
    options = parser.parse_args()
    wanted = set(options.only.split(",")) if options.only else set()
    if not options.layers:
        options.runs = options.runs or 40
    known = {name for name, _ in BOUNDS} | set(TFLITE)
    known |= set(FLOAT_NETWORKS) if options.layers else set()
    if wanted - known:
        parser.error(f"--only takes {', '.join(sorted(known))}")
    cases = [case for case in BOUNDS if not wanted or case[0] in wanted]

    # Children inherit the cores, so both sides have the same.
    cores = sorted(os.sched_getaffinity(0))[-(options.threads or 1) :]
    os.sched_setaffinity(0, cores)
    setup = Setup(sorted({name for name, _ in cases}), options)
    model, flags = read_processor()
    rows = report.Report()
    if options.layers:
        _, flags = read_processor()
        modes = find_modes(flags)
        measure_all_layers(rows, setup, options, wanted, cases, modes)
        rows.finish(options.json)
    if options.threads:
        if len(cores) < options.threads or options.threads < 2:
            parser.error(f"--threads takes 2 to {os.cpu_count()} here")
        measure_threads(rows, setup, options, cases, find_modes(flags))
        rows.finish(options.json)
    peaks = setup.measure_peaks()
    print(f"processor   {model}, {len(os.sched_getaffinity(0))} core used")
    priority = ", real-time priority" if options.realtime else ""
    print(f"load        {os.getloadavg()[0]:.1f} at the start (0 is idle){priority}")
    print(f"peer        ONNX Runtime, npm {PEER_PACKAGE}")
    print(f"runs        {options.runs} of each side, in {ROUNDS} turns; times in ms")
    for step, rate in peaks.items():
        rows.add("peak of one core", step, rate, "GOP/s", show=False)
        print(f"peak        {step:8} {rate:6.1f} GOP/s in 256-bit vectors")
    modes = find_modes(flags)
    for mode in modes:
        kind = "vp" + mode.integer_step
        found = sorted(flags & {"avx512f", "avx512_vnni", "avx_vnni", "amx_int8"})
        theirs = "AVX2" if mode.name == "avx2" else "all of " + ", ".join(found)
        print(
            f"\n{mode.name}: Pare --target={mode.target} ({mode.bits}-bit, {kind}); "
            f"ONNX Runtime uses {theirs}\n"
        )
        Table.head()
        for name, form in cases:
            measure_network(rows, setup, options, peaks, name, form, mode)
    for mode in modes:
        if not wanted or wanted & set(TFLITE):
            print(
                f"\n{mode.name}: files of ../shared, in the column of the peer what "
                "TensorFlow Lite\nwith XNNPACK takes on another machine (AMD Zen 3, "
                "3.2 GHz)\n"
            )
            Table.head()
            measure_tflite(rows, setup, options, wanted, mode)
    rows.finish(options.json)


if __name__ == "__main__":
    main()
