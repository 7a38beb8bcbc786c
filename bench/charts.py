"""Bar charts as SVG, for pages that are dark or light."""
import html

import report

WIDTH, BAR, GAP, LABEL, VALUE = 640, 20, 10, 150, 110
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #24292f }
.other { fill: #8c959f }
.floor { fill: #bf8700 }
.warren { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 }
  .title { fill: #e6edf3 }
  .other { fill: #656c76 }
  .floor { fill: #d29922 }
  .warren { fill: #3fb950 }
}
</style>"""


def bars(title, rows):
    """rows: [(name, value, what the bar says)]"""
    most = max(value for _, value, _ in rows)
    height = 34 + len(rows) * (BAR + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
             f'height="{height}" role="img">', STYLE, f"<title>{html.escape(title)}</title>",
             f'<text class="title" x="0" y="16">{html.escape(title)}</text>']
    for i, (name, value, said) in enumerate(rows):
        y = 30 + i * (BAR + GAP)
        length = max(1.0, (WIDTH - LABEL - VALUE) * value / most)
        kind = name.split()[0] if name.split()[0] in ("warren", "floor") else "other"
        parts += [f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{html.escape(name)}</text>',
                  f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
                  f'<text x="{LABEL + length + 8:.1f}" y="{y + 15}">{html.escape(said)}</text>']
    return "\n".join([*parts, "</svg>"]) + "\n"


def time_rows(times):
    return [(name, t["median"], f"{t['median']:.1f} ms")
            for name, t in sorted(times.items(), key=lambda item: item[1]["median"])]


def draw(results, directory):
    """Writes the charts and the README's table."""
    directory.mkdir(parents=True, exist_ok=True)
    shapes, memory = results["shapes"], results["memory"]
    files = {
        "launch.svg": bars("Start to end of /bin/true in a container, median", time_rows(shapes["command"])),
        "boot.svg": bars("BusyBox from start to power off, median", time_rows(shapes["boot"])),
        "memory.svg": bars("Memory of the process that waits for a container",
                           [(n, m["private"], f"{m['private']:.0f} KB") for n, m in
                            sorted(memory.items(), key=lambda item: item[1]["private"])]),
        "mounts.svg": bars("The same with more mounts on the host, median",
                           [(f"{name} {count}", t[name]["median"], f"{t[name]['median']:.1f} ms")
                            for name in ("floor", "warren") for count, t in results["mounts"].items()
                            if name in t]),
        "figures.md": report.markdown(results),
    }
    for name, text in files.items():
        (directory / name).write_text(text)
