from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from imd_widgets.languages import Language
from imd_widgets.widget.card import IMAGE_SIZE
from imd_widgets.widget.options import N_, Options

if TYPE_CHECKING:
    from imd_widgets.widget.widget import Widget

CAMPAIGN = N_("International Migrants Day")
# WordPress takes the first, Drupal the second, https://oembed.com/#section4 names the third.
ANSWERS = (
    ("application/json+oembed", "json"),
    ("application/xml+oembed", "xml"),
    ("text/xml+oembed", "xml"),
)


@dataclass(frozen=True)
class Preview:
    """The picture that is shown with a link to a page, and what it shows in words."""

    address: str
    text: str
    width: int = IMAGE_SIZE[0]
    height: int = IMAGE_SIZE[1]


@dataclass(frozen=True)
class PageMetadata:
    """What a page says of itself to those who link to it."""

    title: str
    meaning: str
    address: str
    image: Preview
    answers: tuple[tuple[str, str], ...] = ()
    alternates: tuple[tuple[str, str], ...] = ()
    listed: bool = True
    """Whether search engines may show it."""


def about(
    widget: "Widget[Any]",
    options: Options,
    language: Language,
    places: Mapping[str, str],
    public_url: str,
) -> PageMetadata:
    address = f"{public_url}{path_of(widget, places)}?{query(options)}"
    title = title_of(widget, options, language)
    return PageMetadata(
        title=title,
        meaning=language.gettext(widget.meaning),
        address=address,
        image=Preview(f"{public_url}{picture_of(widget, options, places)}", title),
        answers=answers(address, public_url),
    )


def answers(address: str, public_url: str) -> tuple[tuple[str, str], ...]:
    asked = f"{public_url}/oembed?url={quote(address, safe='')}"
    return tuple((kind, f"{asked}&format={name}") for kind, name in ANSWERS)


def alternates(address: str, tags: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The page in each language: https://html.spec.whatwg.org/#attr-link-hreflang."""
    return (*((tag, f"{address}?lang={tag}") for tag in tags), ("x-default", address))


def title_of(widget: "Widget[Any]", options: Options, language: Language) -> str:
    title = options.single.title if options.single else widget.title
    return f"{language.gettext(title)} · {language.gettext(CAMPAIGN)}"


def path_of(widget: "Widget[Any]", places: Mapping[str, str]) -> str:
    return widget.path.format(**_quoted(places))


def page_of(widget: "Widget[Any]", options: Options, places: Mapping[str, str]) -> str:
    """Where its link leads: the page of what it shows."""
    if options.single:
        return options.single.page_path
    return widget.link_path.format(**_quoted(places))


def picture_of(widget: "Widget[Any]", options: Options, places: Mapping[str, str]) -> str:
    """Of its own; else that of the page of the one thing it shows; else of its kind."""
    if widget.card:
        return f"{path_of(widget, places)}.png?{query(options)}"
    one = options.single or "{petition}" in widget.path
    path = page_of(widget, options, places) if one else f"/pictures/{widget.key}"
    return f"{path}.png?lang={options.lang}"


def _quoted(places: Mapping[str, str]) -> dict[str, str]:
    return {name: quote(value, safe="") for name, value in places.items()}


def query(options: Options) -> str:
    return urlencode(chosen(options))


def chosen(options: Options) -> dict[str, Any]:
    return {"lang": options.lang} | options.model_dump(mode="json", exclude_defaults=True)
