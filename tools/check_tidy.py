#!/usr/bin/python3
"""Runs clang-tidy over every source in a compile_commands.json that is below src/ or programs/.
A file is checked again when it, a header of ours that it includes, or .clang-tidy has changed.
Usage: check_tidy.py BUILD-DIR SHARE/SHARES [quick], such as 2/4 for the second quarter of the files"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
TOOL = "clang-tidy"
# Each check walks through all that a file includes: all of .clang-tidy's take seven times as long as
# these, which find mistakes that neither g++ nor the sanitizers see, and the names.
QUICK = """
  bugprone-dangling-handle bugprone-infinite-loop bugprone-misplaced-widening-cast bugprone-sizeof-expression
  bugprone-suspicious-string-compare bugprone-terminating-continue bugprone-undelegated-constructor
  bugprone-unused-raii bugprone-unused-return-value bugprone-use-after-move performance-for-range-copy
  performance-implicit-conversion-in-loop readability-identifier-naming""".split()


def with_headers(path, seen):
    """The file and the headers of ours below it, each once."""
    if path in seen or not path.exists():
        return
    seen.add(path)
    for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
        with_headers(SOURCE / "src" / name, seen)


def digest(path, rules):
    files = set()
    with_headers(path, files)
    parts = [*rules, *(f"{file}\n{file.read_text()}" for file in sorted(files))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def sources(build):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if path.suffix == ".cc" and path.is_relative_to(SOURCE):
            if path.relative_to(SOURCE).parts[0] in ("src", "programs"):
                yield path


# clang 14 cannot compile all of g++ 12's library (a vector of an incomplete type, some of ranges);
# it goes on behind such an error, and so do the checks. g++ is who says whether the code compiles.
LIBRARY = re.compile(r"^/usr/.*\[clang-diagnostic-error\]$")


def complaints(path, build, rules):
    """What clang-tidy says, if it is not known that it says nothing."""
    stamp = build / "tidy" / digest(path, rules)
    if stamp.exists():
        return ""
    result = subprocess.run([TOOL, "--quiet", *rules[2:], "-p", build, path], capture_output=True, text=True)
    found = [line for line in result.stdout.splitlines()
             if re.search(r": (error|warning): ", line) and not LIBRARY.search(line)]
    crashed = result.returncode < 0 or "PLEASE submit" in result.stderr
    if not found and not crashed:
        stamp.touch()
        return ""
    return "\n".join(found) or f"{path}: {TOOL} ended with {result.returncode}\n{result.stderr}"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    share, shares = map(int, sys.argv[2].split("/"))
    paths = sorted(set(sources(build)))[share - 1::shares]
    (build / "tidy").mkdir(exist_ok=True)
    version = subprocess.run([TOOL, "--version"], check=True, capture_output=True, text=True).stdout
    rules = [version, (SOURCE / ".clang-tidy").read_text()]
    if sys.argv[3:] == ["quick"]:
        rules.append("--checks=-*," + ",".join(QUICK))
    found = [text for text in (complaints(path, build, rules) for path in paths) if text]
    print("\n".join(found) or f"tidy: {len(paths)} files are fine")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
