"""A poster's picture and files, from the campaign and not to be trusted: shown, never run."""

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

from imd_sdk import Downloaded
from imd_sdk.models import FilePurpose, Poster, PosterFile
from imd_widgets.availability import ClosedReason
from imd_widgets.caching.cache import MISSING, Missing, Unavailable
from imd_widgets.caching.file_cache import CachedFile, FileKey, WrongFile
from imd_widgets.context import Context, context_of
from imd_widgets.images.artwork import MEDIA_TYPES
from imd_widgets.images.formats import CardRequest, svg
from imd_widgets.pages.closed_pages import card, open_until_sunset, page
from imd_widgets.pages.page_responses import language_of
from imd_widgets.posters.posters import DRAWN, LARGEST_PICTURE
from imd_widgets.posters.ranges import NotThere, asked_for
from imd_widgets.responses.headers import FOR_ALL, data_response
from imd_widgets.responses.prepared_response import has
from imd_widgets.theme import PLAIN

TAKEN_AS_IS = DRAWN | {"application/pdf"}
UNKNOWN = "application/octet-stream"
ALONE = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; sandbox"
KEPT = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=86400"
SECONDS, PATIENCE = 120, 4
DIGEST = re.compile("[0-9a-f]{64}")


async def file(request: Request) -> Response:
    site = context_of(request)
    poster = (await site.source.poster(request.path_params["slug"], "en")).value
    wanted = _named(poster, request.path_params["name"])
    headers = _headers(wanted)
    if has(request.headers.get("if-none-match", "").encode(), headers["ETag"].encode()):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    status, part = _part(request, wanted.bytes, headers)
    if request.method == "HEAD" or not part:
        return Response(status_code=status, headers=headers)
    stored = await _stored(site, poster, wanted)
    return StreamingResponse(stored.pieces(part), status, headers)


def artwork_of(poster: Poster) -> PosterFile | None:
    """A file of the poster that can be drawn into a picture, those for the screen first."""
    drawn = [
        file
        for file in poster.files
        if file.media_type in MEDIA_TYPES
        and file.bytes <= LARGEST_PICTURE
        and DIGEST.fullmatch(file.sha256)
    ]
    return min(drawn, key=lambda file: file.purpose != FilePurpose.PREVIEW, default=None)


async def read_file(site: Context, poster: Poster, file: PosterFile) -> bytes:
    """All of a small file, or nothing while it cannot be had."""
    try:
        async with asyncio.timeout(PATIENCE):
            stored = await _stored(site, poster, file)
            return b"".join([piece async for piece in stored.pieces(range(file.bytes))])
    except (TimeoutError, Unavailable, WrongFile, *MISSING):
        return b""


def _part(request: Request, size: int, headers: dict[str, str]) -> tuple[HTTPStatus, range]:
    """What is asked for, and told in the headers."""
    try:
        part = asked_for(request.headers, headers["ETag"], size)
    except NotThere:
        headers["Content-Range"] = f"bytes */{size}"
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, range(0)
    if part is None:
        headers["Content-Length"] = str(size)
        return HTTPStatus.OK, range(size)
    headers["Content-Length"] = str(len(part))
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return HTTPStatus.PARTIAL_CONTENT, part


async def picture(request: Request, end: ClosedReason) -> Response:
    """In the place of a picture a picture, in the place of a file to print a page."""
    kind = guess_type(request.path_params["name"])[0]
    if kind not in DRAWN:
        return await page(request, end)
    site, language = context_of(request), language_of(request)
    said = await card(end, site, language, PLAIN, request.path_params)
    drawn = svg(CardRequest(said, language, PLAIN, site.settings.public_url))
    return data_response(request, drawn, "image/svg+xml", max_age=site.settings.max_age)


def _named(poster: Poster, name: str) -> PosterFile:
    found = next((file for file in poster.files if file.name == name), None)
    if found is None or not DIGEST.fullmatch(found.sha256):
        raise Missing
    return found


async def _stored(site: Context, poster: Poster, wanted: PosterFile) -> CachedFile:
    async def load(into: Any) -> Downloaded:
        download = site.source.client.posters.download
        return await download(poster.slug, wanted.name, to=into, deadline=SECONDS)

    return await site.depot.get(FileKey(wanted.sha256, wanted.bytes), load)


def _headers(file: PosterFile) -> dict[str, str]:
    known = file.media_type in TAKEN_AS_IS
    shown = file.purpose == FilePurpose.PREVIEW and file.media_type in DRAWN
    name = quote(file.name, safe="")
    return {
        **FOR_ALL,
        "Accept-Ranges": "bytes",
        "Cache-Control": KEPT,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": ALONE,
        "Content-Type": file.media_type if known else UNKNOWN,
        "ETag": f'"{file.sha256}"',
        "Referrer-Policy": "no-referrer",
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }


ROUTES = open_until_sunset(Route("/posters/{slug}/files/{name}", file), instead=picture)
