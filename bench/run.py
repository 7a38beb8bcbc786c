#!/usr/bin/python3
"""Measures warren beside its floor and its peers: the entry of `make bench`. Needs root.

  run.py [--draw] [--quick]

Prints tables, writes build/bench.json; with --draw also the charts and the table of the README in
docs/images. How it measures, and what the floor is: docs/BENCHMARKS.md."""
import argparse
import ctypes
import datetime
import json
import os
import pathlib
import platform
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.dont_write_bytecode = True
import charts  # noqa: E402
import report  # noqa: E402
import same_shape  # noqa: E402
from declared import measure_declared  # noqa: E402
from networks import measure_networks  # noqa: E402
from place import Place  # noqa: E402
from running import measure_memory, sleepers  # noqa: E402
from timing import time_side_by_side  # noqa: E402
from tools import BUILD, SHAPES, TRUE, installed_tools, floor, warren  # noqa: E402

MOUNTS = (0, 1000, 5000)
CONTAINERS = (0, 100, 1000)
BUSYBOXES = 50


def machine(tools):
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text()
                  .splitlines() if line.startswith("model name")), platform.machine())
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release(),
            "load": os.getloadavg()[0], "date": str(datetime.date.today()),
            "versions": {t.name: t.version() for t in tools if t.name != "floor"}}


def measure_shapes(place, tools, scale):
    """{shape: {tool: summary}}; the tools of one shape alternate."""
    found = {}
    for shape in SHAPES:
        cases = {t.name: (t.how, t.command(place, shape)) for t in tools if t.command(place, shape)}
        rounds, seconds = (100, 30) if shape == "command" else (50, 15)
        found[shape] = time_side_by_side(place, cases, round(rounds * scale), round(seconds * scale))
    return found


def measure_versions(place, tools, scale):
    cases = {t.name: ("", [t.program, "--version"]) for t in tools if t.name != "floor"}
    return time_side_by_side(place, cases, round(200 * scale), round(10 * scale))


def measure_mounts(place, scale):
    """{mounts more on the host: {tool: summary}}"""
    cases = {f"{name} {count}": (f"mounts={count}", command(place, "command"))
             for count in MOUNTS for name, command in (("floor", floor), ("warren", warren))}
    results = time_side_by_side(place, cases, round(60 * scale), round(20 * scale))
    return {count: {name: results[f"{name} {count}"] for name in ("floor", "warren")
                    if f"{name} {count}" in results} for count in MOUNTS}


def measure_containers(place, scale):
    """{other containers that run: {tool: summary}}"""
    found = {}
    cases = {name: ("", command(place, "command")) for name, command in (("floor", floor), ("warren", warren))}
    for count in CONTAINERS:
        with sleepers(place, count):
            found[count] = time_side_by_side(place, cases, round(60 * scale), round(8 * scale))
    return found


def measure(scale):
    tools = installed_tools()
    results = {"machine": machine(tools)}
    with Place() as place:
        same_shape.check(place)
        results["shapes"] = measure_shapes(place, tools, scale)
        results["version"] = measure_versions(place, tools, scale)
        results["mounts"] = measure_mounts(place, scale)
        results["containers"] = measure_containers(place, scale)
        results["memory"] = measure_memory(place, tools, BUSYBOXES)
        results["declared"] = measure_declared(place, scale)
        results["networks"] = measure_networks(place, scale)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draw", action="store_true", help="draw the charts of the README")
    parser.add_argument("--quick", action="store_true", help="a fifth of the runs")
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("bench: measuring needs root")
    # Pairs of interfaces come and go in a network of the benchmark's own.
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        sys.exit("bench: it needs a network namespace of its own")
    results = measure(0.2 if chosen.quick else 1.0)
    (BUILD / "bench.json").write_text(json.dumps(results, indent=1) + "\n")
    print(report.text(results))
    if chosen.draw:
        charts.draw(results, pathlib.Path(__file__).parents[1] / "docs/images")


if __name__ == "__main__":
    main()
