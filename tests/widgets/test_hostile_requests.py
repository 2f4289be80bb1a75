"""Hostile requests to every URL: no server error, no cookie, no unescaped input."""

import re
from itertools import product
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Mount, Route

from imd_widgets.app import create_app
from imd_widgets.registry import WIDGETS
from imd_widgets.settings import Settings
from imd_widgets.widget.options import list_option_rows

pytestmark = pytest.mark.anyio

SITE_URL = "http://widgets.example"
MARK = "<imd-mark"
SAME_ORIGIN = {"Origin": SITE_URL, "Content-Type": "application/x-www-form-urlencoded"}
EXISTING = {"petition": "convention", "slug": "many-paths", "id": "evt_1", "token": "good"}
EXISTING |= {"name": "many-paths.svg", "message": "convention", "path": "mark.svg", "network": "x"}
EXISTING["action"] = "withdraw"
ROUTES = [
    route.path if isinstance(route, Route) else f"{route.path}/{{path}}"
    for route in create_app(Settings()).routes
    if isinstance(route, Route | Mount)
]
NAMES = sorted({row.name for widget in WIDGETS for row in list_option_rows(widget.options)})
NAMES += ["page", "view", "widget", "width", "around", "ui", "format", "maxwidth", "answer"]
ODD = [
    "\0",
    "..",
    "../../etc/passwd",
    "%",
    "%00",
    "\r\nSet-Cookie: a=b",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc\N{POP DIRECTIONAL FORMATTING}",
    "\N{LEFT-TO-RIGHT ISOLATE}" * 50,
    "9" * 4400,  # more digits than int() reads
    "-1",
    "1e999",
    "NaN",
    "\N{ARABIC-INDIC DIGIT THREE}",
    "x" * 4400,
    f'">{MARK} onload=alert(1)>',
    f"'{MARK}>",
    "{{7*7}}",
    "javascript:alert(1)",
    "\udcff",
]
TAILS = ["/", "//", ";x=1", "?"]
odd = st.sampled_from(ODD) | st.text(max_size=30)
EXAMPLES = settings.default.max_examples
ONE_SERVER = [HealthCheck.function_scoped_fixture]  # for all examples
FIELDS = st.sampled_from(["name", "email", "lines", "code", "public"])
pairs = st.lists(st.tuples(st.sampled_from(NAMES) | odd, odd), max_size=3)
header = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Accept-Encoding": header | st.sampled_from(["bogus", "br;q=x", "*;q=0", "gzip," * 500]),
        "If-None-Match": header | st.sampled_from(["*", '"', 'W/"x', '"a",' * 500]),
        "Range": header | st.sampled_from(["bytes=-0", "bytes=9" + "9" * 30 + "-", "bytes=0-0"]),
        "If-Range": header,
        "If-Modified-Since": header,
        "Accept-Language": header,
        "Cookie": header,
        "Content-Type": header,
        "Origin": header,
    },
)


def percent_encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def fill_path(route: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: percent_encode(names[name[1]]), route)


async def send(browser, method: str, target: str, **sent) -> httpx.Response:
    url = httpx.URL(SITE_URL).copy_with(raw_path=target.encode("ascii"))
    return await browser.request(method, url, **sent)


def is_never_html(response: httpx.Response) -> bool:
    """Return whether no browser shows the response as HTML: https://fetch.spec.whatwg.org/#x-content-type-options-header"""
    kind = response.headers.get("content-type", "").partition(";")[0]
    sure = response.headers.get("x-content-type-options") == "nosniff"
    return sure and kind in {"text/plain", "application/json"}


def is_server_error(response: httpx.Response) -> bool:
    """Return whether it is a 5xx, except oEmbed's 501: https://oembed.com/#section2.3"""
    no_format = response.status_code == 501 and response.url.path.startswith("/oembed")
    return response.status_code >= 500 and not no_format


def check_response(response: httpx.Response, request: object) -> None:
    assert not is_server_error(response), request
    assert "set-cookie" not in response.headers, request
    assert is_never_html(response) or MARK not in response.text, request
    assert "Set-Cookie" not in " ".join(response.headers), request
    assert len(response.content) < 2_000_000, request


async def test_every_route_is_tested(browser):
    assert len(ROUTES) >= 40
    assert {"/check", "/oembed", "/embed.js", "/orders/{id}", "/static/{path}"} <= set(ROUTES)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route])
async def test_odd_path_parameter_is_not_a_server_error(browser, route):
    for name, tail in [*((name, "") for name in [*ODD, "x" * 20_000]), *product(ODD[:2], TAILS)]:
        target = fill_path(route, dict.fromkeys(EXISTING, name)) + tail
        check_response(await send(browser, "GET", target), target[:80])


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.endswith("/stream")])
@settings(max_examples=EXAMPLES // 8, suppress_health_check=ONE_SERVER)
@given(given=pairs, sent=headers)
async def test_no_query_or_header_is_a_server_error(browser, route, given, sent):
    request = [(name, value) for name, value in given if name != "url"]
    query = urlencode(request, errors="surrogateescape")
    target = f"{fill_path(route, EXISTING)}?{query}"
    for method in ("GET", "HEAD"):
        check_response(await send(browser, method, target, headers=sent), (target[:200], sent))


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.endswith("/stream")])
async def test_no_method_is_a_server_error(browser, route):
    target = fill_path(route, EXISTING)
    for method in ("OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        response = await send(browser, method, target, headers=SAME_ORIGIN)
        check_response(response, (method, target))
        assert response.status_code != 405 or "GET" in response.headers["allow"]


FORMS = ["/petitions/{petition}", "/events/{id}", "/posters/{slug}"]
FORMS += ["/confirm", "/confirm/{token}", "/confirm/{token}/reject", "/confirm/{token}/allow"]


@pytest.mark.parametrize("route", FORMS)
@settings(max_examples=EXAMPLES // 4, suppress_health_check=ONE_SERVER)
@given(written=st.lists(st.tuples(FIELDS | odd, odd), max_size=3))
async def test_no_form_is_a_server_error(browser, route, written):
    body = urlencode(written, errors="surrogateescape")[:30_000]
    check_response(
        await send(browser, "POST", fill_path(route, EXISTING), content=body, headers=SAME_ORIGIN),
        body[:200],
    )


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.endswith("/stream")])
async def test_no_raw_query_is_a_server_error(browser, route):
    for query in ("&" * 20_000, "=" * 5000, "%" * 3000, "a[]=1&a[b]=2", "?&=%FF"):
        check_response(await send(browser, "GET", f"{fill_path(route, EXISTING)}?{query}"), route)


@pytest.mark.parametrize(
    "path", ["/w/counter/convention", "/w/countdown", "/petitions/convention", "/oembed", "/check"]
)
async def test_trailing_slash_redirects(browser, path):
    response = await send(browser, "GET", f"{path}/?lang=ar&theme=dark")
    assert response.status_code == 308
    assert response.headers["location"] == f"{path}?lang=ar&theme=dark"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "/\\evil.example/", "//evil.example//", "/%5Cevil.example/", "///"],
)
async def test_no_redirect_to_another_host(browser, target):
    response = await send(browser, "GET", target, headers={"Host": "evil.example"})
    assert "location" not in response.headers
    assert response.status_code in {200, 404}


@pytest.mark.parametrize("target", ["//evil.example/", "/%5Cevil.example/", "///evil.example/x"])
async def test_no_link_leads_to_a_host_from_the_path(browser, target):
    page = (await send(browser, "GET", target)).text
    links = [urlsplit(urljoin(SITE_URL, href)) for href in re.findall(r'href="([^"]+)"', page)]
    assert {link.netloc for link in links} == {"widgets.example"}
    assert "\\" not in page


@pytest.mark.parametrize("host", ["evil.example?", "..//evil.example", "evil.example/x/y#"])
async def test_host_header_does_not_change_a_page(browser, host):
    path = "/petitions/convention"
    response = await send(browser, "GET", path, headers={"Host": host})
    assert response.text == (await browser.get(path)).text
