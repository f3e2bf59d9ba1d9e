# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check.py FOLDER: what quantization cost and gained, from the reports of
`pare eval` and `pare info` on the float and the int8 network."""

import json
import sys


def read(name):
    with open(f"{sys.argv[1]}/{name}.json") as file:
        return json.load(file)


float_top1, int8_top1 = read("float")["top1"], read("int8")["top1"]
agreement = read("int8")["agreement"]
ratio = read("int8-info")["bytes"] / read("float-info")["bytes"]
print(
    f"top-1 {float_top1:.2f}% -> {int8_top1:.2f}%, agreement {agreement:.2f}%, "
    f"weights {100 * ratio:.1f}%"
)
checks = {
    "float top-1 is 87.61%": abs(float_top1 - 87.61) < 0.01,
    "int8 loses at most 0.5 points": float_top1 - int8_top1 <= 0.5,
    "the two agree in 97% of the images": agreement >= 97.0,
    "weights take at most 27%": ratio <= 0.27,
    "buffers take a quarter": 4 * read("int8-info")["live_buffer_bytes"]
    <= read("float-info")["live_buffer_bytes"],
    # The working memory of layers is in the arena too; tiles of 3x3 layers take
    # most of it, as 16-bit and 32-bit numbers.
    "the arena shrinks to a half": 2 * read("int8-info")["arena_bytes"]
    <= read("float-info")["arena_bytes"],
}
failed = [name for name, holds in checks.items() if not holds]
if failed:
    sys.exit("expected: " + "; ".join(failed))
