"""The numbers of a partner's source: published daily and in steps, as those of countries are."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date

from imd_campaign.api_keys.service import Caller
from imd_campaign.context import Context
from imd_campaign.crypto import compute_digest
from imd_campaign.db import Connection, Row
from imd_campaign.errors import NotFound
from imd_campaign.partners import store as partners
from imd_campaign.petitions import ledger, store
from imd_campaign.petitions.ledger import ATTESTED
from imd_campaign.petitions.public_counts import PublicCount, make_public_count
from imd_campaign.petitions.schemas import (
    DayCount,
    PartnerNumbers,
    PartnerPetition,
    Place,
)
from imd_campaign.petitions.signatures import choose_text

TOTAL = ""

Key = tuple[int, str]
"""A petition, and a part of its signatures: all, the partner's own line or a country."""


def publish_due(context: Context) -> None:
    """Publish the numbers of each partner, once on each day (UTC)."""
    day = context.now().astimezone(UTC).date()
    with context.database.read() as connection:
        due = partners.list_unpublished(connection, day)
    for source in due:
        with context.database.write() as connection:
            if partners.mark_published(connection, source, day):
                _publish(connection, source, day)


def _publish(connection: Connection, source: str, day: date) -> None:
    shown = ledger.list_partner_counts(connection, source)
    totals = _count_parts(ledger.list_partner_tallies(connection, source))
    counts = {
        key: shown.get(key, make_public_count()).update(totals[key])
        for key in totals.keys() | shown.keys()
    }
    ledger.put_partner_counts(connection, source, counts)
    days = [
        {"petition_id": petition_id, "source": source, "day": day, "count": public.count}
        for (petition_id, part), public in counts.items()
        if part == TOTAL
    ]
    ledger.put_partner_days(connection, days)


def _count_parts(tallies: Mapping[int, Mapping[tuple[str, str], int]]) -> Counter[Key]:
    totals: Counter[Key] = Counter()
    for petition_id, by_line in tallies.items():
        for (country, line), total in by_line.items():
            totals[petition_id, TOTAL] += total
            totals[petition_id, country] += total
            if line == ATTESTED:
                totals[petition_id, ATTESTED] += total
    return totals


def get_own(context: Context, caller: Caller, source: str, lang: str | None) -> PartnerNumbers:
    """Return the numbers of the key's own source; others are not there for it."""
    if caller.partner != source:
        raise NotFound
    with context.database.read() as connection:
        return _read_active(connection, partners.find(connection, source), lang)


def get_by_link(context: Context, token: str, lang: str | None) -> PartnerNumbers:
    with context.database.read() as connection:
        partner = partners.find_by_link(connection, compute_digest(token))
        return _read_active(connection, partner, lang)


def get_for_staff(context: Context, source: str, lang: str | None) -> PartnerNumbers:
    """Return what the partner sees, or saw until it was revoked."""
    with context.database.read() as connection:
        partner = partners.find(connection, source)
        if partner is None:
            raise NotFound
        return _read(connection, partner, lang)


def list_totals(context: Context) -> Mapping[str, int]:
    """Return the published numbers of all petitions together, by source."""
    with context.database.read() as connection:
        return ledger.sum_partner_counts(connection, TOTAL)


def _read_active(connection: Connection, partner: Row | None, lang: str | None) -> PartnerNumbers:
    if partner is None or partner["revoked_at"] is not None:
        raise NotFound
    return _read(connection, partner, lang)


def _read(connection: Connection, partner: Row, lang: str | None) -> PartnerNumbers:
    return PartnerNumbers(
        source=partner["source"],
        name=partner["name"],
        published_on=partner["published_on"],
        petitions=list(_list_petitions(connection, partner["source"], lang)),
    )


def _list_petitions(
    connection: Connection, source: str, lang: str | None
) -> Iterator[PartnerPetition]:
    rows = store.list_all(connection)
    texts = store.list_texts(connection, [row["id"] for row in rows])
    counts = ledger.list_partner_counts(connection, source)
    days = ledger.list_partner_days(connection, source)
    for row in rows:
        petition_id, text = row["id"], choose_text(texts[row["id"]], lang)
        yield PartnerPetition(
            petition=row["slug"],
            lang=text["lang"],
            title=text["title"],
            total=_get_count(counts, (petition_id, TOTAL)),
            attested=_get_count(counts, (petition_id, ATTESTED)),
            days=_list_days(days, petition_id),
            countries=_list_countries(counts, petition_id),
        )


def _get_count(counts: Mapping[Key, PublicCount], key: Key) -> int:
    return counts[key].count if key in counts else 0


def _list_days(days: Sequence[Row], petition_id: int) -> Sequence[DayCount]:
    return [
        DayCount(date=row["day"], count=row["count"])
        for row in days
        if row["petition_id"] == petition_id
    ]


def _list_countries(counts: Mapping[Key, PublicCount], petition_id: int) -> Sequence[Place]:
    return [
        Place(country=part, count=public.count)
        for (found, part), public in sorted(counts.items())
        if found == petition_id and part not in (TOTAL, ATTESTED) and public.count
    ]
