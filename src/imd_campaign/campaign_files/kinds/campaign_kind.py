"""The campaign itself: names, languages and links."""

from collections.abc import Mapping, Sequence

from imd_campaign.campaign import store
from imd_campaign.campaign_files.folder import CampaignFolder
from imd_campaign.campaign_files.items import Change, Current, Item, PlainKind, flatten_texts
from imd_campaign.context import Context
from imd_campaign.db import Connection

KEY = "campaign"
COLUMNS = ("petition", "organisation", "contact", "website", "donate", "resources")


class CampaignKind(PlainKind):
    name = "campaign"

    def list_wanted(self, folder: CampaignFolder) -> Sequence[Item]:
        campaign = folder.campaign
        organisation = campaign.organisation
        names = [{"lang": lang, "name": campaign.name[lang]} for lang in campaign.languages]
        values = {
            "petition": campaign.petition,
            "organisation": organisation.name if organisation else "",
            "contact": organisation.contact if organisation else "",
            **campaign.links.model_dump(),
        }
        fields = {**values, **flatten_texts(names, ("name",))}
        return [Item(KEY, fields, (values, names))]

    def list_current(self, context: Context, connection: Connection) -> Mapping[str, Current]:  # noqa: ARG002 as in Kind
        row = store.find(connection)
        if row is None:
            return {}
        texts = store.list_texts(connection).values()
        values = {name: row[name] for name in COLUMNS}
        return {KEY: Current({**values, **flatten_texts(texts, ("name",))})}

    def write(
        self,
        context: Context,  # noqa: ARG002 as in Kind
        connection: Connection,
        changes: Sequence[Change],
    ) -> None:
        for change in changes:
            store.put(connection, *change.source)
