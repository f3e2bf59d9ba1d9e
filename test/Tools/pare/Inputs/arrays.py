# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""arrays.py FILE EXPRESSION: saves a NumPy expression as a .npy file.
arrays.py --close=BOUND A.npy B.npy: the two agree in shape and within BOUND.
arrays.py --size=RATIO A B: file A has at most RATIO times the bytes of B."""

import os
import sys

import numpy as np

if sys.argv[1].startswith("--close="):
    bound = float(sys.argv[1].split("=")[1])
    a, b = (np.load(path) for path in sys.argv[2:])
    if a.shape != b.shape or a.dtype != b.dtype:
        sys.exit(f"{a.dtype}{a.shape} against {b.dtype}{b.shape}")
    error = np.abs(a.astype(np.float64) - b).max()
    if not error <= bound:
        sys.exit(f"expected agreement within {bound}, found {error}")
elif sys.argv[1].startswith("--size="):
    a, b = (os.path.getsize(path) for path in sys.argv[2:])
    if not a <= float(sys.argv[1].split("=")[1]) * b:
        sys.exit(f"{a} bytes against {b}")
else:
    path, expression = sys.argv[1:]
    np.save(path, eval(expression, {"np": np, "load": np.load}))
