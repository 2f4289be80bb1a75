"""Odd and hostile requests to every address: no fault of ours, no cookie, nothing sent back raw."""

import re
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

ADDRESS = "http://widgets.example"
MARK = "<imd-mark"
OURS = {"Origin": ADDRESS, "Content-Type": "application/x-www-form-urlencoded"}
THERE = {"petition": "convention", "slug": "many-paths", "id": "evt_1", "token": "good"}
THERE |= {"name": "many-paths.svg", "message": "convention", "path": "mark.svg", "network": "x"}
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
odd = st.sampled_from(ODD) | st.text(max_size=30)
EXAMPLES = settings.default.max_examples
ONE_SERVER = [HealthCheck.function_scoped_fixture]  # for all examples
FIELDS = st.sampled_from(["name", "email", "lines"])
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


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


def filled(route: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: encoded(names[name[1]]), route)


async def send(browser, method: str, target: str, **sent) -> httpx.Response:
    url = httpx.URL(ADDRESS).copy_with(raw_path=target.encode("ascii"))
    return await browser.request(method, url, **sent)


def plain(answer: httpx.Response) -> bool:
    """What no browser takes for a page: https://fetch.spec.whatwg.org/#x-content-type-options-header"""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    sure = answer.headers.get("x-content-type-options") == "nosniff"
    return sure and kind in {"text/plain", "application/json"}


def fault(answer: httpx.Response) -> bool:
    """All of 5xx but what oEmbed asks for where there is no such format: https://oembed.com/#section2.3"""
    no_format = answer.status_code == 501 and answer.url.path.startswith("/oembed")
    return answer.status_code >= 500 and not no_format


def hold(answer: httpx.Response, asked: object) -> None:
    assert not fault(answer), asked
    assert "set-cookie" not in answer.headers, asked
    assert plain(answer) or MARK not in answer.text, asked
    assert "Set-Cookie" not in " ".join(answer.headers), asked
    assert len(answer.content) < 2_000_000, asked


async def test_every_route_is_tested(browser):
    assert len(ROUTES) >= 40
    assert {"/check", "/oembed", "/embed.js", "/orders/{id}", "/static/{path}"} <= set(ROUTES)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{" in route])
async def test_odd_path_parameter_is_not_a_server_error(browser, route):
    for name in [*ODD, "x" * 20_000]:
        for tail in ("", "/", "//", ";x=1", "?"):
            target = filled(route, dict.fromkeys(THERE, name)) + tail
            hold(await send(browser, "GET", target), target[:80])


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.endswith("/stream")])
@settings(max_examples=EXAMPLES // 8, suppress_health_check=ONE_SERVER)
@given(given=pairs, sent=headers)
async def test_no_query_or_header_is_a_server_error(browser, route, given, sent):
    asked = [(name, value) for name, value in given if name != "url"]
    query = urlencode(asked, errors="surrogateescape")
    target = f"{filled(route, THERE)}?{query}"
    for method in ("GET", "HEAD"):
        hold(await send(browser, method, target, headers=sent), (target[:200], sent))


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.endswith("/stream")])
async def test_no_method_is_a_server_error(browser, route):
    target = filled(route, THERE)
    for method in ("OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        answer = await send(browser, method, target, headers=OURS)
        hold(answer, (method, target))
        assert answer.status_code != 405 or "GET" in answer.headers["allow"]


@pytest.mark.parametrize("route", ["/petitions/{petition}", "/events/{id}", "/posters/{slug}"])
@settings(max_examples=EXAMPLES // 4, suppress_health_check=ONE_SERVER)
@given(written=st.lists(st.tuples(FIELDS | odd, odd), max_size=3))
async def test_no_form_is_a_server_error(browser, route, written):
    body = urlencode(written, errors="surrogateescape")[:30_000]
    hold(await send(browser, "POST", filled(route, THERE), content=body, headers=OURS), body[:200])


@pytest.mark.parametrize("query", ["&" * 20_000, "=" * 5000, "%" * 3000, "a[]=1&a[b]=2", "?&=%FF"])
@pytest.mark.parametrize("route", [r for r in ROUTES if not r.endswith("/stream")])
async def test_no_raw_query_is_a_server_error(browser, route, query):
    hold(await send(browser, "GET", f"{filled(route, THERE)}?{query}"), route)


@pytest.mark.parametrize(
    "path", ["/w/counter/convention", "/w/countdown", "/petitions/convention", "/oembed", "/check"]
)
async def test_trailing_slash_redirects(browser, path):
    answer = await send(browser, "GET", f"{path}/?lang=ar&theme=dark")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{path}?lang=ar&theme=dark"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "/\\evil.example/", "//evil.example//", "/%5Cevil.example/", "///"],
)
async def test_no_redirect_to_another_host(browser, target):
    answer = await send(browser, "GET", target, headers={"Host": "evil.example"})
    assert "location" not in answer.headers
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("target", ["//evil.example/", "/%5Cevil.example/", "///evil.example/x"])
async def test_no_link_leads_to_a_host_from_the_path(browser, target):
    page = (await send(browser, "GET", target)).text
    links = [urlsplit(urljoin(ADDRESS, href)) for href in re.findall(r'href="([^"]+)"', page)]
    assert {link.netloc for link in links} == {"widgets.example"}
    assert "\\" not in page


@pytest.mark.parametrize("host", ["evil.example?", "..//evil.example", "evil.example/x/y#"])
async def test_host_header_does_not_change_a_page(browser, host):
    path = "/petitions/convention"
    answer = await send(browser, "GET", path, headers={"Host": host})
    assert answer.text == (await browser.get(path)).text
