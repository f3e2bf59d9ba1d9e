#===- standard.py - Runs the tests of the ONNX standard ------------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""Imports the networks of the ONNX standard's tests and runs them.

    standard.py --tool pare --dir DIR --data DATA [--names FILE] [--verbose]

DATA holds folders of tests, and each test is a directory: model.onnx, and inputs
and outputs as tensors of the file format. A network ends in one of three ways: its results are
those recorded, within 1e-4 of their range; it is refused with one error that
names the file; or something is wrong. FILE lists the tests that must be of the
first kind.

The tests give weights, axes and shapes as inputs, too. Where a network is
refused as it is, it is tried with all inputs but the first as constants.
"""

import argparse
import concurrent.futures
import glob
import os
import subprocess
import sys

import numpy

TYPES = {
    1: numpy.float32,
    2: numpy.uint8,
    3: numpy.int8,
    5: numpy.int16,
    6: numpy.int32,
    7: numpy.int64,
    9: numpy.bool_,
    10: numpy.float16,
}


def fields(data):
    """The numbered fields of a message: (number, value)."""
    at = 0

    def varint():
        nonlocal at
        result = shift = 0
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(key & 7)
        if size is None:
            size = varint()
        yield key >> 3, data[at : at + size]
        at += size


def read_tensor(path):
    """An array, or None for what NumPy has no type for (sequences, BFLOAT16)."""
    with open(path, "rb") as file:
        data = file.read()
    dims, kind, raw, floats = [], 0, b"", b""
    for number, value in fields(data):
        if number == 1:
            dims.append(value)
        elif number == 2:
            kind = value
        elif number == 4:
            floats += value
        elif number == 9:
            raw = value
    try:
        return numpy.frombuffer(raw or floats, TYPES[kind]).reshape(dims)
    except (KeyError, TypeError, ValueError):
        return None


def read_all(directory, prefix):
    count = len(glob.glob(os.path.join(directory, prefix + "_*.pb")))
    return [
        read_tensor(os.path.join(directory, "%s_%d.pb" % (prefix, i)))
        for i in range(count)
    ]


def field(number, payload):
    """A field of bytes."""
    size, head = len(payload), [number << 3 | 2]
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    return bytes(head + [size]) + payload


def freeze(model, samples, path):
    """Writes the model with recorded inputs, but for the first, as constants.

    Messages in a row are one message that has the lists of all."""
    with open(model, "rb") as file:
        data = file.read()
    graph = next(value for number, value in fields(data) if number == 7)
    infos = [value for number, value in fields(graph) if number == 11]
    for i, info in enumerate(infos[1:], 1):
        name = next(value for number, value in fields(info) if number == 1)
        recorded = os.path.join(samples, "input_%d.pb" % i)
        if not os.path.exists(recorded):
            continue
        with open(recorded, "rb") as file:
            tensor = file.read() + field(8, name)
        data += field(7, field(5, tensor))
    with open(path, "wb") as file:
        file.write(data)


def check(options, name):
    """("ok" | "refused" | "wrong", a line of text)."""
    model = os.path.join(options.data, name, "model.onnx")
    samples = os.path.join(options.data, name, "test_data_set_0")
    result = attempt(options, name, model, None)
    if result[0] == "refused" and os.path.exists(os.path.join(samples, "input_1.pb")):
        frozen = os.path.join(options.dir, name.replace("/", "-") + ".onnx")
        freeze(model, samples, frozen)
        result = attempt(options, name, frozen, 1)
    return result


def attempt(options, name, model, count):
    """Runs a model on the recorded inputs, or the first `count` of them."""
    test = os.path.join(options.data, name)
    samples = os.path.join(test, "test_data_set_0")
    inputs, outputs = read_all(samples, "input"), read_all(samples, "output")
    if any(array is None for array in inputs + outputs) or not outputs:
        return "refused", "recorded values that NumPy cannot hold"
    inputs = inputs[:count]
    work = os.path.join(options.dir, name.replace("/", "-"))
    os.makedirs(work, exist_ok=True)
    paths = {}
    for kind, arrays in (("input", inputs), ("output", outputs)):
        paths[kind] = [
            os.path.join(work, "%s_%d.npy" % (kind, i)) for i in range(len(arrays))
        ]
    # The first axis of the files counts samples.
    for path, array in zip(paths["input"], inputs):
        numpy.save(path, array[numpy.newaxis])
    command = [options.tool, "run", model, "--backend=reference"]
    command.append("--inputs=" + ",".join(paths["input"]))
    command.append("--outputs=" + ",".join(paths["output"]))
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    messages = result.stderr.decode(errors="replace").strip()
    if result.returncode:
        if result.returncode == 1 and messages.count("error:") == 1:
            return "refused", messages.splitlines()[0]
        return "wrong", "exit code %d: %s" % (result.returncode, messages)
    for i, expected in enumerate(outputs):
        found = numpy.load(paths["output"][i])
        if found.size != expected.size:
            return "wrong", "shape %s, expected %s" % (found.shape, expected.shape)
        a = expected.astype(numpy.float64).reshape(-1)
        b = found.astype(numpy.float64).reshape(-1)
        # Roots and powers of negative numbers are recorded as they are.
        both = ~(numpy.isnan(a) & numpy.isnan(b))
        a, b = a[both], b[both]
        span = max(numpy.ptp(a), abs(a).max(), 1e-3) if a.size else 1
        error = numpy.abs(a - b).max() if a.size else 0
        if not error <= 1e-4 * span:
            return "wrong", "output %d: error %g of a range of %g" % (i, error, span)
    return "ok", ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--names")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)
    paths = glob.glob(os.path.join(options.data, "*", "*", "model.onnx"))
    names = sorted("/".join(path.split(os.sep)[-3:-1]) for path in paths)
    required = set()
    if options.names:
        with open(options.names) as file:
            required = {line.strip() for line in file if line.strip()}
        names = sorted(required)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda name: check(options, name), names))
    problems = 0
    for name, (kind, text) in zip(names, results):
        bad = kind == "wrong" or (name in required and kind != "ok")
        problems += bad
        if bad or options.verbose:
            print("%s: %s %s" % (name, kind, text))
    kinds = [kind for kind, _ in results]
    print(
        "%d networks: %d ok, %d refused, %d problems"
        % (len(names), kinds.count("ok"), kinds.count("refused"), problems)
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
