"""Security and caching headers of every URL."""

import re
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest
from starlette.routing import Mount, Route

from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

SITE_URL = "http://widgets.example"
FRAMED = [
    "/w/event-list",
    "/w/posters",
    "/w/counter/convention",
    "/w/countdown",
    "/w/events",
    "/w/share",
    "/w/sign/convention",
]
MASTODON_PAGE = "/share/mastodon/convention"
SCREEN = "/screen/convention"
ERROR_WIDGETS = ["/w/counter/nothing", "/w/countdown?theme=red", "/w/event-list?near=Nowhere"]
PAGES = [
    "/",
    "/?widget=counter",
    "/petitions/convention",
    "/petitions/convention/thanks",
    "/confirm",
    "/confirm/good",
    "/confirm/rejected",
    "/confirm/rejected/allowed",
    "/confirm/old",
    "/confirm/nothing",
    "/events/evt_1",
    "/events/evt_1/thanks",
    "/posters/many-paths/thanks",
    "/events/nothing",
    "/events/evt_1/calendar",
    "/events/calendar",
    "/posters/many-paths",
    "/orders/nothing",
    "/nothing",
]
OTHERS = [
    "/healthz",
    "/static/mark.svg",
    "/favicon.ico",
    "/events/evt_1.ics",
    "/events.ics",
    "/events.atom",
    "/events.csv",
    "/events.geojson",
    "/posters/many-paths/files/many-paths.svg",
]


def policy(response) -> dict[str, str]:
    directives = response.headers["content-security-policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def csp_hashes(kind: str, text: str) -> set[str]:
    found = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
    return {f"'sha256-{b64encode(sha256(f.encode()).digest()).decode()}'" for f in found}


def test_headers_of_every_widget_are_tested():
    assert len(WIDGETS) == len(FRAMED)


@pytest.mark.parametrize("path", FRAMED + ERROR_WIDGETS)
class TestWidget:
    async def test_widget_may_be_framed_by_any_site(self, browser, path):
        response = await browser.get(path)
        assert "frame-ancestors" not in policy(response)
        assert "x-frame-options" not in response.headers

    async def test_widget_works_under_every_embedder_policy(self, browser, path):
        headers = (await browser.get(path)).headers
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert headers["access-control-allow-origin"] == "*"

    async def test_widget_sends_no_referrer(self, browser, path):
        assert (await browser.get(path)).headers["referrer-policy"] == "no-referrer"

    async def test_policy_allows_no_forms_and_no_other_hosts(self, browser, path):
        rules = policy(await browser.get(path))
        assert rules["default-src"] == rules["form-action"] == rules["base-uri"] == "'none'"
        assert set(re.findall(r"https?://\S+", " ".join(rules.values()))) == {SITE_URL}
        assert "unsafe" not in " ".join(rules.values())

    async def test_image_policy_names_our_host(self, browser, path):
        """In a sandboxed frame, WebKit loads nothing for 'self'."""
        assert policy(await browser.get(path))["img-src"] == f"'self' {SITE_URL}"

    async def test_widget_requests_no_permissions(self, browser, path):
        allowed = (await browser.get(path)).headers["permissions-policy"].split(", ")
        assert all(feature.endswith("=()") for feature in allowed)


@pytest.mark.parametrize("path", FRAMED)
class TestCaching:
    async def test_widget_is_cached_a_minute_and_longer_on_errors(self, browser, path):
        assert (await browser.get(path)).headers["cache-control"] == (
            "public, max-age=60, s-maxage=60, stale-while-revalidate=600, stale-if-error=86400"
        )

    async def test_response_does_not_depend_on_the_visitor(self, browser, path):
        plain = await browser.get(path)
        other = await browser.get(
            path,
            headers={"Accept-Language": "ar", "Referer": "https://x.example/", "Cookie": "a=b"},
        )
        assert plain.headers["vary"] == "Accept-Encoding"
        assert plain.content == other.content

    async def test_unchanged_widget_is_not_sent_again(self, browser, path):
        first = await browser.get(path)
        again = await browser.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert not first.headers["etag"].startswith("W/")

    async def test_changed_data_change_the_etag(self, browser, campaign, clock, path):
        first = await browser.get(path)
        campaign.total += 1
        campaign.event["title"] = "Another vigil"
        clock.advance(3 * 24 * 3600)
        assert (await browser.get(path)).headers["etag"] != first.headers["etag"]

    async def test_head_and_get_have_the_same_headers(self, browser, path):
        got, head = await browser.get(path), await browser.head(path)
        assert head.headers == got.headers
        assert head.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/w/counter/convention",
        "/w/counter/convention?show=milestones,places,signers",
        "/w/countdown?seconds=on",
        "/w/sign/convention",
        "/w/share",
        SCREEN,
    ],
)
async def test_widget_is_one_document(browser, path):
    text = (await browser.get(path)).text
    assert not re.search(r"<(img|script src|iframe)", text)
    assert set(re.findall(r'<link rel="(\w+)"', text)) <= {"canonical", "alternate"}


@pytest.mark.parametrize("path", PAGES)
class TestPage:
    async def test_page_may_not_be_framed(self, browser, path):
        response = await browser.get(path)
        assert policy(response)["frame-ancestors"] == "'none'"
        assert response.headers["cross-origin-opener-policy"] == "same-origin"

    async def test_page_is_not_readable_by_other_sites(self, browser, path):
        headers = (await browser.get(path)).headers
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers

    async def test_forms_of_the_page_send_their_origin(self, browser, path):
        assert (await browser.get(path)).headers["referrer-policy"] == "same-origin"

    async def test_page_loads_nothing_from_other_hosts(self, browser, path):
        rules = " ".join(policy(await browser.get(path)).values())
        assert "http" not in rules
        assert "unsafe" not in rules


@pytest.mark.parametrize("path", [*FRAMED, *ERROR_WIDGETS, *PAGES, MASTODON_PAGE, SCREEN])
async def test_policy_has_the_hashes_of_the_page(browser, path):
    response = await browser.get(path)
    rules = policy(response)
    assert set(rules["style-src"].split()) == csp_hashes("style", response.text)
    assert set(rules["script-src"].split()) == (csp_hashes("script", response.text) or {"'none'"})


@pytest.mark.parametrize("path", [*FRAMED, *ERROR_WIDGETS, *PAGES, MASTODON_PAGE, SCREEN])
async def test_no_inline_style_or_handler_attributes(browser, path):
    text = re.sub(r"<(style|script)>.*?</\1>", "", (await browser.get(path)).text, flags=re.DOTALL)
    assert not re.search(r"\s(style|on\w+)=", text)


@pytest.mark.parametrize("path", [*FRAMED, *ERROR_WIDGETS, *PAGES, *OTHERS, MASTODON_PAGE, SCREEN])
async def test_no_cookie_is_ever_set(browser, path):
    response = await browser.get(path)
    assert "set-cookie" not in response.headers
    assert response.headers.get("x-content-type-options", "nosniff") == "nosniff"


EXISTING = {"petition": "convention", "slug": "convention", "id": "evt_1", "token": "good"}
STREAMS = {"/screen/{petition}/stream"}
"""Responses that stay open; tests/widgets/test_screen.py checks their headers."""
MISSING = dict.fromkeys(EXISTING, "nothing")
HOSTS = re.compile(r"""(?:src|srcset|action|data|poster)=["']?(?:https?:)?//|url\(|@import""")
STORES = re.compile(r"document\.cookie|localStorage|sessionStorage|indexedDB|caches\.|sendBeacon")


def list_requests(app) -> list[tuple[str, str]]:
    """List each method of each route, with existing and missing names."""
    files = [f"/static/{name}" for name in ("mark.svg", "refresh.js", "nothing.js", "")]
    found = [("GET", path) for path in files]
    for route in app.routes:
        assert isinstance(route, Route | Mount), f"a route of a new kind: {route!r}"
        if isinstance(route, Route) and route.path not in STREAMS:
            paths = {fill_path(route.path, EXISTING), fill_path(route.path, MISSING)}
            found += [(method, path) for method in (*route.methods, "PUT") for path in paths]
    return found


def fill_path(path: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: names.get(name[1], "nothing"), path)


@pytest.mark.parametrize("down", [False, True], ids=["campaign up", "campaign down"])
async def test_no_route_sets_a_cookie_calls_another_host_or_stores(browser, campaign, down):
    campaign.down = down
    requests = list_requests(browser._transport.app)
    assert len(requests) > 20
    for method, path in requests:
        response = await browser.request(method, f"{path}?lang=ar")
        assert "set-cookie" not in response.headers, (method, path)
        assert not HOSTS.search(response.text), (method, path)
        assert not STORES.search(response.text), (method, path)


async def test_every_document_has_a_permissions_policy(browser, campaign):
    for method, path in list_requests(browser._transport.app):
        response = await browser.request(method, path)
        if response.headers.get("content-type", "").startswith("text/html"):
            assert policy(response)["default-src"] == "'none'", (method, path)
            assert response.headers["x-content-type-options"] == "nosniff", (method, path)
            framed = path.startswith(("/w/", "/screen/")) and response.status_code != 405
            assert ("frame-ancestors" in policy(response)) is not framed, (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/confirm",
        "/confirm/good",
        "/confirm/rejected",
        "/confirm/rejected/allowed",
        "/confirm/old",
        "/confirm/nothing",
        "/orders/nothing",
        "/posters/many-paths",
    ],
)
async def test_page_with_a_secret_is_not_cached(browser, path):
    assert (await browser.get(path)).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/embed.js",
        "/events.ics",
        "/favicon.ico",
        "/oembed?url=http://widgets.example/w/countdown",
        "/oembed?url=http://widgets.example/nothing",
        "/posters/many-paths/files/many-paths.svg",
        "/privacy.json",
        "/static/mark.svg",
        "/w/counter/convention.json",
        "/w/counter/convention.json?theme=red",
        "/w/countdown/",
    ],
)
async def test_any_site_may_load_images_and_data(browser, path):
    headers = (await browser.get(path)).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"


async def test_static_files_serve_a_sandboxed_page(browser):
    headers = (await browser.get("/static/mark.svg")).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("name", ["%2e%2e", "%2e", "%00", "%ff", "a%0d%0ab", "x" * 3000])
@pytest.mark.parametrize(
    "path",
    [
        "/posters/",
        "/orders/",
        "/w/counter/",
        "/w/sign/",
        "/screen/",
        "/share/mastodon/",
        "/petitions/",
        "/events/",
        "/confirm/",
    ],
)
async def test_unknown_names_are_not_found(browser, path, name):
    response = await browser.get(httpx.URL(SITE_URL).copy_with(raw_path=f"{path}{name}".encode()))
    assert response.status_code == 404
    assert 'class="mark"' in response.text


@pytest.mark.parametrize(
    "path", ["/w/counter/convention.svg", "/w/counter/convention.json", "/events.ics", "/embed.js"]
)
async def test_images_and_data_run_no_script_when_opened(browser, path):
    policy = (await browser.get(path)).headers["content-security-policy"]
    assert policy == "default-src 'none'; sandbox"


async def test_unchanged_icon_is_not_sent_again(browser):
    first = await browser.get("/favicon.ico")
    again = await browser.get("/favicon.ico", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
