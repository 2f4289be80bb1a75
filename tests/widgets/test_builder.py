import html
import re

import pytest

from imd_widgets.embedding.builder import SURROUNDINGS, WIDTHS
from imd_widgets.embedding.embed_codes import PLATFORMS
from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

KEYS = [widget.key for widget in WIDGETS]
CODE_NAMES = ["address", "frame", "loader", "element", "newsletter", "files"]
SANDBOX = (
    "allow-scripts allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)


async def get_html(browser, query: str = "") -> str:
    response = await browser.get(f"/{query}")
    assert response.status_code == 200
    return response.text


def snippet(text: str) -> str:
    """Return the first snippet of the page, unescaped."""
    return html.unescape(re.search(r"data-snippet[^>]*>(.*?)</textarea>", text, re.DOTALL)[1])


def embed_codes(text: str) -> dict[str, str]:
    """Return the embed codes of the page by name."""
    found = re.findall(r'data-way="(\w+)"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    return {name: html.unescape(way) for name, way in found}


def frames(text: str) -> list[str]:
    return re.findall(r'<iframe src="([^"]+)"', text)


def height(frame: str) -> int:
    return int(re.search(r'height="(\d+)"', frame)[1])


async def test_first_three_widgets_have_previews(browser):
    seen = frames(await get_html(browser))
    assert seen == ["/w/counter/convention?lang=en", "/w/countdown?lang=en", "/w/events?lang=en"]
    for frame in seen:
        assert (await browser.get(frame)).status_code == 200


@pytest.mark.parametrize("query", ["", "?widget=countdown"])
async def test_every_widget_can_be_chosen(browser, query):
    links = re.findall(
        r'<li><a href="/\?widget=([\w-]+)&amp;lang=en#\1"', await get_html(browser, query)
    )
    assert links == KEYS


@pytest.mark.parametrize("key", KEYS)
async def test_only_the_chosen_widget_has_a_preview(browser, key):
    seen = frames(await get_html(browser, f"?widget={key}"))
    assert len(seen) == 1
    assert (await browser.get(seen[0])).status_code == 200


@pytest.mark.parametrize("key", KEYS)
async def test_chosen_widget_has_six_embed_codes(browser, key):
    assert list(embed_codes(await get_html(browser, f"?widget={key}"))) == CODE_NAMES


async def test_option_is_in_every_embed_code(browser):
    taken = embed_codes(
        await get_html(browser, "?widget=countdown&lang=fr&theme=dark&zone=Europe/Paris")
    )
    address = "http://widgets.example/w/countdown?lang=fr&theme=dark&zone=Europe%2FParis"
    assert taken["address"] == address
    assert f'src="{html.escape(address)}"' in taken["frame"]
    assert 'lang="fr" theme="dark" zone="Europe/Paris"' in taken["element"]
    assert "--widget countdown --lang fr --theme dark" in taken["files"]


async def test_newsletter_code_has_an_existing_image(browser):
    taken = embed_codes(await get_html(browser, "?widget=counter&lang=es&theme=dark"))["newsletter"]
    image = html.unescape(re.search(r'<img src="(.*?)"', taken)[1])
    assert image == "http://widgets.example/w/counter/convention.png?lang=es&theme=dark"
    assert (await browser.get(image)).headers["content-type"] == "image/png"
    assert taken.startswith('<a href="http://widgets.example/petitions/convention?lang=es">')


async def test_alternative_text_has_no_number(browser):
    taken = embed_codes(await get_html(browser, "?widget=counter"))["newsletter"]
    alt = re.search(r'alt="(.*?)"', taken)[1]
    assert alt == "How many people have signed, and how far it is to the goal. Add your name"


async def test_newsletter_code_is_a_link_without_an_image(browser):
    taken = embed_codes(await get_html(browser, "?widget=events"))["newsletter"]
    assert taken == '<a href="http://widgets.example/w/events?lang=en">Find an event</a>'


async def test_default_option_is_left_out_of_the_url(browser):
    text = await get_html(browser, "?widget=countdown&theme=auto&zone=reader")
    assert 'src="http://widgets.example/w/countdown?lang=en"' in snippet(text)


async def test_snippet_has_only_attributes_and_a_link(browser):
    frame, link = snippet(await get_html(browser, "?lang=es")).split("\n")
    assert re.fullmatch(r"<iframe( [a-z]+=\"[^\"]*\")+></iframe>", frame)
    assert link == (
        '<p><a href="http://widgets.example/petitions/convention?lang=es">Suma tu nombre</a></p>'
    )
    assert " style=" not in frame + link
    assert "<script" not in frame + link


@pytest.mark.parametrize("key", KEYS)
async def test_frame_is_sandboxed_lazy_and_sends_no_referrer(browser, key):
    frame = snippet(await get_html(browser, f"?widget={key}"))
    assert f'sandbox="{SANDBOX}"' in frame
    assert 'loading="lazy" referrerpolicy="no-referrer"' in frame
    assert re.search(r'height="\d{3,4}"', frame)


async def test_frame_title_is_in_the_widgets_language(browser):
    frame = snippet(await get_html(browser, "?ui=en&widget=counter&lang=ar"))
    assert 'title="عدّاد التوقيعات · اليوم الدولي للمهاجرين"' in frame


async def test_page_and_widget_may_have_different_languages(browser):
    text = await get_html(browser, "?ui=es&widget=counter&lang=ar")
    assert '<html lang="es" dir="ltr">' in text
    assert '<option value="ar" selected>' in text


async def test_languages_are_kept_when_another_widget_is_chosen(browser):
    text = await get_html(browser, "?ui=es&widget=counter&lang=ar")
    assert 'href="/?widget=countdown&amp;lang=ar&amp;ui=es#countdown"' in text


async def test_widget_language_is_kept_when_the_page_language_changes(browser):
    text = await get_html(browser, "?ui=es&widget=counter&lang=ar&theme=dark")
    assert 'href="/?ui=fr&amp;widget=counter&amp;lang=ar&amp;theme=dark"' in text
    again = await get_html(browser, "?ui=fr&widget=counter&lang=ar&theme=dark")
    assert '<html lang="fr" dir="ltr">' in again
    assert snippet(again) == snippet(text)


async def test_choices_are_translated(browser):
    text = await get_html(browser, "?ui=es&widget=counter")
    named = dict(re.findall(r'<option value="(sans|serif|system)"[^>]*>(.*?)</option>', text))
    assert named == {
        "sans": "Sin remates",
        "serif": "Con remates",
        "system": "El del sistema",
    }


async def test_options_are_kept_when_the_page_language_changes(browser):
    text = await get_html(browser, "?widget=counter&lang=en&theme=dark&around=dark&utm_source=x")
    assert 'href="/?lang=fr&amp;widget=counter&amp;theme=dark&amp;around=dark" lang="fr"' in text


async def test_form_has_every_option(browser):
    text = await get_html(browser, "?widget=countdown&theme=dark")
    assert '<option value="dark" selected>Dark</option>' in text
    assert 'name="zone" value="reader"' in text
    assert '<label for="countdown-zone">Time zone</label>' in text


@pytest.mark.parametrize(("query", "opened"), [("", False), ("&since=2026-12-18", True)])
async def test_more_options_are_open_if_one_is_set(browser, query, opened):
    text = await get_html(browser, f"?widget=events{query}")
    assert ("<details open>\n<summary>More options" in text) is opened


@pytest.mark.parametrize(
    ("query", "stage"),
    [
        ("", 'data-width="wide" data-around="light"'),
        ("&width=phone&around=dark", 'data-width="phone" data-around="dark"'),
        ("&width=huge&around=red", 'data-width="wide" data-around="light"'),
    ],
)
async def test_preview_has_the_requested_width_and_surroundings(browser, query, stage):
    text = await get_html(browser, f"?widget=counter{query}")
    assert f'<div class="stage" {stage}>' in text
    assert "around=" not in snippet(text)


@pytest.mark.parametrize("widget", WIDGETS, ids=KEYS)
@pytest.mark.parametrize("name", ["widget", "ui", "width", "around"])
def test_builder_parameters_are_not_widget_options(widget, name):
    assert name not in widget.options.model_fields


def test_builder_has_two_surroundings_and_two_widths():
    assert (list(SURROUNDINGS), list(WIDTHS)) == (["light", "dark"], ["wide", "phone"])


async def test_invalid_option_is_an_error_at_its_field(browser):
    response = await browser.get("/?widget=countdown&zone=Mars/Olympus")
    assert response.status_code == 400
    assert 'id="countdown-zone-wrong">The time zone must be reader, or a name' in response.text
    assert 'value="Mars/Olympus"' in response.text


async def test_valid_options_are_kept_beside_invalid_ones(browser):
    response = await browser.get("/?widget=countdown&lang=fr&theme=dark&zone=Mars/Olympus")
    assert "/w/countdown?lang=fr&amp;theme=dark" in snippet(response.text)


async def test_unknown_widget_is_reported_with_the_list(browser):
    response = await browser.get("/?widget=nothing")
    assert response.status_code == 404
    assert 'role="alert">This is no longer available' in response.text
    assert 'href="/?widget=counter' in response.text


@pytest.mark.parametrize(
    ("widget", "choice"),
    [("counter", "show=milestones,places,signers"), ("countdown", "seconds=on")],
)
async def test_option_that_shows_more_reserves_more_height(browser, widget, choice):
    plain = snippet(await get_html(browser, f"?widget={widget}"))
    more = snippet(await get_html(browser, f"?widget={widget}&{choice}"))
    assert height(more) > height(plain)


async def test_tracking_parameters_are_ignored(browser):
    assert "utm_source" not in snippet(await get_html(browser, "?widget=counter&utm_source=letter"))


async def test_each_platform_has_its_steps(browser):
    text = await get_html(browser, "?widget=counter&ui=es")
    steps = re.findall(r"<details>\n<summary>([\w ]+)</summary>\n<p>(.+?)</p>", text)
    assert len(steps) == len(PLATFORMS)
    assert ("Wix", "Añade un bloque «Embed HTML» y pega en él el marco.") in steps


@pytest.mark.parametrize("query", ["", "?widget=counter"])
@pytest.mark.parametrize("link", ["/check", "/privacy"])
async def test_builder_links_to_the_check_and_to_privacy(browser, query, link):
    assert f'href="{link}?lang=en"' in (await get_html(browser, query)).partition("<main")[2]


async def test_builder_says_how_to_remove_a_widget(browser):
    assert "How to remove it" in await get_html(browser)


async def test_builder_works_while_the_campaign_is_down(browser, campaign):
    campaign.down = True
    assert "/w/counter/convention" in snippet(await get_html(browser))
