#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Accuracy: imported networks against recorded outputs, and what int8 costs.

First every network with recorded outputs (../shared/goldens) runs through the
interpreter and through compiled code. Then float networks with labelled data
are quantized to int8, calibrated on some samples and judged on others.

usage: benchmarks/accuracy.py [--build=build/release] [--json=FILE]
"""

import json
import os
import subprocess
import tempfile

import numpy

import report

# Network: (requantization mode, metric, bound). Recorded outputs of integer
# networks come from TensorFlow Lite Micro's reference kernels, which round as
# mode `fixed` does, or from the TensorFlow Lite interpreter, which rounds once,
# as mode `float` does.
GOLDENS = {
    "ad_autoencoder_f32": (None, "difference / range", "<= 1e-4"),
    "ad_autoencoder_int8": ("fixed", "different elements", "== 0"),
    "face_full_range_f16": (None, "difference / range", "<= 1e-3"),
    "face_full_range_sparse_f16": (None, "difference / range", "<= 1e-3"),
    "kws_dscnn_int8": ("fixed", "different elements", "== 0"),
    "kwt1_f32": (None, "difference", "<= 1e-3"),
    "mnist_lstm_f32": (None, "difference", "<= 1e-4"),
    "mnist_lstm_int8": ("fixed", "different elements", "== 0"),
    "mobilenet_v1_025_224_f32": (None, "difference", "<= 1e-4"),
    "mobilenet_v1_025_224_uint8_qat": ("float", "difference", "<= 3"),
    "mobilenet_v2_100_224_int8": ("fixed", "different elements", "== 0"),
    "mobilenet_v2_100_224_uint8_qat": ("float", "difference", "<= 3"),
    "person_detect_int8": ("fixed", "different elements", "== 0"),
    "resnet8_cifar10_f32": (None, "difference", "<= 1e-4"),
    "resnet8_cifar10_int8": ("fixed", "different elements", "== 0"),
    "vww_mobilenet_f32": (None, "difference", "<= 1e-4"),
    "vww_mobilenet_int8": ("fixed", "different elements", "== 0"),
    "wake_embedding_f32": (None, "difference / range", "<= 1e-4"),
}

# The recording kept the state of the LSTM from one sample to the next; only the
# first sample starts as the network is defined.
FIRST_SAMPLE_ONLY = {"mnist_lstm_f32"}


class Pare:
    """The driver of one build, with a folder for what it writes."""

    def __init__(self, build, folder):
        self.program = os.path.join(build, "bin", "pare")
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def __call__(self, *args):
        done = subprocess.run(
            [self.program, *args], check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def json(self, *args):
        return json.loads(self(*args, "--json"))


def measure(metric, found, recorded):
    """One number for the difference of two lists of arrays."""
    worst = 0.0
    for ours, theirs in zip(found, recorded, strict=True):
        difference = numpy.abs(ours.astype(float) - theirs.astype(float))
        if metric == "different elements":
            worst += float((difference != 0).sum())
        elif metric == "difference / range":
            spread = float(theirs.max()) - float(theirs.min())
            worst = max(worst, float(difference.max()) / spread)
        else:
            worst = max(worst, float(difference.max()))
    return worst


def compare_golden(pare, rows, name, backend):
    mode, metric, bound = GOLDENS[name]
    golden = os.path.join(report.SHARED, "goldens", name)
    samples = numpy.load(os.path.join(golden, "input_0.npy"))
    recorded = []
    while os.path.exists(os.path.join(golden, f"output_{len(recorded)}.npy")):
        recorded.append(numpy.load(os.path.join(golden, f"output_{len(recorded)}.npy")))
    if name in FIRST_SAMPLE_ONLY:
        samples = samples[:1]
        recorded = [outputs[:1] for outputs in recorded]
    numpy.save(pare.path("x.npy"), samples)
    outputs = [pare.path(f"y{k}.npy") for k in range(len(recorded))]
    pare(
        "run",
        os.path.join(report.SHARED, "models", "tflite", name + ".tflite"),
        f"--inputs={pare.path('x.npy')}",
        f"--outputs={','.join(outputs)}",
        f"--backend={backend}",
        *([f"--requant={mode}"] if mode else []),
    )
    found = [numpy.load(path) for path in outputs]
    case = f"{name} ({backend})"
    unit = "elements" if metric == "different elements" else ""
    rows.add(case, metric, measure(metric, found, recorded), unit, bound)


def quantize_and_judge(pare, rows, name, network, data, split, scale, bounds, extra=()):
    """Calibrates on the samples before `split`, judges on the others."""
    images, labels = (os.path.join(data[0], f"{data[1]}_{k}.npy") for k in ("images", "labels"))
    numpy.save(pare.path("calibration.npy"), numpy.load(images)[:split])
    int8 = pare.path(name + "_int8.mlirbc")
    border = [f"--input-scale={scale[0]!r}", f"--input-offset={scale[1]!r}"]
    pare(
        "compile",
        network,
        "--quantize=int8",
        f"--calibrate={pare.path('calibration.npy')}",
        *border,
        "--emit=nn",
        "-o",
        int8,
    )
    arguments = [f"--inputs={images}", f"--labels={labels}", f"--skip={split}"]
    arguments += ["--backend=jit", *border, *extra]
    before = pare.json("eval", network, *arguments)
    after = pare.json("eval", int8, *arguments, f"--against={network}")
    drop_bound, size_bound = bounds
    rows.add(name, "samples", before["samples"], "")
    rows.add(name, "top-1 float", before["top1"], "%")
    rows.add(name, "top-1 int8", after["top1"], "%")
    rows.add(name, "drop", before["top1"] - after["top1"], "points", drop_bound)
    rows.add(name, "same top-1", after["agreement"], "%")
    rows.add(name, "SQNR of the outputs", after["sqnr_db"], "dB")
    bytes_before = pare.json("info", network)["bytes"]
    bytes_after = pare.json("info", int8)["bytes"]
    rows.add(name, "weights int8 / float", bytes_after / bytes_before, "", size_bound)


def main():
    options = report.arguments(__doc__.splitlines()[0]).parse_args()
    rows = report.Report()
    examples = os.path.join(report.SOURCE, "examples", "digits")
    shared_data = os.path.join(report.SHARED, "data")
    models = os.path.join(report.SHARED, "models", "tflite")
    has_shared = os.path.isdir(models)
    with tempfile.TemporaryDirectory() as folder:
        pare = Pare(options.build, folder)
        if has_shared:
            rows.section("Imported networks against recorded outputs")
            for name in GOLDENS:
                for backend in ("reference", "jit"):
                    compare_golden(pare, rows, name, backend)
        rows.section("Quantized to int8")
        quantize_and_judge(
            pare,
            rows,
            "digits",
            os.path.join(examples, "digits.mlir"),
            (examples, "digits"),
            split=128,
            scale=(1 / 255, 0.0),
            bounds=("<= 0.5", "<= 0.30"),
        )
        if has_shared:
            quantize_and_judge(
                pare,
                rows,
                "resnet8_cifar10",
                os.path.join(models, "resnet8_cifar10_f32.tflite"),
                (shared_data, "cifar10"),
                split=256,
                scale=(1.0, 0.0),
                bounds=("<= 0.5", "<= 0.27"),
            )
            quantize_and_judge(
                pare,
                rows,
                "mobilenet_v1_025_224",
                os.path.join(models, "mobilenet_v1_025_224_f32.tflite"),
                (shared_data, "nips_224"),
                split=64,
                scale=(1 / 127.5, -1.0),
                bounds=(None, "<= 0.27"),
                extra=("--label-offset=1",),
            )
    rows.finish(options.json)


if __name__ == "__main__":
    main()
