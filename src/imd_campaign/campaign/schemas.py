from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel

from imd_campaign.field_types import Moment


class Organisation(BaseModel):
    name: str
    contact: str


class Links(BaseModel):
    website: str
    donate: str | None
    resources: str | None


class Campaign(BaseModel):
    name: str
    lang: str
    languages: Sequence[str]
    day: date
    year: int
    convention_turns: int
    day_turns: int
    begins_at: Moment
    ends_at: Moment
    petition: str | None
    organisation: Organisation | None
    links: Links
