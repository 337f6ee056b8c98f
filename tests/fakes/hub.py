"""A small model hub on loopback that speaks the real client's protocol: listings, metadata, redirects, ranges.

Large files are answered with a redirect to another address, as the real hub answers with its CDN's. What goes wrong
on the way is asked for by the attributes of ``Hub``.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SMALL = 2000  # bytes up to which a file lies in git itself
BLOCK = 8192


@dataclass
class Hub:
    """What the hub serves, how badly, and what it was asked for."""

    repositories: dict[str, dict[str, bytes]]
    address: str = ""
    token: str = ""
    """Asked for where it is set."""
    pause: float = 0.0
    """Seconds before each block of a file."""
    break_at: int | None = None
    """Bytes after which a connection breaks off."""
    breaks: int = 0
    """How often that happens; then it works."""
    flip: int | None = None
    """Position of a byte that arrives wrong."""
    ignore_ranges: bool = False
    short: int = 0
    """Bytes at the end of large files that are left out, as if the file were no longer; less than 0 adds some."""
    fail_with: int | None = None
    """The status of every answer."""
    hide_checksums: bool = False
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and range of everything asked for."""
    portal: str = ""
    """What is answered to everything, as a portal does that wants a login first."""
    leaked: list[str] = field(default_factory=list)
    """Tokens that came to the other host."""
    sent: int = 0
    """Bytes of files sent in all."""

    def downloads(self, name: str) -> list[str]:
        """Return the ranges in which the contents of a large file were asked for."""
        return [span for method, path, span in self.requests if method == "GET" and path == f"/cdn/{name}"]

    @property
    def files(self) -> dict[str, bytes]:
        """All files by name."""
        return {name: data for files in self.repositories.values() for name, data in files.items()}


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
        """Say nothing."""

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.requests.append((self.command, path, self.headers.get("Range", "")))
        if self.hub.portal:
            self._send(200, {}, self.hub.portal.encode())
        elif self.hub.fail_with:
            self._send(self.hub.fail_with, {}, b"{}")
        elif path.startswith("/cdn/"):
            self.hub.leaked += filter(None, [self.headers.get("Authorization")])
            self._send_file(path.rpartition("/")[2])
        elif self.hub.token and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            self._send(401, {"X-Error-Code": "GatedRepo", "X-Error-Message": "a token is needed"}, b"{}")
        elif match := re.fullmatch(r"/api/models/(.+)", path):
            self._send_listing(match[1])
        elif match := re.fullmatch(r"/(.+?)/resolve/([^/]+)/([^/]+)", path):
            self._resolve(match[1], match[3])
        else:
            self._send(404, {}, b"{}")

    def _send_listing(self, repository: str) -> None:
        files = self.hub.repositories.get(repository)
        if files is None:
            self._send(404, {"X-Error-Code": "RepoNotFound"}, b"{}")
            return
        listing = {"id": repository, "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
        self._send(200, {"Content-Type": "application/json"}, json.dumps(listing).encode())

    def _resolve(self, repository: str, name: str) -> None:
        data = self.hub.repositories.get(repository, {}).get(name)
        if data is None:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b"{}")
        elif len(data) <= SMALL:
            blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
            etag = "unknown" if self.hub.hide_checksums else blob
            self._send(200, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}, data)
        else:
            headers = {
                "X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"',
                "X-Linked-Size": str(len(data)),
                "X-Repo-Commit": COMMIT,
                # Another name of this machine, so that it counts as another host.
                "Location": f"{self.hub.address.replace('127.0.0.1', 'localhost')}/cdn/{name}",
            }
            self._send(302, headers, b"")

    def _send_file(self, name: str) -> None:
        data = self.hub.files[name]
        data = data[: len(data) - self.hub.short] + b"?" * -self.hub.short
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(match[1]) if match and not self.hub.ignore_ranges else 0
        if begin and begin >= len(data):
            self._send(416, {"Content-Range": f"bytes */{len(data)}"}, b"")
            return
        partial = match is not None and not self.hub.ignore_ranges
        self.send_response(206 if partial else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        if partial:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.hub.flip is not None and self.hub.flip < len(data):
            data = data[: self.hub.flip] + bytes([data[self.hub.flip] ^ 1]) + data[self.hub.flip + 1 :]
        self._send_blocks(data[begin:])

    def _send_blocks(self, data: bytes) -> None:
        """Send a file, unless the connection is to break or the client goes away."""
        sent, limit = 0, None
        if self.hub.break_at is not None and self.hub.breaks > 0:
            limit, self.hub.breaks = self.hub.break_at, self.hub.breaks - 1
        while sent < len(data) and (limit is None or sent < limit):
            time.sleep(self.hub.pause)
            block = data[sent : sent + BLOCK]
            try:
                self.wfile.write(block)
            except OSError:
                self.close_connection = True
                return
            sent += len(block)
            self.hub.sent += len(block)
        self.close_connection = self.close_connection or limit is not None

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serving(repositories: dict[str, dict[str, bytes]]) -> Iterator[Hub]:
    """Serve files by repository and name while the body runs."""
    hub = Hub(repositories)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def contents(folder: Path) -> dict[str, bytes]:
    """Return a folder's files as the hub serves them."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
