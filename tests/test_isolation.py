"""Nothing is fetched unless asked for: where it can be had, the whole suite runs without a network."""

from __future__ import annotations

import subprocess

import pytest

from tests.isolation import ISOLATED, routes


@pytest.mark.root
def test_there_is_no_network_but_loopback(pytestconfig: pytest.Config) -> None:
    if not pytestconfig.stash.get(ISOLATED, False):
        pytest.skip("a network namespace needs Linux and root rights")
    assert routes() == []
    children = subprocess.run(["cat", "/proc/self/net/route"], capture_output=True, text=True, check=True)
    assert len(children.stdout.splitlines()) == 1
