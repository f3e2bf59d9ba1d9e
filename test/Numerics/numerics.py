#===- numerics.py - docs/numerics.md in Python ------------------------------===#
#
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===------------------------------------------------------------------------===#
"""Computes the samples on standard input again, from the formulas of
docs/numerics.md and nothing else, on Python's unbounded integers."""

import math
import struct
import sys

INT32_MAX = 2**31 - 1


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def wrap32(x):
    x &= 0xFFFFFFFF
    return x - (1 << 32) if x >> 31 else x


def rha(x):
    return math.floor(x + 0.5) if x >= 0 else -math.floor(-x + 0.5)


def clamp(x, lo=-128, hi=127):
    return lo if x < lo else hi if x > hi else x


def srdhm(a, b):
    return min((a * b + 2**30) >> 31, INT32_MAX)


def rdp(x, n):
    magnitude = (abs(x) + (1 << n >> 1)) >> n
    return magnitude if x >= 0 else -magnitude


def quantize_multiplier(r):
    if not r > 0:
        return 0, 0
    f, n = math.frexp(r)
    m = rha(f * 2**31)
    if m == 2**31:
        m, n = m // 2, n + 1
    if n < -31:
        return 0, 0
    if n > 31:
        return INT32_MAX, 31
    return m, n


def mbqm(x, m, n):
    return rdp(srdhm(wrap32(x * 2 ** max(n, 0)), m), max(-n, 0))


def requantize_fixed(acc, m, n, z):
    return clamp(wrap32(mbqm(acc, m, n) + z))


def finish_float(v, z):
    v = min(max(v, f32(-128 - z)), f32(127 - z))
    return round(v) + z  # Python rounds halves to even.


def requantize_float(acc, r, z):
    return finish_float(f32(f32(acc) * f32(r)), z)


EXP_FACTORS = [
    1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
]


def exp_q(a):
    if a == 0:
        return INT32_MAX
    f = a % 2**24 - 2**24
    x = f * 2**5 + 2**28
    x2 = srdhm(x, x)
    x3 = srdhm(x2, x)
    x4 = srdhm(x2, x2)
    t = rdp(srdhm(rdp(x4, 2) + x3, 715827883) + x2, 1)
    y = 1895147668 + srdhm(1895147668, x + t)
    for k, factor in enumerate(EXP_FACTORS):
        if (f - a) >> (24 + k) & 1:
            y = srdhm(y, factor)
    return y


def sat(x):
    return clamp(x, -(2**31), INT32_MAX)


def reciprocal_q(a):
    d = (a + 2**31) // 2
    x = 1515870810 + srdhm(d, -1010580540)
    for _ in range(3):
        x += sat(srdhm(x, 2**29 - srdhm(d, x)) * 4)
    return sat(x * 2)


def sigmoid_entry(i):
    if i == 255:
        return 65535
    y = 1 / (1 + math.exp(-i / 24))
    bend = y * (1 - y) * (2 * y - 1)
    return rha(2**16 * (y + 0.5 * (1 / 24) ** 2 / 8 * bend))


SIGMOID = [sigmoid_entry(i) for i in range(256)]


def interpolate(a, bits, beyond):
    j, fraction = a >> bits, a % 2**bits
    if j >= 255:
        return beyond
    return SIGMOID[j] * 2**bits + fraction * (SIGMOID[j + 1] - SIGMOID[j])


def logistic16(x):
    s = 3 * x
    y = interpolate(abs(s), 9, 32767 * 2**10)
    return (y + 2**9) >> 10 if s >= 0 else (2**25 - y + 2**9 - 1) >> 10


def tanh16(x, n):
    s = 3 * x * 2**n if n >= 0 else (3 * x + 2 ** (-n - 1)) // 2**-n
    y = interpolate(abs(s), 8, 65535 * 2**8)
    return (y - 2**23 + 2**7) >> 8 if s >= 0 else (-y + 2**23 + 2**7 - 1) >> 8


def exp_sample(scale, d):
    m, n = quantize_multiplier(min(scale * 2**26, 2**31 - 1))
    limit = math.floor(31 * 2**26 / 2 ** max(n, 0))
    return [exp_q(mbqm(-d, m, n)) if d <= limit else 0]


def row_sample(total, exp):
    h = 32 - total.bit_length()
    r = reciprocal_q(total * 2**h - 2**31)
    e = 12 - h + 31 - 8
    return [r, e, clamp(rdp(srdhm(r, exp), e) - 128) if e <= 31 else -128]


def mean_sample(s_x, z_x, s_y, z_y, count, total):
    m, n = quantize_multiplier(s_x / s_y)
    k = min(math.floor(math.log2(count)), 32, 31 + n)
    m, n = m * 2**k // count, n - k
    acc = total - count * z_x
    return [
        m,
        n,
        requantize_fixed(acc, m, n, z_y),
        requantize_float(acc, s_x / (s_y * count), z_y),
    ]


def binary_sample(s1, z1, s2, z2, s_y, z_y, q1, q2):
    a, b = q1 - z1, q2 - z2
    twice = 2 * max(s1, s2)
    t1 = mbqm(wrap32(a * 2**20), *quantize_multiplier(s1 / twice))
    t2 = mbqm(wrap32(b * 2**20), *quantize_multiplier(s2 / twice))
    last = quantize_multiplier(twice / (2**20 * s_y))
    p1 = f32(f32(a) * f32(s1 / s_y))
    p2 = f32(f32(b) * f32(s2 / s_y))
    same = [clamp(a + z_y)] if s1 == s_y else None
    return [
        requantize_fixed(t1 + t2, *last, z_y),
        requantize_fixed(t1 - t2, *last, z_y),
        requantize_fixed(a * b, *quantize_multiplier(s1 * s2 / s_y), z_y),
        *(same or [requantize_fixed(a, *quantize_multiplier(s1 / s_y), z_y)]),
        finish_float(f32(p1 + p2), z_y),
        finish_float(f32(p1 - p2), z_y),
        requantize_float(a * b, s1 * s2 / s_y, z_y),
        *(same or [requantize_float(a, s1 / s_y, z_y)]),
    ]


SAMPLES = {
    "product": lambda *values: [mbqm(*values)],
    "factor": quantize_multiplier,
    "exp": exp_sample,
    "row": row_sample,
    "sigmoid": lambda i: [SIGMOID[i]],
    "gate": lambda x: [logistic16(x)] + [tanh16(x, n) for n in (0, 3, -3)],
    "mean": mean_sample,
    "binary": binary_sample,
}


def parse(word):
    return float.fromhex(word) if "x" in word else int(word)


def main():
    counts = dict.fromkeys(SAMPLES, 0)
    different = 0
    for line in sys.stdin:
        kind, _, rest = line.strip().partition(" ")
        inputs, _, outputs = rest.partition(" :")
        found = [int(word) for word in outputs.split()]
        expected = list(SAMPLES[kind](*map(parse, inputs.split())))
        counts[kind] += 1
        if found != expected:
            different += 1
            if different <= 10:
                print(f"{line.strip()}\n  expected {expected}")
    for kind, count in counts.items():
        print(f"{kind}: {count} samples")
    print(f"{different} differ")
    return 1 if different or 0 in counts.values() else 0


if __name__ == "__main__":
    sys.exit(main())
