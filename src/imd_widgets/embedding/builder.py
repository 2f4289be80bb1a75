from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.availability import ClosedReason
from imd_widgets.caching.cache import MISSING, Unavailable
from imd_widgets.context import Context, context_of
from imd_widgets.embedding.embed_codes import Choice, platforms, ways
from imd_widgets.embedding.snippet import EmbedCode, Snippet, snippet
from imd_widgets.events.event import KINDS
from imd_widgets.languages import Language
from imd_widgets.pages.pictures import titled
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.headers import page_response
from imd_widgets.widget.options import N_, BadOptions, Options, Row, read, rows, zones
from imd_widgets.widget.page_metadata import (
    CAMPAIGN,
    PageMetadata,
    Preview,
    alternates,
    answers,
)
from imd_widgets.widget.widget import MISSING_HERE, Widget

TITLE = N_("Put 18 December on your page")
MEANING = N_(
    "A counter, a countdown and a map of events for any page: nothing to install, "
    "no cookies, no tracking."
)
PICTURE = "/pictures/builder.png"
FIRST_PETITION = "convention"
LIVE_AT_ONCE = 3
WORDS = {
    "auto": N_("Match the page"),
    "light": N_("Light"),
    "dark": N_("Dark"),
    "square": N_("Square"),
    "soft": N_("Slightly rounded"),
    "round": N_("Round"),
    "sans": N_("Sans serif"),
    "serif": N_("Serif"),
    "system": N_("System font"),
    "show": N_("Show"),
    "hide": N_("Hide"),
    "only": N_("Only these"),
    "on": N_("On"),
    "off": N_("Off"),
    "all": N_("All"),
    **KINDS,
}


# How the builder shows a widget; none of these is an option of one.
WIDTHS = {"wide": N_("Wide"), "phone": N_("Phone")}
AROUND = {"light": N_("Light"), "dark": N_("Dark")}


@dataclass(frozen=True)
class Control:
    """A field of the builder's form."""

    id: str
    row: Row
    value: str
    wrong: str
    choices: tuple[tuple[str, str], ...]
    suggestions: str

    @property
    def touched(self) -> bool:
        return bool(self.wrong) or self.value != self.row.default


@dataclass(frozen=True)
class Entry:
    """A widget in the overview."""

    key: str
    title: str
    meaning: str
    href: str
    current: bool


@dataclass(frozen=True)
class Sample:
    """A widget as it is before anybody has chosen anything."""

    entry: Entry
    snippet: Snippet
    frame: EmbedCode


@dataclass(frozen=True)
class BuilderView:
    """The chosen widget: its form, itself, and the ways to take it along."""

    key: str
    title: str
    meaning: str
    controls: tuple[Control, ...]
    snippet: Snippet
    ways: tuple[EmbedCode, ...]
    around: str
    width: str
    faulty: bool


async def page(request: Request) -> Response:
    site, query = context_of(request), request.query_params
    language = _language(site, query)
    places = {"petition": await first_petition(site, language)}
    wanted = query.get("widget", "")
    chosen = next((widget for widget in WIDGETS if widget.key == wanted), None)
    bench = _bench(site, chosen, query, places) if chosen else None
    entries = [_entry(widget, language, query, chosen) for widget in WIDGETS]
    rendered = site.pages.render(
        "builder.html",
        language,
        styles=("widget", "page", "form", "builder"),
        scripts=("copy", "builder"),
        path="/",
        over=site.ends.of("", {}, site.clock()) is ClosedReason.OVER,
        spoken=_spoken(query),
        also=_also(chosen, query),
        about=_about(site, language, bench),
        entries=entries,
        bench=bench,
        samples=[] if bench else _samples(site, entries, language, places),
        lost=language.gettext(MISSING_HERE.title) if wanted and not chosen else "",
        petition=places["petition"],
        platforms=list(platforms(language)),
        widths=_named(WIDTHS, language),
        around=_named(AROUND, language),
        zones=zones(),
    )
    status = _status(wanted, bench)
    max_age = site.settings.max_age if status == HTTPStatus.OK else None
    return page_response(request, rendered, status=status, max_age=max_age)


def _status(wanted: str, bench: BuilderView | None) -> HTTPStatus:
    if wanted and bench is None:
        return MISSING_HERE.status
    return HTTPStatus.BAD_REQUEST if bench and bench.faulty else HTTPStatus.OK


def _about(site: Context, language: Language, chosen: BuilderView | None) -> PageMetadata:
    public_url, title = site.settings.public_url, language.gettext(TITLE)
    picture = f"{public_url}{PICTURE}?lang={language.tag}"
    return PageMetadata(
        title=title,
        meaning=language.gettext(MEANING),
        address=f"{public_url}/?lang={language.tag}",
        image=Preview(picture, f"{title} · {language.gettext(CAMPAIGN)}"),
        answers=answers(chosen.snippet.address, public_url) if chosen else (),
        alternates=alternates(f"{public_url}/", site.languages),
    )


async def first_petition(site: Context, language: Language) -> str:
    try:
        campaign = await site.source.campaign(language.tag)
    except (Unavailable, *MISSING):
        return FIRST_PETITION
    return campaign.value.petition or FIRST_PETITION


def _language(site: Context, query: QueryParams) -> Language:
    wanted = query.get("ui") or query.get("lang", "")
    return site.languages.nearest(wanted) or site.languages.source


def _entry(
    widget: Widget[Any], language: Language, query: QueryParams, chosen: Widget[Any] | None
) -> Entry:
    """Another widget is shown in the languages of this one."""
    kept = {name: query[name] for name in ("ui", "lang") if name in query}
    return Entry(
        key=widget.key,
        title=language.gettext(widget.title),
        meaning=language.gettext(widget.meaning),
        href=f"/?{urlencode({'widget': widget.key, 'lang': language.tag, **kept})}#{widget.key}",
        current=widget is chosen,
    )


def _samples(
    site: Context, entries: list[Entry], language: Language, places: Mapping[str, str]
) -> list[Sample]:
    samples = []
    for widget, entry in zip(WIDGETS[:LIVE_AT_ONCE], entries, strict=False):
        options = read(widget.options, QueryParams({"lang": language.tag}), site.languages)
        made = snippet(widget, options, language, places, site.settings.public_url)
        frame = next(offer for offer in made.offers(language) if offer.name == "frame")
        samples.append(Sample(entry, made, frame))
    return samples


def _spoken(query: QueryParams) -> str:
    """What says the page's language: where it is not the widget's, the widget's stays."""
    return "ui" if "ui" in query else "lang"


def _also(chosen: Widget[Any] | None, query: QueryParams) -> str:
    """What stays when the page is read in another language."""
    if chosen is None:
        return ""
    names = {"widget", "width", "around", *_names(chosen)} - {_spoken(query)}
    kept = [(name, value) for name, value in query.multi_items() if name in names]
    return f"&{urlencode(kept)}"


def _names(widget: Widget[Any]) -> set[str]:
    return {row.name for row in rows(widget.options)}


def _bench(
    site: Context, widget: Widget[Any], query: QueryParams, places: Mapping[str, str]
) -> BuilderView:
    names = _names(widget)
    given = QueryParams([(name, value) for name, value in query.multi_items() if name in names])
    options, faults = _settled(site, widget, given)
    spoken, language = site.languages[options.lang], _language(site, query)
    values = {name: str(value or "") for name, value in options.model_dump().items()}
    values |= {name: given[name] for name in faults}
    made = snippet(widget, options, spoken, places, site.settings.public_url)
    return BuilderView(
        key=widget.key,
        title=language.gettext(widget.title),
        meaning=language.gettext(widget.meaning),
        controls=tuple(_controls(site, widget, language, values, faults)),
        snippet=made,
        ways=ways(Choice(widget, options, spoken, places), made, language),
        around=_one_of(AROUND, query.get("around", "")),
        width=_one_of(WIDTHS, query.get("width", "")),
        faulty=bool(faults),
    )


def _settled(
    site: Context, widget: Widget[Any], given: QueryParams
) -> tuple[Options, Mapping[str, str]]:
    """What was chosen but for what is wrong, and what is wrong with that."""
    try:
        return read(widget.options, given, site.languages), {}
    except BadOptions as bad:
        rest = [(name, value) for name, value in given.multi_items() if name not in bad.faults]
        options, further = _settled(site, widget, QueryParams(rest))
        return options, {**bad.faults, **further}


def _one_of(words: Mapping[str, str], wanted: str) -> str:
    return wanted if wanted in words else next(iter(words))


def _named(words: Mapping[str, str], language: Language) -> list[tuple[str, str]]:
    return [(value, language.gettext(word)) for value, word in words.items()]


def _controls(
    site: Context,
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


def _choices(site: Context, row: Row, language: Language) -> tuple[tuple[str, str], ...]:
    if row.name == "lang":
        return tuple((spoken.tag, spoken.name) for spoken in site.languages.by_name)
    return tuple((choice, language.gettext(WORDS.get(choice, choice))) for choice in row.choices)


ROUTES = (Route("/", page), Route(PICTURE, titled(TITLE)))
