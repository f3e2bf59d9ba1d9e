# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fails, naming them, on files that break the rules of the house.

Sources say at their head what they are part of and under which licence, and have
at most 800 lines; main files of tools 150. Libraries have no options of the command line, no passes that are made by
hand, and no mutable state of the process.

usage: rules.py SOURCE_ROOT
"""

import pathlib
import re
import sys

FOLDERS = (
    *("lib", "include", "tools", "dialects", "test", "benchmarks", "scripts"),
    *("examples", "cmake"),
)
SOURCES = {".cpp", ".h", ".c", ".td", ".py", ".sh", ".cmake"}
HEAD = (
    "Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.",
    "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception",
)
LINES_OF_HEAD = 10
MOST_LINES, MOST_LINES_OF_MAIN = 800, 150

# In lib/ and include/: pattern and what it is.
FORBIDDEN = {
    r"\bcl::(opt|list|bits)<": "an option of the command line",
    r"\bstd::unique_ptr<(::)?(mlir::)?Pass> create": "a pass made by hand",
    r"^\s*(static|thread_local) (?!const|inline|std::once_flag)[\w:<>, *&]+ \w+(\[\w*\])?"
    r"( = [^;]+)?;": "mutable state",
}


def problems_of(root, path):
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(root)
    lines = text.count("\n")
    head = "\n".join(text.split("\n", LINES_OF_HEAD)[:LINES_OF_HEAD])
    for line in HEAD:
        if line not in head:
            yield f"{name}: expected '{line}' in the first {LINES_OF_HEAD} lines"
    if lines > MOST_LINES:
        yield f"{name}: {lines} lines of at most {MOST_LINES}"
    if name.parts[0] == "tools" and path.stem == name.parts[1]:
        if lines > MOST_LINES_OF_MAIN:
            yield f"{name}: {lines} lines of at most {MOST_LINES_OF_MAIN}"
    if name.parts[0] in ("lib", "include"):
        for pattern, what in FORBIDDEN.items():
            for match in re.finditer(pattern, text, re.MULTILINE):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{name}:{line}: {what}"


def main():
    root = pathlib.Path(sys.argv[1])
    paths = [
        path
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*"))
        if path.suffix in SOURCES and path.is_file()
    ]
    problems = [each for path in paths for each in problems_of(root, path)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(paths)} files")
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
