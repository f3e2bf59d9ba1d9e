# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run_c.py LIBRARY NAME IN.npy EXPECTED.npy: the C code of network NAME, with
one input and one output, gives exactly the expected outputs."""

import ctypes
import sys

import numpy as np

library, name, inputs, expected = sys.argv[1:]
run = getattr(ctypes.CDLL(library), f"{name}_run")
inputs, expected = np.load(inputs), np.load(expected)
found = np.zeros_like(expected)
for index in range(len(inputs)):
    sample = np.ascontiguousarray(inputs[index])
    result = np.zeros_like(expected[index])
    # Structures of one pointer each.
    one_in = (ctypes.c_void_p * 1)(sample.ctypes.data)
    one_out = (ctypes.c_void_p * 1)(result.ctypes.data)
    if run(one_in, one_out) != 0:
        sys.exit(f"sample {index} was refused")
    found[index] = result
different = np.count_nonzero(found != expected)
if different:
    sys.exit(f"{different} of {found.size} elements differ")
