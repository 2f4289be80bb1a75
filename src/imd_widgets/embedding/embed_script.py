import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_locale.negotiation import list_aliases
from imd_widgets.assets import find_static_folder, load_script
from imd_widgets.context import get_context
from imd_widgets.embedding.first_petition import FIRST_PETITION
from imd_widgets.embedding.snippet import SANDBOX
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.prepared_response import PreparedResponse
from imd_widgets.responses.response_factory import prepare_data, respond, respond_with_data
from imd_widgets.widget.options import OptionRow, list_option_rows
from imd_widgets.widget.widget import Widget

PLACEHOLDER = '"__SITE__"'
SAMPLE_DECLARATION = "  counter: { petition?: string };\n"
HOUR = 3600


async def serve_script(request: Request) -> Response:
    context = get_context(request)
    return respond(request, _make_script(context.settings.public_url, tuple(context.languages)))


async def serve_types(request: Request) -> Response:
    return respond_with_data(
        request, make_declarations(), "text/plain; charset=utf-8", max_age=HOUR
    )


@cache
def _make_script(home: str, languages: tuple[str, ...]) -> PreparedResponse:
    aliases = list_aliases(languages)
    values = {
        "home": home,
        "languages": [*languages, *aliases],
        "aliases": aliases,
        "options": ["widget", "petition", *_list_option_names()],
        "petition": FIRST_PETITION,
        "sandbox": SANDBOX,
        "petitions": [widget.key for widget in WIDGETS if "{petition}" in widget.path],
        "heights": {widget.key: _list_heights(widget) for widget in WIDGETS},
    }
    written = json.dumps(values, separators=(",", ":")).replace("</", "<\\/")
    code = load_script("embed").text.replace(PLACEHOLDER, written).encode()
    response = prepare_data(code, "text/javascript; charset=utf-8", max_age=HOUR)
    return replace(response, is_cached=True)


def _list_option_names() -> dict[str, None]:
    return dict.fromkeys(row.name for widget in WIDGETS for row in list_option_rows(widget.options))


def _list_heights(widget: Widget[Any]) -> dict[str, int]:
    others = {lang: high for lang, high in widget.heights.items() if high != widget.height}
    return {"all": widget.height, **others}


@cache
def make_declarations() -> bytes:
    text = (find_static_folder() / "embed.d.ts").read_text(encoding="utf-8")
    return text.replace(SAMPLE_DECLARATION, "".join(_list_declarations())).encode()


def _list_declarations() -> Iterator[str]:
    for widget in WIDGETS:
        yield f'  "{widget.key}": {{\n'
        if "{petition}" in widget.path:
            yield "    petition?: string;\n"
        for row in list_option_rows(widget.options):
            yield f"    /** {row.help} */\n    {row.name}?: {_make_type(row)};\n"
        yield "  };\n"


def _make_type(row: OptionRow) -> str:
    return " | ".join(f'"{choice}"' for choice in row.choices) or "string"


ROUTES = (Route("/embed.js", serve_script), Route("/embed.d.ts", serve_types))
