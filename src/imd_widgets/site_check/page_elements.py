from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser

MAX_TAGS = 50_000
MAX_TAG_LENGTH = 32 * 1024

Attributes = Mapping[str, str]


@dataclass
class PageElements:
    """The elements of a page that are ours, and the policies in its markup."""

    frames: list[Attributes] = field(default_factory=list)
    elements: list[Attributes] = field(default_factory=list)
    scripts: list[Attributes] = field(default_factory=list)
    images: list[Attributes] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)


def read_page(html: str) -> PageElements:
    """Read the first `MAX_TAGS` tags: each may take the parser twenty microseconds."""
    reader = _Reader()
    # Markup that the parser cannot handle, such as `<![x[`, ends the page.
    with suppress(AssertionError, ValueError):
        reader.feed("<".join(html.split("<", MAX_TAGS)[:MAX_TAGS]))
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = PageElements()

    def parse_starttag(self, i: int) -> int:
        """Give the parser no more than one tag needs: other threads wait while it matches."""
        page = self.rawdata
        self.rawdata = page[i : i + MAX_TAG_LENGTH]
        end = super().parse_starttag(0)
        self.rawdata = page
        if end >= 0:
            return i + end
        return i + MAX_TAG_LENGTH if i + MAX_TAG_LENGTH < len(page) else -1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        kinds = {
            "iframe": self.found.frames,
            "imd-widget": self.found.elements,
            "script": self.found.scripts,
            "img": self.found.images,
        }
        if tag in kinds:
            kinds[tag].append(attributes)
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.found.policies.append(attributes.get("content", ""))
