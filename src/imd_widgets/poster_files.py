"""A poster's picture and files, from the campaign and not to be trusted: shown, never run."""

from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from mimetypes import guess_type
from tempfile import TemporaryFile
from typing import BinaryIO
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from imd_sdk import ImdError
from imd_sdk.models import FilePurpose, Poster, PosterFile
from imd_widgets.cache import MISSING, Missing, Unavailable
from imd_widgets.cards.routes import Wanted, svg
from imd_widgets.embed import data_response
from imd_widgets.ended import card, page, until_the_end
from imd_widgets.ends import End
from imd_widgets.posters import DRAWN, LARGEST_PICTURE
from imd_widgets.show import language_of
from imd_widgets.site import site_of
from imd_widgets.source import Source
from imd_widgets.theme import PLAIN

TAKEN_AS_IS = DRAWN | {"application/pdf"}
UNKNOWN = "application/octet-stream"
ALONE = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; sandbox"
KEPT = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=86400"
SECONDS = 120
PIECE = 64 * 1024


async def file(request: Request) -> Response:
    source = site_of(request).source
    poster = await source.poster(request.path_params["slug"], "en")
    wanted = _named(poster.value, request.path_params["name"])
    headers = _headers(wanted)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if wanted.bytes <= LARGEST_PICTURE:
        return Response(await _small(source, poster.value, wanted), headers=headers)
    return await _large(source, poster.value, wanted, headers)


async def picture(request: Request, end: End) -> Response:
    """In the place of a picture a picture, in the place of a file to print a page."""
    kind = guess_type(request.path_params["name"])[0]
    if kind not in DRAWN:
        return await page(request, end)
    site, language = site_of(request), language_of(request)
    said = await card(end, site, language, PLAIN, request.path_params)
    drawn = svg(Wanted(said, language, PLAIN, site.settings.public_url))
    return data_response(request, drawn, "image/svg+xml", max_age=site.settings.max_age)


def _named(poster: Poster, name: str) -> PosterFile:
    found = next((file for file in poster.files if file.name == name), None)
    if found is None:
        raise Missing
    return found


async def _small(source: Source, poster: Poster, wanted: PosterFile) -> bytes:
    async def load() -> bytes:
        whole = BytesIO()
        await source.client.posters.download(poster.slug, wanted.name, to=whole, deadline=SECONDS)
        return whole.getvalue()

    return (await source.file((poster.slug, wanted.name, wanted.sha256), load)).value


async def _large(
    source: Source, poster: Poster, wanted: PosterFile, headers: dict[str, str]
) -> Response:
    whole = TemporaryFile()  # noqa: SIM115 - closed when the last byte has gone out
    try:
        await source.client.posters.download(poster.slug, wanted.name, to=whole, deadline=SECONDS)
    except MISSING:
        whole.close()
        raise
    except ImdError as error:
        whole.close()
        raise Unavailable from error
    size = str(whole.tell())
    whole.seek(0)
    sent = headers | {"Content-Length": size}
    return StreamingResponse(_pieces(whole), headers=sent, background=BackgroundTask(whole.close))


def _pieces(whole: BinaryIO) -> Iterator[bytes]:
    while piece := whole.read(PIECE):
        yield piece


def _headers(file: PosterFile) -> dict[str, str]:
    known = file.media_type in TAKEN_AS_IS
    shown = file.purpose == FilePurpose.PREVIEW and file.media_type in DRAWN
    name = quote(file.name, safe="")
    return {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": KEPT,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": ALONE,
        "Content-Type": file.media_type if known else UNKNOWN,
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": f'"{quote(file.sha256, safe="")}"',
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


ROUTES = until_the_end(Route("/posters/{slug}/files/{name}", file), instead=picture)
