from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imd_widgets.closing_rules import ClosedReason
from imd_widgets.context import Context, get_context
from imd_widgets.embedding.embed_codes import WidgetChoice, all_embed_codes, list_platforms
from imd_widgets.embedding.first_petition import load_first_petition
from imd_widgets.embedding.snippet import EmbedCode, Snippet, make_snippet
from imd_widgets.events.event import KINDS
from imd_widgets.languages import Language
from imd_widgets.pages.preview_images import make_title_endpoint
from imd_widgets.registry import WIDGETS
from imd_widgets.responses.response_factory import respond_with_page
from imd_widgets.widget.notices import NOT_FOUND
from imd_widgets.widget.options import (
    N_,
    InvalidOptions,
    OptionRow,
    Options,
    list_option_rows,
    list_zones,
    read_options,
)
from imd_widgets.widget.page_metadata import (
    CAMPAIGN,
    PageMetadata,
    Preview,
    make_alternates,
    make_oembed_links,
)
from imd_widgets.widget.widget import Widget

TITLE = N_("Put 18 December on your page")
DESCRIPTION = N_(
    "A counter, a countdown and a map of events for any page: nothing to install, "
    "no cookies, no tracking."
)
IMAGE_PATH = "/pictures/builder.png"
SAMPLE_COUNT = 3
CHOICE_NAMES = {
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


# How the builder shows a widget; these are not options of widgets.
WIDTHS = {"wide": N_("Wide"), "phone": N_("Phone")}
SURROUNDINGS = {"light": N_("Light"), "dark": N_("Dark")}


@dataclass(frozen=True)
class Control:
    """A field of the builder's form."""

    id: str
    row: OptionRow
    value: str
    error: str
    choices: tuple[tuple[str, str], ...]
    suggestions: str

    @property
    def is_changed(self) -> bool:
        return bool(self.error) or self.value != self.row.default


@dataclass(frozen=True)
class WidgetEntry:
    """A widget in the overview."""

    key: str
    title: str
    description: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class Sample:
    """A widget with its default options."""

    entry: WidgetEntry
    snippet: Snippet
    frame: EmbedCode


@dataclass(frozen=True)
class BuilderView:
    """The chosen widget: its form, its preview and its embed codes."""

    key: str
    title: str
    description: str
    controls: tuple[Control, ...]
    snippet: Snippet
    embed_codes: tuple[EmbedCode, ...]
    around: str
    width: str
    has_errors: bool


async def show_page(request: Request) -> Response:
    context, query = get_context(request), request.query_params
    language = _get_language(context, query)
    path_params = {"petition": await load_first_petition(context, language)}
    wanted = query.get("widget", "")
    chosen = next((widget for widget in WIDGETS if widget.key == wanted), None)
    builder = _make_builder_view(context, chosen, query, path_params) if chosen else None
    entries = [_make_entry(widget, language, query, chosen) for widget in WIDGETS]
    rendered = context.renderer.render(
        "builder.html",
        language,
        styles=("widget", "page", "form", "builder"),
        scripts=("copy", "builder"),
        path="/",
        is_over=context.closing_rules.closed_reason("", {}, context.clock()) is ClosedReason.OVER,
        language_parameter=_get_language_parameter(query),
        other_parameters=_encode_other_parameters(chosen, query),
        metadata=_make_metadata(context, language, builder),
        entries=entries,
        builder=builder,
        samples=[] if builder else _list_samples(context, entries, language, path_params),
        not_found=language.gettext(NOT_FOUND.title) if wanted and not chosen else "",
        petition=path_params["petition"],
        platforms=list(list_platforms(language)),
        widths=_translate_choices(WIDTHS, language),
        around=_translate_choices(SURROUNDINGS, language),
        zones=list_zones(),
    )
    status = _get_status(wanted, builder)
    max_age = context.settings.max_age if status == HTTPStatus.OK else None
    return respond_with_page(request, rendered, status=status, max_age=max_age)


def _get_status(wanted: str, builder: BuilderView | None) -> HTTPStatus:
    if wanted and builder is None:
        return NOT_FOUND.status
    return HTTPStatus.BAD_REQUEST if builder and builder.has_errors else HTTPStatus.OK


def _make_metadata(
    context: Context, language: Language, chosen: BuilderView | None
) -> PageMetadata:
    public_url, title = context.settings.public_url, language.gettext(TITLE)
    image_url = f"{public_url}{IMAGE_PATH}?lang={language.tag}"
    return PageMetadata(
        title=title,
        description=language.gettext(DESCRIPTION),
        url=f"{public_url}/?lang={language.tag}",
        preview=Preview(image_url, f"{title} · {language.gettext(CAMPAIGN)}"),
        oembed_links=make_oembed_links(chosen.snippet.url, public_url) if chosen else (),
        alternates=make_alternates(f"{public_url}/", context.languages),
    )


def _get_language(context: Context, query: QueryParams) -> Language:
    wanted = query.get("ui") or query.get("lang", "")
    return context.languages.find_nearest(wanted) or context.languages.source


def _make_entry(
    widget: Widget[Any], language: Language, query: QueryParams, chosen: Widget[Any] | None
) -> WidgetEntry:
    """Link to a widget, keeping the languages of the page and of the chosen widget."""
    shared = {name: query[name] for name in ("ui", "lang") if name in query}
    return WidgetEntry(
        key=widget.key,
        title=language.gettext(widget.title),
        description=language.gettext(widget.description),
        href=f"/?{urlencode({'widget': widget.key, 'lang': language.tag, **shared})}#{widget.key}",
        is_current=widget is chosen,
    )


def _list_samples(
    context: Context, entries: list[WidgetEntry], language: Language, path_params: Mapping[str, str]
) -> list[Sample]:
    samples = []
    for widget, entry in zip(WIDGETS[:SAMPLE_COUNT], entries, strict=False):
        options = read_options(
            widget.options, QueryParams({"lang": language.tag}), context.languages
        )
        snippet = make_snippet(widget, options, language, path_params, context.settings.public_url)
        frame = next(code for code in snippet.list_embed_codes(language) if code.name == "frame")
        samples.append(Sample(entry, snippet, frame))
    return samples


def _get_language_parameter(query: QueryParams) -> str:
    """Return the query parameter that sets the page's language: `ui` if it is in use."""
    return "ui" if "ui" in query else "lang"


def _encode_other_parameters(chosen: Widget[Any] | None, query: QueryParams) -> str:
    """Encode the parameters to keep when the reader changes the page's language."""
    if chosen is None:
        return ""
    names = {"widget", "width", "around", *_list_option_names(chosen)} - {
        _get_language_parameter(query)
    }
    shared = [(name, value) for name, value in query.multi_items() if name in names]
    return f"&{urlencode(shared)}"


def _list_option_names(widget: Widget[Any]) -> set[str]:
    return {row.name for row in list_option_rows(widget.options)}


def _make_builder_view(
    context: Context, widget: Widget[Any], query: QueryParams, path_params: Mapping[str, str]
) -> BuilderView:
    names = _list_option_names(widget)
    given = QueryParams([(name, value) for name, value in query.multi_items() if name in names])
    options, errors = _read_valid_options(context, widget, given)
    language = _get_language(context, query)
    widget_language = context.languages[options.lang]
    values = {name: str(value or "") for name, value in options.model_dump().items()}
    values |= {name: given[name] for name in errors}
    snippet = make_snippet(
        widget, options, widget_language, path_params, context.settings.public_url
    )
    return BuilderView(
        key=widget.key,
        title=language.gettext(widget.title),
        description=language.gettext(widget.description),
        controls=tuple(_list_controls(context, widget, language, values, errors)),
        snippet=snippet,
        embed_codes=all_embed_codes(
            WidgetChoice(widget, options, widget_language, path_params), snippet, language
        ),
        around=_choose(SURROUNDINGS, query.get("around", "")),
        width=_choose(WIDTHS, query.get("width", "")),
        has_errors=bool(errors),
    )


def _read_valid_options(
    context: Context, widget: Widget[Any], given: QueryParams
) -> tuple[Options, Mapping[str, str]]:
    """Read the options, leaving out invalid ones; return their errors as well."""
    try:
        return read_options(widget.options, given, context.languages), {}
    except InvalidOptions as bad:
        rest = [(name, value) for name, value in given.multi_items() if name not in bad.errors]
        options, further = _read_valid_options(context, widget, QueryParams(rest))
        return options, {**bad.errors, **further}


def _choose(words: Mapping[str, str], wanted: str) -> str:
    return wanted if wanted in words else next(iter(words))


def _translate_choices(words: Mapping[str, str], language: Language) -> list[tuple[str, str]]:
    return [(value, language.gettext(word)) for value, word in words.items()]


def _list_controls(
    context: Context,
    widget: Widget[Any],
    language: Language,
    values: Mapping[str, str],
    errors: Mapping[str, str],
) -> Iterator[Control]:
    for row in list_option_rows(widget.options):
        yield Control(
            id=f"{widget.key}-{row.name}",
            row=row,
            value=values[row.name],
            error=errors.get(row.name, ""),
            choices=_list_choices(context, row, language),
            suggestions="zones" if row.name == "zone" else "",
        )


def _list_choices(
    context: Context, row: OptionRow, language: Language
) -> tuple[tuple[str, str], ...]:
    if row.name == "lang":
        return tuple((language.tag, language.name) for language in context.languages.by_name)
    return tuple(
        (choice, language.gettext(CHOICE_NAMES.get(choice, choice))) for choice in row.choices
    )


ROUTES = (Route("/", show_page), Route(IMAGE_PATH, make_title_endpoint(TITLE)))
