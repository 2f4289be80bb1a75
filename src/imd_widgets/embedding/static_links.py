"""Links of an exported file: to files beside it, to the server, or to nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote, urlsplit

from imd_widgets.links import Links

ON_THE_PAGE = "#"


@dataclass(frozen=True)
class RecordedLinks(Links):
    """Links as the server has them, recorded in the order of the document."""

    hrefs: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def resolve(self, href: str) -> str:
        self.hrefs.append(href)
        return href

    def resolve_image(self, src: str) -> str:
        self.images.append(src)
        return src


@dataclass(frozen=True)
class FileLinks(Links):
    """Links of one file, exported from the page at `path`."""

    path: str
    server: str | None
    """The widgets' public URL; without one, links to the server become plain text."""
    find_file: Callable[[str], str | None]
    """Returns the name of the exported file for a link, if there is one."""
    images: Mapping[str, str]
    """The URL of each image that was exported."""

    is_static: ClassVar[bool] = True

    @property
    def has_server(self) -> bool:
        return self.server is not None

    def resolve(self, href: str) -> str | None:
        name = self.find_file(href)
        if name is None:
            return self._resolve_outside(self.path + href if href.startswith("?") else href)
        fragment = urlsplit(href).fragment
        return quote(name) + (f"#{fragment}" if fragment else "")

    def resolve_image(self, src: str) -> str:
        return self.images.get(src, src)

    def _resolve_outside(self, href: str) -> str | None:
        if href.startswith(ON_THE_PAGE):
            return href
        url = urlsplit(href)
        if url.scheme == "webcal":
            return href if self.server else None
        if url.scheme or url.netloc:
            return href
        return self.server + href if self.server else None
