#!/usr/bin/env python3
# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints lit's JSON results as one line: N passed, N failed, N skipped."""

import collections
import json
import sys

GROUPS = {
    "PASS": "passed",
    "FLAKYPASS": "passed",
    "XFAIL": "passed",
    "UNSUPPORTED": "skipped",
    "SKIPPED": "skipped",
    "EXCLUDED": None,
}


def main():
    try:
        with open(sys.argv[1]) as file:
            tests = json.load(file)["tests"]
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"no test results: {error}")
    counts = collections.Counter(
        GROUPS.get(test["code"], "failed") for test in tests
    )
    skipped = sorted(
        test["name"] for test in tests if GROUPS.get(test["code"]) == "skipped"
    )
    if skipped:
        print("skipped:")
        for name in skipped:
            print("  " + name)
    print(
        f"{counts['passed']} passed, {counts['failed']} failed, "
        f"{counts['skipped']} skipped"
    )
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
