# Part of the Pare project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the benchmarks share: rows, a table for people, JSON for programs.

A row is {"case", "metric", "value", "unit", "bound", "holds"}; "bound" is text
such as "<= 0.5" or None, and "holds" is None where there is no bound.
"""

import argparse
import json
import operator
import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.realpath(os.path.join(SOURCE, "..", "shared"))
COMPARE = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


def arguments(description):
    """A parser with the options of every benchmark."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--build",
        default=os.path.join(SOURCE, "build", "release"),
        help="a built tree (default: build/release)",
    )
    parser.add_argument("--json", metavar="FILE", help="also write the rows as JSON")
    return parser


class Report:
    """Collects rows and prints each as it comes."""

    def __init__(self):
        self.rows = []

    def section(self, title):
        print(f"\n{title}\n")
        print(f"  {'case':34} {'metric':30} {'value':>12} {'unit':8} bound")

    def add(self, case, metric, value, unit, bound=None, peer=None, show=True):
        """`bound` is an operator and a number, "<= 0.5"; `peer` is the value of
        the program that this one is compared with. Without `show` the caller
        prints the row, in a table of its own."""
        holds = None
        if bound is not None:
            sign, limit = bound.split()
            holds = bool(COMPARE[sign](value, float(limit)))
        self.rows.append(
            {
                "case": case,
                "metric": metric,
                "value": value,
                "unit": unit,
                "bound": bound,
                "holds": holds,
                **({} if peer is None else {"peer": peer}),
            }
        )
        if not show:
            return
        verdict = "" if holds is None else f"{bound}  {'holds' if holds else 'MISSED'}"
        print(f"  {case:34} {metric:30} {value:12.6g} {unit:8} {verdict}", flush=True)

    def finish(self, path):
        """Writes the JSON and ends the program: 1 if a bound is missed."""
        if path:
            with open(path, "w", encoding="utf-8") as file:
                json.dump(self.rows, file, indent=1)
                file.write("\n")
        missed = sum(row["holds"] is False for row in self.rows)
        print(f"\n{len(self.rows)} rows, {missed} bounds missed")
        sys.exit(1 if missed else 0)
