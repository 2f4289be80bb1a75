"""Posters, their editions and files."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from imd_sdk.testing._problems import Rejection, find, not_found
from imd_sdk.testing._state import choose_language, pick_texts

if TYPE_CHECKING:
    from imd_sdk.testing._requests import EndpointRequest, Response
    from imd_sdk.testing._state import Edition, File, Poster, State, Wire

ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)


def posters(state: State, request: EndpointRequest) -> Any:
    rows = [((slug,), poster) for slug, poster in state.posters.items()]
    return request.page(rows, lambda poster: _poster(poster, request.query.lang))


def poster(state: State, request: EndpointRequest) -> Any:
    return _poster(_find_poster(state, request), request.query.lang)


def _find_poster(state: State, request: EndpointRequest) -> Poster:
    return find(state.posters, request.path_params["slug"])


def _poster(poster: Poster, lang: str | None) -> Wire:
    texts = pick_texts(poster.texts, lang)
    return {
        "slug": poster.slug,
        **texts,
        "artist": poster.artist,
        "year": poster.year,
        "state": poster.state,
        "editions": [_edition(edition, texts["lang"]) for edition in poster.editions],
        "files": [_file(poster.slug, file) for file in poster.files],
    }


def _edition(edition: Edition, lang: str) -> Wire:
    return {
        "id": edition.id,
        "kind": edition.kind,
        "title": edition.titles[choose_language(edition.titles, lang)],
        "size": edition.size,
        "price": edition.price,
        "run": edition.run,
        "available": None if edition.run is None else len(edition.free),
    }


def _file(slug: str, file: File) -> Wire:
    return {
        "name": file.name,
        "purpose": file.purpose,
        "media_type": file.media_type,
        "bytes": len(file.content),
        "sha256": file.sha256,
        "width": file.width,
        "height": file.height,
        "href": f"/v1/posters/{slug}/files/{file.name}",
    }


def file(state: State, request: EndpointRequest) -> Response:
    found = next(
        (f for f in _find_poster(state, request).files if f.name == request.path_params["name"]),
        None,
    )
    if found is None:
        raise not_found()
    part = _part(found, request.headers)
    sent = range(len(found.content)) if part is None else part
    headers = _file_headers(found)
    if part is not None:
        end = part.stop - 1
        headers["content-range"] = f"bytes {part.start}-{end}/{len(found.content)}"
    body = found.content[sent.start : sent.stop]
    return request.respond(200 if part is None else 206, headers, body)


def _file_headers(found: File) -> dict[str, str]:
    shown = "inline" if found.purpose == "preview" else "attachment"
    digest = base64.b64encode(bytes.fromhex(found.sha256)).decode()
    return {
        "content-type": found.media_type,
        "etag": f'"{found.sha256}"',
        "accept-ranges": "bytes",
        "content-disposition": f'{shown}; filename="{found.name}"',
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "repr-digest": f"sha-256=:{digest}:",
    }


def _part(found: File, request: dict[str, str]) -> range | None:
    """The bytes to send (RFC 9110, 14.2); None: all of them."""
    named = ONE_RANGE.fullmatch(request.get("range", "").strip())
    guard = request.get("if-range", "").strip()
    if not named or named.groups() == ("", "") or guard not in {"", f'"{found.sha256}"'}:
        return None
    return _range(named[1], named[2], len(found.content))


def _range(first: str, last: str, size: int) -> range | None:
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else size - min(int(last), size)
    if start >= size:
        headers = {"content-range": f"bytes */{size}"}
        raise Rejection("range-not-satisfiable", headers=headers)
    return range(start, min(int(last), size - 1) + 1 if first and last else size)
