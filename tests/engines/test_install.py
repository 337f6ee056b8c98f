"""Models arrive whole or not at all, from a hub that is sometimes slow, broken or wrong."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import Event, FetchDone, FetchProgress, FetchStarted, ModelWaiting
from gigaam_cli.core.model_errors import (
    DownloadDamagedError,
    HubRefusedError,
    HubUnreachableError,
    ModelsFolderError,
    OfflineError,
)
from gigaam_cli.engines import hub as hub_client
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import by_name
from gigaam_cli.engines.install import Order, install, is_whole
from tests.fakes.hub import Hub, serving

REPOSITORY = "istupakov/gigaam-v3-onnx"
WEIGHTS = bytes(range(256)) * 800
FILES = {
    "README.md": b"about",
    "config.json": b'{"model_type": "gigaam-v3-ctc", "version": "v3"}',
    "v3_ctc.onnx": WEIGHTS,
    "v3_ctc.int8.onnx": WEIGHTS[:50_000],
    "v3_vocab.txt": "▁ 0\nа 1\n<blk> 2\n".encode(),
    "elsewhere/v3_ctc.onnx": b"another one",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Serve a model, and let the hub's client look there without waiting long when something breaks."""
    from huggingface_hub import constants

    with serving({REPOSITORY: dict(FILES)}) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", constants_template(hub.address))
        monkeypatch.setattr(hub_client, "_RETRY_SECONDS", 0.0)
        yield hub


def constants_template(address: str) -> str:
    """Return how the client makes a file's address."""
    return address + "/{repo_id}/resolve/{revision}/{filename}"


def order(folder: Path, precision: str = "fp32", *, offline: bool = False, again: bool = False) -> Order:
    entry = by_name("v3_ctc")
    assert entry is not None
    return Order(entry, precision, folder / "v3_ctc", offline, again)


def pulled(wanted: Order) -> list[Event]:
    """Install and return what was told on the way."""
    events: list[Event] = []
    install(wanted, events.append)
    return events


def test_a_model_arrives_whole(hub: Hub, tmp_path: Path) -> None:
    events = pulled(order(tmp_path))
    folder = tmp_path / "v3_ctc"
    names = {"config.json", "v3_ctc.onnx", "v3_vocab.txt"}
    assert {file.name for file in folder.iterdir()} == {*names, record.RECORD}
    assert all((folder / name).read_bytes() == FILES[name] for name in names)
    assert is_whole(order(tmp_path))
    size = sum(len(FILES[name]) for name in names)
    assert events[0] == FetchStarted("v3_ctc", REPOSITORY, 3, size, 0)
    assert events[-1] == FetchDone("v3_ctc", folder, size, fetched=True)
    totals = [event.total for event in events if isinstance(event, FetchProgress)]
    assert totals == sorted(totals)
    assert totals[-1] == size


def test_a_second_pull_asks_the_hub_for_nothing(hub: Hub, tmp_path: Path) -> None:
    pulled(order(tmp_path))
    hub.requests.clear()
    (event,) = pulled(order(tmp_path))
    assert isinstance(event, FetchDone)
    assert not event.fetched
    assert hub.requests == []


def test_pulling_again_fetches_only_what_is_new(hub: Hub, tmp_path: Path) -> None:
    pulled(order(tmp_path))
    hub.requests.clear()
    hub.repositories[REPOSITORY]["v3_vocab.txt"] = "▁ 0\nб 1\n<blk> 2\n".encode()
    pulled(order(tmp_path, again=True))
    assert hub.downloads("v3_ctc.onnx") == []
    assert (tmp_path / "v3_ctc/v3_vocab.txt").read_text(encoding="utf-8").split()[2] == "б"


def test_another_precision_joins_the_first(hub: Hub, tmp_path: Path) -> None:
    pulled(order(tmp_path))
    pulled(order(tmp_path, "int8"))
    assert is_whole(order(tmp_path, "int8"))
    assert is_whole(order(tmp_path))
    assert len(hub.downloads("v3_ctc.onnx")) == 1


def test_files_put_there_by_hand_are_checked_and_kept(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "v3_ctc"
    folder.mkdir()
    for name in ("v3_ctc.onnx", "config.json"):
        (folder / name).write_bytes(FILES[name])
    pulled(order(tmp_path))
    assert hub.downloads("v3_ctc.onnx") == []
    assert is_whole(order(tmp_path))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"\x01" + data[1:], lambda data: b""]
)
def test_a_damaged_file_is_fetched_again(hub: Hub, tmp_path: Path, damage: type) -> None:
    pulled(order(tmp_path))
    graph = tmp_path / "v3_ctc/v3_ctc.onnx"
    graph.write_bytes(damage(WEIGHTS))
    pulled(order(tmp_path))
    assert graph.read_bytes() == WEIGHTS


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_what_was_cut_short_goes_on_where_it_ended(hub: Hub, tmp_path: Path, share: float) -> None:
    hub.break_at, hub.breaks = int(len(WEIGHTS) * share), 100
    folder = tmp_path / "v3_ctc"
    hub.fail_with = None
    with pytest.raises(HubUnreachableError):
        pulled_until_it_breaks(hub, order(tmp_path))
    (partial,) = folder.glob("v3_ctc.onnx.*.partial")
    arrived = partial.stat().st_size
    assert len(WEIGHTS) > arrived >= hub.break_at
    assert not (folder / "v3_ctc.onnx").exists()
    hub.breaks, hub.fail_with = 0, None
    hub.requests.clear()
    events = pulled(order(tmp_path))
    assert hub.downloads("v3_ctc.onnx") == [f"bytes={arrived}-"]
    assert isinstance(events[0], FetchStarted)
    assert events[0].there >= arrived
    assert (folder / "v3_ctc.onnx").read_bytes() == WEIGHTS
    assert list(folder.glob("*.partial")) == []


def pulled_until_it_breaks(hub: Hub, wanted: Order) -> None:
    """Install, and let the hub be gone for good after the first break."""

    def watch(event: Event) -> None:
        if isinstance(event, FetchProgress) and event.there >= (hub.break_at or 0) // 2:
            hub.fail_with = 503

    install(wanted, watch)


def test_one_break_of_the_connection_is_survived(hub: Hub, tmp_path: Path) -> None:
    hub.break_at, hub.breaks = 60_000, 2
    pulled(order(tmp_path))
    assert (tmp_path / "v3_ctc/v3_ctc.onnx").read_bytes() == WEIGHTS
    assert len(hub.downloads("v3_ctc.onnx")) == 3


def test_a_server_that_ignores_ranges_starts_over(hub: Hub, tmp_path: Path) -> None:
    hub.break_at, hub.breaks, hub.ignore_ranges = 60_000, 1, True
    pulled(order(tmp_path))
    assert (tmp_path / "v3_ctc/v3_ctc.onnx").read_bytes() == WEIGHTS


def test_a_flipped_byte_is_refused_and_thrown_away(hub: Hub, tmp_path: Path) -> None:
    hub.flip = 100_000
    with pytest.raises(DownloadDamagedError, match=r"v3_ctc\.onnx"):
        pulled(order(tmp_path))
    names = {file.name for file in (tmp_path / "v3_ctc").iterdir()}
    assert not any(name.startswith("v3_ctc.onnx") for name in names)
    assert not is_whole(order(tmp_path))
    hub.flip = None
    pulled(order(tmp_path))
    assert is_whole(order(tmp_path))


def test_a_file_that_is_too_short_never_ends_in_place(hub: Hub, tmp_path: Path) -> None:
    hub.short = 1000
    with pytest.raises(HubUnreachableError):
        pulled(order(tmp_path))
    assert not (tmp_path / "v3_ctc/v3_ctc.onnx").exists()
    assert hub.downloads("v3_ctc.onnx").count("bytes=0-") == 2


def test_a_file_that_is_too_long_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.short = -1000
    with pytest.raises(DownloadDamagedError):
        pulled(order(tmp_path))
    assert not (tmp_path / "v3_ctc/v3_ctc.onnx").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"<html>log in first</html>"),
        ("config.json", b'{"version": "v2"}'),
        ("config.json", b"[]"),
        ("v3_vocab.txt", b"<html>\n"),
        ("v3_vocab.txt", "а 0\nб 2\n<blk> 3\n".encode()),
        ("v3_vocab.txt", "а 0\nб 1\n".encode()),
        ("v3_vocab.txt", b""),
        ("v3_vocab.txt", "а б 0\nв 1\n<blk> 2\n".encode()),
        ("v3_vocab.txt", b"\xff\xfe 0\n"),
    ],
)
def test_small_files_must_hold_what_they_should(hub: Hub, tmp_path: Path, name: str, content: bytes) -> None:
    hub.repositories[REPOSITORY][name] = content
    with pytest.raises(DownloadDamagedError, match=name):
        pulled(order(tmp_path))
    assert not is_whole(order(tmp_path))


def test_two_pulls_at_once_make_one_download(hub: Hub, tmp_path: Path) -> None:
    hub.pause = 0.02
    told: list[list[Event]] = [[], []]
    threads = [threading.Thread(target=install, args=(order(tmp_path), events.append)) for events in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub.downloads("v3_ctc.onnx") == ["bytes=0-"]
    assert sorted(event.fetched for events in told for event in events if isinstance(event, FetchDone)) == [
        False,
        True,
    ]
    assert sum(isinstance(event, ModelWaiting) for events in told for event in events) == 1


def test_offline_asks_for_nothing(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(OfflineError):
        pulled(order(tmp_path, offline=True))
    assert hub.requests == []
    pulled(order(tmp_path))
    pulled(order(tmp_path, offline=True))


def test_a_hub_that_is_not_there(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubUnreachableError, match=r"127\.0\.0\.1:9"):
        pulled(order(tmp_path))


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ({"fail_with": 503}, HubUnreachableError),
        ({"token": "secret"}, HubRefusedError),
        ({"repositories": {}}, HubRefusedError),
        ({"repositories": {REPOSITORY: {"README.md": b"about"}}}, HubRefusedError),
        ({"hide_checksums": True}, HubRefusedError),
        ({"fail_with": 429}, HubUnreachableError),
    ],
)
def test_what_the_hub_says_is_told(
    hub: Hub, tmp_path: Path, trouble: dict[str, object], error: type[GigaamError]
) -> None:
    for name, value in trouble.items():
        setattr(hub, name, value)
    with pytest.raises(error) as caught:
        pulled(order(tmp_path))
    assert caught.value.hint()
    assert "\n" not in str(caught.value)


def test_a_token_opens_what_is_closed(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "secret"
    monkeypatch.setenv("HF_TOKEN", "secret")
    pulled(order(tmp_path))
    assert is_whole(order(tmp_path))


def test_a_model_larger_than_the_disk_is_refused_before_it_comes(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(ModelsFolderError):
        pulled(order(tmp_path))
    assert hub.downloads("v3_ctc.onnx") == []
