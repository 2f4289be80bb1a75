"""A campaign in memory that keeps the contract of the real one."""

from __future__ import annotations

import mimetypes
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import httpx
from pydantic import BaseModel

from imd_sdk import _calls
from imd_sdk.client import AsyncClient, Client
from imd_sdk.testing import (
    _confirmations,
    _events,
    _moderation,
    _sample,
    _schemas,
    _submissions,
    _validation,
    faults,
)
from imd_sdk.testing._fault_injection import FaultInjector
from imd_sdk.testing._problems import Rejection
from imd_sdk.testing._routes import SCOPES, find_route
from imd_sdk.testing._server import Server
from imd_sdk.testing._state import (
    NOBODY,
    Event,
    File,
    Guest,
    Partner,
    Petition,
    Poster,
    Resource,
    Signature,
    State,
    mailbox,
)
from imd_sdk.testing._transport import make_transport
from imd_sdk.testing.clock import Clock
from imd_sdk.testing.records import (
    AttendanceRecord,
    Email,
    OrderRecord,
    ReceivedRequest,
    SignatureRecord,
    SubmissionRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from types import ModuleType

    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook
    from imd_sdk.models import NewHost, NewPlace
    from imd_sdk.testing._requests import Request, Response
    from imd_sdk.testing._state import Order, Reservation

__all__ = ["InMemoryCampaign"]
C = TypeVar("C", Client, AsyncClient)
B = TypeVar("B", bound=BaseModel)
A = TypeVar("A", Signature, Event, Guest)


class InMemoryCampaign:
    """A campaign for tests: no sockets, no database, and the real contract.

    ::

        campaign = InMemoryCampaign()
        with campaign.client() as imd:
            imd.petitions.sign(
                "convention", name="Sample Person", email="sample@example.org", country="KE"
            )
        assert campaign.signatures("convention")[0].country == "KE"

    Its clients are real and send real requests, which `requests` records. It contains sample
    data: the petition ``convention``, a few events (one online, one at a private home), the poster
    ``many-paths`` in an open and a limited edition of ten, a share kit and two resources; with
    ``sample=False`` it is empty. It is safe to use from many threads.
    """

    url: str = "https://campaign.example"

    def __init__(self, *, now: datetime | None = None, sample: bool = True) -> None:
        """Start the clock at ``now``, an aware datetime; None: the current time.

        The sample's events are on the coming 18 December, at least a week ahead.
        """
        self.clock: Clock = Clock(now)
        """The clock of this campaign and its clients; move it with ``clock.advance``."""
        self.requests: list[ReceivedRequest] = []
        """The requests received, oldest first, including those that met a fault."""
        self._state = State(self.clock)
        self._server = Server(self._state)
        self._injector = FaultInjector(self._server, self.clock)
        self._lock = RLock()
        if sample:
            _sample.fill(self._state)

    # -------------------------------------------------------------- clients

    def client(
        self,
        *,
        api_key: str | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
        library: ModuleType = httpx,
    ) -> Client:
        """Create a client of this campaign whose retries wait on the campaign's clock.

        ``library`` is ``httpx`` or ``httpx2``. The environment is not read, and nothing needs to be
        closed.
        """
        client = Client(
            self.url,
            api_key=api_key,
            http_client=library.Client(transport=self.transport(library), trust_env=False),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
            hooks=hooks,
            cache=cache,
        )
        return self._with_clock(client, api_key, self.clock.wait)

    def async_client(
        self,
        *,
        api_key: str | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
        library: ModuleType = httpx,
    ) -> AsyncClient:
        """Create an async client of this campaign, like `client`."""
        client = AsyncClient(
            self.url,
            api_key=api_key,
            http_client=library.AsyncClient(transport=self.transport(library), trust_env=False),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
            hooks=hooks,
            cache=cache,
        )
        return self._with_clock(client, api_key, self.clock.wait_async)

    def transport(self, library: ModuleType = httpx) -> Any:
        """Create a transport for your own ``httpx.Client`` or ``httpx.AsyncClient``.

        A `Client` that you create with it waits in real time.
        """
        return make_transport(library, self._serve)

    def key(self, *scopes: str, partner: str = "sample-partner") -> str:
        """Create an API key with these scopes, such as ``events:moderate``, or with none.

        ``partner`` is the source of the partner that it belongs to.
        """
        if unknown := set(scopes) - SCOPES:
            raise ValueError(
                f"unknown scope {', '.join(sorted(unknown))}; "
                f"the scopes are {', '.join(sorted(SCOPES))}"
            )
        key = self._state.new("imd_")
        self._state.keys[key] = frozenset(scopes)
        self._state.key_partners[key] = self._add_partner(partner)
        return key

    def partner_link(self, partner: str = "sample-partner") -> str:
        """Create a link to a partner's own page; return its token, for ``partners.page``."""
        token = self._state.new("")
        self._state.partner_links[token] = self._add_partner(partner)
        return token

    def _add_partner(self, source: str) -> str:
        name = source.replace("-", " ").title()
        self._state.partners.setdefault(source, Partner(source, name))
        return source

    def _with_clock(self, client: C, api_key: str | None, wait: Callable[[float], Any]) -> C:
        """Use the campaign's clock, and the longest possible delays."""
        driver: Any = client._driver
        if not api_key:
            driver.terms.headers.pop("Authorization", None)
        driver.terms = replace(driver.terms, draw=lambda _, high: high, clock=self.clock.monotonic)
        driver.wait = wait
        return client

    # -------------------------------------------------------------- records

    @property
    def mail(self) -> tuple[Email, ...]:
        """The e-mails that would have been sent, oldest first.

        At most three e-mails about what was submitted in its name go to a mailbox in an hour, and
        six in a day. The others go out with a later request, once ``clock`` has moved on.
        """
        return tuple(self._state.mail)

    def signatures(self, petition: str) -> list[SignatureRecord]:
        """The signatures received, oldest first, one per person; not those that were rejected."""
        found = self._list_signatures(self._state.petitions[petition])
        return [_make_signature_record(signature) for signature in found if signature.email]

    def _list_signatures(self, petition: Petition) -> list[Signature]:
        pending = _confirmations.list_pending(self._state, "signature")
        waiting = [entered.signature for entered in pending if entered.petition is petition]
        return _sort_by_age([*waiting, *petition.signatures.values()])

    def submissions(self) -> list[SubmissionRecord]:
        """The submitted events, oldest first, confirmed or not; without the sample events."""
        pending = _confirmations.list_pending(self._state, "event")
        events = [*self._state.events.values(), *(entered.event for entered in pending)]
        return [
            SubmissionRecord(event.id, _any(event.state), event.form.model_dump(mode="json"))
            for event in _sort_by_age(events)
            if event.form.host.email != NOBODY
        ]

    def attendances(self, event: str | None = None) -> list[AttendanceRecord]:
        """The attendances of one event or of all, oldest first, confirmed or not."""
        pending = _confirmations.list_pending(self._state, "attendance")
        guests = [*_moderation.guests(self._state), *(entered.guest for entered in pending)]
        return [
            AttendanceRecord(g.id, g.event, g.name, g.email, g.guests, _any(g.status), g.message)
            for g in _sort_by_age(guests)
            if event in {None, g.event}
        ]

    def orders(self) -> list[OrderRecord]:
        """The orders, oldest first: those that were confirmed, then those that wait for it."""
        placed = [
            _make_order_record(order, order.buyer, order.id, order.state, order.numbers)
            for order in self._state.orders.values()
        ]
        pending = _confirmations.list_pending(self._state, "order")
        return placed + [
            _make_order_record(entered.reservation, entered.buyer) for entered in pending
        ]

    # -------------------------------------------------------------- faults

    def fail_next(
        self, fault: faults.Fault, *, times: int | None = 1, on: str | None = None
    ) -> None:
        """Make the next requests fail with a `Fault`.

        ``times`` counts requests, including retries; None: all requests until `clear_faults`.
        ``on`` selects them: ``POST``, ``GET /v1/petitions/{slug}`` or
        ``GET /v1/petitions/convention``.
        Each request meets one fault, in the order in which the faults were added.
        """
        self._injector.add(fault, times, on)

    def clear_faults(self) -> None:
        """Remove the faults that no request has met yet."""
        self._injector.clear()

    def change_responses(self, change: Callable[[Any], Any], *, on: str | None = None) -> None:
        """Change the JSON of successful responses, for values that this version does not send.

        ``change`` gets the JSON of each response and returns the JSON to send instead. ``on``
        selects the requests as in `fail_next`.
        """
        self._server.change_responses(change, on)

    def _serve(self, request: Request) -> Response:
        with self._lock:
            route, _, _ = find_route(request.method, request.path)
            received = _make_received_request(request, route.path if route else None)
            self.requests.append(received)
            return self._injector.handle(request, received)

    # -------------------------------------------------------------- data

    def add_petition(
        self,
        slug: str,
        *,
        title: str = "Sample petition",
        summary: str = "A sample.",
        text: str = "A sample.",
        target: str = "All",
        goal: int = 1000,
        milestones: Iterable[int] | None = None,
        opens_at: datetime | None = None,
        closes_at: datetime | None = None,
    ) -> None:
        """Add a petition that opens now, or at ``opens_at``.

        The default milestone is the goal.
        """
        texts = {"title": title, "summary": summary, "text": text, "target": target}
        self._state.petitions[slug] = Petition(
            slug,
            {"en": texts},
            goal,
            [goal] if milestones is None else list(milestones),
            opens_at or self.clock.now(),
            closes_at,
        )

    def add_signature(
        self,
        petition: str,
        *,
        name: str = "Sample Person",
        email: str = "sample@example.org",
        country: str = "KE",
        lang: str | None = None,
        confirmed: bool = False,
        public: bool = False,
        updates: bool = False,
        token: str | None = None,
    ) -> str:
        """Add a signature by a person who has not signed yet; returns its confirmation token.

        It waits for confirmation, unless ``confirmed``; ``public`` and ``updates`` are chosen when
        confirming. No e-mail is recorded. With ``token`` you choose the token, so that the URL of
        its page is known.
        """
        if (public or updates) and not confirmed:
            raise ValueError("public and updates are chosen when confirming: pass confirmed=True")
        call = _calls.sign(petition, name=name, email=email, country=country, lang=lang)
        found, form = self._state.petitions[petition], _parse(_schemas.SignatureForm, call.body)
        box = mailbox(form.email)
        if any(box == other.mailbox for other in self._list_signatures(found)):
            raise ValueError("this e-mail address has already signed")
        submission = _submissions.make_signature(self._state, found, form)
        if confirmed:
            choices = _schemas.ConfirmationForm(public=public, updates=updates)
            submission.take_effect(self._state, choices)
        return _confirmations.add(self._state, submission, token).token

    def add_signatures(self, petition: str, country: str, count: int) -> None:
        """Add confirmed signatures without names, to change the counts."""
        found, now = self._state.petitions[petition], self.clock.now()
        chosen = {"lang": None, "public": False, "updates": False, "source": None}
        for _ in range(count):
            identity = self._state.new("sig_")
            found.signatures[identity] = Signature(
                identity,
                mailbox=identity,
                name="",
                email="",
                created_at=now,
                chosen={"country": country, **chosen},
                confirmed_at=now,
            )

    def add_event(
        self,
        *,
        title: str = "Sample event",
        description: str = "A sample.",
        kind: str = "gathering",
        starts_at: datetime | str | None = None,
        ends_at: datetime | str | None = None,
        time_zone: str = "Etc/UTC",
        host: NewHost | None = None,
        lang: str = "en",
        languages: Iterable[str] | None = None,
        place: NewPlace | None = None,
        online: bool = False,
        url: str | None = None,
        capacity: int | None = None,
        event_id: str | None = None,
        host_token: str | None = None,
    ) -> str:
        """Add a public event, validated like ``events.submit``; returns its id.

        The default start is 18:00 UTC on the next 18 December; the default place is a sample
        hall, or online; the default id is a new one. With ``host_token`` you choose what
        ``client.hosted_events`` takes.
        """
        call = _calls.submit(
            title=title,
            description=description,
            kind=kind,
            starts_at=starts_at or f"{_sample.coming_day(self.clock.now())}T18:00:00+00:00",
            ends_at=ends_at,
            time_zone=time_zone,
            host=host or {"name": "Sample Group", "email": NOBODY},
            lang=lang,
            languages=None if languages is None else list(languages),
            place=place or (None if online else _HALL),
            online=online,
            url=url or ("https://campaign.example/online" if online else None),
            capacity=capacity,
        )
        form = _parse(_schemas.EventForm, call.body)
        event = _events.put(self._state, form, event_id)
        event.token = host_token or event.token
        return event.id

    def add_attendance(
        self,
        event: str,
        *,
        name: str = "Sample Guest",
        email: str = "guest@example.org",
        guests: int = 0,
        message: str | None = None,
        status: Literal["requested", "accepted", "waiting", "declined"] | None = None,
        token: str | None = None,
    ) -> str:
        """Add a guest who has confirmed; returns the token for ``client.attendances``.

        The default status is the one that confirming leads to. No e-mail is recorded. With
        ``token`` you choose the token, so that the URL of its page is known.
        """
        call = _calls.attend(event, name=name, email=email, guests=guests, message=message)
        found = self._state.events[event]
        guest = _submissions.make_guest(
            self._state, found, _parse(_schemas.AttendanceForm, call.body)
        )
        if guest.mailbox in found.guests:
            raise ValueError("this e-mail address has already signed up")
        guest.status = status or _submissions.choose_status(found, guest)
        guest.token = token or guest.token
        found.guests[guest.mailbox] = guest
        return guest.token

    def host_token(self, event: str) -> str:
        """Return the token of an event's host, for ``client.hosted_events``."""
        return self._state.events[event].token

    def add_poster(
        self,
        slug: str,
        *,
        title: str = "Sample poster",
        description: str = "A sample.",
        alternative_text: str = "A sample.",
        artist: str = "Sample Studio",
        price: int = 2500,
        limited_price: int | None = None,
        currency: str = "USD",
        run: int | None = None,
        sold: int = 0,
        files: Mapping[str, bytes] | None = None,
        previews: Mapping[str, bytes] | None = None,
    ) -> None:
        """Add a poster with an open edition, and with ``run`` also a limited one.

        Prices are in minor units; the limited edition costs ``price`` unless it has its own.
        ``sold`` prints of the limited edition are no longer available. ``files`` are files to
        print and ``previews`` images to show, by name.
        """
        text = {
            "title": title,
            "description": description,
            "alternative_text": alternative_text,
        }
        editions = [_sample.edition("open", price, currency, None)]
        if run is not None:
            amount = price if limited_price is None else limited_price
            editions.append(_sample.edition("limited", amount, currency, run, sold))
        drawn = {"print": files or {}, "preview": previews or {}}
        self._state.posters[slug] = Poster(
            slug,
            {"en": text},
            artist,
            self.clock.now().year,
            "on_sale",
            editions,
            [
                _make_file(purpose, name, content)
                for purpose, named in drawn.items()
                for name, content in named.items()
            ],
        )

    def set_campaign(
        self,
        *,
        name: str = "Sample campaign",
        petition: str | None = None,
        website: str | None = None,
        donate: str | None = None,
        resources: str | None = None,
        organisation: str | None = None,
        contact: str = "https://campaign.example/contact",
    ) -> None:
        """Set the campaign's name, its main petition, its URLs and who runs it."""
        self._state.names, self._state.petition = {"en": name}, petition
        self._state.links = {"website": website, "donate": donate, "resources": resources}
        responsible = {"name": organisation, "contact": contact}
        self._state.organisation = responsible if organisation else None

    def set_share_kit(
        self,
        messages: Mapping[str, str],
        *,
        hashtags: Iterable[str] = (),
        url: str = "https://campaign.example/",
    ) -> None:
        """Set the share kit: the texts of its ``messages`` by their id."""
        listed = [{"id": name, "text": text} for name, text in messages.items()]
        self._state.share_kit = {"en": {"hashtags": list(hashtags), "messages": listed}}
        self._state.share_url = url

    def add_resource(
        self, slug: str, *, title: str = "Sample resource", kind: str = "background"
    ) -> None:
        """Add a resource."""
        text = {"title": title, "summary": "A sample.", "body": "A sample."}
        self._state.resources[slug] = Resource(slug, kind, {"en": text}, None)


_HALL: NewPlace = {
    "name": "Sample Hall",
    "address": "1 Sample Street",
    "locality": "Sampletown",
    "country": "KE",
    "latitude": -1.2864,
    "longitude": 36.8172,
}


def _any(value: Any) -> Any:
    return value


def _sort_by_age(entries: list[A]) -> list[A]:
    return sorted(entries, key=lambda entry: entry.created_at)


def _make_signature_record(signature: Signature) -> SignatureRecord:
    return SignatureRecord(
        id=signature.id,
        name=signature.name,
        email=signature.email,
        **signature.chosen,
        state="confirmed" if signature.confirmed_at else "pending",
        created_at=signature.created_at,
        confirmed_at=signature.confirmed_at,
    )


def _make_order_record(
    bought: Order | Reservation,
    buyer: Mapping[str, Any],
    order_id: str | None = None,
    state: str = "pending",
    numbers: Iterable[int] = (),
) -> OrderRecord:
    return OrderRecord(
        id=order_id,
        state=_any(state),
        poster=bought.poster,
        edition=bought.edition,
        quantity=bought.quantity,
        numbers=tuple(numbers),
        **buyer,
    )


_SIZES = {"print": (2000, 2800), "preview": (680, 952)}


def _make_file(purpose: str, name: str, content: bytes) -> File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    width, height = _SIZES[purpose] if kind.startswith("image/") else (None, None)
    return File(name, purpose, kind, width, height, content)


def _parse(kind: type[B], body: bytes | None) -> B:
    try:
        return _validation.parse_body(kind, _validation.parse_json(body or b""))
    except Rejection as rejection:
        raise ValueError(rejection.body["detail"]) from None


def _make_received_request(request: Request, route: str | None) -> ReceivedRequest:
    query: dict[str, list[str]] = {}
    for name, value in request.query:
        query.setdefault(name, []).append(value)
    return ReceivedRequest(
        request.method, request.path, route, query, request.headers, request.content
    )
