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
def test_what_is_no_address_of_the_web_is_nothing(text):
    assert keep_web_url(text) == ""


@pytest.mark.parametrize("text", ["http://a.example", "HTTPS://a.example/?b#c"])
def test_an_address_of_the_web_stays_as_it_was_written(text):
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
def test_an_origin_is_written_as_browsers_write_it(address, written):
    assert serialise_origin(address) == written


@pytest.mark.anyio
@pytest.mark.parametrize("path", OURS)
async def test_a_slash_after_the_public_address_is_not_doubled(served_with, path):
    async with served_with(public_url="http://widgets.example/") as browser:
        text = (await browser.get(path)).text
    assert "http://widgets.example" in text
    assert "widgets.example//" not in text
