#===- mutate.py - Damages network files and imports them -----------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""Imports damaged copies of network files and checks how each run ends.

    mutate.py --tool pare-translate --dir DIR --count N FILE...

Every file is cut short, and has bits flipped and pieces replaced as its format
invites (.tflite: 32-bit words; .onnx: bytes and numbers, pieces moved), N times
in all, the same way on every run. An import must end in time, either with
success (the damage may be in a weight or a name) or with exit code 1 and one
error that names the file. What ends otherwise is kept in DIR and reported.
"""

import argparse
import concurrent.futures
import os
import random
import struct
import subprocess
import sys

# Lengths, offsets and sizes of a flatbuffer that are wrong in ways worth trying.
WORDS = [0, 1, 2, 0x7F, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


# Bytes of a protobuf that end or prolong numbers, or are lengths and kinds.
BYTES = [0, 1, 2, 3, 8, 10, 18, 0x7F, 0x80, 0xFF]


def replace_word(data, rng):
    """A flatbuffer with another 32-bit word; its words are aligned."""
    copy = bytearray(data)
    at = 4 * rng.randrange(len(copy) // 4)
    word = rng.choice(WORDS)
    if rng.randrange(3) == 0:
        word = (struct.unpack_from("<I", copy, at)[0] + rng.choice([-4, -1, 1, 4])) % 2**32
    struct.pack_into("<I", copy, at, word)
    return bytes(copy), "word %#x at %d" % (word, at)


def replace_field(data, rng):
    """A protobuf with another byte or number, or with a piece moved."""
    copy = bytearray(data)
    at = rng.randrange(len(copy))
    kind = rng.randrange(4)
    if kind <= 1:
        copy[at] = rng.choice(BYTES)
        return bytes(copy), "byte %#x at %d" % (copy[at], at)
    if kind == 2:
        # A number of up to ten bytes is where sizes and axes are.
        number = bytes(rng.choice([0x7F, 0x80, 0xFF]) for _ in range(rng.randrange(10)))
        copy[at : at + len(number)] = number
        return bytes(copy), "%s at %d" % (number.hex(), at)
    size = rng.randrange(1, 64)
    to = rng.randrange(len(copy))
    copy[to : to + size] = data[at : at + size]
    return bytes(copy), "%d bytes from %d to %d" % (size, at, to)


# By extension: the option that imports a file, and what damages its structure.
FORMATS = {
    ".tflite": ("--import-tflite", replace_word),
    ".onnx": ("--import-onnx", replace_field),
}


def mutate(data, rng, replace):
    """A damaged copy, and what was done to it."""
    kind = rng.randrange(8)
    if kind == 0:
        size = rng.randrange(len(data))
        return data[:size], "cut to %d bytes" % size
    if kind >= 4:
        return replace(data, rng)
    copy = bytearray(data)
    notes = []
    for _ in range(1 if kind < 3 else 8):
        bit = rng.randrange(8 * len(copy))
        copy[bit // 8] ^= 1 << bit % 8
        notes.append("%d.%d" % (bit // 8, bit % 8))
    return bytes(copy), "bits flipped: " + ", ".join(notes)


def run(tool, option, path, timeout):
    """None if the import ended as it must, otherwise what was wrong."""
    command = [tool, option, path, "-o", os.devnull]
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return "still running after %d seconds" % timeout
    messages = result.stderr.decode(errors="replace")
    if result.returncode == 0:
        return None if not messages else "success, but messages:\n" + messages
    if result.returncode != 1:
        return "exit code %d\n%s" % (result.returncode, messages[-2000:])
    if messages.count("error:") != 1 or path + ": " not in messages:
        return "not one error that names the file:\n" + messages[-2000:]
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--dir", required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    os.makedirs(options.dir, exist_ok=True)

    def attempt(job):
        name, extension, data, seed = job
        option, replace = FORMATS[extension]
        damaged, note = mutate(data, random.Random(seed), replace)
        path = os.path.join(options.dir, name + "." + seed.split()[-1] + extension)
        with open(path, "wb") as file:
            file.write(damaged)
        problem = run(options.tool, option, path, options.timeout)
        if problem is None:
            os.remove(path)
            return None
        return "%s (%s): %s" % (path, note, problem)

    jobs = []
    for file in sorted(options.files):
        name, extension = os.path.splitext(os.path.basename(file))
        with open(file, "rb") as stream:
            data = stream.read()
        # A string as seed gives the same numbers on every version of Python.
        jobs += [
            (name, extension, data, "%s %d %d" % (name, options.seed, i))
            for i in range(options.count)
        ]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [text for text in pool.map(attempt, jobs) if text]
    for text in problems:
        print(text)
    print("%d damaged files, %d problems" % (len(jobs), len(problems)))
    return 1 if problems or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
