from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from imd_widgets.languages import Language
from imd_widgets.site_check import content_security_policy
from imd_widgets.site_check.fetcher import MAX_URL_LENGTH, FetchedPage
from imd_widgets.site_check.page_elements import Attributes, PageElements, read_page
from imd_widgets.urls import serialise_origin
from imd_widgets.widget.options import N_

Weight = Literal["good", "note", "bad"]

NO_WIDGET = N_(
    "The HTML of this page does not contain one of our widgets. A script may add it later, or "
    "the snippet was lost when the page was saved."
)
WIDGET_FOUND = N_("The page contains one of our widgets.")
FRAMES_BLOCKED = N_(
    "The security policy of the page blocks our iframes. Add %(origin)s to “frame-src” in its "
    "Content-Security-Policy."
)
FRAMES_PASS = N_("The security policy of the page allows our iframes.")
SCRIPT_BLOCKED = N_(
    "The security policy of the page blocks our script. Use the plain iframe, or add %(origin)s "
    "to “script-src”."
)
IMAGE_BLOCKED = N_(
    "The security policy of the page blocks our images. Add %(origin)s to “img-src”."
)
INSECURE = N_(
    "The URL of the widget begins with “http:”. Browsers do not show it in a page whose URL "
    "begins with “https:”. Copy the snippet again."
)
UNTITLED = N_(
    "The iframe has no “title”, so people who use a screen reader cannot tell what it is."
)
NO_LINKS = N_(
    "The “sandbox” of the iframe does not let links open. Add “allow-popups” to it, or copy the "
    "snippet again."
)
NO_TOP = N_("The page has no Content-Security-Policy. Widgets do not need one.")
ISOLATED = N_("The page is cross-origin isolated (COEP). Our widgets support this.")


@dataclass(frozen=True)
class Finding:
    weight: Weight
    sentence: str


def list_findings(fetched: FetchedPage, public_url: str, language: Language) -> list[Finding]:
    found = read_page(fetched.html)
    return [
        Finding(weight, language.gettext(sentence, origin=serialise_origin(public_url)))
        for weight, sentence in _list_all(fetched, found, public_url)
    ]


def _list_all(
    fetched: FetchedPage, found: PageElements, public_url: str
) -> Iterator[tuple[Weight, str]]:
    ours = [frame for frame in found.frames if _is_ours(frame, fetched.url, public_url)]
    scripts = [script for script in found.scripts if _is_ours(script, fetched.url, public_url)]
    images = [image for image in found.images if _is_ours(image, fetched.url, public_url)]
    present = bool(ours or images or found.elements)
    yield ("good", WIDGET_FOUND) if present else ("note", NO_WIDGET)
    yield from _check_policies(
        fetched, found, public_url, scripts=scripts or found.elements, images=images
    )
    for frame in ours:
        yield from _check_frame(frame, fetched.url)
    if fetched.headers.get("cross-origin-embedder-policy", "unsafe-none") != "unsafe-none":
        yield "good", ISOLATED


def _check_policies(
    fetched: FetchedPage,
    found: PageElements,
    public_url: str,
    *,
    scripts: list[Attributes],
    images: list[Attributes],
) -> Iterator[tuple[Weight, str]]:
    texts = [fetched.headers.get("content-security-policy", ""), *found.policies]
    policies = [one for text in texts for one in content_security_policy.parse_policies(text)]
    visit = content_security_policy.Visit(urlsplit(public_url), urlsplit(fetched.url))
    if not content_security_policy.are_allowed(policies, "frame-src", visit):
        yield "bad", FRAMES_BLOCKED
    else:
        yield "good", FRAMES_PASS if policies else NO_TOP
    if scripts and not content_security_policy.are_allowed(policies, "script-src", visit):
        yield "bad", SCRIPT_BLOCKED
    if images and not content_security_policy.are_allowed(policies, "img-src", visit):
        yield "bad", IMAGE_BLOCKED


def _check_frame(frame: Attributes, page: str) -> Iterator[tuple[Weight, str]]:
    if frame.get("src", "").startswith("http:") and page.startswith("https:"):
        yield "bad", INSECURE
    if not frame.get("title"):
        yield "bad", UNTITLED
    if "sandbox" in frame and "allow-popups" not in frame["sandbox"].split():
        yield "bad", NO_LINKS


def _is_ours(element: Attributes, page: str, public_url: str) -> bool:
    address = element.get("src") or element.get("data-src", "")
    if len(address) > MAX_URL_LENGTH:
        return False
    try:
        source = urlsplit(urljoin(page, address))
    except ValueError:
        return False
    return source.netloc == urlsplit(public_url).netloc
