"""The objects of a campaign as flat fields, so that files and database can be compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.context import Context
from imd_campaign.db import Connection

Fields = Mapping[str, Any]
Texts = Sequence[dict[str, Any]]
Action = Literal["add", "change", "close", "remove"]


@dataclass(frozen=True, slots=True)
class Item:
    """An object as the files describe it; `source` is its model."""

    key: str
    fields: Fields
    source: Any


@dataclass(frozen=True, slots=True)
class Current:
    """An object of the database: fields that are compared, and facts that are not."""

    fields: Fields
    facts: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    old: Any
    new: Any
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    action: Action
    kind: str
    key: str
    fields: Sequence[FieldChange] = ()
    notes: Sequence[str] = ()
    source: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """An object of the database that the files do not have, or cannot change any more."""

    kind: str
    key: str
    note: str


class Kind(Protocol):
    """What the files say about one kind of object, what the database has, and how to change it."""

    name: str
    has_slug: bool
    keeps_values_in_audit: bool
    audit_prefix: str

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]: ...

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]: ...

    def find_hidden(self, old: Fields, new: Fields) -> frozenset[str]:
        """Return the fields whose values are shown to nobody."""
        ...

    def find_fixed(self, current: Current, changes: Sequence[FieldChange]) -> str | None:
        """Return why an object stays as it is, or None."""
        ...

    def find_refusals(
        self, connection: Connection, change: Change, current: Current | None
    ) -> Iterator[str]:
        """Explain what of a change must not happen."""
        ...

    def list_notes(self, current: Current, changes: Sequence[FieldChange]) -> Sequence[str]: ...

    def describe_kept(self, current: Current) -> str: ...

    def make_closing(self, key: str, current: Current) -> Change | None:
        """Return what `close_missing` does with an object that the files do not have."""
        ...

    def write(
        self, context: Context, connection: Connection, changes: Sequence[Change]
    ) -> None: ...


class PlainKind:
    """A kind without fields to hide and without rules of its own."""

    name = ""
    has_slug = False
    keeps_values_in_audit = True
    audit_prefix = ""

    def find_hidden(self, old: Fields, new: Fields) -> frozenset[str]:  # noqa: ARG002 as in Kind
        return frozenset()

    def find_fixed(self, current: Current, changes: Sequence[FieldChange]) -> str | None:  # noqa: ARG002 as in Kind
        return None

    def find_refusals(
        self,
        connection: Connection,  # noqa: ARG002 as in Kind
        change: Change,  # noqa: ARG002 as in Kind
        current: Current | None,  # noqa: ARG002 as in Kind
    ) -> Iterator[str]:
        return iter(())

    def list_notes(self, current: Current, changes: Sequence[FieldChange]) -> Sequence[str]:  # noqa: ARG002 as in Kind
        return ()

    def describe_kept(self, current: Current) -> str:  # noqa: ARG002 as in Kind
        return "stays public"

    def make_closing(self, key: str, current: Current) -> Change | None:  # noqa: ARG002 as in Kind
        return None


def list_texts(folder: CampaignFolder, texts: Mapping[str, BaseModel]) -> Texts:
    """Return texts as rows, in the order of the campaign's languages."""
    order = folder.campaign.languages
    return [{"lang": lang, **texts[lang].model_dump()} for lang in order if lang in texts]


def flatten_texts(texts: Iterable[Mapping[Any, Any]], names: Sequence[str]) -> dict[str, Any]:
    """Return the fields of texts: `languages`, and `title.en` and the like."""
    rows = list(texts)
    flat = {f"{name}.{row['lang']}": row[name] for row in rows for name in names}
    return {"languages": [row["lang"] for row in rows], **flat}


def find_changes(old: Fields, new: Fields, hidden: frozenset[str]) -> list[FieldChange]:
    names = [*new, *(name for name in old if name not in new)]
    return [
        FieldChange(name, old.get(name), new.get(name), name in hidden)
        for name in names
        if old.get(name) != new.get(name)
    ]
