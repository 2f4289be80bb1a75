"""The organisation's posters: what is stored, and replacing it without losing an order."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.posters import store
from imd_campaign.posters.service import make_file_path

Row = Mapping[Any, Any]
SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class StoredPoster:
    row: Row
    texts: Sequence[Row]
    editions: Sequence[Row]
    files: Sequence[Row]


@dataclass(frozen=True, slots=True)
class PosterValues:
    row: Row
    texts: Sequence[Row]
    editions: Sequence[Row]
    files: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Sales:
    orders: int
    highest: int
    """The highest number that is sold, or 0."""


def list_stored(context: Context, connection: Connection) -> Iterator[StoredPoster]:
    """Return all posters; `is_stored` of a file says whether the server has its bytes."""
    rows = store.list_all(connection)
    slugs = [row["slug"] for row in rows]
    texts, files = store.list_texts(connection, slugs), store.list_files(connection, slugs)
    editions = store.list_editions(connection, slugs)
    for row in rows:
        slug = row["slug"]
        checked = [{**file, "is_stored": _is_stored(context, file)} for file in files[slug]]
        yield StoredPoster(row, texts[slug], editions[slug], checked)


def count_sales(connection: Connection, slug: str, edition_id: str) -> Sales:
    return Sales(
        store.count_orders(connection, slug, edition_id),
        store.find_highest_sold(connection, slug, edition_id),
    )


def put(connection: Connection, values: PosterValues) -> None:
    """Add a poster, or change it to these values."""
    slug = values.row["slug"]
    store.put(connection, values.row, values.texts)
    for position, edition in enumerate(values.editions):
        store.put_edition(connection, {"poster": slug, "position": position, **edition})
    store.delete_other_editions(connection, slug, [edition["id"] for edition in values.editions])
    for position, file in enumerate(values.files):
        store.put_file(connection, {"poster": slug, "position": position, **file})
    store.delete_other_files(connection, slug, [file["name"] for file in values.files])


def end_sale(connection: Connection, slug: str) -> None:
    store.change(connection, slug, state=SOLD_OUT)


def describe_data(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _is_stored(context: Context, file: Row) -> bool:
    path = make_file_path(context.settings, file["poster"], file["name"])
    return path.is_file() and describe_data(path.read_bytes())["sha256"] == file["sha256"]
