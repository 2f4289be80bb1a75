import asyncio
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from imd_campaign.mail.email_templates import compose_email
from imd_campaign.mail.messages import make_message
from imd_campaign.mail.transports import FolderTransport
from imd_cli import demo_inbox
from imd_locale.language import Language

LINK = "http://127.0.0.1:1218/confirm/abc?lang=ur"


@pytest.fixture
def page(tmp_path) -> str:
    values = {"title": "T", "link": LINK, "code": "ABCD-EFGH"}
    email = compose_email(
        "petitions", "confirm", to="a@example.org", language=Language("ur"), **values
    )
    message = make_message("ltr_1", email, "Sample <sample@example.org>", datetime.now(UTC))
    asyncio.run(FolderTransport(tmp_path).transfer(message))
    return TestClient(Starlette(routes=demo_inbox.make_routes(tmp_path))).get("/demo/mail").text


def test_the_demos_e_mail_page_marks_languages(page):
    assert '<article lang="ur" dir="auto"><h2>براہِ کرم اپنے دستخط کی تصدیق کریں</h2>' in page


def test_the_demos_e_mail_page_links_to_the_confirmation(page):
    assert f'href="{LINK}"' in page


def test_the_empty_inbox_is_read_again_by_itself(tmp_path):
    client = TestClient(Starlette(routes=demo_inbox.make_routes(tmp_path)))
    assert client.get("/demo/mail").headers["refresh"] == "2"
