"""A second of real recognition, and what its text is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.values import Recognition, Token
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.optimise.probe import SAID
from gigaam_cli.pipeline.doctor import recognition
from gigaam_cli.pipeline.doctor.models import WantedModel
from gigaam_cli.pipeline.doctor.recognition import alike, measure, recognitions
from gigaam_cli.pipeline.doctor.remedies import Machine
from tests.fakes.engines import FakeEngine

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

LINUX = Machine("Linux")


class Says(FakeEngine):
    """Says always the same."""

    def __init__(self, text: str, calls: int = 1, batch: int = 1) -> None:
        super().__init__(calls=calls, batch=batch)
        self._text, self.batches = text, set[int]()

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        self.batches.add(len(batch))
        for _ in batch:
            yield Recognition(tuple(Token(f" {word}", 0.0, 1.0, 0.9) for word in self._text.split()))


@pytest.fixture(scope="module", autouse=True)
def _no_helper_is_left() -> Iterator[None]:
    """End what multiprocessing starts once for a whole process: other tests look for processes that are left."""
    yield
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]  # there is no public way


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "_MEASURED_SECONDS", 0.05)


def test_an_engine_is_measured_with_all_its_calls_and_its_own_batches() -> None:
    engine = Says("раз два", calls=3, batch=4)
    text, speed = measure(engine)
    assert text == "раз два"
    assert speed > 0
    assert engine.batches == {1, 4}


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "Развернул план Петербурга и, водя по нему концом трубки, отыскал",
        "развернул план петербурга и вводя по нему концом трубки отыскал",
    ],
)
def test_punctuation_and_capitals_are_a_models_own_affair(text: str) -> None:
    assert alike(text, SAID) > 0.95


@pytest.mark.parametrize("text", ["", "да", "двадцатое октября тысяча девятьсот двадцать первого года"])
def test_another_sentence_is_not_alike(text: str) -> None:
    assert alike(text, SAID) < 0.6


@given(st.text(), st.text())
def test_likeness_lies_between_nothing_and_all(one: str, other: str) -> None:
    assert 0 <= alike(one, other) <= 1
    assert alike(one, one) == 1


def test_the_demonstration_says_on_the_cpu_what_was_said() -> None:
    speeds: list[tuple[str, str, float]] = []
    (check,) = recognitions(LINUX, WantedModel("v3_e2e_rnnt", named=False), lambda *each: speeds.append(each))
    found = check.look()
    assert (check.about, found.state) == ("demo, cpu", "ok")
    assert alike(str(found.values["text"]), SAID) > 0.95
    ((model, device, speed),) = speeds
    assert (model, device) == ("demo", "cpu")
    assert speed > 1


def test_a_device_that_hears_something_else_fails_and_is_not_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gigaam_cli.engines.optimise.probe.SAID", "совсем другое")
    speeds: list[tuple[str, str, float]] = []
    (check,) = recognitions(LINUX, WantedModel("demo", named=False), lambda *each: speeds.append(each))
    found = check.look()
    assert found.state == "failed"
    assert "совсем другое" in found.message()
    assert found.remedies[0].endswith("--force-reinstall onnxruntime")
    assert speeds == []


def test_every_card_is_tried_and_one_that_fails_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        recognition, "choose_devices", lambda wanted: (Device("cuda", 0, ""), Device("cuda", 1, ""))
    )
    checks = recognitions(LINUX, WantedModel("demo_rnnt", named=True), lambda *each: None)
    assert [(check.about, check.needed) for check in checks] == [
        ("demo, cpu", True),
        ("demo_rnnt, cpu", True),
        ("demo, cuda:0", False),
        ("demo_rnnt, cuda:0", False),
        ("demo, cuda:1", False),
        ("demo_rnnt, cuda:1", False),
    ]
