"""Responses of /embed.js and /embed.d.ts."""

import json
import re

import pytest

from imd_widgets.registry import WIDGETS
from imd_widgets.widget.options import list_option_rows

pytestmark = pytest.mark.anyio

FILES = ["/embed.js", "/embed.d.ts"]


async def site(browser) -> dict:
    text = (await browser.get("/embed.js")).text
    return json.JSONDecoder().raw_decode(text, text.index('{"home"'))[0]


@pytest.mark.parametrize("path", FILES)
async def test_script_may_be_loaded_and_cached_by_any_site(browser, path):
    headers = (await browser.get(path)).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"].startswith("public, max-age=3600, ")
    assert headers["vary"] == "Accept-Encoding"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", FILES)
async def test_unchanged_script_is_not_sent_again(browser, path):
    tag = (await browser.get(path)).headers["etag"]
    again = await browser.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_script_is_a_classic_script(browser):
    response = await browser.get("/embed.js")
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert not re.search(r"^(import|export)\b", response.text, re.MULTILINE)


async def test_frames_use_the_public_url_wherever_the_script_is_hosted(browser):
    text = (await browser.get("http://another.example/embed.js")).text
    assert '"home":"http://widgets.example"' in text


async def test_script_knows_the_urls_of_the_widgets(browser):
    petitions = (await site(browser))["petitions"]
    built = [f"/w/{w.key}{'/{petition}' if w.key in petitions else ''}" for w in WIDGETS]
    assert built == [widget.path for widget in WIDGETS]


async def test_script_knows_every_option_and_reserved_height(browser):
    said = await site(browser)
    names = {row.name for w in WIDGETS for row in list_option_rows(w.options)}
    assert set(said["options"]) == {"widget", "petition"} | names
    tags = [tag for tag in said["languages"] if tag not in said["aliases"]]
    for widget in WIDGETS:
        heights = said["heights"][widget.key]
        assert [heights.get(tag, heights["all"]) for tag in tags] == [
            widget.get_height(tag) for tag in tags
        ]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.key)
async def test_types_declare_every_option_and_its_values(browser, widget):
    text = (await browser.get("/embed.d.ts")).text
    declared = re.search(rf'^  "{widget.key}": {{\n(.*?)^  }};$', text, re.DOTALL | re.MULTILINE)
    found = dict(re.findall(r"^    (\w+)\?: (.*);$", declared[1], re.MULTILINE))
    found.pop("petition", None)
    assert list(found) == [row.name for row in list_option_rows(widget.options)]
    for row in list_option_rows(widget.options):
        assert re.findall(r'"(.*?)"', found[row.name]) == list(row.choices)
