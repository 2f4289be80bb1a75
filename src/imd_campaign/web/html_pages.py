"""Renders the HTML pages, which need no JavaScript and no third-party requests."""

import base64
import hashlib
import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

CODE = re.compile(r"`([^`]+)`")


class Pages:
    def __init__(self, style: str) -> None:
        self._templates = Environment(
            loader=PackageLoader("imd_campaign.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["prose"] = format_prose
        self._style = self._source(style)

    def render(self, template: str, **values: Any) -> HTMLResponse:
        style = Markup(self._style)  # noqa: S704 our own file
        page = self._templates.get_template(template).render(style=style, **values)
        return HTMLResponse(page, headers=self._headers())

    def _source(self, name: str) -> str:
        loader = self._templates.loader
        if loader is None:
            raise LookupError(name)
        return loader.get_source(self._templates, name)[0]

    def _headers(self) -> dict[str, str]:
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        return {
            "Cache-Control": "public, max-age=300",
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
        }


def format_prose(text: str) -> Markup:
    """Escape a text and mark up the `code` in it."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 escaped before
