"""A poster's image and files, which are not trusted: they are shown and never executed."""

import asyncio
import re
from base64 import b64encode
from http import HTTPStatus
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from imd_sdk import DownloadedFile
from imd_sdk.models import FilePurpose, Poster, PosterFile
from imd_widgets.caching.cache import MISSING_ERRORS, Missing, Unavailable
from imd_widgets.caching.file_cache import CachedFile, FileKey, WrongFile
from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import Context, get_context
from imd_widgets.images.artwork import MEDIA_TYPES
from imd_widgets.images.summary_formats import SummaryRequest, write_svg
from imd_widgets.pages.closed_pages import open_until_sunset, show_closed_page, summarise_closed
from imd_widgets.pages.page_responses import get_language
from imd_widgets.posters.posters import IMAGE_TYPES, MAX_IMAGE_BYTES
from imd_widgets.responses.byte_ranges import RangeNotSatisfiable, parse_range
from imd_widgets.responses.headers import PUBLIC_HEADERS
from imd_widgets.responses.prepared_response import matches_etag
from imd_widgets.responses.response_factory import respond_with_data
from imd_widgets.theme import PLAIN

TRUSTED_TYPES = IMAGE_TYPES | {"application/pdf"}
UNKNOWN_TYPE = "application/octet-stream"
FILE_POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; sandbox"
)
CACHE_CONTROL = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=86400"
DOWNLOAD_SECONDS, TIMEOUT = 120, 4
DIGEST = re.compile("[0-9a-f]{64}")


async def serve_file(request: Request) -> Response:
    context = get_context(request)
    poster = (await context.source.get_poster(request.path_params["slug"], "en")).value
    wanted = _find_file(poster, request.path_params["name"])
    headers = _make_headers(wanted)
    if matches_etag(request.headers.get("if-none-match", "").encode(), headers["ETag"].encode()):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    status, part = _select_range(request, wanted.bytes, headers)
    if request.method == "HEAD" or not part:
        return Response(status_code=status, headers=headers)
    cached_file = await _open_file(context, poster, wanted)
    return StreamingResponse(cached_file.read_chunks(part), status, headers)


def choose_artwork(poster: Poster) -> PosterFile | None:
    """Choose a file of the poster that can be drawn, preferably its preview."""
    drawn = [
        file
        for file in poster.files
        if file.media_type in MEDIA_TYPES
        and file.bytes <= MAX_IMAGE_BYTES
        and DIGEST.fullmatch(file.sha256)
    ]
    return min(drawn, key=lambda file: file.purpose != FilePurpose.PREVIEW, default=None)


async def read_file(context: Context, poster: Poster, file: PosterFile) -> bytes:
    """Read a small file as a whole; return nothing while it is unavailable."""
    try:
        async with asyncio.timeout(TIMEOUT):
            cached_file = await _open_file(context, poster, file)
            return b"".join([piece async for piece in cached_file.read_chunks(range(file.bytes))])
    except (TimeoutError, Unavailable, WrongFile, *MISSING_ERRORS):
        return b""


def _select_range(request: Request, size: int, headers: dict[str, str]) -> tuple[HTTPStatus, range]:
    """Select the requested bytes, and describe them in the headers."""
    try:
        part = parse_range(request.headers, headers["ETag"], size)
    except RangeNotSatisfiable:
        headers["Content-Range"] = f"bytes */{size}"
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, range(0)
    if part is None:
        headers["Content-Length"] = str(size)
        return HTTPStatus.OK, range(size)
    headers["Content-Length"] = str(len(part))
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return HTTPStatus.PARTIAL_CONTENT, part


async def serve_closed_file(request: Request, reason: ClosedReason) -> Response:
    """Serve an image in place of an image, and a page in place of a print file."""
    kind = guess_type(request.path_params["name"])[0]
    if kind not in IMAGE_TYPES:
        return await show_closed_page(request, reason)
    context, language = get_context(request), get_language(request)
    summary = await summarise_closed(reason, context, language, PLAIN, request.path_params)
    drawn = write_svg(SummaryRequest(summary, language, PLAIN, context.settings.public_url))
    return respond_with_data(request, drawn, "image/svg+xml", max_age=context.settings.max_age)


def _find_file(poster: Poster, name: str) -> PosterFile:
    found = next((file for file in poster.files if file.name == name), None)
    if found is None or not DIGEST.fullmatch(found.sha256):
        raise Missing
    return found


async def _open_file(context: Context, poster: Poster, wanted: PosterFile) -> CachedFile:
    async def load(into: Any) -> DownloadedFile:
        download = context.source.client.posters.download
        return await download(poster.slug, wanted.name, to=into, deadline=DOWNLOAD_SECONDS)

    return await context.file_cache.get(FileKey(wanted.sha256, wanted.bytes), load)


def _make_headers(file: PosterFile) -> dict[str, str]:
    known = file.media_type in TRUSTED_TYPES
    shown = file.purpose == FilePurpose.PREVIEW and file.media_type in IMAGE_TYPES
    name = quote(file.name, safe="")
    return {
        **PUBLIC_HEADERS,
        "Accept-Ranges": "bytes",
        "Cache-Control": CACHE_CONTROL,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": FILE_POLICY,
        "Content-Type": file.media_type if known else UNKNOWN_TYPE,
        "ETag": f'"{file.sha256}"',
        "Referrer-Policy": "no-referrer",
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }


ROUTES = open_until_sunset(
    Route("/posters/{slug}/files/{name}", serve_file), when_closed=serve_closed_file
)
