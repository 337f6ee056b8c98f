"""The books of a run: what is known of each recording under way, and what follows when it is complete.

Lives in the thread that called ``run``: it alone talks to the store, the observer and the outputs.
"""

from __future__ import annotations

import logging
from concurrent.futures import CancelledError

from gigaam_cli.core.errors import (
    GigaamError,
    OvertakenError,
    TruncatedMediaError,
    UnexpectedError,
)
from gigaam_cli.core.events import (
    DeviceLost,
    DurationKnown,
    FileStarted,
    SecondLook,
    SegmentDone,
    Stage,
    StageChanged,
    StageProgress,
)
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment, Recognition, Segment
from gigaam_cli.pipeline.assemble import segment_of, span_of
from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.pipeline.entry import Entry
from gigaam_cli.pipeline.filling import filled, heard_in
from gigaam_cli.pipeline.flow import (
    Advanced,
    Broken,
    Ended,
    LookedAgain,
    Lost,
    Message,
    Nudge,
    Opened,
    Probed,
    ReaderLeft,
    Recognised,
    Remembered,
    Staged,
    Wanted,
    Work,
)
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.pipeline.outcomes import Desk, Outcomes
from gigaam_cli.pipeline.second_look import Look
from gigaam_cli.store.values import Ending

logger = logging.getLogger(__name__)


class Ledger:
    """Takes the messages of a run, in the order in which they come; ``outcomes`` are what becomes of its jobs."""

    def __init__(self, desk: Desk, retries: int = 0) -> None:
        self.outcomes = Outcomes(desk, retries)
        self._desk = desk
        self._entries: dict[int, Entry] = {}
        self._lost: set[str] = set()
        self._begins_no_more = False

    @property
    def under_way(self) -> int:
        """How many recordings are begun and not ended."""
        return len(self._entries)

    def begin_no_more(self) -> None:
        """Let no recording be begun that is not under way yet."""
        self._begins_no_more = True

    def leave(self, job: Job, reason: str) -> None:
        """Do no more of a recording for ``reason``, wherever it stands; what is recognised stays in the store."""
        entry = self._entries.pop(job.number, None)
        if entry is not None:
            entry.work.abandon()
        self.outcomes.leave(job, reason)

    def take(self, message: Message) -> None:
        """Book ``message``; publishes the recording that it completes.

        Raises:
            DiskFullError: nothing more can be written.
            StoreError: nothing more can be remembered.
            GigaamError: a thread of the run died.
        """
        if isinstance(message, Broken):
            raise message.error
        if isinstance(message, Lost):
            self._lose(message)
        elif not isinstance(message, Nudge | ReaderLeft):
            entry = self._entries.get(message.work.job.number)
            if entry is None:
                self._outside(message)
            else:
                self._under_way(entry, message)

    def _outside(
        self,
        message: Staged | Wanted | Probed | Opened | Advanced | Remembered | Recognised | Ended | LookedAgain,
    ) -> None:
        """Book a message about a recording that is not under way; most come too late to matter."""
        if isinstance(message, Wanted):
            if message.work.granted.set_running_or_notify_cancel():
                self._answer(message.work)
        elif self.outcomes.is_left(message.work.job):
            message.work.abandon()
        elif isinstance(message, Staged):
            if message.stage == "probing" or not message.work.granted.done():
                self._desk.observer(StageChanged(message.work.job.file.path, message.stage))
        elif isinstance(message, Probed):
            wanted = self._desk.recipe.decode.cut.seconds_of(message.info.duration)
            self._desk.observer(DurationKnown(message.work.job.file.path, wanted))
        elif isinstance(message, Opened):
            self._open(message)
        elif isinstance(message, Ended):
            self._never_opened(message)

    def _lose(self, message: Lost) -> None:
        device = str(message.error.values["device"])
        if device not in self._lost:  # each of its workers says so
            self._lost.add(device)
            self._desk.observer(DeviceLost(device, message.error))

    def _answer(self, work: Work) -> None:
        try:
            work.granted.set_result(self._grant(work))
        except BaseException:
            work.granted.set_exception(CancelledError())  # the run ends, and its reader is not to wait for it
            raise

    def _grant(self, work: Work) -> bool:
        """Say whether a recording is to be read; if its text is in the store by now, write that."""
        job = None if self._begins_no_more else self.outcomes.claim(work.job)
        if job is None:
            return False
        work.job = job
        if job.recognition is not None:
            self.outcomes.deliver(job, job.recognition, recognised=False)
        return job.recognition is None

    def _open(self, message: Opened) -> None:
        job, engine = message.work.job, self._desk.engine
        recognition = self._desk.store.begin(job.file, self._desk.digest, engine.model, engine.engine)
        self._entries[job.number] = Entry(message.work, recognition, message)
        logger.info("%r: %s, %d segments known", job.file.path.name, message.info, len(job.heard))
        cut = self._desk.recipe.decode.cut
        known = max((end - cut.start for _start, end in job.heard), default=0.0)
        self._desk.observer(FileStarted(job.file.path, cut.seconds_of(message.info.duration), known))

    def _never_opened(self, message: Ended) -> None:
        job, error, store = message.work.job, message.error, self._desk.store
        if error is None or message.work.abandoned:
            return
        if store.recognised(job.file, self._desk.digest) is None:  # what is known of it from before stays
            engine = self._desk.engine
            recognition = store.begin(job.file, self._desk.digest, engine.model, engine.engine)
            store.fail(recognition, error.code, str(error))
        self.outcomes.fail(job, error)

    def _under_way(self, entry: Entry, message: Message) -> None:
        if isinstance(message, Advanced | Remembered | Staged | Ended):
            self._read_on(entry, message)
        elif isinstance(message, LookedAgain | Recognised) and entry.look is not None:
            self._look(entry, entry.look, message)
        elif isinstance(message, Recognised):
            if message.recognition is None:
                self._fail(entry, message.error)
                return
            self._keep(entry, message.segment, message.recognition)
        if entry.ended is not None:
            self._close_if_complete(entry, entry.ended)

    def _read_on(self, entry: Entry, message: Advanced | Remembered | Staged | Ended) -> None:
        """Book what is not about a single call of an engine."""
        if isinstance(message, Advanced):
            if message.segments == entry.results:
                self._reach(entry, self._time(message.settled))
        elif isinstance(message, Remembered):
            start, end = message.span
            entry.known += end - start
            self._reach(entry, entry.count(message.index, message.span), known=True)
        elif isinstance(message, Staged):
            self._stage(entry, message.stage)
        else:
            entry.ended = message
            if entry.results < message.segments and not entry.work.taken:
                self._stage(entry, "waiting")

    def _keep(self, entry: Entry, heard: AudioSegment, recognition: Recognition) -> None:
        offset = self._desk.recipe.decode.cut.start
        segment = segment_of(*span_of(heard, offset), recognition.tokens)
        # Without a VAD everything counts as speech: there is no measure that text could be compared with.
        measured = self._desk.recipe.segment.vad != "none"
        self._write_down(entry, segment, heard.speech / SAMPLE_RATE if measured else 0.0)
        self._reach(entry, entry.count(heard.index, (segment.start, segment.end)))

    def _write_down(self, entry: Entry, segment: Segment, speech: float) -> None:
        path = entry.work.job.file.path
        self._desk.store.add_segment(entry.recognition, segment, speech)
        logger.debug("%r: %.2f-%.2f %s", path.name, segment.start, segment.end, segment.text)
        self._desk.observer(SegmentDone(path, segment.start, segment.end, segment.text))

    def _time(self, sample: int) -> float:
        """Seconds of the recording at ``sample`` of the part of it that is decoded."""
        return self._desk.recipe.decode.cut.start + sample / SAMPLE_RATE

    def _reach(self, entry: Entry, position: float, known: bool = False) -> None:
        if position > entry.position:
            entry.position = position
            done = position - self._desk.recipe.decode.cut.start
            self._desk.observer(StageProgress(entry.work.job.file.path, done, known))

    def _stage(self, entry: Entry, stage: Stage) -> None:
        if entry.stage != stage:
            entry.stage = stage
            self._desk.observer(StageChanged(entry.work.job.file.path, stage))

    def _close_if_complete(self, entry: Entry, ended: Ended) -> None:
        cut_off = isinstance(ended.error, TruncatedMediaError)
        if ended.error is not None and not cut_off:
            self._fail(entry, ended.error)
        elif entry.results == ended.segments and (cut_off or not self._is_to_look_again(entry)):
            self._finish(entry, ended, cut_off)

    def _is_to_look_again(self, entry: Entry) -> bool:
        """Whether results of a second look are still to come; orders it where there is speech without text."""
        if entry.look is not None:
            return not entry.look.complete
        spoken = self._desk.store.spoken(entry.recognition)
        gaps = unheard(one for one in spoken if one.start in entry.starts)
        if gaps:
            entry.look = Look(entry.opened, gaps)
            self._desk.observer(SecondLook(entry.work.job.file.path, gaps))
            self._desk.listen_again(entry.look)
        return bool(gaps)

    def _look(self, entry: Entry, look: Look, message: LookedAgain | Recognised) -> None:
        if isinstance(message, Recognised):
            look.back += 1
            segment = heard_in(message, self._desk.recipe.decode.cut.start)
            look.found += [segment] if segment is not None else []
        else:
            look.windows = message.windows
            look.same = message.same
        if look.complete and look.same and look.found:
            self._fill(entry, look)

    def _fill(self, entry: Entry, look: Look) -> None:
        spoken = self._desk.store.spoken(entry.recognition)
        silent = [one for one in spoken if one.start in entry.starts and not one.words]
        after = filled(look.found, silent)
        entry.starts -= {one.start for one in silent}
        for segment, speech in after.heard:
            entry.starts.add(segment.start)
            self._write_down(entry, segment, speech)
        for rest in after.silent:
            entry.starts.add(rest.start)
            if rest not in silent:
                self._desk.store.add_segment(
                    entry.recognition, Segment(rest.start, rest.end, ()), rest.speech
                )

    def _finish(self, entry: Entry, ended: Ended, cut_off: bool) -> None:
        try:
            self._desk.store.finish(entry.recognition, _ending(entry.opened, ended, cut_off), entry.starts)
        except OvertakenError as error:
            self._fail(entry, error)
            return
        if cut_off and not self._desk.recipe.allow_partial:
            self._fail(entry, ended.error)
        else:
            del self._entries[entry.work.job.number]
            job = entry.work.job
            self.outcomes.deliver(job, entry.recognition, recognised=True, known=entry.known)

    def _fail(self, entry: Entry, error: GigaamError | None) -> None:
        """Give a recording up; its reader stops, and what still comes of it is ignored."""
        entry.work.abandon()
        del self._entries[entry.work.job.number]
        reason = error or UnexpectedError(detail=_("no reason given"))
        self._desk.store.fail(entry.recognition, reason.code, str(reason))
        self.outcomes.fail(entry.work.job, reason)


def _ending(opened: Opened, ended: Ended, cut_off: bool) -> Ending:
    return Ending(
        round(ended.seconds, 3),
        round(min(ended.speech, ended.seconds), 3),
        opened.info.container,
        opened.codec,
        opened.stream,
        cut_off,
        ended.contents,
    )
