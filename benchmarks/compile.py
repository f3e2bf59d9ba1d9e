#!/usr/bin/python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compilation: time and memory from a model file to an object for this machine.

Every network in ../shared/models/tflite that Pare can import is compiled by
`pare compile MODEL -o X.o` in a process of its own. Time is the
processor time of the whole process, which has one thread, the least of a few
runs; memory is the largest resident set that the kernel saw of it, libLLVM and
libMLIR included.

usage: benchmarks/compile.py [--build=build/release] [--json=FILE] [--runs=N]
"""

import glob
import os
import subprocess
import tempfile

import report

# Nobody waits longer than this.
SECONDS = 10
# The file, its constants in the IR and packed, and the code that holds them;
# beside that what a compiler takes however small the network is.
FILE_FACTOR, FIXED_BYTES = 4, 200e6

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


def main():
    parser = report.arguments("Time and memory of compilation")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (3)")
    options = parser.parse_args()
    models = sorted(glob.glob(os.path.join(report.SHARED, "models/tflite/*.tflite")))
    if not models:
        raise SystemExit(f"no models in {report.SHARED}")
    pare = os.path.join(options.build, "bin", "pare")
    rows = report.Report()
    rows.section("pare compile MODEL -o X.o")
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            name = os.path.splitext(os.path.basename(model))[0]
            if name in REFUSED:
                continue
            output = os.path.join(folder, name + ".o")
            runs = [
                compile_once([pare, "compile", model, "-o", output])
                for _ in range(options.runs)
            ]
            file_bytes = os.path.getsize(model)
            limit = (FILE_FACTOR * file_bytes + FIXED_BYTES) / 1e6
            rows.add(name, "time", min(run[0] for run in runs), "s", f"<= {SECONDS}")
            rows.add(
                name,
                "peak memory",
                max(run[1] for run in runs) / 1e6,
                "MB",
                f"<= {limit:.1f}",
            )
            rows.add(name, "model file", file_bytes / 1e6, "MB")
            rows.add(name, "object file", os.path.getsize(output) / 1e6, "MB")
    rows.finish(options.json)


if __name__ == "__main__":
    main()
