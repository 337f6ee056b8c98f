"""Words to stretches, phrases and paragraphs: what is said in one breath, one sentence, one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from gigaam_cli.core.values import Transcript, Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.breaks import break_cost, cheapest_pieces, ends_sentence
from gigaam_cli.writers.text import cleaned_segments

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of one voice that belong together; times in seconds of the recording."""

    words: tuple[Word, ...]
    speaker: str | None = None
    channel: int | None = None

    @property
    def start(self) -> float:
        """When its first word begins."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """When its last word ends."""
        return self.words[-1].end

    @property
    def text(self) -> str:
        """The words, joined by single spaces."""
        return " ".join(word.text for word in self.words)

    def same_voice(self, other: Phrase) -> bool:
        """Whether the same person goes on, as far as the transcript tells."""
        return (self.speaker, self.channel) == (other.speaker, other.channel)


def stretches(transcript: Transcript, shaping: Shaping) -> Iterator[Phrase]:
    """Yield what each voice says without a pause, in order of time; the text is clean from here on."""
    return _stretches(transcript, shaping, _is_in_order(transcript))


def phrases(transcript: Transcript, shaping: Shaping) -> Iterator[Phrase]:
    """Yield the phrases in order of time: a sentence each, or what lies between pauses, never too long."""
    ordered = _is_in_order(transcript)
    parts = (
        Phrase(words, stretch.speaker, stretch.channel)
        for stretch in _stretches(transcript, shaping, ordered)
        for sentence in _groups(stretch.words, _next_sentence)
        for words in _short_enough(tuple(sentence), shaping)
    )
    return _by_start(parts, ordered)


def paragraphs(of: Iterable[Phrase], shaping: Shaping, max_seconds: float = float("inf")) -> Iterator[Phrase]:
    """Join phrases until the voice changes, a long pause comes or ``max_seconds`` have passed."""

    def parted(group: list[Phrase], item: Phrase) -> bool:
        paused = item.start - group[-1].end >= shaping.paragraph_pause
        return paused or not item.same_voice(group[-1]) or group[-1].end - group[0].start >= max_seconds

    return map(_joined, _groups(of, parted))


def _next_sentence(group: list[Word], item: Word) -> bool:
    return ends_sentence(group[-1].text, item.text)


def _short_enough(words: tuple[Word, ...], shaping: Shaping) -> Iterator[tuple[Word, ...]]:
    """Cut a sentence into as few even parts as last ``max_phrase_seconds`` each, at good places."""
    longest = shaping.max_phrase_seconds

    def stops(start: int) -> Iterator[int]:
        yield start + 1
        for stop in range(start + 2, len(words) + 1):
            if words[stop - 1].end - words[start].start > longest:
                return
            yield stop

    def cost(start: int, stop: int) -> float:
        fill = (words[stop - 1].end - words[start].start) / longest
        return 1 + fill**2 + gap_cost(words, stop, shaping)

    if words[-1].end - words[0].start <= longest:
        yield words
    else:
        yield from (words[start:stop] for start, stop in cheapest_pieces(len(words), stops, cost))


def gap_cost(words: tuple[Word, ...], stop: int, shaping: Shaping) -> float:
    """How bad it is to break before ``words[stop]``: as the text has it, less where the voice rests."""
    if stop == len(words):
        return 0.0
    before, after = words[stop - 1], words[stop]
    rest = min(max(after.start - before.end, 0.0) / shaping.pause, 1.0) if shaping.pause > 0 else 0.0
    return break_cost(before.text, after.text) - rest / 2


def _groups(items: Iterable[_Item], parted: Callable[[list[_Item], _Item], bool]) -> Iterator[list[_Item]]:
    """Yield neighbours together until ``parted`` says that an item does not belong to the group so far."""
    group: list[_Item] = []
    for item in items:
        if group and parted(group, item):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _joined(group: list[Phrase]) -> Phrase:
    words = tuple(word for phrase in group for word in phrase.words)
    return Phrase(words, group[0].speaker, group[0].channel)


def _stretches(transcript: Transcript, shaping: Shaping, ordered: bool) -> Iterator[Phrase]:
    single = (
        Phrase((word,), segment.speaker, segment.channel)
        for segment in cleaned_segments(transcript)
        for word in segment.words
    )

    def parted(group: list[Phrase], item: Phrase) -> bool:
        return not item.same_voice(group[-1]) or item.start - group[-1].end >= shaping.pause

    return _by_start(map(_joined, _groups(single, parted)), ordered)


def _is_in_order(transcript: Transcript) -> bool:
    """Whether no word begins before one that comes ahead of it: nothing has to be sorted, or held for that."""
    starts = (word.start for segment in cleaned_segments(transcript) for word in segment.words)
    return all(before <= after for before, after in pairwise(starts))


def _by_start(phrases_of_voices: Iterable[Phrase], ordered: bool) -> Iterator[Phrase]:
    # Voices on different channels talk at the same time: their phrases interleave.
    return iter(phrases_of_voices if ordered else sorted(phrases_of_voices, key=lambda phrase: phrase.start))
