#!/usr/bin/env python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles each public header alone: it must include what it uses.

Headers that read MLIR take 5-10 s each, so the tests check only those that do
not (`--folders Numerics Support`); the target check-pare-headers checks all.
Generated headers must exist: build the target pare-headers first.
"""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def compile_alone(args, header):
    """The compiler's output if `header` does not compile, else None."""
    command = [args.compiler, "-x", "c++", "-std=c++17", "-fsyntax-only"]
    command += ["-fno-exceptions", "-Wall", "-Wextra", "-Werror"]
    command += ["-I", ROOT / "include", "-isystem", args.mlir_include]
    command += ["-D_GNU_SOURCE", "-D__STDC_CONSTANT_MACROS"]
    command += ["-D__STDC_FORMAT_MACROS", "-D__STDC_LIMIT_MACROS"]
    if args.generated:
        command += ["-isystem", args.generated]
    # Twice: an include guard is part of being well-formed.
    name = header.relative_to(ROOT / "include").as_posix()
    text = f'#include "{name}"\n#include "{name}"\n'
    run = subprocess.run(
        command + ["-"], input=text, capture_output=True, encoding="utf-8"
    )
    return run.stderr if run.returncode else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="clang++-22")
    parser.add_argument("--mlir-include", default="/usr/lib/llvm-22/include")
    parser.add_argument("--generated", help="include directory of the build")
    parser.add_argument(
        "--folders", nargs="*", default=["."], help="within include/pare"
    )
    args = parser.parse_args()

    headers = []
    for folder in args.folders:
        headers += sorted((ROOT / "include" / "pare" / folder).rglob("*.h"))
    if not headers:
        sys.exit("no headers found")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda h: compile_alone(args, h), headers)
        for header, errors in zip(headers, results):
            if errors:
                failed += 1
                print(f"{header.relative_to(ROOT)}:\n{errors}", file=sys.stderr)
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
