from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.errors import NotFound
from imd_campaign.pagination import PageRequest, Slice
from imd_campaign.posters import store
from imd_campaign.posters.schemas import Edition, File, Money, Poster
from imd_campaign.settings import Settings
from imd_locale.negotiation import choose_language

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class StoredFile:
    path: Path
    media_type: str
    size: int
    sha256: str
    is_inline: bool


def list_posters(context: Context, page_request: PageRequest, lang: str | None) -> Slice[Poster]:
    with context.database.read() as connection:
        part = store.list_posters(connection, page_request)
        items = _make_posters(connection, part.items, lang)
    return Slice(items, part.next)


def get(context: Context, slug: str, lang: str | None) -> Poster:
    with context.database.read() as connection:
        row = store.get(connection, slug)
        if row is None:
            raise NotFound
        return _make_posters(connection, [row], lang)[0]


def get_file(context: Context, slug: str, name: str) -> StoredFile:
    with context.database.read() as connection:
        row = store.find_file(connection, slug, name)
    path = make_file_path(context.settings, slug, name)
    if row is None or not path.is_file():
        raise NotFound
    is_inline = row["purpose"] == "preview"
    return StoredFile(path, row["media_type"], row["bytes"], row["sha256"], is_inline)


def make_file_path(settings: Settings, slug: str, name: str) -> Path:
    return settings.files_dir / "posters" / slug / name


def _make_posters(connection: Connection, rows: Sequence[Row], lang: str | None) -> list[Poster]:
    slugs = [row["slug"] for row in rows]
    texts, files = store.list_texts(connection, slugs), store.list_files(connection, slugs)
    editions = store.list_editions(connection, slugs)
    return [
        _make_poster(row, texts[row["slug"]], editions[row["slug"]], files[row["slug"]], lang)
        for row in rows
    ]


def _make_poster(
    row: Row,
    texts: Sequence[Row],
    editions: Sequence[Row],
    files: Sequence[Row],
    lang: str | None,
) -> Poster:
    by_language = {text["lang"]: text for text in texts}
    language = choose_language(list(by_language), lang)
    text = by_language[language]
    return Poster(
        slug=row["slug"],
        lang=language,
        languages=list(by_language),
        title=text["title"],
        artist=row["artist"],
        year=row["year"],
        description=text["description"],
        alternative_text=text["alternative_text"],
        state=row["state"],
        editions=[_make_edition(edition, language) for edition in editions],
        files=[_make_file(stored) for stored in files],
    )


def _make_edition(row: Row, lang: str) -> Edition:
    return Edition(
        id=row["id"],
        kind=row["kind"],
        title=row["titles"][choose_language(list(row["titles"]), lang)],
        size=row["size"],
        price=Money(amount=row["amount"], currency=row["currency"]),
        run=row["run"],
        available=None if row["run"] is None else row["left"],
    )


def _make_file(row: Row) -> File:
    return File(
        name=row["name"],
        purpose=row["purpose"],
        media_type=row["media_type"],
        bytes=row["bytes"],
        sha256=row["sha256"],
        width=row["width"],
        height=row["height"],
        href=f"/v1/posters/{row['poster']}/files/{row['name']}",
    )
