"""The client for programs that run in an event loop, asyncio or trio."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar, Unpack

import anyio

from imd_sdk import _async_transport, _calls, _terms, _transport
from imd_sdk._conversation import converse
from imd_sdk._download import Download, opened
from imd_sdk._exchange import Send
from imd_sdk._pages import AsyncPager

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from os import PathLike

    from imd_sdk import models
    from imd_sdk._answers import Answer
    from imd_sdk._download import Downloaded
    from imd_sdk._exchange import Broken, Wait
    from imd_sdk._response import Response
    from imd_sdk.cache import Cache
    from imd_sdk.hooks import Hook
    from imd_sdk.options import ClusterOptions, EventOptions, Options, PostOptions

__all__ = [
    "AsyncCampaignCalls",
    "AsyncClient",
    "AsyncEventCalls",
    "AsyncModerationCalls",
    "AsyncPetitionCalls",
    "AsyncPosterCalls",
    "AsyncResourceCalls",
    "AsyncShareKitCalls",
]

T = TypeVar("T")


class _AsyncDriver:
    """Sends and waits as an exchange wants it; decides nothing."""

    def __init__(self, wire: _async_transport.AsyncWire, terms: _terms.Terms) -> None:
        self.wire = wire
        self.terms = terms
        self.wait: Callable[[float], Awaitable[object]] = anyio.sleep
        self.owner = True

    def on(self, terms: _terms.Terms) -> _AsyncDriver:
        """Drive in the same way on other terms, over connections that stay the first one's."""
        other = copy(self)
        other.terms, other.owner = terms, False
        return other

    async def close(self) -> None:
        if self.owner:
            await self.wire.aclose()

    async def one(self, call: _calls.Call[T], options: Mapping[str, Any]) -> T:
        return await self._drive(call, self.terms.of(**options).started())

    def pages(
        self, call: _calls.Call[models.Page[T]], cursor: str | None, options: Mapping[str, Any]
    ) -> AsyncPager[T]:
        terms = self.terms.of(**options)
        return AsyncPager(lambda: partial(self._drive, terms=terms.started()), call, cursor)

    async def save(
        self,
        call: Callable[[Download], _calls.Call[Downloaded]],
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None,
        options: Mapping[str, Any],
    ) -> Downloaded:
        with opened(to) as file:
            return await self.one(call(Download(file, progress)), options)

    async def _drive(self, call: _calls.Call[T], terms: _terms.Terms) -> T:
        talk = converse(call, terms)
        try:
            step = next(talk)
            while True:
                try:
                    outcome = await self._do(step)
                except BaseException as error:  # noqa: BLE001 - the exchange raises it again
                    step = talk.throw(error)
                else:
                    step = talk.send(outcome)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _do(self, step: Send | Wait) -> Answer | Broken | None:
        if isinstance(step, Send):
            return await self.wire.send(step)
        await self.wait(step.seconds)
        return None


class AsyncClient:
    """A campaign, seen from a program that does other things meanwhile.

    Make one and keep it: it holds the connections, for each event loop its own. Close it with
    ``async with`` or `aclose`. Every method takes the options of `imd_sdk.options` for the one
    call, such as ``timeout``, ``deadline`` and ``headers``, every method that sends something an
    ``idempotency_key`` as well, and raises what `imd_sdk.errors` draws.
    """

    campaign: AsyncCampaignCalls
    petitions: AsyncPetitionCalls
    events: AsyncEventCalls
    posters: AsyncPosterCalls
    share_kit: AsyncShareKitCalls
    resources: AsyncResourceCalls
    moderation: AsyncModerationCalls

    def __init__(
        self,
        base_url: str | None = None,
        *,
        api_key: str | None = None,
        http_client: _transport.AsyncHttpClient | None = None,
        timeout: float = 10.0,
        deadline: float | None = None,
        max_retries: int = 2,
        headers: Mapping[str, str] | None = None,
        hooks: Iterable[Hook] = (),
        cache: Cache | None = None,
    ) -> None:
        """Agree on the terms; nothing is opened yet.

        ``base_url``: the campaign's address; else that of ``http_client``, else ``IMD_BASE_URL``.
        ``api_key``: only for calls that ask for a scope; else ``IMD_API_KEY``.
        ``http_client``: a client of httpx or httpx2 with your proxies, certificates and limits; it
        stays yours to close. Redirects are never followed, so the key goes to no other host.
        ``timeout``: seconds for each step on the network.
        ``deadline``: seconds for a whole call with its tries, waits and pages; None: no end, and
        no wait longer than 30 seconds.
        ``max_retries``: how often a call is tried again after a failure that may pass.
        ``headers``: what every call says beside what the SDK says (`imd_sdk.options.Options`).
        ``hooks``: who hears of every call (`imd_sdk.hooks`).
        ``cache``: where public answers are kept (`imd_sdk.cache`); None: they are not.
        """
        wire = _async_transport.AsyncWire(http_client)
        url = _transport.base_url_of(base_url, http_client)
        terms = _terms.agree(
            url,
            api_key,
            hooks,
            cache,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
        )
        self._settle(_AsyncDriver(wire, terms))

    def _settle(self, driver: _AsyncDriver) -> None:
        self._driver = driver
        self.campaign = AsyncCampaignCalls(driver)
        self.petitions = AsyncPetitionCalls(driver)
        self.events = AsyncEventCalls(driver)
        self.posters = AsyncPosterCalls(driver)
        self.share_kit = AsyncShareKitCalls(driver)
        self.resources = AsyncResourceCalls(driver)
        self.moderation = AsyncModerationCalls(driver)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        **options: Unpack[PostOptions],
    ) -> Response:
        """Ask for an address that this SDK has no method for, with the same care.

        ``path`` begins with a slash and is below the base URL, such as ``/v1/vigils/{id}``; names
        in braces are filled from ``params``, whose other members become the query. Write what is
        personal or secret into ``params``: the path with its braces is shown to hooks and in logs.
        ``json`` is what is sent. Whatever is not a GET, HEAD or OPTIONS carries an Idempotency-Key.
        """
        return await self._driver.one(_calls.raw(method, path, params, json), options)

    def with_options(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        on_response: Callable[[Response], object] | None = None,
    ) -> Self:
        """Give a client of the same kind on other terms; what is not given stays as it is.

        It shares this one's connections, hooks, cache and budget of retries, and costs next to
        nothing.
        ``headers`` are added to this client's. It holds nothing of its own, so to close it closes
        nothing: close this one, and both are closed.
        """
        terms = self._driver.terms.of(
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            headers=headers,
            on_response=on_response,
        )
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settle(self._driver.on(terms))
        return other

    async def aclose(self) -> None:
        """Close the connections, except those that are another's.

        Those of an ``http_client`` that was passed in, and of the client that `with_options` was
        called on, stay open.
        """
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def base_url(self) -> str:
        """The campaign's address, without a slash at its end."""
        return self._driver.terms.base_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._driver.terms.base_url}>"

    def __reduce__(self) -> str:
        raise TypeError("a client holds connections and a key, and cannot be pickled or copied")


class AsyncCampaignCalls:
    """The day and this year's numbers."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    async def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.Campaign:
        """Read the day, this year's numbers, the languages and the links.

        ``lang`` (BCP 47) asks for a language; where the campaign does not have it, the answer is
        in its first one and says so in ``lang``.
        """
        return await self._driver.one(_calls.campaign(lang=lang), options)

    async def health(self, **options: Unpack[Options]) -> models.Health:
        """Ask whether the server and its database are up; `ServerError` when they are not."""
        return await self._driver.one(_calls.health(), options)


class AsyncPetitionCalls:
    """Petitions: read them, count them, sign them."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        lang: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.Petition]:
        """List the petitions.

        ``limit`` is the size of a page, 1 to 100; the server takes 20 when it is not given.
        ``cursor`` goes on from the ``next`` of an earlier page.
        """
        return self._driver.pages(_calls.petitions(lang=lang, limit=limit), cursor, options)

    async def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Petition:
        """Read a petition's text and terms; `NotFound` when there is none of this name."""
        return await self._driver.one(_calls.petition(slug, lang=lang), options)

    async def count(self, slug: str, **options: Unpack[Options]) -> models.Count:
        """Count the confirmed signatures; ``poll_after`` says in how many seconds to ask again."""
        return await self._driver.one(_calls.count(slug), options)

    def places(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.PlaceCount]:
        """List how many signed in each country, rounded down to tens, fewer than ten withheld."""
        return self._driver.pages(_calls.places(slug, limit=limit), cursor, options)

    def signers(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.Signer]:
        """List, newest first, who signed, confirmed, and asked to be shown."""
        return self._driver.pages(_calls.signers(slug, limit=limit), cursor, options)

    def signatures(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.Signature]:
        """List all signatures, oldest first, names and addresses sealed.

        Needs a key with the scope ``signatures:read``.
        """
        return self._driver.pages(_calls.signatures(slug, limit=limit), cursor, options)

    async def sign(
        self,
        slug: str,
        *,
        name: str,
        email: str,
        country: str,
        lang: str | None = None,
        public: bool = False,
        updates: bool = False,
        source: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SignatureReceipt:
        """Sign for somebody who asked for it; it counts once they follow the mailed link.

        ``name`` has 1 to 100 characters; ``country`` is ISO 3166-1 alpha-2; ``lang`` (BCP 47) is
        the language of the mail. ``public`` shows the name to everybody, ``updates`` asks for
        news: both only if the signer chose so. ``source`` names the partner that brought them.

        The receipt is the same whether the address is new, waiting or signed before. Raises
        `InvalidRequest`, `PetitionClosed`, `RateLimited`. After `OutcomeUnknown`, sign again with
        the error's ``idempotency_key``.
        """
        call = _calls.sign(
            slug,
            name=name,
            email=email,
            country=country,
            lang=lang,
            public=public,
            updates=updates,
            source=source,
        )
        return await self._driver.one(call, options)

    async def confirmation(self, token: str, **options: Unpack[Options]) -> models.Confirmation:
        """Read what a mailed link stands for, without confirming.

        Raises `NotFound` and, seven days after the mail, `ConfirmationExpired`.
        """
        return await self._driver.one(_calls.confirmation(token), options)

    async def confirm(self, token: str, **options: Unpack[PostOptions]) -> models.Confirmation:
        """Confirm a signature with the token of the mailed link; twice is not an error."""
        return await self._driver.one(_calls.confirm(token), options)


class AsyncEventCalls:
    """Events: find them, submit one, come to one."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **filters: Unpack[EventOptions],
    ) -> AsyncPager[models.Event]:
        """List events by start, or by distance when ``near`` is given.

        Filters (`imd_sdk.options.EventFilters`): ``bbox``, ``near`` with ``radius_km``, ``from_``,
        ``to``, ``kind``, ``language``, ``country``, ``online``, ``q``. ``bbox`` and ``near`` leave
        online events out.
        """
        call = _calls.events(_calls.pop_filters(filters), limit=limit)
        return self._driver.pages(call, cursor, filters)

    async def get(self, event_id: str, **options: Unpack[Options]) -> models.Event:
        """Read one event; of a private place the area alone is told."""
        return await self._driver.one(_calls.event(event_id), options)

    async def clusters(
        self, *, bbox: Sequence[float], zoom: int, **filters: Unpack[ClusterOptions]
    ) -> models.Page[models.Cluster]:
        """Count the events in each cell of a map, for a ``bbox`` and a ``zoom`` of 0 to 12.

        Takes the filters of `list` except ``near``. It is always one page.
        """
        call = _calls.clusters(_calls.pop_filters(filters), bbox=bbox, zoom=zoom)
        return await self._driver.one(call, filters)

    async def ics(self, **filters: Unpack[EventOptions]) -> bytes:
        """Give up to 1,000 events as a calendar (RFC 5545), with the filters of `list`."""
        return await self._driver.one(_calls.ics(_calls.pop_filters(filters)), filters)

    async def event_ics(self, event_id: str, **options: Unpack[Options]) -> bytes:
        """Give one event as a calendar (RFC 5545)."""
        return await self._driver.one(_calls.event_ics(event_id), options)

    async def geojson(self, **filters: Unpack[EventOptions]) -> dict[str, Any]:
        """Give up to 1,000 events as a FeatureCollection (RFC 7946), with the filters of `list`."""
        return await self._driver.one(_calls.geojson(_calls.pop_filters(filters)), filters)

    async def submit(
        self,
        *,
        title: str,
        description: str,
        kind: str,
        starts_at: datetime | str,
        time_zone: str,
        host: models.NewHost,
        lang: str,
        place: models.NewPlace | None = None,
        ends_at: datetime | str | None = None,
        online: bool = False,
        url: str | None = None,
        languages: Iterable[str] | None = None,
        capacity: int | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SubmissionReceipt:
        """Submit an event; a moderator decides before it is public.

        ``kind`` is an `EventKind`; ``time_zone`` an IANA name. A time without an offset is read as
        the clock on the wall in that zone; one with an offset must have the zone's own. An online
        event has a ``url`` and no ``place``; any other has a ``place``, whose ``private`` keeps
        the address from the public. ``lang`` is the language of the text, ``languages`` those
        spoken there. ``capacity`` None: no limit.
        """
        call = _calls.submit(
            title=title,
            description=description,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=time_zone,
            host=host,
            place=place,
            online=online,
            url=url,
            lang=lang,
            languages=languages,
            capacity=capacity,
        )
        return await self._driver.one(call, options)

    async def attend(
        self,
        event_id: str,
        *,
        name: str,
        email: str,
        guests: int = 0,
        **options: Unpack[PostOptions],
    ) -> models.AttendanceReceipt:
        """Say that somebody comes, with so many guests; the capacity is never exceeded.

        At a private place the answer is ``waiting``: the address is mailed once a moderator
        accepts. Raises `EventClosed`, `SoldOut`.
        """
        call = _calls.attend(event_id, name=name, email=email, guests=guests)
        return await self._driver.one(call, options)


class AsyncPosterCalls:
    """Posters: see them, load their files, order prints."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        lang: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.Poster]:
        """List the posters with their editions, prices and files."""
        return self._driver.pages(_calls.posters(lang=lang, limit=limit), cursor, options)

    async def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Poster:
        """Read one poster; ``available`` of an edition is as of now."""
        return await self._driver.one(_calls.poster(slug, lang=lang), options)

    async def download(
        self,
        slug: str,
        name: str,
        *,
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None = None,
        **options: Unpack[Options],
    ) -> Downloaded:
        """Load a file of a poster into a path or an open binary file.

        A break on the way is mended by asking for the rest, and the digest that the server states
        (RFC 9530) is checked. A path gets its file when all of it has arrived, and not before.
        ``progress`` is called with the bytes so far and, where known, in all.
        """
        call = partial(_calls.download, slug, name)
        return await self._driver.save(call, to, progress, options)

    async def reserve(
        self, slug: str, *, edition: str, quantity: int = 1, **options: Unpack[PostOptions]
    ) -> models.Reservation:
        """Hold 1 to 10 prints of an edition for 15 minutes; `SoldOut` says how many are left."""
        return await self._driver.one(
            _calls.reserve(slug, edition=edition, quantity=quantity), options
        )

    async def order(
        self,
        reservation_id: str,
        *,
        name: str,
        email: str,
        address: models.PostalAddress,
        **options: Unpack[PostOptions],
    ) -> models.Order:
        """Order what is held; a second time gives the same order.

        Raises `ReservationExpired` when the hold has lapsed.
        """
        call = _calls.order(reservation_id, name=name, email=email, address=address)
        return await self._driver.one(call, options)

    async def get_order(self, order_id: str, **options: Unpack[Options]) -> models.Order:
        """Read an order by its id, which is a secret; nothing personal is in it."""
        return await self._driver.one(_calls.get_order(order_id), options)


class AsyncShareKitCalls:
    """What everybody posts on the day."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    async def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.ShareKit:
        """Read the hour of the storm, the hashtags and the messages."""
        return await self._driver.one(_calls.share_kit(lang=lang), options)


class AsyncResourceCalls:
    """Background and tip sheets."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        lang: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.Resource]:
        """List background on the day and the Convention, and tip sheets."""
        return self._driver.pages(_calls.resources(lang=lang, limit=limit), cursor, options)

    async def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Resource:
        """Read one resource."""
        return await self._driver.one(_calls.resource(slug, lang=lang), options)


class AsyncModerationCalls:
    """What a moderator sees and decides; needs a key with the scope ``events:moderate``."""

    def __init__(self, driver: _AsyncDriver) -> None:
        self._driver = driver

    def events(
        self,
        *,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.EventReview]:
        """List submitted events, exact places included; ``state`` such as ``pending_review``."""
        return self._driver.pages(_calls.review_events(state=state, limit=limit), cursor, options)

    async def decide_event(
        self, event_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.EventReview:
        """Decide on an event: ``approve``, ``reject`` or ``cancel``; the reason is kept.

        Raises `AlreadyDecided`.
        """
        call = _calls.decide_event(event_id, decision=decision, reason=reason)
        return await self._driver.one(call, options)

    def attendances(
        self,
        *,
        event: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> AsyncPager[models.AttendanceReview]:
        """List who asked to come to a private place; ``event`` is an event's id."""
        call = _calls.review_attendances(event=event, limit=limit)
        return self._driver.pages(call, cursor, options)

    async def decide_attendance(
        self, attendance_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.AttendanceReview:
        """Decide on a guest: ``accept``, which mails them the address, or ``decline``.

        Raises `AlreadyDecided`.
        """
        call = _calls.decide_attendance(attendance_id, decision=decision, reason=reason)
        return await self._driver.one(call, options)
