"""The results as tables."""
from tools import SHAPES

GOALS = {"floor": 1.5, "bubblewrap": 1.0, "systemd-nspawn": 1 / 15}
BUSY = 0.3     # of the processors, when other things wait for them now and then
GROWTH = 1.2  # what two runs of the same differ by


def table(head, rows):
    """Columns as wide as what is in them; the first to the left, the others to the right."""
    cells = [head, *rows]
    widths = [max(len(str(row[i])) for row in cells) for i in range(len(head))]
    return "\n".join("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))) for row in cells)


def ratio(one, other):
    return f"{one['median'] / other['median']:.2f}" if one and other else "-"


def shape_table(title, times):
    floor = times.get("floor")
    ours = times.get("warren")
    rows = [(name, *(f"{t[k]:.2f}" for k in ("min", "median", "p95")), ratio(t, floor), ratio(t, ours),
             t["runs"]) for name, t in sorted(times.items(), key=lambda item: item[1]["median"])]
    return title + ", ms\n" + table(("", "min", "median", "p95", "÷ floor", "÷ warren", "runs"), rows)


def growth_table(title, counts):
    rows = [(count, *(f"{t[name]['median']:.2f}" if name in t else "-" for name in ("floor", "warren")),
             ratio(t.get("warren"), t.get("floor"))) for count, t in counts.items()]
    return title + ", median ms\n" + table(("", "floor", "warren", "÷ floor"), rows)


def memory_table(memory):
    rows = [(name, f"{m['private']:.0f}", f"{m['pss']:.0f}") for name, m in memory.items()]
    count = next(iter(memory.values()), {}).get("containers", 0)
    return f"{count} BusyBox containers, KB for each\n" + \
        table(("", "private to the waiting process", "all processes (Pss)"), rows)


def speed_goals(results):
    """(what, the most, by median, by the least time)"""
    command = results["shapes"]["command"]
    pairs = [(f"a command ÷ {peer}", most, command.get("warren"), command.get(peer))
             for peer, most in GOALS.items()]
    for what in ("mounts", "containers"):
        times = results[what]
        first, *_, last = times
        pairs.append((f"a command with {last} {what} ÷ with none", GROWTH, times[last].get("warren"),
                      times[first].get("warren")))
    for title, most, one, other in pairs:
        if one and other:
            yield (title, most, *(one[k] / other[k] for k in ("median", "min")))
    if "warren" in results["version"]:
        yield ("warren --version, ms", 0.7, *(results["version"]["warren"][k] for k in ("median", "min")))


VERBS = {"list": "list, 500 declared", "apply": "apply, 500 declared, nothing to do", "create": "create beside 500, image present",
         "run": "run -- true", "run, floor": "run -- true: floor", "start": "start to ready", "start, floor": "start to ready: floor"}


def declared_table(found):
    rows = [(VERBS[verb], *(f"{t[k]:.2f}" for k in ("min", "median", "p95")), t["runs"]) for verb, t in found["verbs"].items()]
    text = "declared BusyBox containers, ms\n" + table(("", "min", "median", "p95", "runs"), rows)
    if "taken" in found:
        count = found["monitors"]["containers"]
        rows = [(name, f"{taken:.0f}") for name, taken in found["taken"].items()]
        text += f"\n\n{count} containers with init, syslogd and dropbear, KB of MemAvailable for each\n" + table(("", "KB"), rows)
    return text


def declared_goals(found):
    """(what, the most, by median, by the least time)"""
    verbs = found["verbs"]
    for verb, most in (("list", 10), ("create", 10), ("apply", 50)):
        if verb in verbs:
            yield (f"{VERBS[verb]}, ms", most, *(verbs[verb][k] for k in ("median", "min")))
    if "start" in verbs and "start, floor" in verbs:
        yield ("start to ready ÷ floor", 2.5, *(verbs["start"][k] / verbs["start, floor"][k] for k in ("median", "min")))
    if "run" in verbs and "run, floor" in verbs:
        yield ("run -- true over the floor, ms", 5, *(verbs["run"][k] - verbs["run, floor"][k] for k in ("median", "min")))


def declared_memory_goals(found):
    """(what, the most, what was found)"""
    if "taken" in found:
        monitors = found["monitors"]
        yield (f"memory of {monitors['containers']} containers ÷ floor", 1.35, found["taken"]["warren"] / found["taken"]["floor"])
        yield ("private memory of a monitor, KB", 200, monitors["private"])
        yield (f"wake-ups of {monitors['containers']} monitors in an idle second", 0, monitors["wake-ups"])


def networks_table(found):
    parts = [shape_table("start to ready, with a pair, addresses, routes and a port", found["start"]),
             growth_table("a command with a pair, beside so many containers with one", found["growth"])]
    if found["way"]:
        rows = [(f"by {way}, {what}", *(f"{of[name]:.2f}" for name in ("by hand", "warren")), f"{of['warren'] / of['by hand']:.3f}")
                for way, figures in found["way"].items() for what, of in figures.items()]
        parts.append("packets on the way in\n" + table(("", "by hand", "warren", "÷ by hand"), rows))
    return "\n\n".join(parts)


def networks_goals(found):
    """(what, the most, by median, by the least time)"""
    if "warren" in found["start"] and "floor" in found["start"]:
        ours, floors = found["start"]["warren"], found["start"]["floor"]
        yield ("start with a pair, addresses and a port ÷ floor", 1.6, *(ours[k] / floors[k] for k in ("median", "min")))
    first, *_, last = found["growth"].values()
    if "warren" in first and "warren" in last:
        yield (f"a pair with {max(found['growth'])} containers ÷ with one", GROWTH, *(last["warren"][k] / first["warren"][k] for k in ("median", "min")))
    for way, figures in (found["way"] or {}).items():
        more, less = figures["µs"], figures["Gbit/s"]
        yield (f"latency by {way} ÷ by hand", 1.03, *[more["warren"] / more["by hand"]] * 2)
        yield (f"throughput by hand ÷ by {way}", 1.03, *[less["by hand"] / less["warren"]] * 2)


def goals(results):
    """What was promised, and what was measured."""
    speed = [*speed_goals(results), *declared_goals(results["declared"]), *networks_goals(results["networks"])]
    rows = [(title, f"{most:.3g}", f"{median:.3g}", f"{least:.3g}",
             "reached" if median <= most else "reached by min" if least <= most else "MISSED")
            for title, most, median, least in speed]
    if "warren" in results["memory"]:
        found = results["memory"]["warren"]["private"]
        rows.append(("private memory while waiting, KB", "200", f"{found:.0f}", "",
                     "reached" if found <= 200 else "MISSED"))
    rows += [(title, f"{most:.3g}", f"{found:.3g}", "", "reached" if found <= most else "MISSED")
             for title, most, found in declared_memory_goals(results["declared"])]
    return table(("", "at most", "by median", "by min", ""), rows)


def text(results):
    """All of it."""
    machine = results["machine"]
    parts = [f"{machine['processor']}, {machine['processors']} processors, Linux {machine['kernel']}"]
    if machine["load"] > BUSY * machine["processors"]:
        parts.append("The machine is busy: times include waits for a processor. Look at the least ones.")
    parts += [shape_table(SHAPES[shape], times) for shape, times in results["shapes"].items()]
    parts.append(shape_table("--version", results["version"]))
    parts.append(growth_table("a command, with so many mounts more on the host", results["mounts"]))
    parts.append(growth_table("a command, beside so many containers", results["containers"]))
    parts.append(memory_table(results["memory"]))
    parts.append(declared_table(results["declared"]))
    parts.append(networks_table(results["networks"]))
    parts.append(goals(results))
    return "\n\n".join(parts)


def markdown(results):
    """The table of the README: one line for each tool."""
    command, boot = results["shapes"]["command"], results["shapes"]["boot"]
    floor = command["floor"]["median"]
    lines = ["| | a command | ÷ floor | BusyBox boots and powers off | `--version` | memory of the waiting process |",
             "|---|--:|--:|--:|--:|--:|"]
    for name, times in sorted(command.items(), key=lambda item: item[1]["median"]):
        def cell(value, unit, digits=1):
            return f"{value:.{digits}f} {unit}" if value is not None else ""
        shown = [cell(times["median"], "ms"), f"{times['median'] / floor:.2f}",
                 cell(boot.get(name, {}).get("median"), "ms"),
                 cell(results["version"].get(name, {}).get("median"), "ms", 2),
                 cell(results["memory"].get(name, {}).get("private"), "KB", 0)]
        title = f"**{name}**" if name == "warren" else name
        lines.append(f"| {title} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"
