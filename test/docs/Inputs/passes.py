# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails, naming them, on passes that say too little or that no test runs.

usage: passes.py LLVM_TBLGEN MLIR_INCLUDE SOURCE_ROOT
"""

import json
import pathlib
import subprocess
import sys


def passes_of(tblgen, include, td):
    run = subprocess.run(
        [tblgen, "--dump-json", "-I", include, "-I", td.parent, td],
        check=True,
        capture_output=True,
    )
    records = json.loads(run.stdout)
    return [records[name] for name in records["!instanceof"]["PassBase"]]


def main():
    tblgen, include, root = sys.argv[1:]
    root = pathlib.Path(root)
    commands = "\n".join(
        line
        for path in (root / "test").rglob("*")
        if path.suffix in (".mlir", ".test")
        for line in path.read_text(errors="replace").splitlines()
        if "--" in line
    )
    count = 0
    problems = []
    for td in sorted((root / "dialects").glob("*/*Passes.td")):
        for record in passes_of(tblgen, include, td):
            flag = record["argument"]
            count += 1
            if not record["summary"].strip():
                problems.append(f"{flag}: no summary")
            if not record["description"].strip():
                problems.append(f"{flag}: no description")
            if flag not in commands:
                problems.append(f"{flag}: no test runs it")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{count} passes")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
