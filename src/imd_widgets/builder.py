from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.about import About, answers
from imd_widgets.cache import MISSING, Unavailable
from imd_widgets.embed import page_response
from imd_widgets.event import KINDS
from imd_widgets.languages import Language
from imd_widgets.options import N_, BadOptions, Row, read, rows, zones
from imd_widgets.registry import WIDGETS
from imd_widgets.site import Site, site_of
from imd_widgets.snippet import Snippet, snippet
from imd_widgets.widget import Widget

TITLE = N_("Put 18 December on your page")
MEANING = N_(
    "A counter, a countdown and a map of events for any page: nothing to install, "
    "no cookies, no tracking."
)
FIRST_PETITION = "convention"
WORDS = {
    "auto": N_("As the page around it"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    "show": N_("Show"),
    "hide": N_("Hide"),
    "only": N_("Only these"),
    "on": N_("On"),
    "off": N_("Off"),
    "all": N_("All"),
    **KINDS,
}


@dataclass(frozen=True)
class Control:
    """A field of the builder's form."""

    id: str
    row: Row
    value: str
    wrong: str
    choices: tuple[tuple[str, str], ...]
    suggestions: str


@dataclass(frozen=True)
class Bench:
    """A widget as it stands on the builder's page: its form, itself, its snippet."""

    key: str
    title: str
    meaning: str
    controls: tuple[Control, ...]
    snippet: Snippet
    faulty: bool


async def page(request: Request) -> Response:
    site, query = site_of(request), request.query_params
    language = _language(site, query)
    places = {"petition": await first_petition(site, language)}
    chosen = query.get("widget", WIDGETS[0].key)
    benches = [
        _bench(site, widget, query if widget.key == chosen else _only_lang(query), places)
        for widget in sorted(WIDGETS, key=lambda widget: widget.key != chosen)
    ]
    faulty = any(bench.faulty for bench in benches)
    rendered = site.pages.render(
        "builder.html",
        language,
        styles=("widget", "page", "form", "builder"),
        scripts=("builder",),
        path="/",
        chosen=chosen,
        benches=benches,
        about=_about(site, language, benches[0] if "widget" in query else None),
        titles=[(widget.key, language.gettext(widget.title)) for widget in WIDGETS],
        petition=places["petition"],
        zones=zones(),
    )
    if faulty:
        return page_response(request, rendered, status=HTTPStatus.BAD_REQUEST)
    return page_response(request, rendered, max_age=site.settings.max_age)


def _about(site: Site, language: Language, chosen: Bench | None) -> About:
    public_url = site.settings.public_url.rstrip("/")
    return About(
        title=language.gettext(TITLE),
        meaning=language.gettext(MEANING),
        address=f"{public_url}/?lang={language.tag}",
        answers=answers(chosen.snippet.address, public_url) if chosen else (),
    )


async def first_petition(site: Site, language: Language) -> str:
    try:
        campaign = await site.source.campaign(language.tag)
    except (Unavailable, *MISSING):
        return FIRST_PETITION
    return campaign.value.petition or FIRST_PETITION


def _language(site: Site, query: QueryParams) -> Language:
    wanted = query.get("ui") or query.get("lang", "")
    return site.languages.nearest(wanted) or site.languages.source


def _only_lang(query: QueryParams) -> QueryParams:
    return QueryParams({"lang": query["lang"]} if "lang" in query else {})


def _bench(site: Site, widget: Widget[Any], query: QueryParams, places: Mapping[str, str]) -> Bench:
    names = {row.name for row in rows(widget.options)}
    given = QueryParams([(name, value) for name, value in query.multi_items() if name in names])
    faults: Mapping[str, str] = {}
    try:
        options = read(widget.options, given, site.languages)
    except BadOptions as bad:
        faults = bad.faults
        plain = QueryParams({"lang": bad.language.tag})
        options = read(widget.options, plain, site.languages)
    spoken = site.languages[options.lang]
    language = _language(site, query)
    values = {name: str(value or "") for name, value in options.model_dump().items()}
    values |= {name: given[name] for name in faults if name in given}
    return Bench(
        key=widget.key,
        title=language.gettext(widget.title),
        meaning=language.gettext(widget.meaning),
        controls=tuple(_controls(site, widget, language, values, faults)),
        snippet=snippet(widget, options, spoken, places, site.settings.public_url),
        faulty=bool(faults),
    )


def _controls(
    site: Site,
    widget: Widget[Any],
    language: Language,
    values: Mapping[str, str],
    faults: Mapping[str, str],
) -> Iterator[Control]:
    for row in rows(widget.options):
        yield Control(
            id=f"{widget.key}-{row.name}",
            row=row,
            value=values[row.name],
            wrong=faults.get(row.name, ""),
            choices=_choices(site, row, language),
            suggestions="zones" if row.name == "zone" else "",
        )


def _choices(site: Site, row: Row, language: Language) -> tuple[tuple[str, str], ...]:
    if row.name == "lang":
        return tuple((spoken.tag, spoken.name) for spoken in site.languages.by_name)
    return tuple((choice, language.gettext(WORDS.get(choice, choice))) for choice in row.choices)


ROUTES = (Route("/", page),)
