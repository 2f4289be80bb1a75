import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.assets import script, static_folder
from imd_widgets.context import context_of
from imd_widgets.embedding.builder import FIRST_PETITION
from imd_widgets.embedding.snippet import SANDBOX
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.headers import data_answer, data_response, respond
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.widget.options import Row, rows
from imd_widgets.widget.widget import Widget

SITE = '"__SITE__"'
DECLARED = "  counter: { petition?: string };\n"
HOUR = 3600


async def code(request: Request) -> Response:
    site = context_of(request)
    return respond(request, _code(site.settings.public_url, tuple(site.languages)))


async def types(request: Request) -> Response:
    return data_response(request, declarations(), "text/plain; charset=utf-8", max_age=HOUR)


@cache
def _code(home: str, languages: tuple[str, ...]) -> PreparedResponse:
    site = {
        "home": home,
        "languages": languages,
        "options": ["widget", "petition", *_options()],
        "petition": FIRST_PETITION,
        "sandbox": SANDBOX,
        "petitions": [widget.key for widget in WIDGETS if "{petition}" in widget.path],
        "heights": {widget.key: _heights(widget) for widget in WIDGETS},
    }
    written = json.dumps(site, separators=(",", ":")).replace("</", "<\\/")
    filled = script("embed").text.replace(SITE, written).encode()
    answer = data_answer(filled, "text/javascript; charset=utf-8", max_age=HOUR)
    return replace(answer, kept=True)


def _options() -> dict[str, None]:
    return dict.fromkeys(row.name for widget in WIDGETS for row in rows(widget.options))


def _heights(widget: Widget[Any]) -> dict[str, int]:
    others = {lang: high for lang, high in widget.heights.items() if high != widget.height}
    return {"all": widget.height, **others}


@cache
def declarations() -> bytes:
    text = (static_folder() / "embed.d.ts").read_text(encoding="utf-8")
    return text.replace(DECLARED, "".join(_declared())).encode()


def _declared() -> Iterator[str]:
    for widget in WIDGETS:
        yield f'  "{widget.key}": {{\n'
        if "{petition}" in widget.path:
            yield "    petition?: string;\n"
        for row in rows(widget.options):
            yield f"    /** {row.help} */\n    {row.name}?: {_type(row)};\n"
        yield "  };\n"


def _type(row: Row) -> str:
    return " | ".join(f'"{choice}"' for choice in row.choices) or "string"


ROUTES = (Route("/embed.js", code), Route("/embed.d.ts", types))
