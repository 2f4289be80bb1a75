from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from imd_widgets.languages import Language
from imd_widgets.widget.options import N_, Options
from imd_widgets.widget.page_metadata import (
    dump_chosen,
    make_image_path,
    make_page_path,
    make_path,
    make_query,
    make_title,
)
from imd_widgets.widget.widget import Widget

SANDBOX = (
    "allow-scripts allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
FRAME = Markup(
    '<iframe src="{src}" title="{title}" width="100%" height="{height}" frameborder="0"'
    ' loading="{loading}" referrerpolicy="no-referrer" sandbox="{sandbox}"></iframe>'
)
LINK = Markup('<p><a href="{href}">{text}</a></p>')
LOADER = Markup('<script async src="{src}"></script>')
ELEMENT = Markup('<imd-widget{attributes}><a href="{href}">{text}</a></imd-widget>')
ATTRIBUTE = Markup(' {name}="{value}"')
EMBED_CODES = {
    "address": (
        N_("Link to paste"),
        N_(
            "Paste it on a line of its own. WordPress and similar programs show the widget in "
            "its place."
        ),
    ),
    "frame": (
        N_("Iframe"),
        N_("For any page that accepts HTML. None of our code runs on your page."),
    ),
    "loader": (
        N_("Auto-height iframe"),
        N_("The iframe, and a small script that fits its height to its content."),
    ),
    "element": (
        N_("Custom element"),
        N_("For developers. Attributes set the options, and events report what happens."),
    ),
}


@dataclass(frozen=True)
class EmbedCode:
    """One way to embed a widget, and the code to paste."""

    name: str
    title: str
    description: str
    text: str


@dataclass(frozen=True)
class Snippet:
    """A widget with its options, as another site embeds it."""

    title: str
    path: str
    link: str
    text: str
    height: int
    public_url: str
    attributes: tuple[tuple[str, str], ...] = ()
    image_path: str = ""

    @property
    def url(self) -> str:
        return f"{self.public_url}{self.path}"

    @property
    def link_url(self) -> str:
        return f"{self.public_url}{self.link}"

    @property
    def html(self) -> str:
        return f"{self._make_frame(self.url, 'lazy')}\n{self._link}"

    @property
    def html_with_loader(self) -> str:
        return f"{self.html}\n{self._loader}"

    @property
    def element(self) -> str:
        attributes = Markup().join(
            ATTRIBUTE.format(name=name, value=value) for name, value in self.attributes
        )
        element = ELEMENT.format(attributes=attributes, href=self.link_url, text=self.text)
        return f"{self._loader}\n{element}"

    def list_embed_codes(self, language: Language) -> tuple[EmbedCode, ...]:
        texts = {
            "address": self.url,
            "frame": self.html,
            "loader": self.html_with_loader,
            "element": self.element,
        }
        return tuple(
            EmbedCode(name, language.gettext(title), language.gettext(meaning), texts[name])
            for name, (title, meaning) in EMBED_CODES.items()
        )

    @property
    def preview(self) -> Markup:
        return self._make_frame(self.path, "eager")

    def _make_frame(self, src: str, loading: str) -> Markup:
        return FRAME.format(
            src=src, title=self.title, height=self.height, loading=loading, sandbox=SANDBOX
        )

    @property
    def _loader(self) -> Markup:
        return LOADER.format(src=f"{self.public_url}/embed.js")

    @property
    def _link(self) -> Markup:
        return LINK.format(href=self.link_url, text=self.text)


def make_snippet(
    widget: Widget[Any],
    options: Options,
    language: Language,
    path_params: Mapping[str, str],
    public_url: str,
) -> Snippet:
    return Snippet(
        title=make_title(widget, options, language),
        path=f"{make_path(widget, path_params)}?{make_query(options)}",
        link=f"{make_page_path(widget, options, path_params)}?lang={language.tag}"
        f"{options.page_query}",
        text=language.gettext(options.single.link if options.single else widget.link),
        height=widget.get_height(language.tag) + options.extra_height,
        public_url=public_url,
        attributes=_list_attributes(widget, options, path_params),
        image_path=make_image_path(widget, options, path_params),
    )


def _list_attributes(
    widget: Widget[Any], options: Options, path_params: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    there = {name: value for name, value in path_params.items() if f"{{{name}}}" in widget.path}
    return tuple(({"widget": widget.key} | there | dump_chosen(options)).items())
