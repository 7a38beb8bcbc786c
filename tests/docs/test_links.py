"""Links between the documents, and the paths and names of the source that they speak of."""
import pathlib
import re
import sys

import pytest

SOURCE = pathlib.Path(__file__).parents[2]
DOCUMENTS = sorted([*SOURCE.glob("*.md"), *(SOURCE / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def prose(path):
    return FENCE.sub("", path.read_text())


def anchors(path):
    """What GitHub makes of the headings."""
    titles = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(SOURCE)))
def test_links_lead_somewhere(path):
    for link in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(SOURCE), link
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(SOURCE)))
def test_paths_of_the_source_exist(path):
    for name in re.findall(r"`((?:src|tests|tools|programs|bench|docs|completions|cmake)/[^`\s]*)`", prose(path)):
        matches = list(SOURCE.glob(re.sub(r"\{.*?\}|NAME|NNNN", "*", name).rstrip("/")))
        assert matches, f"{name} does not exist"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(SOURCE)))
def test_tests_that_are_named_exist(path):
    known = {name for file in (SOURCE / "tests").rglob("test_*.py")
             for name in [file.stem, *re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)]}
    assert set(re.findall(r"`(test_\w+)`", prose(path))) <= known


def test_every_decision_is_numbered_and_listed():
    records = sorted((SOURCE / "docs/adr").glob("*.md"))
    assert [r.name[:4] for r in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text()
        for heading in ("## Context", "## Decision", "## Consequences"):
            assert heading in text, record.name
        assert len(text.splitlines()) <= 60, f"{record.name} is longer than a page"
        assert f"adr/{record.name}" in (SOURCE / "docs/ARCHITECTURE.md").read_text()
    for source in [*(SOURCE / "src").rglob("*.h"), *(SOURCE / "src").rglob("*.cc")]:
        for number in re.findall(r"docs/adr/(\d{4})", source.read_text()):
            assert any(r.name.startswith(number) for r in records), source


def squeeze(text):
    return " ".join(text.split())


def excerpts(path):
    """(file, pieces) of fenced blocks whose language is followed by a path: ```cpp src/…"""
    for head, body in FENCE.findall(path.read_text()):
        words = head.split()
        if len(words) == 2 and words[0] in ("cpp", "python"):
            pieces = re.split(r"^\s*(?://|#) …\n", body, flags=re.MULTILINE)
            yield words[1], [squeeze(p) for p in pieces if p.strip()]


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if list(excerpts(p))], ids=lambda p: p.name)
def test_excerpts_are_still_in_the_source(path):
    for file, pieces in excerpts(path):
        rest = squeeze((SOURCE / file).read_text())
        for piece in pieces:
            assert piece in rest, f"{file} has changed; {path.name} shows:\n{piece}"
            rest = rest[rest.index(piece) + len(piece):]


def test_every_pattern_has_an_excerpt():
    text = (SOURCE / "docs/PATTERNS.md").read_text()
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert re.search(r"^```(cpp|python) \S+$", section, re.MULTILINE), section.splitlines()[0]


def test_table_of_layers_is_the_one_that_is_checked():
    sys.path.insert(0, str(SOURCE / "tools"))
    import check_layers
    text = (SOURCE / "docs/ARCHITECTURE.md").read_text()
    table = text[text.index("<!-- layers:begin -->"):text.index("<!-- layers:end -->")]
    shown = {}
    for row in re.findall(r"^\| `(\w+)/` \|[^|]*\|([^|]*)\|$", table, re.MULTILINE):
        shown[row[0]] = set(re.findall(r"\w+", row[1])) - {"nothing"}
    assert shown == check_layers.MAY_INCLUDE
    assert list(shown) == list(check_layers.MAY_INCLUDE)
    for layer in shown:
        assert (SOURCE / "src" / layer).is_dir()


def test_functions_of_the_trace_are_where_it_says():
    text = (SOURCE / "docs/ARCHITECTURE.md").read_text()
    trace = text[text.index("<!-- trace:begin -->"):text.index("<!-- trace:end -->")]
    rows = re.findall(r"^\| \d+ \| `([^`]+)` \| ([^|]+) \|", trace, re.MULTILINE)
    assert len(rows) > 15
    for file, functions in rows:
        source = (SOURCE / file).read_text()
        for function in re.findall(r"`([\w:~]+)\(\)`", functions):
            assert re.search(rf"(?<!\w){re.escape(function.split('::')[-1])}\(", source), f"{file} has no {function}()"


def test_exit_statuses_are_those_of_the_code():
    header = (SOURCE / "src/cli/report.h").read_text()
    statuses = set(re.findall(r"kExit\w+ = (\d+)", header))
    listed = set(re.findall(r"^\| (\d+) \|", (SOURCE / "docs/ERRORS.md").read_text(), re.MULTILINE))
    assert statuses <= listed, statuses - listed


def test_every_hint_is_in_the_list():
    source = (SOURCE / "src/cli/report.cc").read_text()
    operations = set(re.findall(r'^\s+\{"(\w+)", E\w+,', source, re.MULTILINE))
    assert operations
    text = (SOURCE / "docs/ERRORS.md").read_text()
    for operation in operations:
        assert f"`{operation}`" in text, operation


def test_tests_that_show_security_exist():
    """Each test that docs/SECURITY.md names is there, in the tests of the built warren."""
    named = set(re.findall(r"`(test_\w+)`", (SOURCE / "docs/SECURITY.md").read_text()))
    tests = "".join(path.read_text() for path in sorted((SOURCE / "tests").rglob("test_*.py")))
    assert named and named <= set(re.findall(r"^def (test_\w+)\(", tests, re.M))
