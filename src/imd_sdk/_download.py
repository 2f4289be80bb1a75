"""Downloads that resume after a break and check the digest of the file."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from imd_sdk._response import unexpected_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from imd_sdk._response import RawResponse


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """A file that was downloaded completely."""

    bytes: int
    """Its size."""
    sha256: str
    """Its digest in lower-case hexadecimal, checked against the server's."""
    media_type: str


class Download:
    """Writes the bytes of a response to a file; after a break it requests only the rest."""

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

    def request_headers(self) -> dict[str, str]:
        """Request the rest of the same file (RFC 9110, 13.1.5), without content encoding."""
        headers = {"Accept-Encoding": "identity"}
        if self._written and self._etag:
            headers |= {"Range": f"bytes={self._written}-", "If-Range": self._etag}
        return headers

    def begin(self, head: RawResponse) -> None:
        """Compare a response, before its body is read, with what was written before."""
        etag = head.headers.get("etag")
        if self._written and etag != self._etag:
            raise unexpected_response(head, "the file changed during the download")
        self._etag = etag
        self._skip = self._written
        if head.status == HTTPStatus.PARTIAL_CONTENT:
            self._skip = 0
            self._check_range(head)
        elif self._total is None:
            length = head.headers.get("content-length", "")
            self._total = int(length) if re.fullmatch("[0-9]{1,18}", length) else None

    def write(self, chunk: bytes) -> None:
        """Write the bytes that were not written before an earlier break."""
        skipped = min(self._skip, len(chunk))
        self._skip -= skipped
        rest = chunk[skipped:]
        self._file.write(rest)
        self._digest.update(rest)
        self._written += len(rest)
        if self._progress:
            self._progress(self._written, self._total)

    def finish(self, response: RawResponse) -> DownloadedFile:
        """Check the digest that the server states (RFC 9530)."""
        stated = response.headers.get("repr-digest", "")
        encoded = base64.b64encode(self._digest.digest()).decode()
        if "sha-256=:" in stated and f"sha-256=:{encoded}:" not in stated:
            raise unexpected_response(response, "the file does not match the stated digest")
        return DownloadedFile(self._written, self._digest.hexdigest(), response.media_type)

    def _check_range(self, head: RawResponse) -> None:
        if not head.headers.get("content-range", "").startswith(f"bytes {self._written}-"):
            raise unexpected_response(head, "another range of the file than requested")
