"""A sheet to collect signatures on paper, with a code that opens the form online."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.context import get_context
from imd_widgets.languages import Language
from imd_widgets.pages.closed_pages import open_until_sunset
from imd_widgets.pages.page_responses import get_language, get_path, render_page
from imd_widgets.petitions.petition import get_source, make_petition_path

Paper = Literal["a4", "letter"]
PAPERS: dict[Paper, str] = {"a4": "A4", "letter": "US Letter"}
ROWS = 12


@dataclass(frozen=True)
class PaperLink:
    name: str
    query: str
    is_chosen: bool


async def show_sheet(request: Request) -> Response:
    context, language = get_context(request), get_language(request)
    slug, source = request.path_params["petition"], get_source(request)
    petition = (await context.source.get_petition(slug, language.tag)).value
    paper: Paper = "letter" if request.query_params.get("paper") == "letter" else "a4"
    url = _make_form_url(request, source)
    return render_page(
        request,
        "sheet.html",
        styles=("sheet", f"sheet_{paper}"),
        petition=petition,
        papers=[_make_paper_link(name, paper, source, language) for name in PAPERS],
        other_parameters=_encode(source=source, paper=request.query_params.get("paper") and paper),
        rows=range(ROWS),
        form_url=url,
        code=draw_code(url),
        settings=context.settings,
        sheet_path=get_path(request),
    )


def draw_code(url: str) -> Markup:
    """Draw a QR code as SVG, dark on light whatever the colours of the page."""
    drawn = segno.make(url, error="m", micro=False).svg_inline(
        scale=1, dark="#000", light="#fff", omitsize=True, svgclass="code", lineclass=None
    )
    return Markup(drawn)  # noqa: S704 segno writes numbers only


def _make_form_url(request: Request, source: str) -> str:
    home = get_context(request).settings.public_url
    query = urlencode({"lang": get_language(request).tag} | ({"source": source} if source else {}))
    return f"{home}{make_petition_path(request.path_params['petition'])}?{query}"


def _make_paper_link(name: Paper, chosen: Paper, source: str, language: Language) -> PaperLink:
    query = f"lang={language.tag}{_encode(source=source, paper=name)}"
    return PaperLink(PAPERS[name], query, name == chosen)


def _encode(**parameters: str | None) -> str:
    given = {name: value for name, value in parameters.items() if value}
    return f"&{urlencode(given)}" if given else ""


ROUTES = open_until_sunset(Route("/petitions/{petition}/sheet", show_sheet))
