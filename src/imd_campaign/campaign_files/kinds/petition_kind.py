"""Petitions: their texts, goals and dates. Signatures stay whatever changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.items import (
    Change,
    Current,
    FieldChange,
    Item,
    PlainKind,
    flatten_texts,
    list_texts,
)
from imd_campaign.campaign_files.moments import resolve
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.petitions import store
from imd_campaign.petitions.service import get_state

NAMES = ("title", "summary", "text", "target")
COLUMNS = {
    "opens": "opens_at",
    "closes": "closes_at",
    "goal": "goal",
    "milestones": "milestones",
}
WORDS = ("title.", "text.", "target.")
CHANGED_TEXT = "{number:,} signatures were given for the earlier text."


class PetitionKind(PlainKind):
    name = "petition"
    has_slug = True
    audit_prefix = "petition:"

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]:
        return [self._make_item(folder, slug) for slug in folder.petitions]

    def _make_item(self, folder: CampaignFolder, slug: str) -> Item:
        petition = folder.petitions[slug]
        zone = petition.time_zone or folder.campaign.time_zone
        closes = petition.closes and resolve(petition.closes, zone).astimezone(UTC)
        fields = {
            "opens": resolve(petition.opens, zone).astimezone(UTC),
            "closes": closes,
            "goal": petition.goal,
            "milestones": petition.milestones,
        }
        texts = list_texts(folder, petition.texts)
        return Item(slug, {**fields, **flatten_texts(texts, NAMES)}, (fields, texts))

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]:
        rows = store.list_all(connection)
        texts = store.list_texts(connection, [row["id"] for row in rows])
        return {
            row["slug"]: Current(
                {
                    **{name: row[column] for name, column in COLUMNS.items()},
                    **flatten_texts(texts.get(row["id"], {}).values(), NAMES),
                },
                {"signatures": row["total"], "state": get_state(row, context.now())},
            )
            for row in rows
        }

    def list_notes(self, current: Current, changes: Sequence[FieldChange]) -> Sequence[str]:
        has_new_words = any(change.name.startswith(WORDS) for change in changes)
        number = current.facts["signatures"]
        return [CHANGED_TEXT.format(number=number)] if has_new_words and number else []

    def describe_kept(self, current: Current) -> str:
        if current.facts["state"] == "closed":
            return "is closed"
        return "stays open; --close-missing closes it"

    def make_closing(self, key: str, current: Current) -> Change | None:
        if current.facts["state"] == "closed":
            return None
        closing = FieldChange("closes", current.fields["closes"], "now")
        return Change("close", self.name, key, [closing])

    def write(self, context: Context, connection: Connection, changes: Sequence[Change]) -> None:
        now = context.now()
        for change in changes:
            if change.action == "close":
                store.close(connection, change.key, now)
                continue
            fields, texts = change.source
            values = {column: fields[name] for name, column in COLUMNS.items()}
            store.put(connection, {"slug": change.key, **values}, texts, now)
