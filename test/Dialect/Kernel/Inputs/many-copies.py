# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""many-copies.py N: a function of kernel that takes a sequence of N steps apart,
maps each step, and puts the results together."""

import sys

steps = int(sys.argv[1])
sequence, step = f"memref<{4 * steps}xf32>", "memref<4xf32>"
print(f"func.func @steps(%x: {sequence}, %y: {sequence}) {{")
for i in range(steps):
    print(
        f"""  %a{i} = kernel.buffer : {step}
  %b{i} = kernel.buffer : {step}
  kernel.copy %x into %a{i} sizes [4] from {4 * i} by [1] to 0 by [1] : {sequence}, {step}
  kernel.unary exp %a{i} into %b{i} {{epilogue = #kernel.epilogue<>}} : {step}, {step}
  kernel.copy %b{i} into %y sizes [4] from 0 by [1] to {4 * i} by [1] : {step}, {sequence}"""
    )
print("  return\n}")
