"""The share kit and the resources."""

from collections.abc import Mapping, Sequence

from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.items import (
    Change,
    Current,
    Item,
    PlainKind,
    flatten_texts,
    list_texts,
)
from imd_campaign.campaign_files.schemas import ResourceEntry
from imd_campaign.content import store
from imd_campaign.context import Context
from imd_campaign.db import Connection

KEY = "share_kit"
KIT_NAMES = ("hashtags", "messages")
RESOURCE_NAMES = ("title", "summary", "body")
COLUMNS = ("kind", "url")


class _RemovableKind(PlainKind):
    def describe_kept(self, current: Current) -> str:  # noqa: ARG002 as in Kind
        return "stays public; --close-missing removes it"

    def make_closing(self, key: str, current: Current) -> Change | None:  # noqa: ARG002 as in Kind
        return Change("remove", self.name, key)


class ShareKitKind(_RemovableKind):
    name = "share kit"

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]:
        kit = folder.share_kit
        if kit is None:
            return []
        texts = list_texts(folder, kit.texts)
        values = {"storm": kit.at, "url": kit.url}
        fields = {"at": kit.at, "url": kit.url, **flatten_texts(texts, KIT_NAMES)}
        return [Item(KEY, fields, (values, texts))]

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]:  # noqa: ARG002 as in Kind
        row = store.find_share_kit(connection)
        if row is None:
            return {}
        texts = store.list_share_kit_texts(connection).values()
        fields = {"at": row["storm"], "url": row["url"], **flatten_texts(texts, KIT_NAMES)}
        return {KEY: Current(fields)}

    def write(
        self,
        context: Context,  # noqa: ARG002 as in Kind
        connection: Connection,
        changes: Sequence[Change],
    ) -> None:
        for change in changes:
            if change.action == "remove":
                store.delete_share_kit(connection)
            else:
                store.put_share_kit(connection, *change.source)


class ResourceKind(_RemovableKind):
    name = "resource"
    has_slug = True
    audit_prefix = "resource:"

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]:
        return [_make_item(folder, resource) for resource in folder.resources]

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]:  # noqa: ARG002 as in Kind
        rows = store.list_all(connection)
        texts = store.list_texts(connection, [row["slug"] for row in rows])
        return {
            row["slug"]: Current(
                {
                    **{name: row[name] for name in COLUMNS},
                    **flatten_texts(texts[row["slug"]].values(), RESOURCE_NAMES),
                }
            )
            for row in rows
        }

    def write(
        self,
        context: Context,  # noqa: ARG002 as in Kind
        connection: Connection,
        changes: Sequence[Change],
    ) -> None:
        for change in changes:
            if change.action == "remove":
                store.delete_resource(connection, change.key)
            else:
                store.put(connection, *change.source)


def _make_item(folder: CampaignFolder, resource: ResourceEntry) -> Item:
    values = resource.model_dump(include=set(COLUMNS))
    texts = list_texts(folder, resource.texts)
    fields = {**values, **flatten_texts(texts, RESOURCE_NAMES)}
    return Item(resource.slug, fields, ({"slug": resource.slug, **values}, texts))
