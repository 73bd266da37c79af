# SPDX-License-Identifier: MIT
"""What every file of the project keeps, as rules over its text. TAP on standard output."""
import os
import re
import sys

SOURCE = os.environ["OPTREG_TEST_SOURCE"]
SKIPPED = {".git", "vendor", "corpus", "node_modules", "cases"}
# runs by hand, to measure: it waits for the machine to calm down
MEASURES = {"tests/bench/versus_torch.py"}


def files(folders, suffixes):
    for folder in folders:
        for path, names, leaves in os.walk(os.path.join(SOURCE, folder)):
            names[:] = sorted(n for n in names if n not in SKIPPED and not n.startswith("build"))
            for leaf in sorted(leaves):
                if leaf.endswith(suffixes):
                    yield os.path.relpath(os.path.join(path, leaf), SOURCE)


def lines(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return list(enumerate(file.read().split("\n"), 1))


def matches(pattern, paths):
    rule = re.compile(pattern)
    return [f"{path}:{number}: {line.strip()}" for path in paths
            for number, line in lines(path) if rule.search(line)]


def lines_of_c_have_88_columns_at_most():
    folders = ("include", "core", "plugins", "tools", "tests", "examples")
    return [f"{path}:{number}: {len(line)} columns"
            for path in files(folders, (".c", ".h", ".cpp", ".hpp"))
            for number, line in lines(path) if len(line) > 88]


def no_test_sleeps():
    paths = [p for p in files(("tests",), (".c", ".h", ".py", ".sh", ".js"))
             if p not in MEASURES and not p.startswith("tests/check/fixtures/")
             and p != "tests/boundaries/test_house.py"]
    return matches(r"\b(time\.)?(g_u|u|nano|clock_nano)?sleep\s*\(|^\s*sleep\s+[0-9.]", paths)


def the_core_names_optimizers_where_keras_does_only():
    names = "|".join(sorted(os.listdir(os.path.join(SOURCE, "plugins"))))
    paths = [p for p in files(("core",), (".c", ".h"))
             if not p.startswith("core/config/keras")]
    return matches(rf'"[^"]*\b({names})\b[^"]*"', paths)


def every_c_file_says_what_it_is():
    folders = ("include", "core", "plugins", "tools", "tests", "examples")
    return [f"{path}:1" for path in files(folders, (".c", ".h"))
            if not lines(path)[0][1].startswith("/* SPDX-License-Identifier: MIT */")]


RULES = [lines_of_c_have_88_columns_at_most, no_test_sleeps,
         the_core_names_optimizers_where_keras_does_only, every_c_file_says_what_it_is]


def main():
    print(f"1..{len(RULES)}")
    failed = 0
    for number, rule in enumerate(RULES, 1):
        found = rule()
        failed += bool(found)
        name = rule.__name__.replace("_", "-")
        print(f"{'not ' if found else ''}ok {number} /house/{name}")
        for place in found[:40]:
            print(f"# {place}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
