"""Every command that the pages show, run as it stands there; what they say it prints is what it prints."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gigaam_cli.core.paths import demo_folder
from gigaam_cli.engines.catalog import DEFAULT_MODEL
from tests.docs.pages import Block, blocks, english_pages, inline, name_of, russian, without_comments
from tests.docs.sandbox import Sandbox
from tests.docs.understood import understand
from tests.fakes.hub import contents, serving
from tests.fakes.rnnt import write_rnnt

PULL = f"gigaam models pull {DEFAULT_MODEL}"
REPOSITORY = "istupakov/gigaam-v3-onnx"
PAGES = english_pages()
RUN = ("console", "sh")
PARSED = ("cron", "fish", "ini", "powershell")
SHOWN = ("json", "toml", "text", "srt", "vtt", "")
CONFIGURATION = b'{"model_type": "gigaam-v3-ctc", "version": "v3"}'  # does not say that it is rounded

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the blocks are for a POSIX shell")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demonstration model as GigaAM v3, with a small transducer as the default model."""
    transducer = write_rnnt(tmp_path_factory.mktemp("transducer"))
    files = {**contents(transducer), **contents(demo_folder() / "model"), "config.json": CONFIGURATION}
    with serving({REPOSITORY: files}) as hub:
        yield hub.address


def runnable(page: Path) -> list[Block]:
    """Return the blocks in which ``gigaam`` is called."""
    found = [block for block in blocks(page) if block.language in RUN]
    return [block for block in found if re.search(r"\bgigaam [a-z-]", without_comments(block.content))]


def sessions(page: Path) -> list[Block]:
    """Return the blocks that show what commands print."""
    return [block for block in runnable(page) if block.language == "console"]


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory, hub: str) -> Path:
    """Fetch the default model once, as the pages say."""
    sandbox = Sandbox.made(tmp_path_factory.mktemp("pulled") / "home", russian=False, hub=hub)
    done = sandbox.run(PULL)
    assert done.returncode == 0, done.stdout
    return sandbox.models


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)], ids=name_of)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path, hub: str, pulled: Path) -> None:
    sandbox = Sandbox.made(tmp_path / "home", russian=False, hub=hub)
    if any(DEFAULT_MODEL in block.content for block in runnable(page)):
        shutil.copytree(pulled, sandbox.models)  # to be fetched again it takes a while
    run_through(runnable(page), sandbox)


@pytest.mark.heavy
@pytest.mark.parametrize("page", [russian(page) for page in PAGES if sessions(page)], ids=name_of)
def test_what_a_page_shows_in_russian_is_what_happens(page: Path, tmp_path: Path, hub: str) -> None:
    """Its commands are those of the English page; what is left to see is what they say in Russian."""
    run_through(sessions(page), Sandbox.made(tmp_path / "home", russian=True, hub=hub))


def run_through(found: list[Block], sandbox: Sandbox) -> None:
    for block in found:
        if block.language == "sh":
            done = sandbox.run(block.content, strict=True)
            assert done.returncode == 0, f"{block.place}: exit code {done.returncode}\n{done.stdout}"
            continue
        for command, really in sandbox.printed(block):
            said, is_so = sandbox.masked(command.output), sandbox.masked(really)
            assert agree(said, is_so), f"{block.place}: $ {command.line}\n{really}"


def agree(said: list[str], really: list[str]) -> bool:
    """Whether lines are the same; ``...`` alone in a line stands for any lines."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in said)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in really)) is not None


def test_lines_that_are_left_out_are_the_only_ones_that_may_differ() -> None:
    assert agree(["a", "...", "d"], ["a", "b", "c", "d"])
    assert agree([], [])
    assert not agree(["a", "d"], ["a", "b", "d"])
    assert not agree(["a"], [])


def test_every_block_says_what_it_is() -> None:
    for page in PAGES:
        for each in (page, russian(page)):
            for block in blocks(each):
                assert block.language in (*RUN, *PARSED, *SHOWN), block.place
                if block.language in SHOWN:
                    assert not re.search(r"^(\$ )?gigaam ", block.content, re.MULTILINE), block.place


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_command_lines_for_other_programs_are_understood(page: Path) -> None:
    for each in (page, russian(page)):
        for block in blocks(each):
            for line in block.content.splitlines() if block.language in PARSED else ():
                if match := re.search(
                    r"(?:^|[\s/=])gigaam(?:\.exe)? (?![\w-]*=)(.*)$", without_comments(line)
                ):
                    understand(arguments(match[1]))


def arguments(line: str) -> list[str]:
    """Return the words of a command up to where its output goes."""
    words = shlex.split(line)
    end = next((at for at, word in enumerate(words) if re.match(r"\d?[|>&]", word)), len(words))
    return words[:end]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_the_running_text_exist(page: Path) -> None:
    for each in (page, russian(page)):
        for token in inline(each):
            if token.type == "code_inline" and token.content.startswith("gigaam "):
                names = re.match(r"gigaam((?: [a-z]+)*)", token.content)
                assert names is not None
                words = names[1].split()
                understand([*words[: depth(words)], "--help"])


def depth(names: list[str]) -> int:
    """How many of the words are commands: ``models`` and ``config`` have some of their own."""
    return 2 if names[:1] in (["models"], ["config"]) else 1
