"""Compare the files of a campaign with its database: nothing is written here."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.items import (
    Change,
    Current,
    FieldChange,
    Item,
    Kept,
    Kind,
    find_changes,
)
from imd_campaign.campaign_files.kinds.campaign_kind import CampaignKind
from imd_campaign.campaign_files.kinds.content_kinds import ResourceKind, ShareKitKind
from imd_campaign.campaign_files.kinds.event_kind import EventKind
from imd_campaign.campaign_files.kinds.petition_kind import PetitionKind
from imd_campaign.campaign_files.kinds.poster_kind import PosterKind
from imd_campaign.campaign_files.problems import InvalidFiles, Problem
from imd_campaign.context import Context
from imd_campaign.db import Connection

KINDS: Sequence[Kind] = (
    CampaignKind(),
    PetitionKind(),
    EventKind(),
    PosterKind(),
    ShareKitKind(),
    ResourceKind(),
)
HIDDEN = "(hidden)"
RENAMED = (
    "has the title of {kind} {old}, which the files do not have. A slug is part of URLs that "
    "people share, so it never changes: name it {old} again. If it is another {kind}, give it "
    "another title."
)


@dataclass(frozen=True, slots=True)
class Plan:
    changes: Sequence[Change]
    kept: Sequence[Kept]

    @property
    def digest(self) -> str:
        """Equal for equal changes: it shows whether the database has changed meanwhile."""
        changes = [[c.action, c.kind, c.key, *map(to_json, c.fields)] for c in self.changes]
        return hashlib.sha256(json.dumps(changes).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "changes": [
                {
                    "action": change.action,
                    "kind": change.kind,
                    "key": change.key,
                    "fields": [to_json(field) for field in change.fields],
                    "notes": list(change.notes),
                }
                for change in self.changes
            ],
            "kept": [{"kind": k.kind, "key": k.key, "note": k.note} for k in self.kept],
        }


def to_json(field: FieldChange) -> dict[str, Any]:
    old, new = (HIDDEN if field.is_hidden else _to_json(value) for value in (field.old, field.new))
    return {"name": field.name, "old": old, "new": new}


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def make_plan(
    context: Context, connection: Connection, folder: CampaignFolder, *, close_missing: bool = False
) -> Plan:
    """Compare all objects; raise `InvalidFiles` for changes that must not happen."""
    parts = [_compare(kind, context, connection, folder) for kind in KINDS]
    problems = [problem for part in parts for problem in part.find_problems(connection)]
    if problems:
        raise InvalidFiles(problems)
    closing = [c for part in parts for c in part.list_closing()] if close_missing else []
    closed = {(change.kind, change.key) for change in closing}
    return Plan(
        [*(change for part in parts for change in part.changes), *closing],
        [kept for part in parts for kept in part.kept if (kept.kind, kept.key) not in closed],
    )


def find_additions(
    context: Context, connection: Connection, folder: CampaignFolder
) -> Sequence[Change]:
    parts = [_compare(kind, context, connection, folder) for kind in KINDS]
    return [change for part in parts for change in part.changes if change.action == "add"]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is to be done about one kind of object."""

    kind: Kind
    wanted: Mapping[str, Item]
    current: Mapping[str, Current]
    changes: Sequence[Change]
    kept: Sequence[Kept]

    def find_problems(self, connection: Connection) -> Iterator[Problem]:
        for change in self.changes:
            current = self.current.get(change.key)
            for message in self.kind.find_refusals(connection, change, current):
                yield Problem(f"{self.kind.name} {change.key}", "", message)
            old = self._find_renamed(change) if self.kind.has_slug and current is None else None
            if old is not None:
                message = RENAMED.format(kind=self.kind.name, old=old)
                yield Problem(f"{self.kind.name} {change.key}", "", message)

    def _find_renamed(self, added: Change) -> str | None:
        titles = _list_titles(self.wanted[added.key].fields)
        missing = self.current.keys() - self.wanted.keys()
        return next(
            (key for key in sorted(missing) if titles & _list_titles(self.current[key].fields)),
            None,
        )

    def list_closing(self) -> Sequence[Change]:
        missing = sorted(self.current.keys() - self.wanted.keys())
        made = (self.kind.make_closing(key, self.current[key]) for key in missing)
        return [change for change in made if change is not None]


def _list_titles(fields: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(name, value) for name, value in fields.items() if name.startswith("title.")}


def _compare(kind: Kind, context: Context, connection: Connection, folder: CampaignFolder) -> _Part:
    wanted = {item.key: item for item in kind.list_wanted(folder)}
    current = kind.list_current(context, connection)
    changes, kept = [], []
    for key, item in wanted.items():
        made = _compare_item(kind, item, current[key]) if key in current else _add(kind, item)
        if isinstance(made, Change):
            changes.append(made)
        elif made is not None:
            kept.append(made)
    missing = (key for key in sorted(current) if key not in wanted)
    kept += [Kept(kind.name, key, kind.describe_kept(current[key])) for key in missing]
    return _Part(kind, wanted, current, changes, kept)


def _add(kind: Kind, item: Item) -> Change:
    hidden = kind.find_hidden({}, item.fields)
    fields = [FieldChange(n, None, v, n in hidden) for n, v in item.fields.items() if v is not None]
    return Change("add", kind.name, item.key, fields, source=item.source)


def _compare_item(kind: Kind, item: Item, current: Current) -> Change | Kept | None:
    hidden = kind.find_hidden(current.fields, item.fields)
    fields = find_changes(current.fields, item.fields, hidden)
    if not fields:
        return None
    if reason := kind.find_fixed(current, fields):
        return Kept(kind.name, item.key, reason)
    notes = kind.list_notes(current, fields)
    return Change("change", kind.name, item.key, fields, notes, item.source)
