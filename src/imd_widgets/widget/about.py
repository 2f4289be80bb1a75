from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from imd_widgets.languages import Language
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
class About:
    """What a page says of itself to those who link to it."""

    title: str
    meaning: str
    address: str
    image: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    tongues: tuple[tuple[str, str], ...] = ()


def about(
    widget: "Widget[Any]",
    options: Options,
    language: Language,
    places: Mapping[str, str],
    public_url: str,
) -> About:
    address = f"{public_url}{path_of(widget, places)}?{query(options)}"
    picture = picture_of(widget, options, places)
    return About(
        title=title_of(widget, language),
        meaning=language.gettext(widget.meaning),
        address=address,
        image=f"{public_url}{picture}" if picture else "",
        answers=answers(address, public_url),
    )


def answers(address: str, public_url: str) -> tuple[tuple[str, str], ...]:
    asked = f"{public_url}/oembed?url={quote(address, safe='')}"
    return tuple((kind, f"{asked}&format={name}") for kind, name in ANSWERS)


def tongues(address: str, tags: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The page in each language: https://html.spec.whatwg.org/#attr-link-hreflang."""
    return (*((tag, f"{address}?lang={tag}") for tag in tags), ("x-default", address))


def title_of(widget: "Widget[Any]", language: Language) -> str:
    return f"{language.gettext(widget.title)} · {language.gettext(CAMPAIGN)}"


def path_of(widget: "Widget[Any]", places: Mapping[str, str]) -> str:
    return widget.path.format(**{name: quote(value, safe="") for name, value in places.items()})


def picture_of(widget: "Widget[Any]", options: Options, places: Mapping[str, str]) -> str:
    return f"{path_of(widget, places)}.png?{query(options)}" if widget.card else ""


def query(options: Options) -> str:
    return urlencode(chosen(options))


def chosen(options: Options) -> dict[str, Any]:
    return {"lang": options.lang} | options.model_dump(mode="json", exclude_defaults=True)
