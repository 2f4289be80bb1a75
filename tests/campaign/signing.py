"""Petitions to sign, and the e-mails that signing leads to."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from imd_campaign.confirmations.processing import process_due
from imd_campaign.context import Context
from imd_campaign.petitions import counting
from imd_campaign.petitions import store as petitions

START = datetime(2026, 11, 23, 12, tzinfo=UTC)

FORM = {"name": "Sample Person", "email": "sample.person@example.org", "country": "ES"}
LINK = re.compile(r"https://campaign\.example/confirm/([\w-]{22})(\?lang=\w+)?")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def _texts(lang: str, title: str) -> dict[str, str]:
    return {"lang": lang, "title": title, "summary": "S", "text": "One.\n\nTwo.", "target": "All"}


def add_petition(context: Context, slug: str, english: str, spanish: str = "Otra") -> None:
    values = {
        "slug": slug,
        "goal": 10000,
        "milestones": [1000, 5000, 10000],
        "opens_at": START - timedelta(days=30),
        "closes_at": START + timedelta(days=30),
    }
    with context.database.write() as connection:
        petitions.put(
            connection, values, [_texts("en", english), _texts("es", spanish)], context.now()
        )


def process_all(context: Context) -> None:
    """Process accepted submissions, as the worker does at its next tick."""
    while process_due(context):
        pass


def count_all(context: Context) -> None:
    """Fold the ledger, as the worker does once a window."""
    while counting.fold(context):
        pass


async def sign(client, petition: str = "convention", headers: Any = None, **changes: Any):
    path = f"/v1/petitions/{petition}/signatures"
    return await client.post(path, json=FORM | changes, headers=headers)


def find_tokens(email) -> list[str]:
    return [found[1] for found in LINK.finditer(email.get_content())]


def find_token(email) -> str:
    return find_tokens(email)[0]


def find_code(email) -> str:
    return CODE.search(email.get_content())[0]


async def confirm(client, email, **consent: Any):
    return await client.post(f"/v1/confirmations/{find_token(email)}", json=consent)


async def reject(client, email):
    return await client.post(f"/v1/confirmations/{find_token(email)}/rejection")


async def read_count(client, clock) -> int:
    clock.forward(minutes=1)
    count_all(client._transport.app.state.context)
    return (await client.get("/v1/petitions/convention/count")).json()["total"]


async def list_signers(client) -> list[dict[str, str]]:
    return (await client.get("/v1/petitions/convention/signers")).json()["items"]
