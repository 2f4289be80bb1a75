"""Models written by hand, with the same fields as the SDK's."""

import httpx
from http_calls import make_calls
from pydantic import AwareDatetime, BaseModel


class Place(BaseModel):
    name: str | None
    address: str | None
    locality: str
    region: str | None
    country: str
    latitude: float
    longitude: float
    precision: str


class Event(BaseModel):
    id: str
    title: str
    description: str
    lang: str
    languages: list[str]
    kind: str
    state: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    time_zone: str
    online: bool
    url: str | None
    place: Place | None
    host: str
    capacity: int | None
    places_left: int | None
    distance_km: float | None
    updated_at: AwareDatetime


class Page(BaseModel):
    items: list[Event]
    next: str | None


class Receipt(BaseModel):
    status: str
    detail: str


CALLS = make_calls(
    httpx, Event.model_validate_json, Page.model_validate_json, Receipt.model_validate_json
)
