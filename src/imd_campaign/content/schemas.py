from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from imd_campaign.field_types import Moment


class Message(BaseModel):
    id: str
    text: str


class ShareKit(BaseModel):
    lang: str
    languages: Sequence[str]
    storm_at: Moment
    url: str
    hashtags: Sequence[str]
    messages: Sequence[Message]


class Resource(BaseModel):
    slug: str
    kind: Literal["background", "convention", "tip_sheet"]
    lang: str
    languages: Sequence[str]
    title: str
    summary: str
    body: str
    url: str | None
