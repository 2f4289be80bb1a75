"""All ways to embed a widget, and where to paste the code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from shlex import quote
from typing import Any

from markupsafe import Markup

from imd_widgets.embedding.snippet import EmbedCode, Snippet
from imd_widgets.languages import Language
from imd_widgets.theme import Appearance
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.page_metadata import dump_chosen, make_path, make_query
from imd_widgets.widget.widget import Widget

LINK = Markup('<a href="{href}">{text}</a>')
IMAGE = Markup(
    '<a href="{href}"><img src="{src}" width="600" height="315" border="0" alt="{alt}"></a>'
)
COMMAND = """\
export IMD_WIDGETS_CAMPAIGN_URL={home}
export IMD_WIDGETS_PUBLIC_URL={home}
imd widgets export widgets --widget {key} --lang {lang}{options} --petition {petition}"""
NEWSLETTER = N_("Newsletter")
WITH_IMAGE = N_(
    "E-mail programs do not show iframes, but they show images. The number is from the day on "
    "which the e-mail is read."
)
WITH_LINK = N_("E-mail programs do not show iframes. A link works in all of them.")
FILES = N_("Files")
ON_YOUR_SERVER = N_(
    "For pages that may not make third-party requests. Install imd-sdk[widgets], then run this "
    "command each time you want to update the numbers. The files keep the language and the "
    "colours."
)
BLOCK = N_("Add a “%(block)s” block and paste the iframe into it.")
PLATFORMS = (
    (
        "WordPress",
        N_(
            "Paste the link on a line of its own. If it stays a link, add a “Custom HTML” block "
            "and paste the iframe into it."
        ),
        "",
    ),
    ("Squarespace", BLOCK, "Code"),
    ("Wix", BLOCK, "Embed HTML"),
    (
        "Drupal",
        N_(
            "Choose a text format that allows iframes, press “Source” in the editor, and paste "
            "the iframe."
        ),
        "",
    ),
    ("Ghost", BLOCK, "HTML"),
    (N_("Plain HTML"), N_("Paste the iframe where you want it, anywhere in the body."), ""),
    (
        NEWSLETTER,
        N_("Add a block for your own HTML, and paste the code from “Newsletter” above."),
        "",
    ),
)


@dataclass(frozen=True)
class Platform:
    """A platform, and how to paste a widget there."""

    name: str
    how: str


@dataclass(frozen=True)
class WidgetChoice:
    """A widget with the chosen options and path parameters."""

    widget: Widget[Any]
    options: Options
    language: Language
    path_params: Mapping[str, str]


def all_embed_codes(
    choice: WidgetChoice, snippet: Snippet, language: Language
) -> tuple[EmbedCode, ...]:
    """List all embed codes, simplest first."""
    others = (
        _make_newsletter_code(choice, snippet, language),
        _make_files_code(choice, snippet, language),
    )
    return (*snippet.list_embed_codes(language), *others)


def _make_newsletter_code(choice: WidgetChoice, snippet: Snippet, language: Language) -> EmbedCode:
    meaning = WITH_IMAGE if choice.widget.summarise else WITH_LINK
    text = _make_image_code(choice, snippet) if choice.widget.summarise else _make_link(snippet)
    return EmbedCode("newsletter", language.gettext(NEWSLETTER), language.gettext(meaning), text)


def _make_link(snippet: Snippet) -> str:
    return LINK.format(href=snippet.link_url, text=snippet.text)


def _make_image_code(choice: WidgetChoice, snippet: Snippet) -> str:
    """Link to the widget's image; the alternative text holds without the number."""
    path = f"{make_path(choice.widget, choice.path_params)}.png?{make_query(choice.options)}"
    alt = f"{choice.language.gettext(choice.widget.description)} {snippet.text}"
    return IMAGE.format(href=snippet.link_url, src=snippet.public_url + path, alt=alt)


def _make_files_code(choice: WidgetChoice, snippet: Snippet, language: Language) -> EmbedCode:
    others = dump_chosen(choice.options)
    others.pop("lang")
    command = COMMAND.format(
        home=quote(snippet.public_url),
        key=choice.widget.key,
        lang=choice.options.lang,
        petition=quote(choice.path_params["petition"]),
        options="".join(_make_flag(name, str(value)) for name, value in others.items()),
    )
    return EmbedCode("files", language.gettext(FILES), language.gettext(ON_YOUR_SERVER), command)


def _make_flag(name: str, value: str) -> str:
    looks = name in {field.name for field in fields(Appearance)}
    return f" --{name} {quote(value)}" if looks else f" --option {quote(f'{name}={value}')}"


def list_platforms(language: Language) -> Iterator[Platform]:
    for name, how, block in PLATFORMS:
        yield Platform(language.gettext(name), language.gettext(how, block=block))
