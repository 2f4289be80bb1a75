"""Webhooks of all keys: staff see the host of a URL and not its secret path, and can delete one."""

import pytest
from sqlalchemy import text

from imd_campaign.api_keys import service as keys
from imd_campaign.api_keys.service import Caller
from imd_campaign.webhooks import service
from imd_campaign.webhooks.schemas import WebhookForm

URL = "https://hooks.example.org/private-path?secret=1"


@pytest.fixture
def webhook(context):
    scopes = ["webhooks:manage"]
    _, key = keys.create(context.database, name="Partner", scopes=scopes, now=context.now())
    caller = Caller(key.id, key.name, frozenset(scopes))
    form = WebhookForm(url=URL, types=["petition.count_changed"])
    webhook = service.subscribe(context, caller, form)
    service.send_test(context, caller, webhook.id)
    return webhook


def test_webhook_is_shown_with_its_deliveries_and_without_its_path(sign_in, webhook):
    browser = sign_in("admin")
    assert "hooks.example.org" in browser.get("/staff/webhooks").text
    page = browser.get(f"/staff/webhooks/{webhook.id}").text
    assert ("petition.count_changed" in page, "Waiting" in page) == (True, True)
    assert ("private-path" in page, webhook.secret in page) == (False, False)


def test_webhook_is_deleted_with_a_reason(sign_in, webhook, context):
    browser, path = sign_in("admin"), f"/staff/webhooks/{webhook.id}"
    assert browser.post(path, {"reason": ""}).status_code == 422
    assert (
        browser.post(path, {"reason": "A sample reason"}).headers["location"] == "/staff/webhooks"
    )
    with context.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM webhooks")).scalar() == 0
        query = "SELECT actor, action, reason FROM audit ORDER BY id DESC LIMIT 1"
        recorded = tuple(connection.execute(text(query)).one())
    assert recorded == (browser.person.account_id, "webhook.remove", "A sample reason")
