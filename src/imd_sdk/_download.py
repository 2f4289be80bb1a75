"""A file on its way from the campaign to a file of the caller's."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from imd_sdk._answers import unexpected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imd_sdk._answers import Answer

__all__ = ["Download", "Downloaded"]


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that has arrived whole."""

    bytes: int
    """Its size."""
    sha256: str
    """Its digest in lower-case hexadecimal, checked against the server's."""
    media_type: str


class Download:
    """Where the bytes of a file go; after a break it asks for the rest alone."""

    def __init__(
        self, file: BinaryIO, progress: Callable[[int, int | None], object] | None
    ) -> None:
        self._file = file
        self._progress = progress
        self._digest = hashlib.sha256()
        self._written = 0
        self._skip = 0
        self._total: int | None = None
        self._etag: str | None = None

    def headers(self) -> dict[str, str]:
        """Ask for the rest of the same file (RFC 9110, 13.1.5), in the bytes that are stored."""
        asked = {"Accept-Encoding": "identity"}
        if self._written and self._etag:
            asked |= {"Range": f"bytes={self._written}-", "If-Range": self._etag}
        return asked

    def begin(self, head: Answer) -> None:
        etag = head.headers.get("etag")
        if self._written and etag != self._etag:
            raise unexpected(head, "the file was changed while it was on its way", "$")
        self._etag = etag
        self._skip = self._written
        if head.status == HTTPStatus.PARTIAL_CONTENT:
            self._skip = 0
            self._check_start(head)
        elif self._total is None:
            length = head.headers.get("content-length", "")
            self._total = int(length) if length.isdecimal() else None

    def write(self, chunk: bytes) -> None:
        """Write what was not written before an earlier break."""
        skipped = min(self._skip, len(chunk))
        self._skip -= skipped
        rest = chunk[skipped:]
        self._file.write(rest)
        self._digest.update(rest)
        self._written += len(rest)
        if self._progress:
            self._progress(self._written, self._total)

    def end(self, answer: Answer) -> Downloaded:
        stated = answer.headers.get("repr-digest", "")
        if "sha-256=:" in stated and f"sha-256=:{self._encoded()}:" not in stated:
            raise unexpected(answer, "the file does not have the digest it should have", "$")
        return Downloaded(self._written, self._digest.hexdigest(), answer.media_type)

    def _encoded(self) -> str:
        return base64.b64encode(self._digest.digest()).decode()

    def _check_start(self, head: Answer) -> None:
        if not head.headers.get("content-range", "").startswith(f"bytes {self._written}-"):
            raise unexpected(head, "another part of the file than was asked for", "$")


@contextmanager
def opened(to: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    """Give a file to write to; a path gets its file when all of it has arrived, and not before."""
    if not isinstance(to, str | os.PathLike):
        yield to
        return
    goal = Path(to)
    handle, part = tempfile.mkstemp(prefix=f".{goal.name}.", suffix=".part", dir=goal.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(part).replace(goal)
    finally:
        Path(part).unlink(missing_ok=True)
