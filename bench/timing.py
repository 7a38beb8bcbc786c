"""Times commands side by side with the stopwatch program."""
import statistics
import subprocess

from tools import STOPWATCH


def summary(nanoseconds):
    """Milliseconds: the least, the middle, and what 19 of 20 stay below."""
    times = sorted(t / 1e6 for t in nanoseconds)
    return {"min": times[0], "median": statistics.median(times),
            "p95": times[min(len(times) - 1, round(0.95 * len(times)))], "runs": len(times)}


def time_side_by_side(place, cases, rounds, seconds):
    """cases: {name: (how, words)}. Returns {name: summary} of those that ran; says which did not."""
    lines = "".join("\t".join([name, how, *words]) + "\n" for name, (how, words) in cases.items())
    run = subprocess.run([STOPWATCH, str(rounds), str(seconds), place.path("mounts")], input=lines,
                         text=True, check=True, stdout=subprocess.PIPE, preexec_fn=place.enter_cgroup)
    results = {}
    for line in run.stdout.splitlines():
        name, *fields = line.split("\t")
        if fields and fields[0] != "failed":
            results[name] = summary(map(int, fields))
        else:
            print(f"{name}: did not run here: {' '.join(fields[1:]).strip()}")
    return results
