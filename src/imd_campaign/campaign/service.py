from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from imd_campaign.campaign import store
from imd_campaign.campaign.schemas import Campaign, Links, Organisation
from imd_campaign.context import Context
from imd_campaign.db import Row
from imd_campaign.errors import NotFound
from imd_locale.negotiation import choose_language

MONTH, DAY = 12, 18
CONVENTION_ADOPTED = 1990  # https://undocs.org/A/RES/45/158
DAY_PROCLAIMED = 2000  # https://undocs.org/A/RES/55/93
EARLIEST = timezone(timedelta(hours=14))
LATEST = timezone(timedelta(hours=-12))


@dataclass(frozen=True, slots=True)
class CampaignDay:
    year: int

    @property
    def date(self) -> date:
        return date(self.year, MONTH, DAY)

    @property
    def convention_turns(self) -> int:
        return self.year - CONVENTION_ADOPTED

    @property
    def day_turns(self) -> int:
        return self.year - DAY_PROCLAIMED

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.date, time(), EARLIEST)

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.date + timedelta(days=1), time(), LATEST)


def get(context: Context, lang: str | None) -> Campaign:
    with context.database.read() as connection:
        row, texts = store.find(connection), store.list_texts(connection)
    if row is None or not texts:
        raise NotFound("The campaign has not been set up yet.")
    language = choose_language(list(texts), lang)
    day = CampaignDay(context.now().astimezone(UTC).year)
    return Campaign(
        name=texts[language]["name"],
        lang=language,
        languages=list(texts),
        day=day.date,
        year=day.year,
        convention_turns=day.convention_turns,
        day_turns=day.day_turns,
        begins_at=day.begins_at,
        ends_at=day.ends_at,
        petition=row["petition"],
        organisation=_make_organisation(row),
        links=_make_links(row),
    )


def _make_organisation(row: Row) -> Organisation | None:
    if not row["organisation"]:
        return None
    return Organisation(name=row["organisation"], contact=row["contact"])


def _make_links(row: Row) -> Links:
    return Links(
        website=row["website"],
        donate=row["donate"] or None,
        resources=row["resources"] or None,
    )
