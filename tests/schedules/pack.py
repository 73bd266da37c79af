#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pack recorded Keras schedules, one JSON file each, into cases/schedules.jsonl.gz.

usage: pack.py DIRECTORY

Numbers stay as they were written: a line is the file's text without its line breaks.
"""
import gzip
import json
import pathlib
import sys


def main():
    target = pathlib.Path(__file__).parent / "cases" / "schedules.jsonl.gz"
    count = 0
    with gzip.GzipFile(target, "wb", compresslevel=9, mtime=0) as lines:
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
            text = path.read_text(encoding="utf-8")
            if json.loads(text)["kind"] == "schedule":
                lines.write("".join(text.splitlines()).encode("utf-8") + b"\n")
                count += 1
    print(f"{count} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
