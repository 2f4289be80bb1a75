"""A page with the outgoing e-mail of the demo."""

import html
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from imd_cli.page_headers import make_page_headers

MAX_MESSAGES = 50
LINK = re.compile(r"https?://[^\s<>\"]+")
TEMPLATE = Path(__file__).parent / "demo_inbox.html"
REFRESHING = {"Refresh": "2"}
EMPTY = (
    "<p class=empty>No e-mail yet. Sign the petition, and the e-mail to confirm appears here.</p>"
)


def make_routes(folder: Path) -> list[Route]:
    source = TEMPLATE.read_text(encoding="utf-8")
    page, headers = Template(source), make_page_headers(source)

    def show_inbox(_: Request) -> HTMLResponse:
        messages = "".join(map(_render_message, _read_newest(folder)))
        html = page.substitute(messages=messages or EMPTY)
        return HTMLResponse(html, headers=headers if messages else headers | REFRESHING)

    return [Route("/demo/mail", show_inbox)]


def _read_newest(folder: Path) -> Iterator[EmailMessage]:
    files = sorted(folder.glob("*.eml"), key=_get_sort_key)
    for file in files[:MAX_MESSAGES]:
        yield BytesParser(policy=policy.default).parsebytes(file.read_bytes())


def _get_sort_key(file: Path) -> tuple[float, str]:
    return (-file.stat().st_mtime, file.name)


def _render_message(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    text = body.get_content().strip() if body else ""
    return (
        f'<article lang="{html.escape(message["content-language"] or "")}" dir="auto">'
        f"<h2>{html.escape(message['subject'] or '')}</h2>"
        f"<p class=envelope><bdi>{html.escape(message['to'] or '')}</bdi> · "
        f"<time>{html.escape(message['date'] or '')}</time></p>"
        f"<div class=text>{_add_links(text)}</div></article>"
    )


def _add_links(text: str) -> str:
    parts, end = [], 0
    for link in LINK.finditer(text):
        url = html.escape(link.group())
        parts += [html.escape(text[end : link.start()]), f'<a href="{url}">{url}</a>']
        end = link.end()
    return "".join([*parts, html.escape(text[end:])])
