# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails, naming them, on passes that say too little or are tested too little.

A pass has a summary; a description with the IR before and after it; a text for
each option and statistic, of which there is at least one; the dialects it
creates. It is the only one of its file in lib/. Its tests are in FLAG.mlir or a
folder FLAG/, and where it can fail, what it then says is in FLAG-errors.mlir.

usage: passes.py LLVM_TBLGEN MLIR_INCLUDE SOURCE_ROOT
"""

import json
import pathlib
import re
import subprocess
import sys


def records_of(tblgen, include, td):
    run = subprocess.run(
        [tblgen, "--dump-json", "-I", include, "-I", td.parent, td],
        check=True,
        capture_output=True,
    )
    return json.loads(run.stdout)


def sources_of(root):
    """Pass record in capitals -> its files."""
    sources = {}
    for path in (root / "lib").rglob("*.cpp"):
        for name in re.findall(r"#define GEN_PASS_DEF_(\w+)", path.read_text()):
            sources.setdefault(name, []).append(path)
    return sources


def missing_words(record, records):
    """What a pass does not say."""
    if not record["summary"].strip():
        yield "no summary"
    description = record["description"]
    for word in ("Before", "After", "```mlir"):
        if word not in description:
            yield f"no '{word}' in the description"
    for kind in ("options", "statistics"):
        for each in record[kind]:
            part = records[each["def"]]
            if not part["description"].strip():
                yield f"no text for {part.get('argument') or part.get('name')}"
    for kind in ("statistics", "dependentDialects"):
        if not record[kind]:
            yield f"no {kind}"


def missing_files(record, sources, tests):
    """What of a pass's files is not there."""
    flag = record["argument"]
    files = sources.get(record["!name"].upper(), [])
    if len(files) != 1:
        yield f"expected one file in lib/ that defines it, found {len(files)}"
    if flag not in tests and flag + ".mlir" not in tests:
        yield f"no test {flag}.mlir"
    fails = any("signalPassFailure" in path.read_text() for path in files)
    if fails and flag + "-errors.mlir" not in tests:
        yield f"it can fail, and there is no test {flag}-errors.mlir"


def main():
    tblgen, include, root = sys.argv[1:]
    root = pathlib.Path(root)
    sources = sources_of(root)
    tests = {path.name for path in (root / "test").rglob("*")}
    count = 0
    problems = []
    for name, files in sources.items():
        for path in files:
            defined = [each for each in sources if path in sources[each]]
            if len(defined) != 1 and name == min(defined):
                problems.append(f"{path.name}: {len(defined)} passes in one file")
    for td in sorted((root / "dialects").glob("*/*Passes.td")):
        records = records_of(tblgen, include, td)
        for name in records["!instanceof"]["PassBase"]:
            record = records[name]
            count += 1
            for problem in missing_words(record, records):
                problems.append(f"{record['argument']}: {problem}")
            for problem in missing_files(record, sources, tests):
                problems.append(f"{record['argument']}: {problem}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{count} passes")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
