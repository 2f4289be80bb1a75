"""Files over HTTP: whole or in ranges, with a digest of the whole (RFC 9530)."""

import base64
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send

from imd_campaign.posters.service import StoredFile
from imd_campaign.web.etags import set_public_cache
from imd_campaign.web.http_errors import RangeNotSatisfiable

HOUR = 3600
# An SVG is a document: opened by itself it may run nothing and load nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def make_response(file: StoredFile) -> FileResponse:
    response = _FileResponse(
        file.path,
        media_type=file.media_type,
        filename=file.path.name,
        content_disposition_type="inline" if file.is_inline else "attachment",
        headers=_headers(file),
    )
    set_public_cache(response, HOUR)
    return response


def _headers(file: StoredFile) -> Mapping[str, str]:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "ETag": f'"{file.sha256}"',
        "Content-Security-Policy": POLICY,
        "Repr-Digest": f"sha-256=:{digest}:",
    }


class _FileResponse(FileResponse):
    """Starlette's response, except that range errors are ours.

    A malformed Range is ignored, as RFC 9110 (14.2) asks, and a range outside the file is a problem
    document.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, _raise_range_errors(send))
        except _MalformedRange:
            await super().__call__(_without_range(scope), receive, send)


class _MalformedRange(Exception):  # noqa: N818 as in http_errors
    pass


def _raise_range_errors(send: Send) -> Send:
    async def checked_send(message: Message) -> None:
        status = message.get("status")
        if status == 400:  # noqa: PLR2004 how Starlette responds to a malformed Range
            raise _MalformedRange
        if status == 416:  # noqa: PLR2004 how Starlette responds to a range outside the file
            raise RangeNotSatisfiable(Headers(raw=message["headers"])["content-range"])
        await send(message)

    return checked_send


def _without_range(scope: Scope) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
    return {**scope, "headers": headers}
