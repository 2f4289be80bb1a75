"""/oembed, as requested by WordPress and others."""

import json
import re
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from imd_widgets.caching.cached_campaign import CachedCampaign
from imd_widgets.embedding import oembed
from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

GUIDE = Path(__file__).parents[2] / "docs/widgets/embedding.md"
SITE_URL = "http://widgets.example"
COUNTER = "http://widgets.example/w/counter/convention"
TYPES = ["application/json+oembed", "application/xml+oembed", "text/xml+oembed"]
PATHS = [widget.path.format(petition="convention") for widget in WIDGETS]

PAGES = ["/petitions/convention", "/events/evt_1", "/posters/many-paths", "/screen/convention"]


@pytest.fixture
def ask(browser):
    async def ask(url: str = COUNTER, **query: str) -> httpx.Response:
        return await browser.get("/oembed", params={"url": url, **query})

    return ask


async def test_response_has_the_fields_that_wordpress_stores(ask):
    data = (await ask(f"{COUNTER}?lang=es&theme=dark")).json()
    title = "Contador de firmas · Día Internacional del Migrante"
    assert data == {
        "version": "1.0",
        "type": "rich",
        "provider_name": "International Migrants Day",
        "provider_url": "http://widgets.example",
        "title": title,
        "html": (
            '<blockquote><a href="http://widgets.example/petitions/convention?lang=es">'
            f'{title}</a></blockquote><iframe src="{COUNTER}?lang=es&amp;theme=dark" width="600"'
            f' height="550" title="{title}" frameborder="0" marginwidth="0" marginheight="0"'
            ' scrolling="no"></iframe>'
        ),
        "width": 600,
        "height": 550,
        "cache_age": 86400,
        "thumbnail_url": f"{COUNTER}.png?lang=es&theme=dark",
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
    }


async def test_thumbnail_has_the_declared_size(ask, browser):
    data = (await ask(f"{COUNTER}?lang=es")).json()
    image = Image.open(BytesIO((await browser.get(data["thumbnail_url"])).content))
    assert image.format == "PNG"
    assert image.size == (data["thumbnail_width"], data["thumbnail_height"])


@pytest.mark.parametrize("most", [{"maxwidth": "1199"}, {"maxheight": "629"}])
async def test_thumbnail_beyond_the_maximum_size_is_left_out(ask, most):
    assert "thumbnail_url" not in (await ask(**most)).json()
    assert "thumbnail_url" in (await ask(maxwidth="1200", maxheight="630")).json()


async def test_widget_without_an_image_has_a_generic_thumbnail(ask):
    data = (await ask("http://widgets.example/w/countdown?lang=fr")).json()
    assert data["thumbnail_url"] == "http://widgets.example/pictures/countdown.png?lang=fr"


async def test_guide_shows_the_response(ask):
    guide = GUIDE.read_text(encoding="utf-8").replace("127.0.0.1:1218", "widgets.example")
    shown = re.search(r"```json\n(.*?)```", guide, re.DOTALL)[1]
    assert (await ask(f"{COUNTER}?lang=es")).json() == json.loads(shown)


@pytest.mark.parametrize("path", PATHS)
async def test_every_widget_has_a_working_frame(ask, browser, path):
    data = (await ask(f"http://widgets.example{path}?lang=fr")).json()
    src = unescape(re.search(r'<iframe src="([^"]*)"', data["html"])[1])
    assert src == f"http://widgets.example{path}?lang=fr"
    assert (await browser.get(src)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
async def test_response_contains_no_number_or_date(ask, path):
    html = (await ask(f"http://widgets.example{path}")).json()["html"]
    assert re.findall(r"\d+", html.replace(' width="600"', "")) == [
        re.search(r'height="(\d+)"', html)[1],
        *["0"] * 3,
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://widgets.example/w/counter/convention",
        "https://www.widgets.example/w/counter/convention/",
        "HTTP://WIDGETS.EXAMPLE:80/w/counter/convention#top",
        "widgets.example/w/counter/convention",
        f"{COUNTER}?utm_source=letter&fbclid=1&anything=else",
        f"{COUNTER}?lang=en",
        "http://widgets.example/w/counter/%63onvention",
        "http://widgets.example/?widget=counter&ui=ar#counter",
        "http://widgets.example?lang=en&widget=counter",
    ],
)
async def test_url_variants_are_recognised(ask, url):
    assert f'src="{COUNTER}?lang=en"' in (await ask(url)).json()["html"]


async def test_builder_link_keeps_its_options(ask):
    url = "http://widgets.example/?widget=countdown&ui=en&lang=ar&zone=Asia/Beirut"
    src = "http://widgets.example/w/countdown?lang=ar&amp;zone=Asia%2FBeirut"
    assert f'src="{src}"' in (await ask(url)).json()["html"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/w/countdown",
        "https://widgets.example.org/w/countdown",
        "https://widgets.example:8443/w/countdown",
        "https://widgets.example@example.org/w/countdown",
        "ftp://widgets.example/w/countdown",
        "http://widgets.example/",
        "http://widgets.example/?widget=nothing",
        "http://widgets.example/w/nothing",
        "http://widgets.example/w/counter/a%2Fb",
        "http://widgets.example/w/counter/nothing",
        "http://widgets.example/w/countdown?theme=red",
        "http://widgets.example/w/countdown?lang=en&lang=fr",
        "http://[widgets.example/w/countdown",
        "http://widgets.example:port/w/countdown",
        "http://widgets.example/w/countdown?utm_source=" + "a" * 2_000,
    ],
)
async def test_other_urls_are_not_found(ask, url):
    response = await ask(url)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("page", "widget", "link"),
    [
        ("/petitions/convention", "/w/sign/convention?lang=ar", "/petitions/convention"),
        ("/petitions/convention/thanks", "/w/sign/convention?lang=ar", "/petitions/convention"),
        ("/screen/convention", "/w/counter/convention?lang=ar", "/petitions/convention"),
        ("/events/evt_1", "/w/event-list?lang=ar&event=evt_1", "/events/evt_1"),
        ("/events/evt_1/calendar", "/w/event-list?lang=ar&event=evt_1", "/events/evt_1"),
        ("/events/evt_1.ics", "/w/event-list?lang=ar&event=evt_1", "/events/evt_1"),
        ("/posters/many-paths", "/w/posters?lang=ar&poster=many-paths", "/posters/many-paths"),
    ],
)
async def test_page_url_returns_its_widget(ask, browser, page, widget, link):
    data = (await ask(f"http://widgets.example{page}/?lang=ar&fbclid=1&theme=pink")).json()
    assert unescape(re.search(r'src="(.*?)"', data["html"])[1]) == f"{SITE_URL}{widget}"
    assert f'<a href="{SITE_URL}{link}?lang=ar">' in data["html"]
    assert (await browser.get(widget)).status_code == 200
    assert (await browser.get(data["thumbnail_url"])).headers["content-type"] == "image/png"


async def test_calendar_page_keeps_its_filters(ask):
    html = (await ask(f"{SITE_URL}/events/calendar?lang=es&country=MX")).json()["html"]
    assert f'src="{SITE_URL}/w/event-list?lang=es&amp;country=MX"' in html


async def test_unknown_language_of_a_page_falls_back_to_english(ask):
    html = (await ask(f"{SITE_URL}/events/evt_1?lang=xx")).json()["html"]
    assert f'src="{SITE_URL}/w/event-list?lang=en&amp;event=evt_1"' in html


@pytest.mark.parametrize(
    "path",
    [
        *("/petitions/none", "/events/none", "/posters/none", "/posters/No!", "/confirm/good"),
        *("/w/posters?poster=none", "/w/event-list?event=none", "/orders/x", "/petitions/a%2Fb"),
    ],
)
async def test_page_without_a_widget_is_not_found(ask, path):
    response = await ask(f"{SITE_URL}{path}")
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/plain")


async def test_page_returns_200_while_the_campaign_is_down(ask, campaign):
    campaign.down = True
    assert (await ask(f"{SITE_URL}/events/evt_1")).status_code == 200


async def test_invalid_option_is_explained(ask):
    response = await ask("http://widgets.example/w/countdown?theme=red")
    assert response.text == "The colour scheme must be one of: auto, light, dark.\n"


async def test_unknown_format_returns_501(ask):
    assert (await ask(format="yaml")).status_code == 501


async def test_missing_url_is_explained(browser):
    response = await browser.get("/oembed")
    wanted = "Give the address of a widget or of a page as url.\n"
    assert (response.status_code, response.text) == (400, wanted)


@pytest.mark.parametrize("query", [{"format": "yaml"}, {"url": "https://example.org"}, {"url": ""}])
async def test_errors_are_neither_json_nor_xml(ask, query):
    refusal = (await ask(**query)).text
    with pytest.raises(json.JSONDecodeError):
        json.loads(refusal)
    with pytest.raises(ET.ParseError):
        ET.fromstring(refusal)  # noqa: S314 - our own refusal


async def test_xml_has_the_same_values_as_json(ask):
    response = await ask(f"{COUNTER}?lang=ar&theme=dark", format="xml")
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    data = {part.tag: part.text for part in ET.fromstring(response.content)}  # noqa: S314 - our own answer
    plain = (await ask(f"{COUNTER}?lang=ar&theme=dark")).json()
    assert data == {name: str(value) for name, value in plain.items()}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"maxwidth": "320", "maxheight": "300"}, (320, 300)),
        ({"maxwidth": "9999", "maxheight": "9999"}, (600, 510)),
        ({"maxwidth": "-1", "maxheight": "no"}, (600, 510)),
        ({"maxwidth": "0", "maxheight": "9" * 5000}, (600, 510)),
    ],
)
async def test_frame_fits_the_requested_size(ask, asked, given):
    data = (await ask(**asked)).json()
    assert (data["width"], data["height"]) == given
    assert f'width="{given[0]}" height="{given[1]}"' in data["html"]


async def test_unknown_parameters_are_ignored(ask):
    plain = (await ask()).content
    assert (await ask(dnt="1", _="123", discover="true")).content == plain


async def test_widget_returns_200_while_the_campaign_is_down(ask, campaign):
    campaign.down = True
    assert (await ask()).status_code == 200
    assert (await ask("http://widgets.example/w/countdown")).status_code == 200


@pytest.mark.parametrize("path", ["/w/counter/convention", "/w/countdown"])
async def test_slow_campaign_does_not_delay_the_response(ask, monkeypatch, path):
    monkeypatch.setattr(oembed, "TIMEOUT", 0.01)
    for name in ("get_campaign", "get_petition"):
        monkeypatch.setattr(CachedCampaign, name, lambda *_: anyio.sleep_forever())
    response = await ask(f"http://widgets.example{path}")
    assert 'href="http://widgets.example/petitions/convention?lang=en"' in response.json()["html"]


async def test_response_is_cached_and_readable_by_any_site(ask, browser):
    response = await ask()
    assert response.headers["cache-control"].startswith("public, max-age=3600, ")
    assert response.headers["access-control-allow-origin"] == "*"
    again = await browser.get(response.url, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


pieces = st.sampled_from(
    ["http://widgets.example", "/w/counter/", "/w/countdown", "convention", "?lang=", "&zone=", "%"]
)
addresses = st.lists(pieces | st.text(max_size=8), max_size=6).map("".join)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(url=addresses, form=st.sampled_from(["", "json", "xml"]) | st.text(), most=st.text())
async def test_any_request_returns_a_known_status(ask, url, form, most):
    response = await ask(
        url.encode(errors="replace"),
        format=form.encode(errors="replace"),
        maxwidth=most.encode(errors="replace"),
    )
    assert response.status_code in {200, 400, 404, 501}
    if response.status_code == 200 and form == "xml":
        ET.fromstring(response.content)  # noqa: S314 - our own answer


@pytest.mark.parametrize("path", [*PATHS, "/?widget=countdown", *PAGES])
async def test_page_links_to_oembed_json_first(browser, path):
    lang = "lang=es&utm_source=letter"
    text = (await browser.get(f"{path}{'&' if '?' in path else '?'}{lang}")).text
    head = text[: text.index("</head>")]
    found = re.findall(r'<link rel="alternate" type="([^"]*)"[^>]* href="(.*?)">', head)[:3]
    assert [kind for kind, _ in found] == TYPES
    for kind, href in found:
        response = await browser.get(unescape(href))
        assert kind.startswith(response.headers["content-type"].partition(";")[0]) or "xml" in kind
        assert "lang=es" in response.text
        assert "utm_source" not in parse_qs(urlsplit(unescape(href)).query)["url"][0]


@pytest.mark.parametrize("path", ["/", "/w/counter/nothing", "/w/countdown?theme=red"])
async def test_page_without_a_widget_has_no_oembed_link(browser, path):
    assert "oembed" not in (await browser.get(path)).text


async def test_url_with_spaces_and_double_escaping_is_accepted(browser):
    url = " http://widgets.example/w/countdown?lang=fr&amp;theme=dark\n"
    response = await browser.get("/oembed", params={"url": url})
    assert "/w/countdown?lang=fr&amp;theme=dark" in response.json()["html"]
