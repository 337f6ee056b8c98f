"""The books of a run: in whatever order messages come, each recording is closed once, and with everything said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.errors import (
    DamagedMediaError,
    DiskFullError,
    GigaamError,
    NotMediaError,
    OutputError,
    RecognitionError,
    TruncatedMediaError,
)
from gigaam_cli.core.events import (
    DurationKnown,
    Event,
    FileDone,
    FileFailed,
    FileStarted,
    SegmentDone,
    StageChanged,
    StageProgress,
)
from gigaam_cli.core.values import (
    SAMPLE_RATE,
    AudioSegment,
    AudioStream,
    MediaInfo,
    Recognition,
    Token,
    Transcript,
)
from gigaam_cli.engines.protocol import EngineInfo
from gigaam_cli.pipeline.flow import Advanced, Ended, Message, Nudge, Opened, Probed, Recognised, Work
from gigaam_cli.pipeline.jobs import Job, Recipe
from gigaam_cli.pipeline.ledger import Ledger
from gigaam_cli.pipeline.outcomes import Desk
from gigaam_cli.pipeline.second_look import Look
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint

INFO = MediaInfo("wav", 10.0, (AudioStream(0, "pcm_s16le", 16000, "mono"),))
CUT_OFF = TruncatedMediaError(decoded="0:02", expected="0:10")


@dataclass
class Shop:
    """A ledger with everything around it; ``refusal`` is what its sink raises."""

    store: Store
    recipe: Recipe = field(default_factory=Recipe)
    refusal: GigaamError | None = None
    delivered: list[tuple[int, Transcript]] = field(default_factory=list)
    nothing: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        engine = EngineInfo("fake", "beeps", "fp32", "cpu", "")
        self.ledger = Ledger(
            Desk(self.store, self, self._note, self.recipe, "d", engine, lambda job: job, self.looks.append)
        )

    def _note(self, event: Event) -> None:
        self.events.append(event)

    def deliver(self, job: Job, recognition: int, transcript: Transcript) -> tuple[Path, ...]:
        """Take a transcript, as sinks do."""
        if self.refusal:
            raise self.refusal
        self.delivered.append((job.number, transcript))
        return (Path(f"/{job.number}.txt"),)

    def nothing_of(self, job: Job) -> None:
        """Take note of a failure, as sinks do."""
        self.nothing.append(job.number)

    def take(self, *messages: Message) -> None:
        for message in messages:
            self.ledger.take(message)

    @property
    def outcome(self) -> list[tuple[str, str, str]]:
        return [(result.path.name, result.status, result.reason) for result in self.ledger.outcomes.results]

    def positions(self, path: Path) -> list[float]:
        return [
            event.position for event in self.events if isinstance(event, StageProgress) and event.path == path
        ]


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def work(number: int = 0) -> Work:
    return Work(Job(number, Fingerprint(Path(f"/{number}.wav"), 1, 1), {"txt": Path(f"/{number}.txt")}))


def opened(of: Work) -> Opened:
    return Opened(of, INFO, 0, "pcm_s16le")


def segment(index: int) -> AudioSegment:
    """The segment from second ``index`` to the next."""
    return AudioSegment(index, index * SAMPLE_RATE, np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)


def recognised(of: Work, index: int) -> Recognised:
    return Recognised(of, segment(index), Recognition((Token(f" {index}", 0.1, 0.2, 0.9),)))


def failed(of: Work, index: int) -> Recognised:
    return Recognised(of, segment(index), None, RecognitionError(position="0:01", detail="bug"))


def ended(of: Work, segments: int, error: GigaamError | None = None) -> Ended:
    return Ended(of, segments, float(segments), float(segments), error)


def test_a_recording_is_delivered_with_everything_said(shop: Shop) -> None:
    of = work()
    shop.take(Probed(of, INFO), opened(of), recognised(of, 0), recognised(of, 1))
    assert shop.delivered == []
    shop.take(ended(of, 2))
    ((number, transcript),) = shop.delivered
    assert number == 0
    assert [one.text for one in transcript.segments] == ["0", "1"]
    assert (transcript.duration, transcript.speech_seconds) == (2.0, 2.0)
    assert (transcript.source.container, transcript.source.codec) == ("wav", "pcm_s16le")
    assert shop.outcome == [("0.wav", "done", "")]
    assert [type(event) for event in shop.events] == [
        DurationKnown,
        FileStarted,
        SegmentDone,
        StageProgress,
        SegmentDone,
        StageProgress,
        StageChanged,
        FileDone,
    ]


def test_a_recording_without_speech_is_done_when_it_ends(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), Advanced(of, 5 * SAMPLE_RATE, 0), ended(of, 0))
    assert shop.outcome == [("0.wav", "done", "")]
    assert shop.delivered[0][1].segments == ()
    assert shop.positions(of.job.file.path) == [5.0]


def test_the_last_result_may_come_after_the_end(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), recognised(of, 0), ended(of, 2))
    assert shop.outcome == []
    shop.take(recognised(of, 1))
    assert shop.outcome == [("0.wav", "done", "")]


def test_results_out_of_order_make_an_orderly_text(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), recognised(of, 2), recognised(of, 0), recognised(of, 1), ended(of, 3))
    assert [one.text for one in shop.delivered[0][1].segments] == ["0", "1", "2"]


def test_progress_tells_of_what_is_recognised_without_a_gap(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), recognised(of, 2), recognised(of, 1))
    assert shop.positions(of.job.file.path) == []
    shop.take(recognised(of, 0))
    assert shop.positions(of.job.file.path) == [3.0]


def test_decoding_is_progress_only_when_everything_found_is_recognised(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), Advanced(of, 4 * SAMPLE_RATE, 1))
    assert shop.positions(of.job.file.path) == []
    shop.take(recognised(of, 0), Advanced(of, 6 * SAMPLE_RATE, 1), Advanced(of, 5 * SAMPLE_RATE, 1))
    assert shop.positions(of.job.file.path) == [1.0, 6.0]


def test_one_segment_that_fails_fails_its_recording(shop: Shop) -> None:
    of, other = work(0), work(1)
    shop.take(opened(of), opened(other), recognised(of, 0), failed(of, 1))
    assert shop.outcome == [("0.wav", "failed", "recognition_failed")]
    assert of.abandoned
    assert not other.abandoned
    assert shop.nothing == [0]
    shop.take(recognised(other, 0), ended(other, 1))
    assert shop.outcome[1:] == [("1.wav", "done", "")]


def test_what_comes_of_a_recording_that_failed_is_ignored(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), failed(of, 0))
    known = len(shop.events)
    shop.take(
        failed(of, 1),
        recognised(of, 2),
        Advanced(of, SAMPLE_RATE, 3),
        ended(of, 3, DamagedMediaError(detail="")),
        Nudge(),
    )
    assert len(shop.outcome) == 1
    assert len(shop.events) == known


def test_a_damaged_recording_fails_at_once(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), recognised(of, 0), ended(of, 5, DamagedMediaError(detail="broken")))
    assert shop.outcome == [("0.wav", "failed", "damaged_media")]
    assert shop.delivered == []


def test_a_recording_that_could_not_be_opened_fails(shop: Shop) -> None:
    of = work()
    shop.take(ended(of, 0, NotMediaError(detail="text")))
    assert shop.outcome == [("0.wav", "failed", "not_media")]
    assert shop.nothing == [0]
    assert [type(event) for event in shop.events] == [FileFailed]


def test_a_recording_that_breaks_off_fails_and_keeps_its_text(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), recognised(of, 0), ended(of, 2, CUT_OFF))
    assert shop.outcome == [], "a segment is still on its way"
    shop.take(recognised(of, 1))
    assert shop.outcome == [("0.wav", "failed", "truncated_media")]
    number = shop.store.recognised(of.job.file, "d", partial=True)
    assert number is not None
    assert [one.text for one in shop.store.transcript(number).segments] == ["0", "1"]


def test_or_is_published_as_far_as_it_goes(store: Store) -> None:
    shop, of = Shop(store, Recipe(allow_partial=True)), work()
    shop.take(opened(of), recognised(of, 0), ended(of, 1, CUT_OFF))
    assert shop.outcome == [("0.wav", "done", "")]
    assert shop.ledger.outcomes.results[0].partial
    assert shop.delivered[0][1].partial


def test_an_output_that_cannot_be_written_fails_its_recording_alone(shop: Shop) -> None:
    of, other = work(0), work(1)
    shop.refusal = OutputError(path="/0.txt", detail="no permission")
    shop.take(opened(of), opened(other), ended(of, 0))
    shop.refusal = None
    shop.take(ended(other, 0))
    assert shop.outcome == [("0.wav", "failed", "output_unwritable"), ("1.wav", "done", "")]
    assert shop.store.recognised(of.job.file, "d") is not None, "the next run only writes"


def test_a_full_disk_ends_everything(shop: Shop) -> None:
    of = work()
    shop.refusal = DiskFullError(path="/0.txt", size=1, detail="full")
    shop.take(opened(of), recognised(of, 0))
    with pytest.raises(DiskFullError):
        shop.take(ended(of, 1))
    assert shop.store.recognised(of.job.file, "d") is not None


def test_a_text_from_the_store_is_delivered_without_recognising(shop: Shop) -> None:
    of = work()
    shop.take(opened(of), recognised(of, 0), ended(of, 1))
    number = shop.store.recognised(of.job.file, "d")
    assert number is not None
    shop.ledger.outcomes.deliver(of.job, number, recognised=False)
    assert [result.recognised for result in shop.ledger.outcomes.results] == [True, False]
    assert shop.delivered[0][1] == shop.delivered[1][1]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Message], dict[int, str]]:
    """Messages of some recordings in an order that threads may bring about, and what is to become of each."""
    streams: list[Sequence[Message]] = []
    expected: dict[int, str] = {}
    for number in range(draw(st.integers(1, 4))):
        of, count = work(number), draw(st.integers(0, 4))
        results: list[Message] = [recognised(of, index) for index in range(count)]
        end = ended(of, count)
        expected[number] = "done"
        fault = draw(st.sampled_from(["", "", "segment", "end"]))
        if fault == "segment" and count:
            results[draw(st.integers(0, count - 1))] = failed(of, 0)
            expected[number] = "failed"
        elif fault == "end":
            end = ended(of, count, DamagedMediaError(detail=""))
            expected[number] = "failed"
        rest = draw(st.permutations([*results, end]))
        streams.append([opened(of), *rest])
    messages: list[Message] = []
    while any(streams):
        chosen = draw(st.sampled_from([index for index, stream in enumerate(streams) if stream]))
        messages.append(streams[chosen][0])
        streams[chosen] = streams[chosen][1:]
    return messages, expected


@given(histories())
def test_whatever_the_order_every_recording_is_closed_once(
    history: tuple[list[Message], dict[int, str]],
) -> None:
    messages, expected = history
    store = Store.in_memory()
    shop = Shop(store)
    shop.take(*messages)
    assert sorted(
        (int(result.path.stem), result.status) for result in shop.ledger.outcomes.results
    ) == sorted(expected.items())
    assert sorted(number for number, _ in shop.delivered) == [
        n for n, status in expected.items() if status == "done"
    ]
    assert sorted(shop.nothing) == [number for number, status in expected.items() if status == "failed"]
    for number, transcript in shop.delivered:
        texts = [one.text for one in transcript.segments]
        assert texts == [str(index) for index in range(len(texts))]
        positions = shop.positions(Path(f"/{number}.wav"))
        assert positions == sorted(set(positions))
    store.close()
