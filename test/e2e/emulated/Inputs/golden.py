# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares a library for another processor with recorded outputs, bit by bit.

usage: golden.py LIBRARY NAME GOLDENS SAMPLES RUNNER...

RUNNER, with LIBRARY NAME INPUT OUTPUT behind it, runs one sample.
"""

import os
import subprocess
import sys
import tempfile

import numpy


def main():
    library, name, goldens, samples = sys.argv[1:5]
    runner = sys.argv[5:]
    inputs = numpy.load(os.path.join(goldens, "input_0.npy"))
    expected = numpy.load(os.path.join(goldens, "output_0.npy"))
    count = min(int(samples), len(inputs))
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, part) for part in ("input", "output")]
        for sample in range(count):
            inputs[sample].tofile(files[0])
            subprocess.run(runner + [library, name] + files, check=True)
            found = numpy.fromfile(files[1], expected.dtype)
            different = int((found != expected[sample].ravel()).sum())
            if different:
                raise SystemExit(
                    f"sample {sample}: {different} of {found.size} elements differ"
                )
    print(f"{count} samples, every bit the same")


if __name__ == "__main__":
    main()
