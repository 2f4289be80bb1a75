import hashlib

import pytest
from signing import find_tokens
from sqlalchemy import select

from imd_campaign.posters import store
from imd_campaign.posters.service import make_file_path
from imd_campaign.posters.tables import orders

RUN = 5
ARTWORK = b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 100


@pytest.fixture
def artwork() -> bytes:
    return ARTWORK


@pytest.fixture
def poster(context) -> str:
    """A poster with an open edition, a limited one of five prints, and a file."""
    with context.database.write() as connection:
        texts = [
            {
                "lang": "en",
                "title": "Paths",
                "description": "Four inks.",
                "alternative_text": "A tree.",
            },
            {
                "lang": "es",
                "title": "Caminos",
                "description": "Tintas.",
                "alternative_text": "Un árbol.",
            },
        ]
        values = {"slug": "paths", "artist": "Sample Artist", "year": 2026, "state": "on_sale"}
        store.put(connection, values, texts)
        for position, (kind, run, amount) in enumerate(
            (("open", None, 2500), ("limited", RUN, 9000))
        ):
            edition = {
                "poster": "paths",
                "id": kind,
                "position": position,
                "kind": kind,
                "titles": {"en": f"{kind} edition", "es": f"edición {kind}"},
                "size": "50 × 70 cm",
                "run": run,
                "amount": amount,
                "currency": "USD",
            }
            store.add_edition(connection, edition)
        file = {
            "poster": "paths",
            "name": "paths.svg",
            "position": 0,
            "purpose": "print",
            "media_type": "image/svg+xml",
            "bytes": len(ARTWORK),
            "sha256": hashlib.sha256(ARTWORK).hexdigest(),
            "width": 50,
            "height": 70,
        }
        store.put_file(connection, file)
    path = make_file_path(context.settings, "paths", "paths.svg")
    path.parent.mkdir(parents=True)
    path.write_bytes(ARTWORK)
    return "paths"


@pytest.fixture
def reserve(client, poster):
    async def post(edition="limited", quantity=1):
        form = {"edition": edition, "quantity": quantity}
        return await client.post(f"/v1/posters/{poster}/reservations", json=form)

    return post


@pytest.fixture
def buyer() -> dict:
    return {
        "name": "Sample Buyer",
        "email": "buyer@example.org",
        "address": {"lines": ["12 Hidden Street"], "locality": "Madrid", "country": "ES"},
    }


@pytest.fixture
def order(client, buyer):
    """Send the form of an order."""

    async def post(token, /, **changes):
        return await client.post("/v1/orders", json={**buyer, "reservation": token, **changes})

    return post


@pytest.fixture
def request_order(reserve, order, emails):
    """Order prints; return the token of the link that confirms them."""
    seen = set()

    async def request(edition="limited", quantity=1, **changes):
        reserved = await reserve(edition, quantity)
        await order(reserved.json()["token"], **changes)
        [new] = {token for email in emails() for token in find_tokens(email)} - seen
        seen.add(new)
        return new

    return request


@pytest.fixture
def place(client, request_order):
    """Order prints and confirm; return the order."""

    async def place(edition="limited", quantity=1, **changes):
        token = await request_order(edition, quantity, **changes)
        confirmed = await client.post(f"/v1/confirmations/{token}")
        assert confirmed.status_code == 200, confirmed.text
        return (await client.get(f"/v1/orders/{confirmed.json()['order']}")).json()

    return place


@pytest.fixture
def count_available(client, poster):
    """Count the prints of the limited edition that are on sale."""

    async def count():
        return (await client.get(f"/v1/posters/{poster}")).json()["editions"][1]["available"]

    return count


@pytest.fixture
def decide(client, key):
    """Decide on an order as staff."""
    headers = key("orders:manage")

    async def decide(order_id, decision, reason="A sample reason."):
        body = {"decision": decision, "reason": reason}
        path = f"/v1/moderation/orders/{order_id}/decisions"
        return await client.post(path, json=body, headers=headers)

    return decide


@pytest.fixture
def list_orders(context):
    """List the stored orders."""

    def read():
        with context.database.read() as connection:
            return connection.execute(select(orders)).mappings().all()

    return read
