"""Campaign and widgets in one process: the campaign learns each visitor's network."""

import httpx
import pytest
from sqlalchemy import create_engine, text

from imd_cli import combined_app, demo_campaign

pytestmark = pytest.mark.anyio

SITE_URL = "http://127.0.0.1:1218"
FORM = {"name": "Sample Person", "email": "sample.person@example.org", "country": "KE"}


@pytest.fixture
async def visit(tmp_path):
    """Send forms to the petition's page from an address."""
    campaign, widgets = demo_campaign.prepare(tmp_path / "demo", SITE_URL)
    app = combined_app.create_app(campaign.model_copy(update={"mail_delivery": False}), widgets)

    async def send(address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 40000))
        async with httpx.AsyncClient(transport=transport, base_url=SITE_URL) as visitor:
            path, headers = "/petitions/convention", {"Origin": SITE_URL}
            return (await visitor.post(path, data=FORM, headers=headers)).status_code

    async with app.router.lifespan_context(app):
        yield send


def list_networks(folder) -> list[bytes | None]:
    engine = create_engine(f"sqlite:///{folder / 'demo/campaign.sqlite3'}")
    with engine.connect() as connection:
        query = text("SELECT network FROM submissions ORDER BY id")
        found = list(connection.execute(query).scalars())
    engine.dispose()
    return found


async def test_forms_have_the_networks_of_their_visitors(visit, tmp_path):
    for address in ("203.0.113.9", "203.0.113.10", "203.0.114.9", "127.0.0.1"):
        assert await visit(address) == 303
    first, neighbour, other, local = list_networks(tmp_path)
    assert first == neighbour
    assert len({first, other, local}) == 3
    assert local is None


async def test_forms_from_a_busy_network_are_accepted(visit):
    assert {await visit("203.0.113.9") for _ in range(125)} == {303}
