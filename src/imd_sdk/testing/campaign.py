"""A campaign in memory that keeps the contract of the real one."""

from __future__ import annotations

import re
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

import httpx

from imd_sdk import _calls, _exchange
from imd_sdk.client import AsyncClient, Client
from imd_sdk.testing import _events, _forms, _sample, kit
from imd_sdk.testing._forms import Refusal
from imd_sdk.testing._state import NOBODY, File, Petition, Poster, Resource, Signature, State
from imd_sdk.testing._web import ROUTES, Asked, Breakage, Reply, Server, route_of, transport
from imd_sdk.testing.kit import Attendance, Clock, Letter, Ordered, Received, SignedUp, Submitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from types import ModuleType

    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook
    from imd_sdk.models import NewHost, NewPlace

__all__ = ["InMemoryCampaign"]

LOGIN_PAGE = b"<!doctype html><title>Welcome</title><p>Please accept our terms to go online."


class InMemoryCampaign:
    """A campaign for tests: no sockets, no database, and the real contract.

    ::

        campaign = InMemoryCampaign()
        with campaign.client() as imd:
            imd.petitions.sign(
                "convention", name="Sample Person", email="sample@example.org", country="KE"
            )
        assert campaign.signatures("convention")[0].country == "KE"

    Its clients are real and send real requests, which `requests` keeps. It begins with a sample:
    the petition ``convention``, a few events (one online, one at a private home), the poster
    ``many-paths`` in an open and a limited edition of ten, a share kit and two resources;
    ``sample=False``: with nothing. It may be used from many threads.
    """

    url: str = "https://campaign.example"

    def __init__(self, *, now: datetime | None = None, sample: bool = True) -> None:
        """Begin at ``now``, an aware datetime; None: at the present.

        The sample's events are on the coming 18 December, at least a week ahead.
        """
        self.clock: Clock = Clock(now)
        """The time of this campaign and of its clients: move it with ``clock.advance``."""
        self.requests: list[Received] = []
        """What came in, oldest first; also what a fault kept from the campaign."""
        self._state = State(self.clock)
        self._server = Server(self._state)
        self._faults: list[tuple[kit.Fault, str | None]] = []
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
        """Make a client of this campaign whose retries wait by the campaign's clock.

        ``library`` is ``httpx`` or ``httpx2``. The environment is not read; nothing has to be
        closed.
        """
        made = Client(
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
        made._driver.terms = self._timed(made._driver.terms, api_key)  # noqa: SLF001 - our own
        made._driver.wait = self.clock.wait  # noqa: SLF001
        return made

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
        """Make an async client of this campaign; as `client`."""
        made = AsyncClient(
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
        made._driver.terms = self._timed(made._driver.terms, api_key)  # noqa: SLF001 - our own
        made._driver.wait = self.clock.wait_async  # noqa: SLF001
        return made

    def transport(self, library: ModuleType = httpx) -> Any:
        """Make a transport for an ``httpx.Client`` or ``httpx.AsyncClient`` of your own.

        A `Client` that you make over it yourself waits in real time.
        """
        return transport(library, self._serve)

    def key(self, *scopes: str) -> str:
        """Make an API key: ``signatures:read``, ``events:moderate``, both or none."""
        if unknown := set(scopes) - {"signatures:read", "events:moderate"}:
            raise ValueError(
                f"there is no scope {', '.join(sorted(unknown))}; "
                "there are signatures:read and events:moderate"
            )
        made = self._state.new("imd_")
        self._state.keys[made] = frozenset(scopes)
        return made

    def _timed(self, terms: _exchange.Terms, api_key: str | None) -> _exchange.Terms:
        """Let time be the kit's, and every wait the longest of those it could be drawn from."""
        own = {} if api_key else {"Authorization"}
        headers = {name: value for name, value in terms.headers.items() if name not in own}
        return replace(
            terms, headers=headers, chance=lambda _, high: high, clock=self.clock.monotonic
        )

    # -------------------------------------------------------------- what arrived

    @property
    def mail(self) -> tuple[Letter, ...]:
        """What would have been mailed, oldest first; a ``token`` in it can be confirmed."""
        return tuple(self._state.mail)

    def signatures(self, petition: str) -> list[SignedUp]:
        """Who signed, oldest first, one a person."""
        found = self._state.petitions[petition].signatures
        return [_signed_up(signature) for signature in found if signature.email]

    def submissions(self) -> list[Submitted]:
        """The events that groups submitted, oldest first; not those of the sample."""
        return [
            Submitted(event.id, event.state, event.form.model_dump(mode="json"))
            for event in self._state.events.values()
            if event.form.host.email != NOBODY
        ]

    def attendances(self, event: str | None = None) -> list[Attendance]:
        """Who wants to come, to one event or to any, oldest first."""
        return [
            Attendance(g.id, g.event, g.name, g.email, g.guests, _any(g.status))
            for g in _events.guests(self._state)
            if event in {None, g.event}
        ]

    def orders(self) -> list[Ordered]:
        """What was ordered, oldest first."""
        return [
            Ordered(
                id=order.id,
                poster=order.reservation.poster,
                edition=order.reservation.edition,
                quantity=order.reservation.quantity,
                numbers=tuple(order.reservation.numbers),
                **order.buyer,
            )
            for order in self._state.orders.values()
        ]

    # -------------------------------------------------------------- faults

    def fail_next(self, fault: kit.Fault, *, times: int = 1, on: str | None = None) -> None:
        """Let the next requests fail, in the way of one of the classes `Fault` names.

        ``times`` counts requests, retries too. ``on`` names which: ``POST``,
        ``GET /v1/petitions/{slug}`` or ``GET /v1/petitions/convention``. Each request meets one
        fault, in the order they were asked for.
        """
        if not isinstance(fault, kit.Fault):
            raise TypeError("fault must be one of imd_sdk.testing, such as TimedOut()")
        if on is not None and not _names_something(on):
            raise ValueError(
                f"{on!r} is no method, route or address of the API, such as 'POST /v1/orders'"
            )
        self._faults += [(fault, on)] * times

    def heal(self) -> None:
        """Forget the faults that have not struck yet."""
        self._faults.clear()

    def _serve(self, asked: Asked) -> Reply:
        with self._lock:
            route, _, _ = route_of(asked.method, asked.path)
            received = _received(asked, route.path if route else None)
            self.requests.append(received)
            return self._struck(self._take(received), asked, received)

    def _take(self, received: Received) -> kit.Fault | None:
        for place, (fault, on) in enumerate(self._faults):
            if on is None or _fits(on, received):
                del self._faults[place]
                return fault
        return None

    def _struck(self, fault: kit.Fault | None, asked: Asked, received: Received) -> Reply:
        if isinstance(fault, kit.ConnectionRefused):
            raise Breakage("ConnectError", "connection refused")
        if isinstance(fault, kit.TimedOut | kit.ConnectionReset):
            return self._lost(fault, asked, received)
        if isinstance(fault, kit.Unavailable | kit.TooManyRequests):
            return self._refused(fault, asked, received)
        if isinstance(fault, kit.LoginPage):
            return Reply(200, {"content-type": "text/html; charset=utf-8"}, LOGIN_PAGE)
        if isinstance(fault, kit.Slow):
            return self._late(fault.seconds, asked, received)
        reply = self._answer(asked, received)
        return replace(reply, cut=isinstance(fault, kit.CutShort))

    def _answer(self, asked: Asked, received: Received, *, takes: float = 0.0) -> Reply:
        reply = self._server.answer(asked, takes=takes)
        received.status = reply.status
        return reply

    def _lost(
        self, fault: kit.TimedOut | kit.ConnectionReset, asked: Asked, received: Received
    ) -> Reply:
        if fault.written:
            self._answer(asked, received)
        if isinstance(fault, kit.ConnectionReset):
            raise Breakage("ReadError", "connection reset by peer")
        self.clock.advance(asked.timeout)
        raise Breakage("ReadTimeout", "timed out")

    def _refused(
        self, fault: kit.Unavailable | kit.TooManyRequests, asked: Asked, received: Received
    ) -> Reply:
        after = fault.retry_after
        headers = {} if after is None else {"retry-after": str(after)}
        name = "unavailable" if isinstance(fault, kit.Unavailable) else "rate-limited"
        reply = self._server.refuse(asked, Refusal(name, headers=headers))
        received.status = reply.status
        return reply

    def _late(self, seconds: float, asked: Asked, received: Received) -> Reply:
        reply = self._answer(asked, received, takes=seconds)
        self.clock.advance(min(seconds, asked.timeout))
        if seconds > asked.timeout:
            raise Breakage("ReadTimeout", "timed out")
        return reply

    # -------------------------------------------------------------- what there is

    def add_petition(
        self,
        slug: str,
        *,
        title: str = "Sample petition",
        goal: int = 1000,
        opens_at: datetime | None = None,
        closes_at: datetime | None = None,
    ) -> None:
        """Add a petition, open from now on unless ``opens_at`` says else."""
        text = {"title": title, "summary": "A sample.", "text": "A sample.", "target": "All"}
        self._state.petitions[slug] = Petition(
            slug, {"en": text}, goal, [goal], opens_at or self.clock.now(), closes_at
        )

    def add_signatures(self, petition: str, country: str, count: int) -> None:
        """Add confirmed signatures without people, for the numbers."""
        found, now = self._state.petitions[petition], self.clock.now()
        chosen = {"lang": None, "public": False, "updates": False, "source": None}
        for _ in range(count):
            identity = self._state.new("sig_")
            found.signatures.append(
                Signature(
                    identity,
                    mailbox=identity,
                    name="",
                    email="",
                    created_at=now,
                    chosen={"country": country, **chosen},
                    state="confirmed",
                    confirmed_at=now,
                )
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
    ) -> str:
        """Add a public event, held to the rules of ``events.submit``; gives its id.

        Without ``starts_at`` it is on the coming 18 December at 18:00 UTC; without a ``place``
        it is in a sample hall, or online.
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
        try:
            form = _forms.body(_forms.Submission, _forms.parsed(call.body or b""))
        except Refusal as refusal:
            raise ValueError(refusal.detail) from None
        return _events.put(self._state, form, "public").id

    def add_poster(
        self,
        slug: str,
        *,
        title: str = "Sample poster",
        price: int = 2500,
        currency: str = "USD",
        run: int | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        """Add a poster in an open edition, and with ``run`` in a limited one, at one price.

        ``price`` is in minor units; ``files`` are files to print, by name.
        """
        text = {"title": title, "description": "A sample.", "alternative_text": "A sample."}
        editions = [_sample.edition("open", price, currency, None)]
        if run is not None:
            editions.append(_sample.edition("limited", price, currency, run))
        self._state.posters[slug] = Poster(
            slug,
            {"en": text},
            "Sample Studio",
            self.clock.now().year,
            "on_sale",
            editions,
            [_file(name, content) for name, content in (files or {}).items()],
        )

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


def _signed_up(signature: Signature) -> SignedUp:
    return SignedUp(
        id=signature.id,
        name=signature.name,
        email=signature.email,
        **signature.chosen,
        state=_any(signature.state),
        created_at=signature.created_at,
        confirmed_at=signature.confirmed_at,
    )


def _file(name: str, content: bytes) -> File:
    kind = "image/svg+xml" if name.endswith(".svg") else "application/octet-stream"
    return File(name, "print", kind, 2000, 2800, content)


def _received(asked: Asked, route: str | None) -> Received:
    query: dict[str, list[str]] = {}
    for name, value in asked.query:
        query.setdefault(name, []).append(value)
    return Received(asked.method, asked.path, route, query, asked.headers, asked.content)


def _unnamed(route: str) -> str:
    return re.sub("{[^}]*}", "{}", route)


def _fits(on: str, received: Received) -> bool:
    method, _, address = on.partition(" ")
    if method != received.method:
        return False
    routes = {"", received.path, _unnamed(received.route or "")}
    return address in routes or _unnamed(address) in routes


def _names_something(on: str) -> bool:
    method, _, address = on.partition(" ")
    known = {_unnamed(route.path) for route in ROUTES if route.method == method}
    named = _unnamed(address) in known or route_of(method, address)[0] is not None
    return bool(known) and (not address or named)
