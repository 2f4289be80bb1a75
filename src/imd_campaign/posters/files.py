"""A file over HTTP: whole or a range of it, with a digest of the whole (RFC 9530)."""

import base64
from collections.abc import Iterator
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import StreamingResponse

from imd_campaign.posters.ranges import asked_for
from imd_campaign.posters.service import StoredFile
from imd_campaign.web.etags import keep_for

CHUNK = 64 * 1024
HOUR = 3600
# An SVG is a document: opened by itself it may run nothing and load nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def response(file: StoredFile, asked: Headers) -> StreamingResponse:
    tag = f'"{file.sha256}"'
    part = asked_for(asked.get("range"), asked.get("if-range"), tag, file.size)
    sent = part if part is not None else range(file.size)
    answer = StreamingResponse(
        _chunks(file.path, sent),
        status_code=200 if part is None else 206,
        media_type=file.media_type,
        headers={
            "ETag": tag,
            "Accept-Ranges": "bytes",
            "Content-Length": str(len(sent)),
            "Content-Disposition": _disposition(file),
            "Content-Security-Policy": POLICY,
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:",
        },
    )
    if part is not None:
        answer.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    keep_for(answer, HOUR)
    return answer


def _disposition(file: StoredFile) -> str:
    return f'{"inline" if file.inline else "attachment"}; filename="{file.path.name}"'


def _chunks(path: Path, part: range) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(part.start)
        left = len(part)
        while left > 0 and (chunk := source.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
