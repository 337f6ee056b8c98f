"""Every format of every sample, byte for byte; GIGAAM_UPDATE_GOLDEN=1 writes the files anew."""

import os
from pathlib import Path

import pytest

from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.registry import FORMATS, writer
from tests.writers.samples import SAMPLES

# Read at once: every test runs without the settings of the person who started it.
UPDATE = bool(os.environ.get("GIGAAM_UPDATE_GOLDEN"))
GOLDEN = Path(__file__).parent.parent / "golden" / "writers"


def _golden(sample: str, name: str) -> Path:
    return GOLDEN / f"{sample}{writer(name).suffix}"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_text_is_the_golden_one(sample: str, name: str) -> None:
    text = writer(name).render(SAMPLES[sample], Shaping())
    path = _golden(sample, name)
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    assert text.encode() == path.read_bytes()


def test_every_golden_file_belongs_to_a_sample() -> None:
    expected = {_golden(sample, name) for sample in SAMPLES for name in FORMATS}
    assert {path for path in GOLDEN.iterdir() if path.is_file()} == expected
