"""Every page that has an address, as a sample campaign fills it."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from imd_sdk import Client

PATIENCE = 30
PERSON = "sample.reader@example.org"
CONFIRMATION = re.compile(r"/confirm/([\w-]+)")


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    listed: bool = True
    """What is not must ask search engines to stay away, and is not marked down for it."""
    forms: tuple[str, ...] = ("mobile",)


def pages(address: str) -> Iterator[Page]:
    with Client(address) as campaign:
        event = next(iter(campaign.events.list())).id
        poster = next(iter(campaign.posters.list())).slug
        confirmed = _token(campaign, address)
        campaign.petitions.confirm(confirmed)
        private = [
            Page("confirmation, to press", f"/confirm/{_token(campaign, address)}", listed=False),
            Page("confirmation, pressed", f"/confirm/{confirmed}", listed=False),
            Page("order", f"/orders/{_order(campaign, poster)}", listed=False),
        ]
    yield from _widgets()
    yield from _listed(event, poster)
    yield from private
    yield from _unlisted(event)


def _widgets() -> Iterator[Page]:
    yield Page("counter", "/w/counter/convention")
    yield Page("counter, with all", "/w/counter/convention?show=milestones,places,signers")
    yield Page("countdown", "/w/countdown")
    yield Page("countdown, seconds", "/w/countdown?seconds=on&zone=America/Mexico_City")
    yield Page("event map", "/w/events")
    yield Page("event map, a region", "/w/events?view=europe")
    yield Page("event list", "/w/event-list")
    yield Page("event list, near", "/w/event-list?near=Mexico+City&radius_km=500")
    yield Page("posters", "/w/posters")
    yield Page("share storm", "/w/share")
    yield Page("sign", "/w/sign/convention")
    yield Page("sign, own colours", "/w/sign/convention?accent=0a7d5a&corners=round&font=serif")


def _listed(event: str, poster: str) -> Iterator[Page]:
    both = ("mobile", "desktop")
    yield Page("builder", "/", forms=both)
    yield Page("builder, a widget", "/?widget=events", forms=both)
    yield Page("petition", "/petitions/convention")
    yield Page("event", f"/events/{event}")
    yield Page("poster", f"/posters/{poster}")
    yield Page("screen", "/screen/convention")
    yield Page("check", "/check")
    yield Page("privacy", "/privacy")


def _unlisted(event: str) -> Iterator[Page]:
    yield Page("thanks for a signature", "/petitions/convention/thanks", listed=False)
    yield Page("thanks for an answer", f"/events/{event}/thanks?answer=accepted", listed=False)
    yield Page("events into a calendar", "/events/calendar", listed=False)
    yield Page("share on Mastodon", "/share/mastodon", listed=False)
    yield Page("check, with a finding", "/check?url=http://127.0.0.1/", listed=False)


def _token(campaign: Client, address: str) -> str:
    """Of the letter to somebody who has just signed, as the demo shows its mail."""
    before = set(_letters(address))
    campaign.petitions.sign(
        "convention", name="Sample Reader", email=f"{len(before)}.{PERSON}", country="MX"
    )
    end = time.monotonic() + PATIENCE
    while not (new := set(_letters(address)) - before) and time.monotonic() < end:
        time.sleep(0.2)
    return new.pop()


def _letters(address: str) -> list[str]:
    return CONFIRMATION.findall(httpx.get(f"{address}/demo/mail").text)


def _order(campaign: Client, poster: str) -> str:
    held = campaign.posters.reserve(poster, edition="open", quantity=1)
    where = {"lines": ["1 Sample Street"], "locality": "Mexico City", "country": "MX"}
    return campaign.posters.order(held.id, name="Sample Reader", email=PERSON, address=where).id
