"""The table in docs/reliability.md: every row is there, and every test that it names."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ROWS = range(1, 52)
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def table() -> dict[int, tuple[str, str, str]]:
    """Return fault, outcome and tests by the number of their row."""
    text = (TESTS.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
    found = _ROW.findall(text)
    rows = {int(number): (fault, outcome, tests) for number, fault, outcome, tests in found}
    assert len(rows) == len(found), "a number stands there twice"
    return rows


@lru_cache
def functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_row_is_there() -> None:
    assert list(table()) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_tests_that_there_are(row: int) -> None:
    tests = _TEST.findall(table()[row][2])
    assert tests
    for file, function in tests:
        assert (TESTS / file).is_file(), file
        assert function.startswith("test_")
        assert function in functions(TESTS / file), f"{file}::{function}"
