"""Digests: the same parts give the same number, other parts another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.store.digest import digest


@dataclass(frozen=True)
class Options:
    """A dataclass as recipes hold them."""

    size: int = 1
    name: str | None = None


def test_the_order_of_the_parts_does_not_matter() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_it_is_the_same_in_every_run_and_version() -> None:
    """Changing this number makes every user recognise everything again."""
    expected = "88b29e6ba4ea4c9f0d2b792ad420f2196e9065b21c45d7e317555e91364ea1ad"
    assert digest({"model": "x", "options": Options()}) == expected


@pytest.mark.parametrize("other", [Options(2), Options(1, ""), Options(1, "None"), None, {"size": 1}, 1, 1.5])
def test_whatever_changes_in_a_part_changes_it(other: object) -> None:
    assert digest({"options": other}) != digest({"options": Options()})
    assert digest({"options": replace(Options(), size=1)}) == digest({"options": Options()})


@given(
    st.dictionaries(st.text(max_size=3), st.integers()), st.dictionaries(st.text(max_size=3), st.integers())
)
def test_two_digests_are_the_same_if_and_only_if_the_parts_are(
    one: dict[str, int], other: dict[str, int]
) -> None:
    assert (digest(one) == digest(other)) == (one == other)


def test_what_has_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        digest({"formats": {1, 2}})
    with pytest.raises(TypeError, match="type"):
        digest({"options": Options})
