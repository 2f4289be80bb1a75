"""Where an export reads from: a campaign server, or the database of one that is gone."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from imd_cli.errors import CommandError

if TYPE_CHECKING:
    from imd_campaign.pagination import PageRequest
    from imd_sdk import Client
    from imd_sdk.bulk import ExportedFile

Item: TypeAlias = Mapping[str, Any]
Show: TypeAlias = Callable[[str], object]

DAY_SECONDS = 24 * 3600
PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class PetitionText:
    slug: str
    lang: str
    title: str
    target: str


class Source(Protocol):
    """Items are as in the HTTP API."""

    def list_petitions(self, lang: str | None) -> list[PetitionText]: ...

    def find_first(self, kind: str, selected: str | None) -> Item | None: ...

    def read_all(self, kind: str, selected: str | None) -> Iterator[Item]: ...

    def clean_up(self) -> None: ...


# --- a server ------------------------------------------------------------------------------------


class ServerSource:
    """Downloads each list to a hidden file beside the goal, from which an export continues."""

    def __init__(self, client: "Client", goal: Path, show: Show) -> None:
        self._client = client
        self._goal = goal
        self._show = show
        self._files: list[Path] = []

    def list_petitions(self, lang: str | None) -> list[PetitionText]:
        return [
            PetitionText(p.slug, p.lang, p.title, p.target)
            for p in self._client.petitions.list(lang=lang)
        ]

    def find_first(self, kind: str, selected: str | None) -> Item | None:
        """Return one item at most, so that a wrong key is noticed before the download."""
        moderation = self._client.moderation
        pagers: Mapping[str, Callable[[], Any]] = {
            "signatures": lambda: self._client.petitions.signatures(str(selected), limit=1),
            "orders": lambda: moderation.orders(state=selected, limit=1),
            "guests": lambda: moderation.attendances(event=selected, limit=1),
        }
        item = next(iter(pagers[kind]()), None)
        return None if item is None else item.model_dump(mode="json", by_alias=True)

    def read_all(self, kind: str, selected: str | None) -> Iterator[Item]:
        file = self._get_file(f"{self._client.base_url} {kind} {selected}")
        if not file.exists():
            self._download(kind, selected, file)
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)

    def _download(self, kind: str, selected: str | None, file: Path) -> None:
        from imd_sdk import bulk

        exports: Mapping[str, Callable[..., ExportedFile]] = {
            "signatures": partial(bulk.export_signatures, self._client, str(selected)),
            "orders": partial(bulk.export_orders, self._client, state=selected),
            "guests": partial(bulk.export_attendances, self._client, event=selected),
        }
        name = f"{kind} of {selected}" if selected else kind

        def report(done: "ExportedFile") -> None:
            self._show(f"{done.items:,} {name} read")

        exports[kind](file, progress=report)

    def _get_file(self, what: str) -> Path:
        """Return the file of a list; one of an interrupted export is used until it is a day old."""
        digest = hashlib.sha256(what.encode()).hexdigest()[:8]
        file = self._goal.with_name(f".{self._goal.name}.{digest}.jsonl")
        if file not in self._files:
            self._files.append(file)
            if not _is_recent(file):
                _delete_parts(file)
                _get_start(file).touch()
        return file

    def clean_up(self) -> None:
        for file in self._files:
            _delete_parts(file)


def _is_recent(file: Path) -> bool:
    """Return whether its first page was read within a day: later pages make it no newer."""
    start = _get_start(file)
    return start.exists() and time.time() - start.stat().st_mtime < DAY_SECONDS


def _get_start(file: Path) -> Path:
    """Return the empty file that is as old as the download."""
    return file.with_name(f"{file.name}.start")


def _delete_parts(file: Path) -> None:
    """Delete a downloaded list, and what `imd_sdk.bulk` writes until it is complete."""
    hidden = (file.with_name(f".{file.name}.{suffix}") for suffix in ("part", "cursor"))
    for path in (file, *hidden, _get_start(file)):
        path.unlink(missing_ok=True)


# --- a database ----------------------------------------------------------------------------------


class DatabaseSource:
    """Reads a database or a backup of one, without a server and without its secrets."""

    def __init__(self, database_url: str, show: Show) -> None:
        from imd_campaign.database_copy import engines
        from imd_campaign.db import Database, is_migrated, open_engine

        if engines.is_missing_file(database_url):
            raise CommandError("--database: there is no such file; check the path", status=2)
        self._database = Database(open_engine(database_url, connections=1))
        self._show = show
        with self._database.read() as connection:
            if not is_migrated(connection):
                raise CommandError(
                    "the database is of another version: migrate a copy of it (imd campaign "
                    "migrate), and export from that"
                )

    def list_petitions(self, lang: str | None) -> list[PetitionText]:
        from imd_campaign.petitions import store
        from imd_locale.negotiation import choose_language

        with self._database.read() as connection:
            slugs = {row["id"]: row["slug"] for row in store.list_all(connection)}
            texts = store.list_texts(connection, slugs)
        found = []
        for petition_id, slug in sorted(slugs.items(), key=lambda pair: pair[1]):
            chosen = choose_language(list(texts[petition_id]), lang)
            text = texts[petition_id][chosen]
            found.append(PetitionText(slug, chosen, text["title"], text["target"]))
        return found

    def find_first(self, kind: str, selected: str | None) -> Item | None:
        return next(self._iterate(kind, selected, 1), None)

    def read_all(self, kind: str, selected: str | None) -> Iterator[Item]:
        for number, item in enumerate(self._iterate(kind, selected, PAGE_SIZE), 1):
            self._show(f"{number:,} {kind} read")
            yield item

    def _iterate(self, kind: str, selected: str | None, page_size: int) -> Iterator[Item]:
        from imd_campaign.pagination import PageRequest

        readers = {"signatures": self._read_signatures, "orders": self._read_orders}
        if kind not in readers:
            raise CommandError(
                "guests are encrypted with the secret of the server, not for the organisation: "
                "start a server on the database, and export without --database",
                status=2,
            )
        after: Any = None
        while True:
            items, after = readers[kind](str(selected), PageRequest(page_size, after))
            yield from items
            if after is None:
                return

    def _read_signatures(self, slug: str, request: "PageRequest") -> tuple[Sequence[Item], Any]:
        from imd_campaign.petitions import service, store
        from imd_campaign.petitions.schemas import Signature

        with self._database.read() as connection:
            petition_id = service.require_petition(connection, slug)["id"]
            part = store.list_signatures(connection, petition_id, request)
        items = [Signature.model_validate(row).model_dump(mode="json") for row in part.items]
        return items, part.next

    def _read_orders(self, state: str, request: "PageRequest") -> tuple[Sequence[Item], Any]:
        from imd_campaign.posters import orders, store

        with self._database.read() as connection:
            part = store.list_orders(connection, state, request)
            numbers = store.list_numbers(connection, [row["id"] for row in part.items])
        items = [
            {
                "order": orders.make_bare_order(row, numbers.get(row["id"], [])).model_dump(
                    mode="json"
                ),
                "sealed": row["sealed"],
            }
            for row in part.items
        ]
        return items, part.next

    def clean_up(self) -> None:
        self._database.engine.dispose()
