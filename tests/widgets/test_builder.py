import html
import re

import pytest

from imd_widgets.registry import WIDGETS

pytestmark = pytest.mark.anyio

SANDBOX = (
    "allow-scripts allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation"
)


async def shown(browser, query: str = "") -> str:
    answer = await browser.get(f"/{query}")
    assert answer.status_code == 200
    return answer.text


def snippet(text: str) -> str:
    """The first snippet of the page, as it is copied."""
    return html.unescape(re.search(r"data-snippet[^>]*>(.*?)</textarea>", text, re.DOTALL)[1])


def height(frame: str) -> int:
    return int(re.search(r'height="(\d+)"', frame)[1])


async def test_every_widget_is_there_live(browser):
    frames = re.findall(r'<iframe src="([^"]+)"', await shown(browser))
    paths = [widget.path.format(petition="convention") for widget in WIDGETS]
    assert frames == [f"{path}?lang=en" for path in paths]
    for frame in frames:
        assert (await browser.get(frame)).status_code == 200


async def test_the_widget_asked_for_comes_first(browser):
    frames = re.findall(r'<iframe src="([^"?]+)', await shown(browser, "?widget=events"))
    assert frames[0] == "/w/events"


async def test_a_choice_is_in_the_address_and_the_snippet(browser):
    text = await shown(browser, "?widget=countdown&lang=fr&theme=dark&zone=Europe/Paris")
    address = "http://widgets.example/w/countdown?lang=fr&theme=dark&zone=Europe%2FParis"
    assert f'src="{html.escape(address)}"' in snippet(text)
    assert f'data-address readonly dir="ltr" value="{html.escape(address)}"' in text


async def test_a_default_is_left_out_of_the_address(browser):
    text = await shown(browser, "?widget=countdown&theme=auto&zone=earth")
    assert 'src="http://widgets.example/w/countdown?lang=en"' in snippet(text)


async def test_the_snippet_is_attributes_and_a_link_only(browser):
    frame, link = snippet(await shown(browser, "?lang=es")).split("\n")
    assert re.fullmatch(r"<iframe( [a-z]+=\"[^\"]*\")+></iframe>", frame)
    assert link == (
        '<p><a href="http://widgets.example/petitions/convention?lang=es">Suma tu nombre</a></p>'
    )
    assert " style=" not in frame + link
    assert "<script" not in frame + link


@pytest.mark.parametrize("widget", ["counter", "countdown", "events", "share", "sign"])
async def test_the_frame_is_sandboxed_lazy_and_quiet(browser, widget):
    frame = snippet(await shown(browser, f"?widget={widget}"))
    assert f'sandbox="{SANDBOX}"' in frame
    assert 'loading="lazy" referrerpolicy="no-referrer"' in frame
    assert re.search(r'height="\d{3,4}"', frame)


async def test_the_frame_is_named_in_the_widgets_language(browser):
    frame = snippet(await shown(browser, "?ui=en&lang=ar"))
    assert 'title="عدّاد التوقيعات · اليوم الدولي للمهاجرين"' in frame


async def test_the_page_can_speak_another_language_than_the_widget(browser):
    text = await shown(browser, "?ui=es&widget=counter&lang=ar")
    assert '<html lang="es" dir="ltr">' in text
    assert '<option value="ar" selected>' in text


async def test_the_form_is_drawn_from_the_options(browser):
    text = await shown(browser, "?widget=countdown&theme=dark")
    assert '<option value="dark" selected>Dark</option>' in text
    assert 'name="zone" value="earth"' in text
    assert '<label for="countdown-zone">Time zone</label>' in text


async def test_a_wrong_option_is_said_at_its_field(browser):
    answer = await browser.get("/?widget=countdown&zone=Mars/Olympus")
    assert answer.status_code == 400
    assert 'id="countdown-zone-wrong">The time zone is earth, or a name' in answer.text
    assert 'value="Mars/Olympus"' in answer.text


@pytest.mark.parametrize(
    ("widget", "choice"),
    [("counter", "show=milestones,places,signers"), ("countdown", "seconds=on")],
)
async def test_a_choice_that_shows_more_reserves_more(browser, widget, choice):
    plain = snippet(await shown(browser, f"?widget={widget}"))
    more = snippet(await shown(browser, f"?widget={widget}&{choice}"))
    assert height(more) > height(plain)


async def test_what_others_hang_on_the_address_is_ignored(browser):
    assert "utm_source" not in snippet(await shown(browser, "?utm_source=letter"))


async def test_it_says_how_to_take_the_widget_away(browser):
    assert "How to take it away" in await shown(browser)


async def test_it_stands_while_the_campaign_is_down(browser, campaign):
    campaign.down = True
    assert "/w/counter/convention" in snippet(await shown(browser))
