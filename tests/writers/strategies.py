"""Random speech for the property tests of phrases and cues."""

from __future__ import annotations

from hypothesis import strategies as st

from gigaam_cli.core.values import Segment, Transcript, Word
from tests.writers.samples import of_words, transcript

_TEXTS = st.one_of(
    st.sampled_from(["в", "И", "на", "не", "с", "что", "как", "же", "бы", "ли,"]),
    st.sampled_from(["Да.", "нет,", "кто?", "«Так!»", "ну…", "—", "15", "000", "г.", "Москва"]),
    st.text("абвгдежзик", min_size=1, max_size=12),
    st.text("клмнопрст", min_size=30, max_size=60),
)
_SECONDS = st.one_of(st.floats(0.0, 0.6), st.sampled_from([0.0, 0.7, 1.0, 2.0, 9.0, 20.0]))


@st.composite
def word_runs(draw: st.DrawFn, start: float = 0.0) -> tuple[Word, ...]:
    """Words one after the other, with rests of any length between them."""
    words: list[Word] = []
    now = start
    for text, rest, length in draw(st.lists(st.tuples(_TEXTS, _SECONDS, _SECONDS), max_size=40)):
        now += rest
        words.append(Word(text, now, now + length, 0.9))
        now += length
    return tuple(words)


def monologues() -> st.SearchStrategy[Transcript]:
    """One voice, in order."""
    return word_runs().map(lambda words: of_words(*words))


@st.composite
def conversations(draw: st.DrawFn) -> Transcript:
    """Voices that may talk at the same time, in segments ordered by start."""
    segments = []
    for speaker in draw(st.lists(st.sampled_from([None, "Клиент", "Сотрудник"]), max_size=6)):
        words = draw(word_runs(draw(st.floats(0, 60))))
        if words:
            segments.append(Segment(words[0].start, words[-1].end, words, speaker))
    return transcript(sorted(segments, key=lambda segment: segment.start))
