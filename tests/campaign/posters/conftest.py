import hashlib

import pytest

from imd_campaign.posters import store
from imd_campaign.posters.service import make_file_path

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
        store.add(connection, values, texts)
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
    async def post(reservation, /, **changes):
        return await client.post(
            "/v1/orders", json={**buyer, "reservation": reservation, **changes}
        )

    return post
