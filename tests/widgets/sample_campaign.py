"""The test kit's campaign with the sample data of the widgets' tests.

Tests change the JSON that `SampleCampaign` sends through its attributes, also to values that no
campaign accepts, and let requests fail with the faults of the kit.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx

from imd_sdk.testing import InMemoryCampaign, Rejected, SignatureRecord, Unavailable

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FILLED_AT = NOW - timedelta(days=3, hours=2)
LINK_LIFETIME = timedelta(days=7)
"""How long a confirmation link is valid."""
SIGNER = "in-time@example.org"

SIGN = "POST /v1/petitions/{slug}/signatures"
ATTEND = "POST /v1/events/{event_id}/attendances"
RESERVE = "POST /v1/posters/{slug}/reservations"
ORDER = "POST /v1/orders"

EVENT: dict[str, Any] = {
    "event_id": "evt_1",
    "title": "Sample vigil",
    "description": "First paragraph.\n\nSecond paragraph.",
    "lang": "es",
    "kind": "vigil",
    "starts_at": "2026-12-18T18:00:00-06:00",
    "ends_at": "2026-12-18T20:00:00-06:00",
    "time_zone": "America/Mexico_City",
    "place": {
        "name": "Sample hall",
        "address": "1 Sample Street",
        "locality": "Mexico City",
        "country": "MX",
        "latitude": 19.4326,
        "longitude": -99.1332,
    },
    "capacity": 38,
}
HOME: dict[str, Any] = {
    "event_id": "evt_home",
    "host_token": "host",
    "host": {"name": "Sample Family", "email": "family@example.org"},
    "title": "Sample potluck",
    "description": "Bring a dish.",
    "kind": "potluck",
    "starts_at": "2026-12-18T19:00:00-06:00",
    "time_zone": "America/Mexico_City",
    "place": EVENT["place"] | {"address": "2 Secret Street", "private": True},
    "capacity": 6,
}
HOME_GUESTS: dict[Any, dict[str, Any]] = {
    "accepted": {"name": "First Guest", "email": "first@example.org", "guests": 2},
    "requested": {
        "name": "Second Guest",
        "email": "second@example.org",
        "message": "We met at the clinic.",
    },
    "waiting": {"name": "Third Guest", "email": "third@example.org", "guests": 4},
    "declined": {"name": "Fourth Guest", "email": "fourth@example.org"},
}
"""By status, which is also the token of the guest's link."""
PETITION: dict[str, Any] = {
    "title": "Ratify the Convention on the rights of all migrant workers",
    "summary": "Ask every State to ratify it.",
    "text": "First paragraph.\n\nSecond paragraph.",
    "target": "All Member States of the United Nations",
    "goal": 10000,
    "milestones": [1000, 5000, 10000],
    "opens_at": datetime(2026, 10, 1, tzinfo=UTC),
}
PRINT = bytes(3_400_000)
PREVIEW = b"<svg xmlns='http://www.w3.org/2000/svg' width='5' height='7'></svg>"
POSTER: dict[str, Any] = {
    "title": "Many Paths",
    "description": "First paragraph.\n\nSecond paragraph.",
    "alternative_text": "A tree before a large red sun.",
    "price": 2500,
    "limited_price": 9000,
    "run": 100,
    "sold": 63,
    "files": {"many-paths.pdf": PRINT},
    "previews": {"many-paths.svg": PREVIEW},
}
BUYER: dict[str, Any] = {
    "name": "Sample Buyer",
    "email": "buyer@example.org",
    "address": {
        "lines": ["1 Sample Street", "Sample House"],
        "postal_code": "00100",
        "locality": "Sampletown",
        "country": "KE",
    },
}
HOST = {"name": "Sample Host", "email": SIGNER}
MESSAGES = {
    "convention": "A border takes no right away. Add your name:",
    "family": "Every family, everywhere.",
}


def fill(campaign: InMemoryCampaign) -> None:
    """Add the sample data to an empty campaign, and move its clock to NOW."""
    campaign.set_campaign(name="International Migrants Day", petition="convention")
    campaign.set_share_kit(MESSAGES, hashtags=["MigrantRights", "ManyPaths"])
    campaign.add_petition("convention", **PETITION)
    campaign.add_signature("convention", email="late@example.org", token="old")
    campaign.clock.advance(LINK_LIFETIME.total_seconds())
    campaign.add_event(**EVENT)
    campaign.clock.advance((NOW - FILLED_AT).total_seconds())
    campaign.add_signature("convention", email=SIGNER, token="good")
    campaign.add_signature("convention", email="stranger@example.org", token="rejected")
    campaign.client().confirmations.reject("rejected")
    campaign.requests.clear()
    campaign.add_poster("many-paths", **POSTER)


@cache
def read_originals() -> dict[str, Any]:
    """Return what the campaign sends before a test changes it."""
    campaign = InMemoryCampaign(now=FILLED_AT - LINK_LIFETIME, sample=False)
    fill(campaign)
    paths = {
        "campaign": "/v1/campaign",
        "petition": "/v1/petitions/convention",
        "event": "/v1/events/evt_1",
        "poster": "/v1/posters/many-paths",
        "share_kit": "/v1/share-kit",
    }
    with httpx.Client(transport=campaign.transport(), base_url=campaign.url) as http:
        return {name: http.get(path).json() for name, path in paths.items()}


def apply_changes(sent: Any, original: Any, wanted: Any) -> Any:
    """Return `sent` with the differences of `wanted` from `original`."""
    if wanted == original:
        return sent
    if isinstance(sent, dict) and isinstance(original, dict) and isinstance(wanted, dict):
        changed = {
            name: apply_changes(sent.get(name), original.get(name), value)
            for name, value in wanted.items()
        }
        return sent | changed
    lists = [part for part in (sent, original, wanted) if isinstance(part, list)]
    if len(lists) == len((sent, original, wanted)) and len(set(map(len, lists))) == 1:
        return [apply_changes(*parts) for parts in zip(*lists, strict=True)]
    return wanted


class SampleCampaign(InMemoryCampaign):
    """The kit's campaign, whose responses a test may change."""

    def __init__(self) -> None:
        super().__init__(now=FILLED_AT - LINK_LIFETIME, sample=False)
        fill(self)
        originals = json.loads(json.dumps(read_originals()))
        self.campaign: dict[str, Any] = originals["campaign"]
        self.petition: dict[str, Any] = originals["petition"]
        self.event: dict[str, Any] = originals["event"]
        self.poster: dict[str, Any] = originals["poster"]
        self.poster["editions"][1]["title"] = "Silk-screened and numbered"
        self.share_kit: dict[str, Any] = originals["share_kit"]
        self.events: list[dict[str, Any]] = []
        self.places: list[dict[str, Any]] = []
        self.signers: list[dict[str, Any]] = []
        """Whole lists that replace the campaign's own, unless they are empty."""
        self.posters: list[dict[str, Any]] | None = None
        """The same, unless it is None."""
        self.total = 1234
        """Signatures besides those that the campaign received."""
        self.poll_after = 60
        self._is_down = False
        self._change_responses()

    def _change_responses(self) -> None:
        changes = {
            "/v1/campaign": lambda sent: self._change("campaign", sent),
            "/v1/share-kit": lambda sent: self._change("share_kit", sent),
            "/v1/petitions": lambda sent: self._change_items("petition", sent),
            "/v1/petitions/convention": lambda sent: self._change("petition", sent),
            "/v1/petitions/convention/count": self._change_count,
            "/v1/petitions/convention/places": lambda sent: self._replace("places", sent),
            "/v1/petitions/convention/signers": self._change_signers,
            "/v1/events": self._change_events,
            "/v1/events/evt_1": lambda sent: self._change("event", sent),
            "/v1/posters": self._change_posters,
            "/v1/posters/many-paths": lambda sent: self._change("poster", sent),
        }
        for path, change in changes.items():
            self.change_responses(change, on=f"GET {path}")

    def _change(self, name: str, sent: Any) -> Any:
        return apply_changes(sent, read_originals()[name], getattr(self, name))

    def _replace(self, name: str, sent: Any) -> Any:
        return as_page(getattr(self, name)) if getattr(self, name) else sent

    def _change_signers(self, sent: Any) -> Any:
        """Send as many as were asked for, since widgets show all that they get."""
        page = self._replace("signers", sent)
        return page | {"items": page["items"][: int(self.requests[-1].query["limit"][0])]}

    def _change_items(self, name: str, sent: Any) -> Any:
        return as_page([self._change(name, item) for item in sent["items"]])

    def _change_count(self, sent: Any) -> Any:
        return sent | {
            "total": sent["total"] + self.total,
            "goal": self.petition["goal"],
            "poll_after": self.poll_after,
        }

    def _change_events(self, sent: Any) -> Any:
        return as_page(self.events) if self.events else self._change_items("event", sent)

    def _change_posters(self, sent: Any) -> Any:
        return self._change_items("poster", sent) if self.posters is None else as_page(self.posters)

    def replace_files(self, **files: dict[str, bytes]) -> None:
        """Replace the poster's `files` or `previews`."""
        self.add_poster("many-paths", **POSTER | files)

    def remove(self, *paths: str) -> None:
        """Respond as if nothing had ever been at these paths."""
        for path in paths:
            self.fail_next(Rejected("not-found"), times=None, on=f"GET {path}")

    @property
    def down(self) -> bool:
        """Whether all requests fail; a change removes all other faults."""
        return self._is_down

    @down.setter
    def down(self, is_down: bool) -> None:
        self._is_down = is_down
        self.clear_faults()
        if is_down:
            self.fail_next(Unavailable(), times=None)

    @property
    def signature(self) -> SignatureRecord:
        """The signature that /confirm/good confirms."""
        return next(s for s in self.signatures("convention") if s.email == SIGNER)

    def attend(self, *, guests: int = 2, email: str = "guest@example.org") -> str:
        """Sign up for the sample event; return the path of the link in the e-mail."""
        self.client().events.attend("evt_1", name="Sample Guest", email=email, guests=guests)
        return f"/confirm/{self.mail[-1].token}"

    def submit_event(self, **changes: Any) -> str:
        """Submit an event like the sample event; return the path of the link in the e-mail."""
        event = {name: value for name, value in EVENT.items() if name != "event_id"}
        host = {"name": "Sample Host", "email": "host@example.org"}
        event |= {"title": "Sample potluck", "host": host, **changes}
        self.client().events.submit(**event)
        return f"/confirm/{self.mail[-1].token}"

    def order_prints(self, *, edition: str = "limited", quantity: int = 2, **changes: Any) -> str:
        """Order prints; return the path of the link in the e-mail."""
        posters = self.client().posters
        held = posters.reserve("many-paths", edition=edition, quantity=quantity)
        posters.order(held.token, **BUYER | changes)
        return f"/confirm/{self.mail[-1].token}"

    def add_home(self) -> None:
        """Add a potluck at a private home with guests, and links for its host and two of them."""
        self.add_event(**HOME)
        for status, details in HOME_GUESTS.items():
            self.add_attendance("evt_home", status=status, token=status, **details)

    def ask_for_data(self, email: str = SIGNER) -> str:
        """Ask for the link to one's own data; return its path."""
        self.client().personal_data.request_link(email=email)
        return f"/your-data/{self.mail[-1].token}"

    @property
    def calls(self) -> list[str]:
        """The method and path of each request."""
        return [f"{request.method} {request.path}" for request in self.requests]

    @property
    def received(self) -> list[Any]:
        """The JSON of each request that has a body."""
        return [request.json for request in self.requests if request.content]

    @property
    def keys(self) -> list[str]:
        """The idempotency key of each request that has a body."""
        return [request.headers["idempotency-key"] for request in self.requests if request.content]


def leave_data(campaign: SampleCampaign) -> str:
    """Leave everything that can be kept about one mailbox; return the path of its page."""
    client, clock = campaign.client(), campaign.clock
    client.confirmations.confirm("good", public=True, updates=True)
    for path in (campaign.attend(email=SIGNER), campaign.submit_event(host=HOST)):
        client.confirmations.confirm(path.rpartition("/")[2])
    clock.advance(hours=2)
    order = campaign.order_prints(email=SIGNER)
    client.confirmations.confirm(order.rpartition("/")[2])
    campaign.submit_event(host=HOST, title="Another potluck")
    return campaign.ask_for_data()


def publish_numbers(campaign: SampleCampaign, source: str = "sample-union") -> str:
    """Publish 20 of a partner's 23 signatures; return the path of the partner's page."""
    token = campaign.partner_link(source)
    partner = campaign.client(api_key=campaign.key("signatures:attest", partner=source))
    for number in range(23):
        partner.petitions.attest("convention", name="X", country="KE", reference=f"1.{number}")
    campaign.clock.advance(days=1)
    return f"/partners/{token}"


def list_events(campaign: InMemoryCampaign, events: Sequence[dict[str, Any]]) -> None:
    """Make the campaign list these events, page by page; their values need not be valid."""
    by_id = {event["id"]: event for event in events}
    for event in events:
        campaign.add_event(event_id=event["id"], starts_at=event["starts_at"])
    campaign.change_responses(
        lambda sent: sent | {"items": [by_id[item["id"]] for item in sent["items"]]},
        on="GET /v1/events",
    )


def as_page(items: list[Any]) -> dict[str, Any]:
    return {"items": items, "next": None}
