"""The sizes that keep this code readable."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gigaam_cli

MODULES = sorted(Path(gigaam_cli.__file__).parent.rglob("*.py"))
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
# A log of last resort needs them: around one recording's work, and around the program.
BROAD_EXCEPTS = {"pipeline/guard.py", "cli/errors.py"}


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_functions_and_modules_are_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST_MODULE
    for function in functions(ast.parse(text)):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < LONGEST_FUNCTION, function.name


def test_everything_is_caught_in_two_places_only() -> None:
    broad = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name | None):
                name = node.type.id if node.type else ""
                if name in ("", "Exception") or (name == "BaseException" and not _reraises(node)):
                    broad.add(f"{module.parent.name}/{module.name}")
    assert broad == BROAD_EXCEPTS


def _reraises(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None
