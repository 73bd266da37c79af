#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pack recorded Keras cases, one JSON file each, into cases/cases.jsonl.gz.

usage: pack.py DIRECTORY [OPTIMIZER...]     (default: the built-in ones)

Numbers stay as they were written: a line is the file's text without its line breaks.
"""
import gzip
import json
import pathlib
import sys


def belongs(case, optimizers):
    """Training runs need their optimizer; all else is the core's."""
    if case["kind"] == "function" and case["function"] == "clip_gradients":
        return True
    return case["kind"] not in ("train", "function") or case["optimizer"] in optimizers


def main():
    source = pathlib.Path(sys.argv[1])
    optimizers = sys.argv[2:] or ["Adadelta", "Adagrad", "Adam", "AdamW", "RMSprop", "SGD"]
    target = pathlib.Path(__file__).parent / "cases" / "cases.jsonl.gz"
    count = 0
    with gzip.GzipFile(target, "wb", compresslevel=9, mtime=0) as lines:
        for path in sorted(source.glob("*.json")):
            text = path.read_text(encoding="utf-8")
            if belongs(json.loads(text), optimizers):
                lines.write("".join(text.splitlines()).encode("utf-8") + b"\n")
                count += 1
    print(f"{count} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
