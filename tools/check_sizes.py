#!/usr/bin/python3
"""Checks the sizes of files and functions. Usage: check_sizes.py DIR…

A .cc has at most 400 lines, a header 250, a function 60; what is mostly a table of data is exempt
by name. Functions are found with universal-ctags."""
import json
import pathlib
import subprocess
import sys

MOST_OF_SOURCE, MOST_OF_HEADER, MOST_OF_FUNCTION, MOST_OF_MAIN = 400, 250, 60, 60
TABLES = {"src/confine/syscalls.h"}


def file_complaints(path):
    lines = len(path.read_text().splitlines())
    most = MOST_OF_HEADER if path.suffix == ".h" else MOST_OF_SOURCE
    if path.name == "main.cc" and "programs" in path.parts:
        most = MOST_OF_MAIN
    if lines > most and str(path) not in TABLES:
        yield f"{path}: {lines} lines, {most} are the most"


def function_complaints(paths):
    command = ["ctags", "--output-format=json", "--fields=+ne", "--kinds-C++=f", "--language-force=C++",
               "-f", "-", *map(str, paths)]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        tag = json.loads(line)
        length = tag.get("end", tag.get("line", 0)) - tag.get("line", 0) + 1
        if length > MOST_OF_FUNCTION:
            yield f"{tag['path']}:{tag['line']}: {tag['name']} has {length} lines, {MOST_OF_FUNCTION} are the most"


def main():
    paths = sorted(p for d in sys.argv[1:] for p in pathlib.Path(d).rglob("*") if p.suffix in (".cc", ".h"))
    found = [c for p in paths for c in file_complaints(p)] + list(function_complaints(paths))
    print("\n".join(found) or "sizes: fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
