#===- quantized-run.py - What quantized.textproto computes ---------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""Runs the network of quantized.textproto and compares its results.

    quantized-run.py --tool pare --dir DIR NETWORK

The file is computed here as the ONNX standard says, on real numbers between the
conversions. The integer layers that it becomes, which round once, may round a sum
half-way between two steps the other way. Few may, and one step inside is at most
two steps of the result, whose scale is finer.
"""

import argparse
import os
import subprocess
import sys

import numpy


def roundtrip(x, scale, zero):
    """QuantizeLinear to UINT8 and DequantizeLinear."""
    return (numpy.clip(numpy.rint(x / scale) + zero, 0, 255) - zero) * scale


def compute(x):
    """The integers of the output for images x, NxCxHxW."""
    x = roundtrip(x, 0.5, 3)
    scales = numpy.array([[0.5], [0.25], [0.125]])
    weights = numpy.array([[1, -2], [3, -4], [5, -6]]) * scales
    bias = numpy.array([10, -20, 30]) * numpy.array([0.25, 0.125, 0.0625])
    conv = numpy.einsum("oc,nchw->nohw", weights, x) + bias[:, None, None]
    step = float(numpy.float32(0.3))
    first = roundtrip(numpy.maximum(conv, 0), step, 0)
    factors = numpy.array([0.5, -0.75, 1.0])[:, None, None]
    # The bias is rounded to the scale of the sums.
    scales = numpy.array([0.25, 0.25, 0.5]) * step
    bias = numpy.rint(numpy.array([1, 2, 3]) / scales) * scales
    second = roundtrip(first * factors + bias[:, None, None], step, 0)
    total = roundtrip(first + second, float(numpy.float32(0.7)), 0)
    n, c, h, w = total.shape
    pool = total.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5)).reshape(n, -1)
    return numpy.clip(numpy.rint(pool / 0.5) + 3, 0, 255)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("network")
    options = parser.parse_args()
    samples = 50
    # The same numbers on every version of NumPy.
    x = numpy.sin(numpy.arange(samples * 32) * 1.7) * 30
    x = x.reshape(samples, 1, 2, 4, 4).astype(numpy.float32)
    source = os.path.join(options.dir, "x.npy")
    target = os.path.join(options.dir, "y.npy")
    numpy.save(source, x)
    subprocess.run(
        [options.tool, "run", options.network, "--backend=reference"]
        + ["--requant=float"]
        + ["--inputs=" + source, "--outputs=" + target],
        check=True,
    )
    found = numpy.load(target).reshape(samples, -1).astype(numpy.int64)
    expected = compute(x[:, 0].astype(numpy.float64)).astype(numpy.int64)
    error = numpy.abs(found - expected)
    print(
        "%d results between %d and %d: %d differ, at most by %d"
        % (error.size, expected.min(), expected.max(), (error > 0).sum(), error.max())
    )
    return 0 if error.max() <= 2 and (error > 0).mean() <= 0.02 else 1


if __name__ == "__main__":
    sys.exit(main())
