import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from receiver import start_receiver

from imd_campaign.webhooks import outbox
from imd_campaign.webhooks.delivery import WebhookSender


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"webhook_loopback": True})


@pytest.fixture
async def receiver():
    async with start_receiver() as receiver:
        yield receiver


@pytest.fixture
def manager(key) -> dict[str, str]:
    """The header of a key that may subscribe to everything."""
    return key("webhooks:manage", "events:moderate", "orders:manage")


@pytest.fixture
def subscribe(client, manager):
    async def post(url: str, *types: str, headers: Any = manager):
        form = {"url": url, "types": types or ["event.approved"]}
        return await client.post("/v1/webhooks", json=form, headers=headers)

    return post


@pytest.fixture
def emit(context):
    """Queue a webhook, as a service does."""

    def queue(event_type: str = "event.approved", **data: Any) -> None:
        with context.database.write() as connection:
            outbox.queue(context, connection, event_type, **(data or {"event": "evt_sample"}))

    return queue


@pytest.fixture
def sender(context) -> WebhookSender:
    return WebhookSender(context)


@pytest.fixture
def deliver(sender):
    """Send what is due, and wait until it is sent; return how many webhooks were due."""

    async def run() -> int:
        started = await sender.start_due()
        await sender.finish()
        return started

    return run


@pytest.fixture
def log(client, manager):
    """Return the delivery log of a webhook, newest first."""

    async def read(webhook_id: str) -> list[dict[str, Any]]:
        path = f"/v1/webhooks/{webhook_id}/deliveries"
        return (await client.get(path, headers=manager)).json()["items"]

    return read
