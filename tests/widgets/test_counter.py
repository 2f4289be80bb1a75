import asyncio
import re

import httpx
import pytest

pytestmark = pytest.mark.anyio


async def get_html(browser, query: str = "") -> str:
    response = await browser.get(f"/w/counter/convention{query}")
    assert response.status_code == 200
    return response.text


async def test_number_is_shown_without_javascript(browser):
    assert "data-total>1,234<" in await get_html(browser)


@pytest.mark.parametrize(
    ("lang", "number"),
    [
        ("en", "1,234,567"),
        ("es", "1.234.567"),
        ("fr", "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"),
    ],
)
async def test_number_is_formatted_for_the_language(browser, campaign, lang, number):
    campaign.total = 1234567
    assert f"data-total>{number}<" in await get_html(browser, f"?lang={lang}")


@pytest.mark.parametrize(
    ("total", "words"),
    [(1, "شخص وقّع"), (2, "شخصان وقّعا"), (3, "أشخاص وقّعوا"), (11, "شخصًا وقّعوا"), (100, "شخص وقّعوا")],
)
async def test_arabic_uses_six_plural_forms(browser, campaign, total, words):
    campaign.total = total
    assert f"<span>{words}</span>" in await get_html(browser, "?lang=ar")


async def test_progress_is_shown_in_words(browser):
    assert "12% of the goal of 10,000" in await get_html(browser)


async def test_reached_goal_is_shown_in_words(browser, campaign):
    campaign.total = 12000
    text = await get_html(browser)
    assert "The goal of 10,000 has been reached." in text
    assert 'cx="100.0%"' in text


async def test_petition_without_a_goal_has_no_progress_line(browser, campaign):
    campaign.petition["goal"] = None
    text = await get_html(browser)
    assert 'class="way"' not in text
    assert "data-total>1,234<" in text


async def test_counter_shows_when_it_was_counted(browser):
    text = await get_html(browser)
    assert "As of 23 November 2026, 12:00" in text


async def test_number_stays_and_a_note_appears_while_the_campaign_is_down(browser, campaign, clock):
    await get_html(browser)
    campaign.down = True
    clock.advance(3600)
    text = await get_html(browser)
    assert "data-total>1,234<" in text
    assert "The campaign cannot be reached right now." in text


async def test_button_links_to_the_petition_in_the_same_language(browser):
    text = await get_html(browser, "?lang=fr")
    assert 'href="/petitions/convention?lang=fr"' in text
    assert "Ajoutez votre nom" in text


async def test_button_can_be_hidden(browser):
    assert 'class="act"' not in await get_html(browser, "?button=hide")


async def test_updates_can_be_switched_off_with_their_script(browser):
    text = await get_html(browser, "?updates=off")
    assert "fetch(" not in text
    assert "<button" not in text


async def test_counter_refreshes_at_most_once_a_minute(browser):
    every = re.search(r'data-every="(\d+)"', await get_html(browser))
    assert int(every[1]) >= 60


async def test_campaign_text_keeps_its_own_language(browser):
    text = await get_html(browser, "?lang=ar")
    assert '<html lang="ar" dir="rtl">' in text
    assert '<p lang="en" dir="auto">Ratify the Convention' in text


async def test_campaign_text_is_escaped(browser, campaign):
    campaign.petition["title"] = "<script>alert(1)</script>"
    text = await get_html(browser)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


async def test_unknown_petition_is_a_404_page(browser):
    response = await browser.get("/w/counter/nothing?lang=es")
    assert response.status_code == 404
    assert "Aquí ya no hay nada" in response.text


async def test_cold_start_without_a_campaign_is_a_503_page(browser, campaign):
    campaign.down = True
    response = await browser.get("/w/counter/convention?lang=ar")
    assert response.status_code == 503
    assert "لا يمكن الوصول إلى الحملة الآن" in response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["retry-after"]


async def test_no_section_is_shown_or_requested_by_default(browser, campaign):
    text = await get_html(browser)
    assert 'class="parts"' not in text
    assert not [path for path in campaign.calls if path.endswith(("places", "signers"))]


async def test_milestones_are_marked_as_passed_or_ahead(browser):
    text = await get_html(browser, "?show=milestones")
    assert '<li class="passed">1,000 <span class="soft">passed</span></li>' in text
    assert "<li>5,000</li>" in text


async def test_top_five_countries_are_shown_and_the_others_counted(browser, campaign):
    codes = ["KE", "MX", "ES", "PH", "FR", "MA", "EC"]
    campaign.places = [
        {"country": code, "count": count}
        for code, count in zip(codes, range(10, 80, 10), strict=True)
    ]
    text = await get_html(browser, "?show=places")
    rows = re.findall(r"<li><span>(.*?)</span> <b>(.*?)</b></li>", text)
    assert rows[0] == ("Ecuador", "70")
    assert len(rows) == 5
    assert "and 2 more countries" in text


async def test_caches_ask_each_time_for_names_and_not_for_numbers(browser):
    named = await browser.get("/w/counter/convention?show=signers")
    assert named.headers["cache-control"] == "no-cache"
    numbers = await browser.get("/w/counter/convention?show=places")
    assert "max-age=60" in numbers.headers["cache-control"]


async def test_names_of_signers_keep_their_direction(browser, campaign):
    names = ["Sample <b>Person</b>", "شخص تجريبي", *map(str, range(9))]
    for number, name in enumerate(reversed(names)):
        email = f"{number}@example.org"
        campaign.add_signature("convention", name=name, email=email, public=True, confirmed=True)
    text = await get_html(browser, "?show=signers")
    assert '<bdi dir="auto">Sample &lt;b&gt;Person&lt;/b&gt;</bdi> <span>Kenya</span>' in text
    assert '<bdi dir="auto">شخص تجريبي</bdi>' in text
    assert text.count("<bdi") == 5


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("places", "No country has ten signatures yet."),
        ("signers", "Nobody has chosen to be shown yet."),
    ],
)
async def test_empty_section_says_so(browser, section, words):
    assert words in await get_html(browser, f"?show={section}")


async def test_unavailable_section_leaves_the_number(browser, campaign):
    await get_html(browser)
    campaign.down = True
    text = await get_html(browser, "?show=places,signers")
    assert "data-total>1,234<" in text
    assert text.count("The campaign cannot be reached right now.") >= 2


async def test_sections_are_normalised(browser):
    assert await get_html(browser, "?show=signers,%20milestones") == await get_html(
        browser, "?show=milestones,signers"
    )


async def test_unknown_section_is_an_error(browser):
    response = await browser.get("/w/counter/convention?show=emails&lang=es")
    assert response.status_code == 400
    assert "Debajo se muestra none (nada)" in response.text


async def test_last_milestone_is_in_an_empty_status_element(browser):
    text = await get_html(browser)
    said = "The milestone of 1,000 has been passed."
    assert f'<p role="status" data-passed="1000" data-say="{said}"></p>' in text


EVERYTHING = "/w/counter/convention?show=milestones,places,signers"


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (EVERYTHING, 4),
        ("/w/sign/convention", 2),
        ("/screen/convention", 2),
        ("/petitions/convention", 2),
    ],
)
async def test_slow_campaign_delays_a_reader_once(campaign, served_with, path, parts):
    """The campaign responds only after all requests have arrived."""
    asked = asyncio.Barrier(parts)
    transport = campaign.transport()

    async def respond(request):
        await asyncio.wait_for(asked.wait(), 5)
        return await transport.handle_async_request(request)

    campaign.transport = lambda _library: httpx.MockTransport(respond)
    async with served_with() as browser:
        assert (await browser.get(path)).status_code == 200
