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
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import BinaryIO

from gigaam_cli.core.errors import DownloadDamagedError, HubRefusedError, HubUnreachableError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.engines.catalog import CONFIG, CatalogEntry

_SHA256_LENGTH = 64
_CHECKSUM = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_SERVER_FAILS = 500
_RETRIES, _RETRY_SECONDS, _TIMEOUT_SECONDS = 5, 1.0, 20.0
logger = logging.getLogger(__name__)


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

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)


def look_up(entry: CatalogEntry, precision: str) -> Listing:
    """Ask the hub for the files of a model.

    Raises:
        HubUnreachableError: there is no way to the hub.
        HubRefusedError: the hub has no such model, not in this precision, or not for everybody.
    """
    from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url

    with _told(entry.repository):
        info = HfApi().model_info(entry.repository)
        commit = str(info.sha)
        names = _wanted(entry, precision, [item.rfilename for item in info.siblings or ()])
        files = []
        for name in names:
            url = hf_hub_url(entry.repository, name, revision=commit)
            metadata = get_hf_file_metadata(url)
            files.append(RemoteFile(name, url, int(metadata.size or 0), _checksum(name, metadata.etag)))
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
    with target.open("ab") as stream, _told(file.url):
        _receive_patiently(file, stream, progress)
        stream.flush()
        os.fsync(stream.fileno())
    if not matches(file, target):
        target.unlink()
        raise DownloadDamagedError(
            file=file.name, detail=_("its checksum is not the one that the hub declares")
        )


def _receive_patiently(file: RemoteFile, stream: BinaryIO, progress: Callable[[int], None]) -> None:
    """Go on after each break of the connection, unless nothing more comes."""
    import httpx2

    failures, problem = 0, _("nothing more comes")
    if stream.tell() > file.size:
        stream.seek(0)
        stream.truncate()
    while stream.tell() < file.size:
        before = stream.tell()
        try:
            _receive(file, stream, progress)
        except httpx2.TransportError as error:
            problem = _first_line(error)
            logger.info("%s broke off at %d bytes: %s", file.name, stream.tell(), problem)
        if stream.tell() > before:
            failures = 0
            continue
        failures += 1
        if failures > _RETRIES:
            raise HubUnreachableError(endpoint=_endpoint(), detail=problem)
        time.sleep(_RETRY_SECONDS)


def _receive(file: RemoteFile, stream: BinaryIO, progress: Callable[[int], None]) -> None:
    """Write what one connection brings behind what is there."""
    from huggingface_hub import get_session
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    begin = stream.tell()
    headers = {**build_hf_headers(), "Accept-Encoding": "identity", "Range": f"bytes={begin}-"}
    with get_session().stream(
        "GET", file.url, headers=headers, follow_redirects=True, timeout=_TIMEOUT_SECONDS
    ) as response:
        if response.is_error:
            response.read()
        hf_raise_for_status(response)
        if response.headers.get("Content-Range", "").partition("-")[0] != f"bytes {begin}":
            begin = 0  # all of it comes again
        stream.seek(begin)
        stream.truncate()
        for block in response.iter_raw():
            stream.write(block)
            progress(stream.tell())
            if stream.tell() > file.size:
                return  # whatever it is, the checksum will not fit


def matches(file: RemoteFile, path: Path) -> bool:
    """Whether a file's contents are what the hub declares: by SHA-256, or as git reckons for small ones."""
    if file.sha256:
        return sha256_of(path) == file.sha256
    content = path.read_bytes()
    blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False)
    return blob.hexdigest() == file.etag


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn the errors of the hub's client into ours."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        detail = _first_line(error)
        if status >= _SERVER_FAILS:
            raise HubUnreachableError(endpoint=_endpoint(), detail=detail) from error
        raise HubRefusedError(what=what, detail=detail) from error
    except HFValidationError as error:
        raise HubRefusedError(what=what, detail=_first_line(error)) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ConnectionError) as error:
        raise HubUnreachableError(endpoint=_endpoint(), detail=_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _endpoint() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _wanted(entry: CatalogEntry, precision: str, there: list[str]) -> list[str]:
    """Return those of the repository's files that make up the model; weights may lie in files of their own."""
    names = []
    for pattern in (*entry.files(precision), CONFIG):
        either = (pattern, f"{pattern}?data")
        matching = sorted(
            name for name in there if "/" not in name and any(fnmatch(name, one) for one in either)
        )
        if not matching and pattern != CONFIG:
            raise HubRefusedError(what=f"{entry.repository}/{pattern}", detail=_("there is no such file"))
        names += matching
    return names


def _checksum(name: str, etag: str | None) -> str:
    if etag is None or not _CHECKSUM.fullmatch(etag):
        raise HubRefusedError(what=name, detail=_("no checksum is declared"))
    return etag
