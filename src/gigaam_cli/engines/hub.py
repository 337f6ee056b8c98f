"""Models on the Hugging Face hub: what is there, and how it comes here. No other module uses the network.

The hub's client honours ``HF_ENDPOINT``, ``HF_TOKEN``, ``HF_HUB_OFFLINE`` and the proxies of the environment.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import DownloadDamagedError, HubRefusedError, HubUnreachableError
from gigaam_cli.engines.catalog import CatalogEntry

logger = logging.getLogger(__name__)

_SHA256_LENGTH = 64
_CHECKSUM = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_PLAIN_NAME = re.compile(r"[\w-][\w.-]*")
_RETRIES, _RETRY_SECONDS, _TIMEOUT_SECONDS = 5, 1.0, 20.0
_BUSY = (408, 429)
_SERVER_FAILS = 500
_BAD_RANGE = 416
# What portals, proxies and settings of the environment make of a connection; nothing here touches the disk.
_ODD_ANSWERS = (OSError, ValueError, LookupError, TypeError, AttributeError, ImportError)
# Passwords in addresses, and signatures behind them, are nobody's business.
_SECRETS = re.compile(r"(?<=//)[^/@\s]+@|\?[^\s'\"]+")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the hub. ``etag`` is its SHA-256 where the hub keeps it outside git, else its git blob's SHA-1."""

    name: str
    url: str
    size: int
    etag: str

    @property
    def sha256(self) -> str | None:
        """The SHA-256 that the hub declares, None for small files."""
        return self.etag if len(self.etag) == _SHA256_LENGTH else None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a model as they were at one commit."""

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]


class _BrokenOffError(Exception):
    """A connection that may be tried again; ``restart`` says that what is there is of no use to it."""

    def __init__(self, problem: str, restart: bool = False) -> None:
        super().__init__(problem)
        self.restart = restart


def look_up(entry: CatalogEntry, precision: str) -> Listing:
    """Ask the hub for the files of a model.

    Raises:
        HubUnreachableError: there is no way to the hub, or what answers is no hub.
        HubRefusedError: the hub has no such model, not in this precision, or not for everybody.
    """
    try:
        return _look_up(entry, precision)
    except _BrokenOffError as error:
        raise HubUnreachableError(endpoint=endpoint(), detail=str(error)) from error


def reach(entry: CatalogEntry, seconds: float) -> float:
    """Ask the hub whether it is there and has a model; return how many seconds the answer took.

    Raises:
        HubUnreachableError: there is no way to the hub, or it fails.
        HubRefusedError: it does not have the model, or not for everybody.
    """
    began = time.monotonic()
    try:
        with _told(entry.repository):
            from huggingface_hub import constants, get_session
            from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

            address = f"{constants.ENDPOINT}/api/models/{entry.repository}"
            answer = get_session().head(
                address, headers=build_hf_headers(), follow_redirects=True, timeout=seconds
            )
            hf_raise_for_status(answer)
    except _BrokenOffError as error:
        raise HubUnreachableError(endpoint=endpoint(), detail=str(error)) from error
    return time.monotonic() - began


def _look_up(entry: CatalogEntry, precision: str) -> Listing:
    with _told(entry.repository):
        from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url

        info = HfApi().model_info(entry.repository, timeout=_TIMEOUT_SECONDS)
        commit = str(info.sha)
        names = _wanted(entry, precision, [item.rfilename for item in info.siblings or ()])
        files = []
        for name in names:
            url = hf_hub_url(entry.repository, name, revision=commit)
            metadata = get_hf_file_metadata(url, timeout=_TIMEOUT_SECONDS)
            files.append(_remote(name, url, metadata.size, metadata.etag))
    return Listing(entry.repository, commit, tuple(files))


def fetch(file: RemoteFile, target: Path, progress: Callable[[int], None]) -> None:
    """Bring a file to ``target``, going on where an earlier attempt ended; ``progress`` gets the bytes there.

    The hub's own client would lose up to 10 MB at each break of the connection, and all of them when it is killed.

    Raises:
        DownloadDamagedError: what arrived is not what the hub declares; it is removed.
        HubUnreachableError: the connection broke and did not come back; what has arrived is kept.
        HubRefusedError: the hub does not give the file.
        OSError: ``target`` cannot be written.
    """
    with target.open("ab") as stream:
        _receive_patiently(file, stream, progress)
        stream.flush()
        os.fsync(stream.fileno())
    if not matches(file, target):
        target.unlink()
        raise DownloadDamagedError(
            file=file.name, detail=_("its checksum is not the one that the hub declares")
        )


def matches(file: RemoteFile, path: Path) -> bool:
    """Whether a file's contents are what the hub declares: by SHA-256, or as git reckons for small ones."""
    if file.sha256:
        return sha256_of(path) == file.sha256
    content = path.read_bytes()
    blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False)
    return blob.hexdigest() == file.etag


def _receive_patiently(file: RemoteFile, stream: BinaryIO, progress: Callable[[int], None]) -> None:
    """Go on after each break of the connection, unless nothing more comes."""
    if stream.tell() > file.size:
        _cut(stream, 0)
    furthest, failures, restarted, problem = stream.tell(), 0, False, _("nothing more comes")
    while stream.tell() < file.size:
        try:
            _receive(file, stream, progress)
        except _BrokenOffError as error:
            problem = str(error)
            if error.restart and not restarted:
                restarted = True
                _cut(stream, 0)
        if stream.tell() > furthest:
            furthest, failures = stream.tell(), 0
            continue
        failures += 1
        if failures > _RETRIES:
            raise HubUnreachableError(endpoint=endpoint(), detail=problem)
        logger.info("%s broke off at %d bytes: %s", file.name, stream.tell(), problem)
        time.sleep(_RETRY_SECONDS)


def _receive(file: RemoteFile, stream: BinaryIO, progress: Callable[[int], None]) -> None:
    """Write what one connection brings behind what is there."""
    with _answer(file, stream.tell()) as response:
        _cut(stream, _start(response, file, stream.tell()))
        for block in _blocks(response):
            stream.write(block)
            progress(stream.tell())
            if stream.tell() > file.size:
                return  # whatever it is, the checksum will not fit


@contextmanager
def _answer(file: RemoteFile, begin: int) -> Iterator[Any]:
    """Ask for a file from ``begin`` on."""
    with ExitStack() as stack:
        with _told(file.name):
            from huggingface_hub import get_session
            from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

            headers = {**build_hf_headers(), "Accept-Encoding": "identity", "Range": f"bytes={begin}-"}
            request = get_session().stream(
                "GET", file.url, headers=headers, follow_redirects=True, timeout=_TIMEOUT_SECONDS
            )
            response = stack.enter_context(request)
            if response.is_error:
                response.read()
            hf_raise_for_status(response)
        yield response


def _start(response: Any, file: RemoteFile, begin: int) -> int:
    """Return where in the file the answer begins; what is something else altogether is not written at all."""
    span = response.headers.get("Content-Range", "")
    if span:
        if span.partition("-")[0] == f"bytes {begin}":
            return begin
        raise _BrokenOffError(_("the answer is another part of the file"))
    if response.headers.get("Content-Length", str(file.size)) == str(file.size):
        return 0  # all of it comes again
    raise _BrokenOffError(_("the answer is not the file"))


def _blocks(response: Any) -> Iterator[bytes]:
    import httpx2

    try:
        yield from response.iter_raw()
    except httpx2.HTTPError as error:
        raise _BrokenOffError(_first_line(error)) from error


def _cut(stream: BinaryIO, position: int) -> None:
    stream.seek(position)
    stream.truncate()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn the errors of the hub's client into ours, or into one that says that it may be tried again."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    try:
        yield
    except GigaamError:
        raise
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else _SERVER_FAILS
        if status in _BUSY or status >= _SERVER_FAILS or status == _BAD_RANGE:
            raise _BrokenOffError(_first_line(error), restart=status == _BAD_RANGE) from error
        raise HubRefusedError(what=what, detail=_first_line(error)) from error
    except HFValidationError as error:
        raise HubRefusedError(what=what, detail=_first_line(error)) from error
    except OfflineModeIsEnabled as error:
        raise HubUnreachableError(endpoint=endpoint(), detail=_first_line(error)) from error
    except httpx2.TransportError as error:
        raise _BrokenOffError(_first_line(error)) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, *_ODD_ANSWERS) as error:
        raise HubUnreachableError(endpoint=endpoint(), detail=_first_line(error)) from error


def _first_line(error: Exception) -> str:
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return _SECRETS.sub("", line)


def endpoint() -> str:
    """Return the hub's address, without what is nobody's business."""
    from huggingface_hub import constants

    return _SECRETS.sub("", str(constants.ENDPOINT))


def _wanted(entry: CatalogEntry, precision: str, there: list[str]) -> list[str]:
    """Return those of the repository's files that make up the model; weights may lie in files of their own."""
    names = sorted(name for name in there if _PLAIN_NAME.fullmatch(name) and entry.owns(name, precision))
    missing = entry.missing(set(names), precision)
    if missing:
        what = f"{entry.repository}/{missing[0]}"
        raise HubRefusedError(what=what, detail=_("there is no such file"))
    return names


def _remote(name: str, url: str, size: int | None, etag: str | None) -> RemoteFile:
    if size is None or etag is None or not _CHECKSUM.fullmatch(etag):
        raise HubRefusedError(what=name, detail=_("no size or checksum is declared"))
    return RemoteFile(name, url, size, etag)
