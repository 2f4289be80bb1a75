"""The pages with a real campaign server, from forms to confirmed signatures and orders."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from imd_campaign import db, seed
from imd_campaign.app import create_app as create_campaign
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings as CampaignSettings
from imd_locale.countries import COUNTRIES
from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.languages import read_languages
from imd_widgets.pages.countries import list_countries
from imd_widgets.settings import Settings

T = TypeVar("T")

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FILLED = {"name": "Sample Person", "email": "sample.person@example.org", "country": "KE"}
PATHS = [
    "/",
    "/w/counter/convention",
    "/w/countdown",
    "/w/events",
    "/w/event-list",
    "/w/posters",
    "/w/share",
    "/w/sign/convention",
    "/screen/convention",
    "/share/mastodon/convention",
    "/petitions/convention",
    "/posters/many-paths",
]
RESERVATION = {"key": "form-1", "edition": "limited", "quantity": "2"}
BUYER = {
    "name": "Sample Person",
    "email": "sample.person@example.org",
    "lines": "1 Sample Street",
    "locality": "Sampletown",
    "country": "KE",
}

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mail(tmp_path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
async def browser(tmp_path, mail) -> AsyncIterator[httpx.AsyncClient]:
    settings = CampaignSettings(
        secret="s" * 40,
        public_key=new_key_pair()[0],
        database_url=f"sqlite:///{tmp_path / 'campaign.sqlite3'}",
        site_url=SITE_URL,
        files_dir=tmp_path / "files",
        mail=f"folder:{mail}",
        mail_poll=0.05,
        count_window=1,
    )
    engine = db.open_engine(settings.database_url)
    db.migrate(engine)
    seed.load(engine, settings, datetime.now(UTC))
    engine.dispose()
    campaign = create_campaign(settings)
    http_client = httpx.AsyncClient(transport=httpx.ASGITransport(campaign), base_url=SITE_URL)
    app = create_app(
        Settings(public_url=SITE_URL, fresh_seconds=0),
        AsyncClient(SITE_URL, http_client=http_client),
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(campaign.router.lifespan_context(campaign))
        await stack.enter_async_context(http_client)
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app)
        yield await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=SITE_URL)
        )


async def total(browser: httpx.AsyncClient) -> int:
    text = (await browser.get("/w/counter/convention")).text
    return int(re.search(r"data-total>([\d,]+)<", text)[1].replace(",", ""))


async def poll(look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool] = bool) -> T:
    for _ in range(200):
        if wanted(seen := await look()):
            break
        await asyncio.sleep(0.05)
    return seen


def mailed_path(mail: Path) -> str:
    """Return the path of the link in the e-mail, or an empty string if there is none yet."""
    text = read_email(mail)
    return re.search(re.escape(SITE_URL) + r"(/confirm/\S+)", text)[1] if text else ""


def mailed_code(mail: Path) -> str:
    return re.search(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", read_email(mail))[0]


def read_email(mail: Path) -> str:
    """Return the text of the e-mail, or an empty string if there is none yet."""
    for file in mail.glob("*.eml"):
        message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        return message.get_body(("plain",)).get_content()
    return ""


@pytest.mark.parametrize("lang", ["en", "es", "fr", "ar"])
async def test_every_page_is_available_in_every_language(browser, lang):
    for path in PATHS:
        response = await browser.get(f"{path}?lang={lang}")
        assert (path, response.status_code) == (path, 200)


async def test_signature_counts_after_confirmation(browser, mail):
    before = await total(browser)
    signed = await browser.post("/petitions/convention?lang=es", data=FILLED, headers=SAME_ORIGIN)
    assert signed.headers["location"] == "/petitions/convention/thanks?lang=es"
    link = await poll(lambda: asyncio.to_thread(mailed_path, mail))
    assert "Sí, que cuente mi nombre" in (await browser.get(link)).text
    assert await total(browser) == before
    pressed = await browser.post(link, data={"name": FILLED["name"]}, headers=SAME_ORIGIN)
    assert pressed.status_code == 303
    assert "¡Gracias!" in (await browser.get(pressed.headers["location"])).text
    after = await poll(lambda: total(browser), lambda seen: seen > before)
    assert after == before + 1


async def test_name_is_shown_after_confirmation(browser, mail):
    shown = "/w/counter/convention?show=places,signers"
    await browser.post("/petitions/convention", data=FILLED, headers=SAME_ORIGIN)
    link = await poll(lambda: asyncio.to_thread(mailed_path, mail))
    assert FILLED["name"] not in (await browser.get(shown)).text
    chosen = {"name": "Sample Persson", "public": "yes"}
    await browser.post(link, data=chosen, headers=SAME_ORIGIN)

    async def text() -> str:
        return (await browser.get(shown)).text

    seen = await poll(text, lambda text: chosen["name"] in text)
    assert f'<bdi dir="auto">{chosen["name"]}</bdi> <span>Kenya</span>' in seen


async def test_code_of_the_email_leads_to_the_page_of_its_link(browser, mail):
    await browser.post("/petitions/convention", data=FILLED, headers=SAME_ORIGIN)
    link = await poll(lambda: asyncio.to_thread(mailed_path, mail))
    code = await asyncio.to_thread(mailed_code, mail)
    typed = {"email": FILLED["email"].upper(), "code": code.lower()}
    response = await browser.post("/confirm", data=typed, headers=SAME_ORIGIN)
    assert response.headers["location"].partition("?")[0] == link.partition("?")[0]


async def test_rejected_signature_cannot_be_confirmed(browser, mail):
    await browser.post("/petitions/convention", data=FILLED, headers=SAME_ORIGIN)
    link = await poll(lambda: asyncio.to_thread(mailed_path, mail))
    page = link.partition("?")[0]
    await browser.post(f"{page}/reject", data={}, headers=SAME_ORIGIN | FORM)
    await browser.post(page, data={"name": FILLED["name"]}, headers=SAME_ORIGIN)
    assert "What was entered has been deleted" in (await browser.get(page)).text
    await browser.post(f"{page}/allow", data={}, headers=SAME_ORIGIN | FORM)
    assert "What was entered has been deleted" in (await browser.get(page)).text


async def test_signature_errors_are_shown_at_their_fields(browser):
    wrong = {"name": " ", "email": "nothing", "country": "XX"}
    response = await browser.post("/petitions/convention", data=wrong, headers=SAME_ORIGIN)
    assert response.status_code == 422
    for field in wrong:
        assert f'id="{field}-wrong"' in response.text


async def test_attendance_redirects_to_the_thanks_page(browser):
    text = (await browser.get("/w/events")).text
    event = re.search(r'href="(/events/evt_\w+)\?', text)[1]
    assert (await browser.get(event)).status_code == 200
    values = {"name": "Sample Person", "email": "sample.person@example.org", "guests": "1"}
    response = await browser.post(event, data=values, headers=SAME_ORIGIN)
    assert response.status_code == 303
    assert (await browser.get(response.headers["location"])).status_code == 200


async def test_event_has_a_calendar_file(browser):
    text = (await browser.get("/w/events")).text
    event = re.search(r'href="(/events/evt_\w+)\?', text)[1]
    assert (await browser.get(f"{event}.ics")).text.startswith("BEGIN:VCALENDAR")


async def test_calendar_near_a_city_has_the_events_of_its_list(browser):
    query = "?near=Mexico City&radius_km=50"
    listed = re.findall(
        r'href="/events/(evt_\w+)\?', (await browser.get(f"/w/event-list{query}")).text
    )
    ics = (await browser.get(f"/events.ics{query}")).text
    assert listed
    assert ics.count("BEGIN:VEVENT") == len(listed)
    assert all(event in ics for event in listed)


async def reserve(browser) -> dict[str, str]:
    """Reserve prints; return the fields of the next form that are hidden."""
    response = await browser.post("/posters/many-paths", data=RESERVATION, headers=SAME_ORIGIN)
    token = re.search(r'name="reservation" value="([^"]*)"', response.text)[1]
    return RESERVATION | {"reservation": token}


async def test_print_is_taken_from_stock_when_the_order_is_confirmed(browser, mail):
    form = await reserve(browser) | BUYER
    sent = await browser.post("/posters/many-paths/order", data=form, headers=SAME_ORIGIN)
    assert sent.headers["location"] == "/posters/many-paths/thanks?lang=en"
    link = await poll(lambda: asyncio.to_thread(mailed_path, mail))
    assert "1 Sample Street" in (await browser.get(link)).text
    assert "100 of 100 left" in (await browser.get("/w/posters")).text
    confirmed = await browser.post(link, data={"name": BUYER["name"]}, headers=SAME_ORIGIN)
    page = await browser.get(confirmed.headers["location"])
    order = await browser.get(page.headers["location"])
    assert "No. 1 and 2 of 100" in order.text
    assert "We will e-mail you how to pay" in order.text
    assert "98 of 100 left" in (await browser.get("/w/posters")).text


async def test_address_errors_are_shown_at_their_fields(browser):
    wrong = {"name": " ", "email": "nothing", "lines": " ", "locality": "", "country": "XX"}
    values = await reserve(browser) | wrong | {"postal_code": "x" * 30}
    response = await browser.post("/posters/many-paths/order", data=values, headers=SAME_ORIGIN)
    assert response.status_code == 422
    for field in (*wrong, "postal_code"):
        assert f'id="{field}-wrong"' in response.text


async def test_reservation_errors_are_shown_at_their_fields(browser):
    wrong = {"key": "form-2", "edition": "nothing", "quantity": "11"}
    response = await browser.post("/posters/many-paths", data=wrong, headers=SAME_ORIGIN)
    assert response.status_code == 422
    assert 'id="quantity-wrong"' in response.text


async def test_poster_files_are_served_unchanged(browser):
    text = (await browser.get("/posters/many-paths")).text
    for path in set(re.findall(r'"(/posters/many-paths/files/[^"]+)"', text)):
        response = await browser.get(path)
        digest = sha256(response.content).hexdigest()
        assert response.headers["etag"] == f'"{digest}"'


def test_form_lists_the_countries_of_the_campaign():
    for language in read_languages().values():
        assert {code for code, _ in list_countries(language)} == COUNTRIES
