"""Measured figures find their place in docs/performance.md."""

from __future__ import annotations

import re

import pytest

from benchmarks import report


@pytest.mark.parametrize("name", report.TABLES)
def test_the_page_has_a_place_for_each_table(name: str) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    table = report.markdown([("a", "b"), ("1", "2")])
    once = report.filled(page, name, table)
    assert once.count(table) == 1
    assert report.filled(once, name, table) == once


@pytest.mark.parametrize("name", report.TABLES)
def test_the_russian_page_gets_the_same_figures_under_its_own_names(name: str) -> None:
    english, russian = (page.read_text(encoding="utf-8") for page in (report.PAGE, report.RUSSIAN))
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", english, re.DOTALL)
    assert found
    head, _, *body = (line.strip("|").split("|") for line in found[1].splitlines())
    rows = [tuple(cell.strip() for cell in line) for line in (head, *body)]
    table = report.markdown(report.in_russian(russian, name, rows))
    assert report.filled(russian, name, table) == russian


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(AssertionError, match="no place for memory"):
        report.filled("# Performance\n", "memory", "| a |")


def test_a_table_is_markdown() -> None:
    rows = [("graph", "speed"), ("fp32", "5.9")]
    assert report.markdown(rows) == "| graph | speed |\n|---|---|\n| fp32 | 5.9 |"


def test_ratios_are_medians_over_rounds() -> None:
    runs = {"export": [4.0, 5.0, 9.0], "rewritten": [2.0, 2.0, 4.0]}
    figures = [{"name": name, "wall": sorted(each)[1], "runs": each} for name, each in runs.items()]
    rows = report.encoder({"seconds": 20.0, "callers": 1, "figures": figures})
    assert [row[1:] for row in rows[1:]] == [("4.0", "1.00"), ("10.0", "2.25")]
