"""E-mails in the language of the form, with real widgets, SDK and campaign server."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import httpx
import pytest

from imd_campaign import db, seed
from imd_campaign.app import create_app as create_campaign
from imd_campaign.crypto import new_key_pair
from imd_campaign.settings import Settings as CampaignSettings
from imd_sdk import AsyncClient
from imd_widgets.app import create_app
from imd_widgets.languages import read_languages
from imd_widgets.settings import Settings

SITE_URL = "http://widgets.example"
SAME_ORIGIN = {"Origin": SITE_URL}
LANGUAGES = list(read_languages())
SUBJECTS = {
    "sign": {"sw": "Tafadhali thibitisha saini yako", "ur": "براہِ کرم اپنے دستخط کی تصدیق کریں"},
    "order": {"ko": "주문을 확인해 주세요", "ar": "يرجى تأكيد طلبك"},
    "submit": {"ti": "ፍጻመኹም ኣረጋግጹ", "uk": "Підтвердьте, будь ласка, свій захід"},
}

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(tmp_path) -> CampaignSettings:
    settings = CampaignSettings(
        secret="s" * 40,
        public_key=new_key_pair()[0],
        database_url=f"sqlite:///{tmp_path / 'campaign.sqlite3'}",
        site_url=SITE_URL,
        files_dir=tmp_path / "files",
        mail=f"folder:{tmp_path / 'mail'}",
        mail_poll=0.05,
    )
    engine = db.open_engine(settings.database_url)
    db.migrate(engine)
    seed.load(engine, settings, datetime.now(UTC))
    engine.dispose()
    return settings


@pytest.fixture
async def sdk(settings) -> AsyncIterator[AsyncClient]:
    campaign = create_campaign(settings)
    asking = httpx.AsyncClient(transport=httpx.ASGITransport(campaign), base_url=SITE_URL)
    async with campaign.router.lifespan_context(campaign), asking:
        yield AsyncClient(SITE_URL, http_client=asking)


@pytest.fixture
async def browser(sdk) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(public_url=SITE_URL, fresh_seconds=0), sdk)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SITE_URL)
        yield await stack.enter_async_context(browser)


@pytest.fixture
def emails(tmp_path):
    """`await emails(24)` waits for 24 e-mails and returns them by recipient."""

    async def delivered(number: int) -> dict[str, EmailMessage]:
        for _ in range(400):
            if len(found := await asyncio.to_thread(_read, tmp_path / "mail")) >= number:
                break
            await asyncio.sleep(0.05)
        return {email["To"].partition("@")[0]: email for email in found}

    return delivered


def _read(folder: Path) -> list[EmailMessage]:
    parse = BytesParser(policy=policy.default).parsebytes
    return [parse(file.read_bytes()) for file in folder.glob("*.eml")]


def languages_by_recipient(emails: dict[str, EmailMessage]) -> dict[str, str]:
    return {reader: email["Content-Language"] for reader, email in emails.items()}


def check_languages(kind: str, emails: dict[str, EmailMessage]) -> None:
    assert languages_by_recipient(emails) == {tag: tag for tag in LANGUAGES}
    for tag, subject in SUBJECTS[kind].items():
        assert emails[tag]["Subject"] == subject


async def test_signer_gets_an_email_in_the_language_of_the_form(browser, emails):
    for tag in LANGUAGES:
        form = {"name": "Sample Person", "email": f"{tag}@example.org", "country": "KE"}
        path = f"/petitions/convention?lang={tag}"
        assert (await browser.post(path, data=form, headers=SAME_ORIGIN)).status_code == 303
    written = await emails(len(LANGUAGES))
    check_languages("sign", written)
    link = re.search(r"/confirm/\S+", written["my"].get_content())[0]
    assert '<html lang="my"' in (await browser.get(link)).text


async def test_buyer_gets_an_email_in_the_language_of_the_form(browser, emails):
    choice = {"key": "form-1", "edition": "limited", "quantity": "1"}
    page = await browser.post("/posters/many-paths", data=choice, headers=SAME_ORIGIN)
    token = re.search(r'name="reservation" value="([^"]*)"', page.text)[1]
    for tag in LANGUAGES:
        form = {
            "reservation": token,
            "name": "Sample Person",
            "email": f"{tag}@example.org",
            "lines": "1 Sample Street",
            "locality": "Sampletown",
            "country": "KE",
        }
        path = f"/posters/many-paths/order?lang={tag}"
        response = await browser.post(path, data=choice | form, headers=SAME_ORIGIN)
        assert response.headers["location"] == f"/posters/many-paths/thanks?lang={tag}"
    check_languages("order", await emails(len(LANGUAGES)))


async def test_guest_gets_an_email_in_the_language_of_the_form(browser, emails):
    page = (await browser.get("/w/event-list?kind=rally")).text
    event = re.search(r'href="(/events/evt_\w+)\?', page)[1]
    for tag in LANGUAGES:
        form = {"name": "Sample Person", "email": f"{tag}@example.org", "guests": "0"}
        response = await browser.post(f"{event}?lang={tag}", data=form, headers=SAME_ORIGIN)
        assert response.status_code == 303
    assert languages_by_recipient(await emails(len(LANGUAGES))) == {tag: tag for tag in LANGUAGES}


async def test_host_gets_an_email_in_the_language_of_the_event(sdk, emails):
    for tag in LANGUAGES:
        await submit(sdk, tag)
    check_languages("submit", await emails(len(LANGUAGES)))


async def submit(sdk: AsyncClient, tag: str):
    return await sdk.events.submit(
        title="Vigil",
        description="Candles.",
        kind="online",
        starts_at=datetime.now(UTC) + timedelta(days=9),
        time_zone="UTC",
        host={"name": "Sample Group", "email": f"{tag}@example.org"},
        lang=tag,
        online=True,
        url="https://example.org/vigil",
    )


async def test_language_alias_is_resolved_for_emails(sdk, settings, emails):
    await submit(sdk, "tl-PH")
    written = await emails(1)
    assert languages_by_recipient(written) == {"tl-PH": "fil"}
