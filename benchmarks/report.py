"""Puts measured figures into docs/performance.md, in both languages, and draws them.

    python -m benchmarks.report RESULTS

RESULTS holds the JSON of the other modules; a table whose figures are not there stays as it is. The plot needs
matplotlib (``pip install .[benchmarks]``).
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from .models import NAMES

ROOT = Path(__file__).parents[1]
PAGE, PLOT = ROOT / "docs/performance.md", ROOT / "docs/images/performance.svg"
RUSSIAN = PAGE.with_name("performance.ru.md")
RUSSIAN_UNITS = {"core-milliseconds": "мс ядра", "min": "мин", "MiB": "МиБ", "s": "с"}
OURS, OTHERS = "#1f77b4", "#b0b0b0"
STARTS = {
    "python": "Python that does nothing",
    "help": "`gigaam --help`",
    "version": "`gigaam --version`",
    "topic": "`gigaam help formats`",
    "status": "`gigaam status`, nothing known",
    "first_line": "the first line of `gigaam transcribe`, `demo`",
}
Results = dict[str, Any]
Rows = list[tuple[str, ...]]


def encoder(found: Results) -> Rows:
    """Return the speed of each graph alone."""
    seconds = found["seconds"] * found["callers"]
    figures = {one["name"]: one for one in found["figures"]}
    first = figures["export"]["runs"]
    rows: Rows = [("graph", "seconds of audio a second", "times the export")]
    for name, one in figures.items():
        gain = median(a / b for a, b in zip(first, one["runs"], strict=True))
        rows.append((NAMES[name], f"{seconds / one['wall']:.1f}", f"{gain:.2f}"))
    return rows


def pipeline(found: Results) -> Rows:
    """Return the way from files to texts beside onnx-asr's."""
    rounds = found["rounds"]
    ours = [one["gigaam"] for one in rounds]
    wall = median(one["wall"] for one in ours)
    rows: Rows = [
        ("", "seconds", "times real time", "times gigaam's"),
        ("**gigaam, mp3 to txt**", f"{wall:.0f}", f"{median(one['rtfx'] for one in ours):.1f}", "1"),
    ]
    for precision, name in {"int8": "int8 as published", "fp32": "fp32"}.items():
        other = median(one["onnx_asr"][precision]["wall"] for one in rounds)
        times = median(one["ratios"][precision] for one in rounds)
        speed = ours[0]["audio_seconds"] / other
        rows.append((f"onnx-asr, {name}, WAV", f"{other:.0f}", f"{speed:.1f}", f"{times:.2f}"))
    return rows


def account(found: Results) -> Rows:
    """Return where the time of the cores goes in that."""
    ours = [one["gigaam"] for one in found["rounds"]]
    outside = median(one["outside_per_audio_second"] for one in ours)
    return [
        ("", ""),
        ("audio, in files", f"{ours[0]['audio_seconds'] / 60:.0f} min, {ours[0]['files']:.0f}"),
        ("outside the encoder, for each second of audio", f"{1000 * outside:.1f} core-milliseconds"),
        ("cores busy, loading included", f"{100 * median(one['busy_share'] for one in ours):.0f} %"),
    ]


def many_files(found: Results) -> Rows:
    """Return what short files cost beside one long one."""
    rounds = found["rounds"]
    one, many = (median(each[name]["rtfx"] for each in rounds) for name in ("one", "many"))
    count = rounds[0]["many"]["files"]
    return [
        ("the same audio", "times real time", "share"),
        ("in one file", f"{one:.1f}", "1"),
        (f"in {count:.0f} files of 3 to 10 s", f"{many:.1f}", f"{median(e['ratio'] for e in rounds):.2f}"),
    ]


def devices(found: Results) -> Rows:
    """Return what a second device gains."""
    return [
        ("devices that stand for GPUs", "seconds", "gain", "end apart by"),
        ("1", f"{found['one']:.1f}", "1", ""),
        ("2", f"{found['two']:.1f}", f"{found['gain']:.2f}", f"{100 * found['apart']:.1f} %"),
    ]


def memory(found: Results) -> Rows:
    """Return the peak of memory by length."""
    rows: Rows = [("recording", "most memory", "took")]
    for hours, one in found["hours"].items():
        rows.append((f"{hours} h", f"{one['mib']:.0f} MiB", f"{one['seconds']:.0f} s"))
    return rows


def start(found: Results) -> Rows:
    """Return how soon the program answers."""
    rows: Rows = [("", "seconds", "of a core")]
    for one in found["figures"]:
        rows.append((STARTS[one["name"]], f"{one['wall']:.2f}", f"{one['cores']:.2f}"))
    return rows


TABLES: dict[str, tuple[str, Callable[[Results], Rows]]] = {
    "encoder": ("encoder", encoder),
    "pipeline": ("pipeline", pipeline),
    "account": ("pipeline", account),
    "many_files": ("many_files", many_files),
    "devices": ("devices", devices),
    "memory": ("memory", memory),
    "start": ("start", start),
}


def markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows as a table, the first of them its head."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, re.sub(r"[^|]+", "---", head), *body])


def filled(page: str, name: str, table: str) -> str:
    """Return the page with a table in its place."""
    pattern = rf"(<!-- {name} -->\n).*?(\n<!-- end -->)"
    assert re.search(pattern, page, re.DOTALL), f"the page has no place for {name}"
    return re.sub(pattern, lambda found: found[1] + table + found[2], page, flags=re.DOTALL)


def in_russian(page: str, name: str, rows: Rows) -> Rows:
    """Return rows with the head and the names that the Russian page has already, and its way to write numbers."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", page, re.DOTALL)
    assert found, f"the page has no place for {name}"
    head, _, *body = (line.strip("|").split("|") for line in found[1].splitlines())
    names = [tuple(cell.strip() for cell in head), *((line[0].strip(),) for line in body)]
    assert len(names) == len(rows), f"{name} has other rows in Russian"
    return [
        names[0],
        *(known + tuple(map(_russian, row[1:])) for known, row in zip(names[1:], rows[1:], strict=True)),
    ]


def _russian(cell: str) -> str:
    cell = re.sub(r"(\d)\.(\d)", r"\1,\2", cell)
    return re.sub(r"[A-Za-z-]+", lambda found: RUSSIAN_UNITS.get(found[0], found[0]), cell)


def draw(results: dict[str, Results]) -> None:
    """Draw how fast the encoder is alone, and the whole way beside onnx-asr's."""
    from matplotlib import rcParams, use
    from matplotlib.figure import Figure

    use("svg")
    rcParams["svg.hashsalt"] = "gigaam"  # the same figures give the same file
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    for axes, (title, rows, column) in zip(
        figure.subplots(2, 1),
        (
            ("Encoder alone, one core: seconds of audio a second", encoder(results["encoder"])[1:], 1),
            ("From files to texts, two cores: times real time", pipeline(results["pipeline"])[1:], 2),
        ),
        strict=True,
    ):
        names = [row[0].strip("*") for row in rows]
        colours = [OURS if "gigaam" in name else OTHERS for name in names]
        bars = axes.barh(names, [float(row[column]) for row in rows], color=colours)
        axes.bar_label(bars, padding=3)
        axes.invert_yaxis()
        axes.set_title(title, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("results", type=Path)
    folder: Path = parser.parse_args().results
    results = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")}
    page, russian = PAGE.read_text(encoding="utf-8"), RUSSIAN.read_text(encoding="utf-8")
    for name, (source, table) in TABLES.items():
        if source in results:
            rows = table(results[source])
            page = filled(page, name, markdown(rows))
            russian = filled(russian, name, markdown(in_russian(russian, name, rows)))
    PAGE.write_text(page, encoding="utf-8")
    RUSSIAN.write_text(russian, encoding="utf-8")
    if {"encoder", "pipeline"} <= results.keys():
        draw(results)


if __name__ == "__main__":
    main()
