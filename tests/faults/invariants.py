"""A folder of inputs, runs of the program over it, and what must hold after each of them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gigaam_cli.media.discover import EXTENSIONS
from tests.cli.drivers import BASE, COMMAND, environment, ffmpeg_processes, leftovers, soon
from tests.conftest import encode

PATIENCE = 120.0
"""Whatever takes longer, in seconds, hangs."""
BUG = 70
Print = tuple[int, bytes]
"""A file's time of change and contents."""


def patched(script: str) -> tuple[str, ...]:
    """Return the command of a program that runs ``script`` before it begins."""
    return (sys.executable, "-c", f"{script}\nfrom gigaam_cli.cli.main import run\nrun()\n")


@dataclass(frozen=True)
class Ran:
    """A run that is over."""

    code: int
    out: str
    err: str
    entries: tuple[dict[str, Any], ...]
    """What the summary says of each input."""
    seconds: float
    peak: int
    """The most memory that the program's own process held, in KiB."""
    busy: float = 0.0
    """Seconds of processor time that it took."""

    def entry(self, path: str | Path) -> dict[str, Any]:
        """What became of one input, by its path or the end of it."""
        wanted = str(path)
        (found,) = (entry for entry in self.entries if f"/{entry['path']}".endswith(f"/{wanted}"))
        return found

    def reasons(self, status: str = "failed") -> dict[str, str]:
        """The reasons of the inputs with ``status``, by name."""
        return {Path(entry["path"]).name: entry["reason"] for entry in self.of(status)}

    def of(self, status: str) -> list[dict[str, Any]]:
        """The entries with ``status``."""
        return [entry for entry in self.entries if entry["status"] == status]

    def names(self, status: str) -> list[str]:
        """The names of the inputs with ``status``, sorted."""
        return sorted(Path(entry["path"]).name for entry in self.of(status))


@dataclass
class Scene:
    """One folder of inputs, one for texts and one for the state; ``run`` may be called again and again."""

    home: Path
    published: set[Path] = field(default_factory=set)
    """The outputs that runs so far have told of."""
    theirs: set[Path] = field(default_factory=set)
    """Files that somebody else put where texts go."""
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        self.inputs.mkdir(parents=True)

    @property
    def inputs(self) -> Path:
        """Where the recordings are."""
        return self.home / "in"

    @property
    def texts(self) -> Path:
        """Where the texts go."""
        return self.home / "texts"

    @property
    def state(self) -> Path:
        """Where the state store is."""
        return self.home / "state"

    def put(self, name: str, content: bytes = b"") -> Path:
        """Make an input of these bytes."""
        path = self.inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def copy(self, *names: str, source: Path = BASE) -> None:
        """Make inputs that are copies of a recording; other extensions than its own do not matter to FFmpeg."""
        for name in names:
            path = self.put(name)
            shutil.copy(source, path)

    def make(self, name: str, *options: str, source: Path = BASE) -> Path:
        """Convert a recording into an input."""
        return encode(source, self.put(name), *options)

    def text(self, name: str) -> str:
        """Return a published text."""
        return (self.texts / name).read_text(encoding="utf-8").strip()

    def words(self, name: str) -> list[dict[str, Any]]:
        """Return the words of a published JSON transcript."""
        segments = json.loads((self.texts / name).read_text(encoding="utf-8"))["segments"]
        return [word for segment in segments for word in segment["words"]]

    def variables(self, **changes: str | None) -> dict[str, str]:
        """Return the environment of a run here."""
        own = {"GIGAAM_MODEL": "demo", "GIGAAM_STATE_DIR": str(self.state), "LC_ALL": "C.UTF-8"}
        return environment(**{**own, "LANGUAGE": "en", **changes})

    def command(self, *flags: str | Path, inputs: Iterable[str | Path] | None = None) -> list[str]:
        """Return what follows the program's name for a run over ``inputs``, or the whole folder."""
        named = [self.inputs] if inputs is None else inputs
        where = [] if "-o" in flags else ["-o", self.texts]
        told = ["--report", self.home / "report.jsonl", "--json"]
        return [str(part) for part in ("transcribe", *where, *told, *flags, "--", *named)]

    def run(
        self,
        *flags: str | Path,
        inputs: Iterable[str | Path] | None = None,
        program: Sequence[str] = COMMAND,
        changing: Collection[str] = (),
        **variables: str | None,
    ) -> Ran:
        """Run the program and check what must hold; inputs that are ``changing`` may change meanwhile."""
        before = prints(self.inputs)
        ran = self._finish([*program, *self.command(*flags, inputs=inputs)], self.variables(**variables))
        self.check(ran, before, changing, whole=inputs is None)
        return ran

    def check(
        self, ran: Ran, before: dict[Path, Print], changing: Collection[str] = (), whole: bool = True
    ) -> None:
        """What must hold after a run, whatever happened in it; ``whole`` says that it was over all inputs."""
        self._check_no_text_is_partial(ran)
        self._check_inputs_are_untouched(before, changing)
        self._check_each_input_is_told_once(ran, whole)
        assert soon(lambda: not ffmpeg_processes(self.home)), "an FFmpeg outlives the run"
        assert leftovers(self.home) == [], "temporary files are left"
        assert "Traceback" not in ran.err
        assert ran.code != BUG, ran.err
        assert list(self.state.glob("logs/crash-*")) == []

    def _check_inputs_are_untouched(self, before: dict[Path, Print], changing: Collection[str]) -> None:
        after = prints(self.inputs)
        changed = [path for path in before if before[path] != after.get(path)]
        assert {path.name for path in changed} <= set(changing), f"changed by the run: {changed}"
        new = set(after) - set(before)
        assert new <= self.published | self.theirs, "files that no run tells of"

    def _check_each_input_is_told_once(self, ran: Ran, whole: bool) -> None:
        told = Counter(entry["path"] for entry in ran.entries)
        assert [path for path, times in told.items() if times > 1] == []
        assert {entry["status"] for entry in ran.entries} <= {"done", "failed", "skipped"}
        if whole and ran.entries:
            assert self.recordings() <= set(told), "an input is neither done, failed nor skipped"

    def recordings(self) -> set[str]:
        """Return the paths of the inputs that look like recordings, as a summary shows them."""
        return {
            str(Path(folder) / name)
            for folder, folders, files in os.walk(self.inputs)
            for name in (*folders, *files)
            if Path(name).suffix.lower() in EXTENSIONS
        }

    def _check_no_text_is_partial(self, ran: Ran) -> None:
        self.published |= {Path(output) for entry in ran.of("done") for output in entry["outputs"]}
        there = {path for path in self.texts.rglob("*") if path.is_file()}
        assert there <= self.published | self.theirs, "a text that no run tells of"
        for entry in ran.of("done"):
            for output in map(Path, entry["outputs"]):
                assert is_whole(output), output

    def _finish(self, command: Sequence[str], variables: dict[str, str]) -> Ran:
        """Run a command to its end; what it prints must be UTF-8."""
        report = self.home / "report.jsonl"
        report.unlink(missing_ok=True)
        began = time.monotonic()
        with (self.home / "out").open("w+b") as out, (self.home / "err").open("w+b") as err:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=variables,
                start_new_session=True,
            )
            with _killed_after(self.patience, process), peak_of(process.pid) as peak:
                _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        said = [(self.home / name).read_bytes().decode() for name in ("out", "err")]
        entries = _entries(said[0], report)
        seconds, busy = time.monotonic() - began, usage.ru_utime + usage.ru_stime
        assert seconds < self.patience, f"the run hung: {said[1]}"
        return Ran(process.returncode, said[0], said[1], entries, seconds, peak[0], busy)


@contextlib.contextmanager
def peak_of(process: int) -> Iterator[list[int]]:
    """Note the most memory that a process holds, in KiB, as long as the body lasts; Linux alone tells.

    What ``wait4`` tells counts the memory of whoever started the process, too.
    """
    most, over, status = [0], threading.Event(), Path(f"/proc/{process}/status")

    def watch() -> None:
        while not over.wait(0.02):
            with contextlib.suppress(OSError):
                for line in status.read_text(encoding="ascii", errors="replace").splitlines():
                    if line.startswith("VmHWM:"):
                        most[0] = int(line.split()[1])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


@contextlib.contextmanager
def _killed_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[None]:
    timer = threading.Timer(seconds, lambda: os.killpg(process.pid, signal.SIGKILL))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _entries(summary: str, report: Path) -> tuple[dict[str, Any], ...]:
    """Return what the summary says of each input; the report must say the same."""
    if not summary.strip().startswith("{"):
        return ()
    said = json.loads(summary)
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    told = [line for line in lines if line.pop("kind") == "file"]
    for line in told:
        assert line.pop("schema") == 1
    by_path = sorted(told, key=lambda line: str(line["path"]))
    assert by_path == sorted(said["files"], key=lambda entry: str(entry["path"]))
    counts = Counter(entry["status"] for entry in said["files"])
    assert {status: said[status] for status in ("done", "failed", "skipped")} == {
        status: counts[status] for status in ("done", "failed", "skipped")
    }
    return tuple(_decoded(entry) for entry in said["files"])


def _decoded(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry whose paths are as this process sees them, whatever the program's locale was."""
    outputs = [os.fsdecode(os.fsencode(path)) for path in entry["outputs"]]
    return {**entry, "path": os.fsdecode(os.fsencode(entry["path"])), "outputs": outputs}


def prints(folder: Path) -> dict[Path, Print]:
    """Return times and contents of all files below a folder that may be opened at all."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def is_whole(text: Path) -> bool:
    """Whether a text has its end."""
    content = text.read_bytes()
    if text.suffix == ".json":
        return "segments" in json.loads(content)
    return content == b"" or content.endswith(b"\n")
