"""Error rates, and which words of a long transcript belong to which utterance."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from .truth import Joined

NEAR_SECONDS = 0.2
PAUSE_BORDER = 0.15


@dataclass(frozen=True)
class Word:
    """A word of a transcript."""

    text: str
    start: float
    end: float

    @property
    def middle(self) -> float:
        """The moment half-way through."""
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class Rates:
    """Pooled error rates in per cent."""

    cer: float
    wer: float


def rates(pairs: Iterable[tuple[str, str]]) -> Rates:
    """Pool the errors of (reference, hypothesis) pairs over all their letters and words."""
    errors, sizes = Counter[str](), Counter[str]()
    for reference, hypothesis in pairs:
        sides = {"cer": (reference, hypothesis), "wer": (reference.split(), hypothesis.split())}
        for name, (wanted, given) in sides.items():
            errors[name] += Levenshtein.distance(wanted, given)
            sizes[name] += len(wanted)
    return Rates(*(100 * errors[name] / sizes[name] for name in ("cer", "wer")))


def owners(references: Sequence[str], words: Sequence[str]) -> list[int | None]:
    """Return for each word the reference that most of its letters align with, None where none does."""
    reference_of = [index for index, text in enumerate(references) for _ in f"{text} "]
    word_of = [index for index, text in enumerate(words) for _ in f"{text} "]
    wanted, given = " ".join(references), " ".join(words)
    votes = [Counter[int]() for _ in words]
    for block in Levenshtein.opcodes(wanted, given):
        if block.tag != "equal":
            continue
        for source, target in zip(
            range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True
        ):
            if wanted[source] != " ":
                votes[word_of[target]][reference_of[source]] += 1
    return [vote.most_common(1)[0][0] if vote else None for vote in votes]


def start_errors(joined: Joined, words: Sequence[Word]) -> list[float | None]:
    """Return for each utterance how late its first word begins, in seconds; None where no word aligned."""
    belongs = owners([item.text for item in joined.utterances], [word.text for word in words])
    firsts: dict[int, Word] = {}
    for word, owner in zip(words, belongs, strict=True):
        if owner is not None:
            firsts.setdefault(owner, word)
    return [
        firsts[index].start - item.start if index in firsts else None
        for index, item in enumerate(joined.utterances)
    ]


def start_errors_by_time(joined: Joined, words: Sequence[Word]) -> list[float | None]:
    """Do the same without the texts: the first word whose middle lies in the utterance's interval."""
    errors: list[float | None] = []
    for item in joined.utterances:
        inside = (word.start for word in words if item.begin <= word.middle <= item.end)
        first = next(inside, None)
        errors.append(None if first is None else first - item.start)
    return errors


def share_near(errors: Sequence[float | None]) -> float:
    """Return the share of starts, in per cent, that are at most 0.2 s off."""
    near = sum(error is not None and abs(error) <= NEAR_SECONDS for error in errors)
    return 100 * near / len(errors)


def words_in_pauses(joined: Joined, words: Sequence[Word]) -> list[Word]:
    """Return the words whose middle lies in a pause, more than 0.15 s from its borders."""
    inner = [(begin + PAUSE_BORDER, end - PAUSE_BORDER) for begin, end in joined.pauses]
    return [word for word in words if any(begin < word.middle < end for begin, end in inner)]
