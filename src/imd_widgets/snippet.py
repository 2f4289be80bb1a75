from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from imd_widgets.about import path_of, query, title_of
from imd_widgets.languages import Language
from imd_widgets.options import Options
from imd_widgets.widget import Widget

SANDBOX = (
    "allow-scripts allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)
FRAME = Markup(
    '<iframe src="{src}" title="{title}" width="100%" height="{height}" frameborder="0"'
    ' loading="{loading}" referrerpolicy="no-referrer" sandbox="{sandbox}"></iframe>'
)
LINK = Markup('<p><a href="{href}">{text}</a></p>')


@dataclass(frozen=True)
class Snippet:
    """A widget with its options, as another site embeds it."""

    title: str
    path: str
    link: str
    text: str
    height: int
    public_url: str

    @property
    def address(self) -> str:
        return f"{self.public_url}{self.path}"

    @property
    def link_address(self) -> str:
        return f"{self.public_url}{self.link}"

    @property
    def html(self) -> str:
        return f"{self._frame(self.address, 'lazy')}\n{self._link}"

    @property
    def preview(self) -> Markup:
        return self._frame(self.path, "eager")

    def _frame(self, src: str, loading: str) -> Markup:
        return FRAME.format(
            src=src, title=self.title, height=self.height, loading=loading, sandbox=SANDBOX
        )

    @property
    def _link(self) -> Markup:
        return LINK.format(href=self.link_address, text=self.text)


def snippet(
    widget: Widget[Any],
    options: Options,
    language: Language,
    places: Mapping[str, str],
    public_url: str,
) -> Snippet:
    quoted = {name: quote(value, safe="") for name, value in places.items()}
    return Snippet(
        title=title_of(widget, language),
        path=f"{path_of(widget, places)}?{query(options)}",
        link=f"{widget.link_path.format(**quoted)}?lang={language.tag}",
        text=language.gettext(widget.link),
        height=widget.height_in(language.tag) + options.further_height,
        public_url=public_url.rstrip("/"),
    )
