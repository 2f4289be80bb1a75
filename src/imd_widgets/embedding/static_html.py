"""A widget's page as a file: its links lead to files beside it, to the server, or are words."""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from urllib.parse import urlsplit

Lead = Callable[[str], str | None]

NEEDS_A_SERVER = re.compile(r'<link[^>]*rel="?(?:alternate|icon|canonical)"?[^>]*>\n?')
ITS_PICTURE = re.compile(r'<meta (?:property="og:image[:\w]*"|name="twitter:card")[^>]*>\n?')
LINK = re.compile(
    r'<a\b(?P<before>[^>]*?) href="(?P<href>[^"]*)"(?P<after>[^>]*)>(?P<in>.*?)</a>', re.DOTALL
)
SPOKEN = re.compile(r' (?:lang|dir)="[^"]*"')
IMAGE = re.compile(r'<img\b[^>]*? src="(/[^"]*)"')
DRAWN = "<circle"
ON_THE_PAGE = "#"
BUTTON = 'class="act"'


def links(html: str) -> Iterator[str]:
    return (unescape(found["href"]) for found in LINK.finditer(html))


def pictures(html: str) -> list[str]:
    return list(dict.fromkeys(unescape(address) for address in IMAGE.findall(html)))


def alone(html: str, policy: str, lead: Lead) -> str:
    """`lead` gives the address for a link, or None where there is nothing to lead to."""
    html = LINK.sub(lambda found: _led(found, lead), NEEDS_A_SERVER.sub("", html))
    if lead("/") is None:
        html = ITS_PICTURE.sub("", html)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
    return html.replace("<head>\n", f"<head>\n{meta}\n", 1)


def pictured(html: str, address: str, name: str) -> str:
    return html.replace(f'src="{escape(address)}"', f'src="{escape(name)}"')


def _led(found: re.Match[str], lead: Lead) -> str:
    goal = lead(unescape(found["href"]))
    if goal is not None:
        return f'<a{found["before"]} href="{escape(goal)}"{found["after"]}>{found["in"]}</a>'
    others = f"{found['before']}{found['after']}"
    if BUTTON in others:
        return ""
    spoken = "".join(SPOKEN.findall(others))
    kind = "g" if DRAWN in found["in"] else "span"
    return f"<{kind}{spoken}>{found['in']}</{kind}>"


def elsewhere(href: str, server: str | None) -> str | None:
    """Where a link of the server's page leads from a file."""
    if href.startswith(ON_THE_PAGE):
        return href
    there = urlsplit(href)
    if there.scheme == "webcal":
        return href if server else None
    if there.scheme or there.netloc:
        return href
    return server + href if server else None
