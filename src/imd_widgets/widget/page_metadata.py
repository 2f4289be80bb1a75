from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from imd_widgets.languages import Language
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.widget import Widget

PREVIEW_SIZE = (1200, 630)  # as Open Graph recommends
CAMPAIGN = N_("International Migrants Day")
# WordPress uses the first, Drupal the second, https://oembed.com/#section4 names the third.
OEMBED_FORMATS = (
    ("application/json+oembed", "json"),
    ("application/xml+oembed", "xml"),
    ("text/xml+oembed", "xml"),
)


@dataclass(frozen=True)
class Preview:
    """The image that is shown with a link to a page, and its alternative text."""

    url: str
    alternative_text: str
    width: int = PREVIEW_SIZE[0]
    height: int = PREVIEW_SIZE[1]


@dataclass(frozen=True)
class PageMetadata:
    """The metadata of a page for search engines and sites that link to it."""

    title: str
    description: str
    url: str
    preview: Preview
    oembed_links: tuple[tuple[str, str], ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()
    is_indexed: bool = True
    """Whether search engines may show it."""


def make_page_metadata(
    widget: Widget[Any],
    options: Options,
    language: Language,
    path_params: Mapping[str, str],
    public_url: str,
) -> PageMetadata:
    url = f"{public_url}{make_path(widget, path_params)}?{make_query(options)}"
    title = make_title(widget, options, language)
    return PageMetadata(
        title=title,
        description=language.gettext(widget.description),
        url=url,
        preview=Preview(f"{public_url}{make_image_path(widget, options, path_params)}", title),
        oembed_links=make_oembed_links(url, public_url),
    )


def make_oembed_links(url: str, public_url: str) -> tuple[tuple[str, str], ...]:
    endpoint = f"{public_url}/oembed?url={quote(url, safe='')}"
    return tuple((kind, f"{endpoint}&format={name}") for kind, name in OEMBED_FORMATS)


def make_alternates(url: str, tags: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """List the page in each language: https://html.spec.whatwg.org/#attr-link-hreflang."""
    return (*((tag, f"{url}?lang={tag}") for tag in tags), ("x-default", url))


def make_title(widget: Widget[Any], options: Options, language: Language) -> str:
    title = options.single.title if options.single else widget.title
    return f"{language.gettext(title)} · {language.gettext(CAMPAIGN)}"


def make_path(widget: Widget[Any], path_params: Mapping[str, str]) -> str:
    return widget.path.format(**_quote_params(path_params))


def make_page_path(widget: Widget[Any], options: Options, path_params: Mapping[str, str]) -> str:
    """Return the path of the page that the widget links to."""
    if options.single:
        return options.single.page_path
    return widget.link_path.format(**_quote_params(path_params))


def make_image_path(widget: Widget[Any], options: Options, path_params: Mapping[str, str]) -> str:
    """Return the path of the widget's image, its page's image, or the image of its kind."""
    if widget.summarise:
        return f"{make_path(widget, path_params)}.png?{make_query(options)}"
    one = options.single or "{petition}" in widget.path
    path = make_page_path(widget, options, path_params) if one else f"/pictures/{widget.key}"
    return f"{path}.png?lang={options.lang}"


def _quote_params(path_params: Mapping[str, str]) -> dict[str, str]:
    return {name: quote(value, safe="") for name, value in path_params.items()}


def make_query(options: Options) -> str:
    return urlencode(dump_chosen(options))


def dump_chosen(options: Options) -> dict[str, Any]:
    return {"lang": options.lang} | options.model_dump(mode="json", exclude_defaults=True)
