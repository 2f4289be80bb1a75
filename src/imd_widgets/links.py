"""Links of a rendered document: they differ between the server and an exported file."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from markupsafe import Markup, escape

BUTTON = "act"
LANGUAGE_ATTRIBUTES = ("lang", "dir")


class Links:
    """Links as the server has them: every URL is used as it is."""

    is_static: ClassVar[bool] = False
    """Whether the document is an exported file."""

    @property
    def has_server(self) -> bool:
        """Whether there is a server that the document can link to."""
        return True

    def resolve(self, href: str) -> str | None:
        """Return the URL to link to, or None if there is nothing to link to."""
        return href

    def resolve_image(self, src: str) -> str:
        return src

    def link(
        self, href: str, *, caller: Callable[[], str], plain: str = "span", **attributes: object
    ) -> Markup:
        """Render `<a>` around the caller's content; attributes that are None are left out.

        If there is nothing to link to, a button is left out and other content stays, in an element
        named `plain`.
        """
        url = self.resolve(href)
        if url is not None:
            first = {"class": attributes.pop("class", None), "href": url}
            return render_element("a", first | attributes, caller())
        if attributes.get("class") == BUTTON:
            return Markup()
        language_attributes = {name: attributes.get(name) for name in LANGUAGE_ATTRIBUTES}
        return render_element(plain, language_attributes, caller())


def render_element(name: str, attributes: Mapping[str, object], content: str) -> Markup:
    """Render an element; underscores in names of attributes become hyphens."""
    written = [
        f' {attribute.replace("_", "-")}="{escape(value)}"'
        for attribute, value in attributes.items()
        if value is not None
    ]
    html = f"<{name}{''.join(written)}>{escape(content)}</{name}>"
    return Markup(html)  # noqa: S704 - every part is escaped; Markup.format is much slower


SERVER_LINKS = Links()
