# SPDX-License-Identifier: MIT
"""Count the tests of a Meson run, one for each TAP point: "N passed, N failed, N skipped".

A program that crashes or runs out of time counts as a failure of its own, whatever it printed
before."""
import collections
import json
import re
import sys

POINT = re.compile(r"^(not )?ok\b[^#\n]*(# *skip)?", re.IGNORECASE | re.MULTILINE)
OUTCOMES = {"OK": "passed", "SKIP": "skipped"}


def count(test):
    counts = collections.Counter()
    for match in POINT.finditer(test.get("stdout") or ""):
        counts["failed" if match[1] else "skipped" if match[2] else "passed"] += 1
    outcome = OUTCOMES.get(test["result"], "failed")
    if not counts or (outcome == "failed" and not counts["failed"]):
        counts[outcome] += 1
    return counts


def main(path):
    with open(path, encoding="utf-8") as log:
        counts = sum((count(json.loads(line)) for line in log), collections.Counter())
    names = ("passed", "failed", "skipped")
    print(", ".join(f"{counts[name]} {name}" for name in names))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
