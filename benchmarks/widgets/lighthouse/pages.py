"""Every page that has a URL, filled by the sample campaign."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from imd_sdk import Client

TIMEOUT = 30
PERSON = "sample.reader@example.org"
CONFIRMATION = re.compile(r"/confirm/([\w-]+)")


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    is_indexed: bool = True
    """A page that is not must have noindex, and loses no points for it."""
    forms: tuple[str, ...] = ("mobile",)


def list_pages(address: str) -> Iterator[Page]:
    with Client(address) as campaign:
        event = next(iter(campaign.events.list())).id
        poster = next(iter(campaign.posters.list())).slug
        confirmed = _sign_and_read_token(campaign, address)
        campaign.confirmations.confirm(confirmed)
        private = [
            Page(
                "confirmation, before",
                f"/confirm/{_sign_and_read_token(campaign, address)}",
                is_indexed=False,
            ),
            Page("confirmation, after", f"/confirm/{confirmed}", is_indexed=False),
            Page("order", f"/orders/{_place_order(campaign, poster, address)}", is_indexed=False),
        ]
    yield from _list_widgets()
    yield from _list_indexed(event, poster)
    yield from private
    yield from _list_unindexed(event)


def _list_widgets() -> Iterator[Page]:
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


def _list_indexed(event: str, poster: str) -> Iterator[Page]:
    both = ("mobile", "desktop")
    yield Page("builder", "/", forms=both)
    yield Page("builder, a widget", "/?widget=events", forms=both)
    yield Page("petition", "/petitions/convention")
    yield Page("event", f"/events/{event}")
    yield Page("poster", f"/posters/{poster}")
    yield Page("screen", "/screen/convention")
    yield Page("check", "/check")
    yield Page("privacy", "/privacy")


def _list_unindexed(event: str) -> Iterator[Page]:
    yield Page("thanks for a signature", "/petitions/convention/thanks", is_indexed=False)
    yield Page("code of an e-mail", "/confirm", is_indexed=False)
    yield Page("thanks for an RSVP", f"/events/{event}/thanks", is_indexed=False)
    yield Page("events for a calendar", "/events/calendar", is_indexed=False)
    yield Page("share on Mastodon", "/share/mastodon", is_indexed=False)
    yield Page("check, with a finding", "/check?url=http://127.0.0.1/", is_indexed=False)


def _sign_and_read_token(campaign: Client, address: str) -> str:
    """Sign, and return the token of the confirmation e-mail that the demo shows."""
    before = set(_read_tokens(address))
    campaign.petitions.sign(
        "convention", name="Sample Reader", email=f"{len(before)}.{PERSON}", country="MX"
    )
    return _await_token(address, before)


def _await_token(address: str, before: set[str]) -> str:
    end = time.monotonic() + TIMEOUT
    while not (new := set(_read_tokens(address)) - before) and time.monotonic() < end:
        time.sleep(0.2)
    return new.pop()


def _read_tokens(address: str) -> list[str]:
    return CONFIRMATION.findall(httpx.get(f"{address}/demo/mail").text)


def _place_order(campaign: Client, poster: str, address: str) -> str:
    before = set(_read_tokens(address))
    reservation = campaign.posters.reserve(poster, edition="open", quantity=1)
    postal_address = {"lines": ["1 Sample Street"], "locality": "Mexico City", "country": "MX"}
    campaign.posters.order(
        reservation.token, name="Sample Reader", email=PERSON, address=postal_address
    )
    confirmed = campaign.confirmations.confirm(_await_token(address, before))
    return str(confirmed.model_dump()["order"])
