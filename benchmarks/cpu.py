#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Speed on one core: Pare and ONNX Runtime on the same files, in turn.

The networks have the shapes of well-known ones and seeded weights
(networks/generate.py), or are the trained ones of ../shared. Pare compiles
each to a shared library; ONNX Runtime reads the same ONNX file. The two take turns
on one core, a few runs at a time, and their results are compared. Of integer
networks Pare's results are compared with those of the reference interpreter too, to
the bit. On a processor that has more than AVX2 all is measured twice: both sides
held to AVX2, and both with all that they can use.

Needs clang-22 and, once, npm and its registry: the package onnxruntime-node
carries the library of ONNX Runtime. All files go to build/benchmarks.

With --layers the layers of each network are timed alone, beside the measured peaks
of the core, also those of the float networks of ../shared. A layer that reaches
less than 40% of what its arithmetic and its memory traffic allow is marked. Beside
it stands what ONNX Runtime says of its own nodes, where some of them compute the
same (peer_layers.py): "of 2" after a ratio says that two layers of Pare are compared
with them together.

With --threads=N Pare on N threads is compared with Pare on one, in turn, on N
cores.

usage: benchmarks/cpu.py [--build=build/release] [--json=FILE]
                         [--layers | --threads=N]
                         [--only=NAME,...] [--runs=N] [--realtime]
"""

import json
import os
import statistics

import numpy

import cpu_layers
import report
from sides import PEER_PACKAGE, ROUNDS, Pare, Peer, Setup
from sides import check_output, find_modes, read_processor, take_turns

# Bounds of Pare / ONNX Runtime, shortest times. Keys are network and form, as in
# the names of the files; networks/generate.py writes those that ../shared lacks.
BOUNDS = {
    ("mobilenet_v1", "f32"): 0.87,
    ("mobilenet_v1", "int8"): 1.0,
    ("mobilenet_v1", "int7"): 0.80,
    ("mobilenet_v2", "f32"): 0.80,
    ("mobilenet_v2", "int8"): 0.85,
    ("mobilenet_v2", "int7"): 0.75,
    ("mobilenet_v3", "f32"): 0.90,
    ("mobilenet_v3", "int8"): 0.60,
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
# Largest difference to ONNX Runtime's result, as a share of the range of results.
# Integer networks round in a few places otherwise (means and sums); and in its code
# for AVX2 ONNX Runtime lets sums of two products saturate unless weights have 7
# bits, which has no bound.
AGREEMENT = {"f32": "<= 1e-4", "int8": "<= 0.05", "int7": "<= 0.05"}


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
        ("wrong", 5),
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


def measure_network(rows, setup, options, peaks, name, form, mode):
    network, samples = setup.find(name, form)
    info = json.loads(check_output([setup.program, "info", network, "--json"]))
    pare = Pare(setup, network, mode.target)
    peer = Peer(setup, network, info, samples, mode)

    theirs = peer.run()
    every = pare.run(samples)
    ours = every[: theirs.size]
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
    # Of integer networks, elements that are not the reference interpreter's.
    wrong = "-"
    if form != "f32":
        wrong = int((every != setup.find_expected(network, samples)).sum())
        rows.add(case, "elements unlike the reference", wrong, "", "== 0", show=False)
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
            wrong,
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
        "--layers", action="store_true", help="the layers of the networks"
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
    known |= set(cpu_layers.FLOAT_NETWORKS) if options.layers else set()
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
        modes = find_modes(flags)
        cpu_layers.measure_all(rows, setup, options, wanted, cases, modes, TFLITE)
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
