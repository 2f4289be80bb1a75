from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from imd_campaign.context import Context
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.partners import store as partners
from imd_campaign.petitions import ledger, store
from imd_campaign.petitions.schemas import (
    AttestedCount,
    Count,
    Petition,
    Place,
    Signature,
    Signer,
    State,
)
from imd_campaign.switches import service as switches
from imd_locale.negotiation import choose_language


def get(context: Context, slug: str, lang: str | None) -> Petition:
    with context.database.read() as connection:
        row = require_petition(connection, slug)
        texts = store.list_texts(connection, [row["id"]])[row["id"]]
        attested = _list_attested(connection, [row])
    return _make_petition(row, texts, attested[row["id"]], lang, context.now())


def list_petitions(
    context: Context, page_request: PageRequest, lang: str | None
) -> Slice[Petition]:
    with context.database.read() as connection:
        part = store.list_petitions(connection, page_request)
        texts = store.list_texts(connection, [row["id"] for row in part.items])
        attested = _list_attested(connection, part.items)
    now = context.now()
    items = [
        _make_petition(row, texts[row["id"]], attested[row["id"]], lang, now) for row in part.items
    ]
    return Slice(items, part.next)


def get_count(context: Context, slug: str) -> Count:
    with context.database.read() as connection:
        row = require_petition(connection, slug)
    return Count(
        petition=slug,
        total=row["total"],
        goal=row["goal"],
        as_of=row["counted_at"],
        poll_after=context.settings.count_window,
    )


def list_places(context: Context, slug: str, page_request: PageRequest) -> Slice[Place]:
    with context.database.read() as connection:
        part = store.list_places(connection, require_petition(connection, slug)["id"], page_request)
    return Slice([Place(country=r["country"], count=r["count"]) for r in part.items], part.next)


def list_signers(context: Context, slug: str, page_request: PageRequest) -> Slice[Signer]:
    with context.database.read() as connection:
        petition_id = require_petition(connection, slug)["id"]
        if switches.is_on(connection, switches.HIDE_SIGNERS):
            return Slice([], None)
        part = store.list_signers(connection, petition_id, page_request)
    shown = [
        Signer(name=r["display_name"], country=r["country"], date=r["confirmed_at"].date())
        for r in part.items
    ]
    return Slice(shown, part.next)


def list_signatures(context: Context, slug: str, page_request: PageRequest) -> Slice[Signature]:
    with context.database.read() as connection:
        part = store.list_signatures(
            connection, require_petition(connection, slug)["id"], page_request
        )
    return Slice([Signature.model_validate(row) for row in part.items], part.next)


def require_petition(connection: Connection, slug: str) -> Row:
    row = store.find(connection, slug)
    if row is None:
        raise NotFound
    return row


def _list_attested(
    connection: Connection, rows: Sequence[Row]
) -> Mapping[int, list[AttestedCount]]:
    """Return the numbers of signatures that partners have verified themselves, by petition."""
    found: Mapping[int, list[AttestedCount]] = defaultdict(list)
    names = partners.list_names(connection)
    for row in ledger.list_attested(connection, [row["id"] for row in rows]):
        counted = AttestedCount(partner=names[row["source"]], count=row["count"])
        found[row["petition_id"]].append(counted)
    return found


def _make_petition(
    row: Row,
    texts: Mapping[str, Row],
    attested: Sequence[AttestedCount],
    lang: str | None,
    now: datetime,
) -> Petition:
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
        state=get_state(row, now),
        attested=attested,
    )


def get_state(row: Row, now: datetime) -> State:
    if now < row["opens_at"]:
        return "upcoming"
    if row["closes_at"] is not None and now >= row["closes_at"]:
        return "closed"
    return "open"
