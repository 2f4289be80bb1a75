"""Posters, their editions and their artwork."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from imd_campaign.campaign_files.artwork import get_media_type
from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.items import (
    Change,
    Current,
    FieldChange,
    Fields,
    Item,
    PlainKind,
    flatten_texts,
    list_texts,
)
from imd_campaign.campaign_files.schemas import EditionEntry, FileEntry, PosterEntry
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.posters import own_posters
from imd_campaign.posters.own_posters import SOLD_OUT

NAMES = ("title", "description", "alternative_text")
COLUMNS = ("artist", "year", "state")
EDITION_COLUMNS = ("kind", "size", "amount", "currency", "run", "titles")
FILE_COLUMNS = ("purpose", "media_type", "width", "height", "bytes", "sha256")
HAS_ORDERS = "edition {edition} has orders, so it stays in the file. `sold_out` ends the sale."
OTHER_KIND = "edition {edition} has orders, so its kind cannot change. Add another edition."
BELOW_SOLD = (
    "edition {edition} cannot have a run of {run}: number {sold} is sold. Use at least {sold}."
)
ABOVE_PROMISED = (
    "edition {edition} cannot have more than {promised} prints: some were sold as one of "
    "{promised}. Add another edition."
)


class PosterKind(PlainKind):
    name = "poster"
    has_slug = True
    audit_prefix = "poster:"

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]:
        return [_make_item(folder, poster) for poster in folder.posters]

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]:
        stored = own_posters.list_stored(context, connection)
        return {poster.row["slug"]: Current(_flatten_stored(poster)) for poster in stored}

    def describe_kept(self, current: Current) -> str:
        if current.fields["state"] == SOLD_OUT:
            return "stays public, sold out"
        return "stays public; --close-missing ends its sale"

    def make_closing(self, key: str, current: Current) -> Change | None:
        state = current.fields["state"]
        if state == SOLD_OUT:
            return None
        return Change("close", self.name, key, [FieldChange("state", state, SOLD_OUT)])

    def find_refusals(
        self, connection: Connection, change: Change, current: Current | None
    ) -> Iterator[str]:
        if current is None or change.action == "close":
            return
        wanted = {edition.id: edition for edition in change.source.poster.editions}
        for edition_id in current.fields["editions"]:
            sales = own_posters.count_sales(connection, change.key, edition_id)
            old = {n: current.fields[f"editions.{edition_id}.{n}"] for n in ("kind", "run")}
            if sales.orders:
                yield from _check_edition(edition_id, wanted.get(edition_id), old, sales.highest)

    def write(
        self,
        context: Context,  # noqa: ARG002 as in Kind
        connection: Connection,
        changes: Sequence[Change],
    ) -> None:
        for change in changes:
            if change.action == "close":
                own_posters.end_sale(connection, change.key)
            else:
                own_posters.put(connection, change.source.to_values())


def _check_edition(
    edition_id: str, wanted: EditionEntry | None, old: Fields, sold: int
) -> Iterator[str]:
    if wanted is None:
        yield HAS_ORDERS.format(edition=edition_id)
    elif wanted.kind != old["kind"]:
        yield OTHER_KIND.format(edition=edition_id)
    elif wanted.run is not None and wanted.run < sold:
        yield BELOW_SOLD.format(edition=edition_id, run=wanted.run, sold=sold)
    elif wanted.run is not None and sold and wanted.run > old["run"]:
        yield ABOVE_PROMISED.format(edition=edition_id, promised=old["run"])


class _Source:
    """A poster with the data of its files."""

    def __init__(self, folder: CampaignFolder, poster: PosterEntry) -> None:
        self.poster = poster
        self.texts = list_texts(folder, poster.texts)
        self.files = [_describe_file(folder, entry) for entry in poster.files]
        self.editions = [_describe_edition(folder, edition) for edition in poster.editions]

    def to_values(self) -> own_posters.PosterValues:
        row = {"slug": self.poster.slug, **self.poster.model_dump(include=set(COLUMNS))}
        return own_posters.PosterValues(row, self.texts, self.editions, self.files)


def _make_item(folder: CampaignFolder, poster: PosterEntry) -> Item:
    source = _Source(folder, poster)
    stored = [{**file, "is_stored": True} for file in source.files]
    fields = _flatten(source.poster.model_dump(), source.texts, source.editions, stored)
    return Item(poster.slug, fields, source)


def _describe_edition(folder: CampaignFolder, edition: EditionEntry) -> dict[str, Any]:
    titles = {
        lang: edition.title[lang] for lang in folder.campaign.languages if lang in edition.title
    }
    return {
        **edition.model_dump(include={"id", "kind", "size", "run"}),
        **edition.price.model_dump(),
        "titles": titles,
    }


def _describe_file(folder: CampaignFolder, entry: FileEntry) -> dict[str, Any]:
    data = (folder.artwork / entry.name).read_bytes()
    return {
        **entry.model_dump(),
        "media_type": get_media_type(entry.name),
        **own_posters.describe_data(data),
    }


def _flatten_stored(stored: own_posters.StoredPoster) -> Fields:
    return _flatten(stored.row, stored.texts, stored.editions, stored.files)


def _flatten(
    row: Mapping[Any, Any],
    texts: Sequence[Mapping[Any, Any]],
    editions: Sequence[Mapping[Any, Any]],
    files: Sequence[Mapping[Any, Any]],
) -> Fields:
    return {
        **{name: row[name] for name in COLUMNS},
        **flatten_texts(texts, NAMES),
        "editions": [edition["id"] for edition in editions],
        **{f"editions.{e['id']}.{name}": e[name] for e in editions for name in EDITION_COLUMNS},
        "files": [file["name"] for file in files],
        **{
            f"files.{file['name']}.{name}": file[name]
            for file in files
            for name in (*FILE_COLUMNS, "is_stored")
        },
    }
