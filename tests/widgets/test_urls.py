import pytest

from imd_widgets.urls import keep_web_url, serialise_origin

OURS = [
    "/",
    "/?widget=counter",
    "/embed.js",
    "/events/calendar",
    "/events/evt_1",
    "/oembed?url=http://widgets.example/w/countdown",
    "/petitions/convention",
    "/privacy.json",
    "/screen/convention",
    "/w/counter/convention",
    "/w/counter/convention.json",
]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:,x", "//a.example", "https:", "http://[", "", None]
)
def test_url_that_is_not_http_becomes_empty(text):
    assert keep_web_url(text) == ""


@pytest.mark.parametrize("text", ["http://a.example", "HTTPS://a.example/?b#c"])
def test_web_url_is_unchanged(text):
    assert keep_web_url(text) == text


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://imd.example/", "https://imd.example"),
        ("https://IMD.example:443/widgets", "https://imd.example"),
        ("http://127.0.0.1:1218", "http://127.0.0.1:1218"),
        ("https://día.example", "https://xn--da-nja.example"),
    ],
)
def test_origin_is_serialised_as_in_browsers(address, written):
    assert serialise_origin(address) == written


@pytest.mark.anyio
@pytest.mark.parametrize("path", OURS)
async def test_trailing_slash_of_the_public_url_is_removed(served_with, path):
    async with served_with(public_url="http://widgets.example/") as browser:
        text = (await browser.get(path)).text
    assert "http://widgets.example" in text
    assert "widgets.example//" not in text
