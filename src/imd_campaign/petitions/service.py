from collections.abc import Mapping
from datetime import datetime, timedelta

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.petitions import store
from imd_campaign.petitions.schemas import (
    Count,
    Petition,
    Place,
    Signature,
    Signer,
    State,
)
from imd_locale.negotiation import choose_language

STEP = 10


def get(context: Context, slug: str, lang: str | None) -> Petition:
    with context.database.read() as connection:
        row = found(connection, slug)
        texts = store.texts(connection, [row["id"]])[row["id"]]
    return _petition(row, texts, lang, context.now())


def listing(context: Context, window: PageRequest, lang: str | None) -> Slice[Petition]:
    with context.database.read() as connection:
        part = store.page(connection, window)
        texts = store.texts(connection, [row["id"] for row in part.items])
    now = context.now()
    items = [_petition(row, texts[row["id"]], lang, now) for row in part.items]
    return Slice(items, part.next)


def count(context: Context, slug: str) -> Count:
    row = _counted(context, slug)
    return Count(
        petition=slug,
        total=row["total"],
        goal=row["goal"],
        as_of=row["counted_at"],
        poll_after=context.settings.count_window,
    )


def places(context: Context, slug: str, window: PageRequest) -> Slice[Place]:
    row = _counted(context, slug)
    with context.database.read() as connection:
        part = store.places(connection, row["id"], STEP, window)
    steps = [Place(country=r["country"], count=r["total"] // STEP * STEP) for r in part.items]
    return Slice(steps, part.next)


def signers(context: Context, slug: str, window: PageRequest) -> Slice[Signer]:
    with context.database.read() as connection:
        part = store.signers(connection, found(connection, slug)["id"], window)
    shown = [
        Signer(name=r["display_name"], country=r["country"], date=r["confirmed_at"].date())
        for r in part.items
    ]
    return Slice(shown, part.next)


def signatures(context: Context, slug: str, window: PageRequest) -> Slice[Signature]:
    with context.database.read() as connection:
        part = store.signatures_page(connection, found(connection, slug)["id"], window)
    return Slice([Signature.model_validate(row) for row in part.items], part.next)


def found(connection: Connection, slug: str) -> Row:
    row = store.find(connection, slug)
    if row is None:
        raise NotFound
    return row


def _petition(row: Row, texts: Mapping[str, Row], lang: str | None, now: datetime) -> Petition:
    language = choose_language(list(texts), lang)
    text = texts[language]
    return Petition(
        slug=row["slug"],
        lang=language,
        languages=list(texts),
        title=text["title"],
        summary=text["summary"],
        text=text["text"],
        target=text["target"],
        goal=row["goal"],
        milestones=row["milestones"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        state=state_of(row, now),
    )


def state_of(row: Row, now: datetime) -> State:
    if now < row["opens_at"]:
        return "upcoming"
    if row["closes_at"] is not None and now >= row["closes_at"]:
        return "closed"
    return "open"


def _counted(context: Context, slug: str) -> Row:
    """The petition with a count no older than a window, taken by one for all."""
    with context.database.read() as connection:
        row = found(connection, slug)
    now = context.now()
    before = now - timedelta(seconds=context.settings.count_window)
    if row["counted_at"] is not None and row["counted_at"] > before:
        return row
    if not _claimed(context, row, now, before) and row["counted_at"] is not None:
        return row
    _count(context, row, now)
    with context.database.read() as connection:
        return found(connection, slug)


def _claimed(context: Context, row: Row, now: datetime, before: datetime) -> bool:
    with context.database.write() as connection:
        return store.claim_count(connection, row["id"], now, before)


def _count(context: Context, row: Row, now: datetime) -> None:
    with context.database.read() as connection:
        counts = store.count_by_country(connection, row["id"])
    with context.database.write() as connection:
        store.put_count(connection, row["id"], counts, now)
