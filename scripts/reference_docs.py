#!/usr/bin/env python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes docs/reference/ from the TableGen files in dialects/.

With --check nothing is written: the exit code says whether the committed files
are what would be written.
"""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# file in docs/reference, TableGen file, generator arguments, title if the
# generator writes none
PAGES = [
    ("nn.md", "nn/NNOps.td", ["-gen-dialect-doc", "-dialect=nn"], None),
    ("nn-passes.md", "nn/NNPasses.td", ["-gen-pass-doc"], "Passes on `nn`"),
    (
        "kernel.md",
        "kernel/KernelOps.td",
        ["-gen-dialect-doc", "-dialect=kernel"],
        None,
    ),
    (
        "kernel-passes.md",
        "kernel/KernelPasses.td",
        ["-gen-pass-doc"],
        "Passes to and on `kernel`",
    ),
]


def render(tblgen, mlir_include, td, arguments, title):
    source = ROOT / "dialects" / td
    command = [tblgen, *arguments, "-I", mlir_include, "-I", source.parent]
    command += ["-I", ROOT / "dialects", source]
    text = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout
    # A marker for a site generator; on its own it is noise.
    text = text.replace("[TOC]\n\n", "")
    if title:
        note, rest = text.split("\n", 1)
        text = f"{note}\n\n# {title}\n\n{rest.lstrip()}"
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tblgen", default="/usr/lib/llvm-22/bin/mlir-tblgen")
    parser.add_argument("--mlir-include", default="/usr/lib/llvm-22/include")
    parser.add_argument("--output", default=ROOT / "docs" / "reference")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()

    output = pathlib.Path(args.output)
    if not args.check:
        output.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, td, arguments, title in PAGES:
        text = render(args.tblgen, args.mlir_include, td, arguments, title)
        page = output / name
        if args.check:
            if not page.exists() or page.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            page.write_text(text, encoding="utf-8")
    if stale:
        print(
            f"out of date: {', '.join(stale)}; run scripts/reference_docs.py",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
