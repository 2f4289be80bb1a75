from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from imd_campaign.content import store
from imd_campaign.content.schemas import Resource, ShareKit
from imd_campaign.context import Context
from imd_campaign.errors import NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_locale.negotiation import choose_language

Row = Mapping[Any, Any]


def get_share_kit(context: Context, lang: str | None) -> ShareKit:
    with context.database.read() as connection:
        kit, texts = store.find_share_kit(connection), store.list_share_kit_texts(connection)
    if kit is None or not texts:
        raise NotFound
    language = choose_language(list(texts), lang)
    return ShareKit(
        lang=language,
        languages=list(texts),
        storm_at=parse_storm_time(kit["storm"], context.now()),
        url=kit["url"],
        hashtags=texts[language]["hashtags"],
        messages=texts[language]["messages"],
    )


def parse_storm_time(storm: str, now: datetime) -> datetime:
    year = now.astimezone(UTC).year
    return datetime.strptime(f"{year}-{storm}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def list_resources(
    context: Context, page_request: PageRequest, lang: str | None
) -> Slice[Resource]:
    with context.database.read() as connection:
        part = store.list_resources(connection, page_request)
        texts = store.list_texts(connection, [row["slug"] for row in part.items])
    items = [_make_resource(row, texts[row["slug"]], lang) for row in part.items]
    return Slice(items, part.next)


def get(context: Context, slug: str, lang: str | None) -> Resource:
    with context.database.read() as connection:
        row = store.get(connection, slug)
        texts = store.list_texts(connection, [slug])
    if row is None:
        raise NotFound
    return _make_resource(row, texts[slug], lang)


def _make_resource(row: Row, texts: Mapping[str, Row], lang: str | None) -> Resource:
    language = choose_language(list(texts), lang)
    text = texts[language]
    return Resource(
        slug=row["slug"],
        kind=row["kind"],
        lang=language,
        languages=list(texts),
        title=text["title"],
        summary=text["summary"],
        body=text["body"],
        url=row["url"],
    )
