"""What a client can do, thing by thing: each for who waits, then for who awaits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

from imd_sdk import _calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from os import PathLike

    from imd_sdk import models
    from imd_sdk._answers import AsyncPager, Downloaded, Pager
    from imd_sdk._transport import AsyncDriver, Driver
    from imd_sdk.options import ClusterOptions, EventOptions, Options, PostOptions

__all__ = [
    "AsyncCampaignCalls",
    "AsyncEventCalls",
    "AsyncModerationCalls",
    "AsyncPetitionCalls",
    "AsyncPosterCalls",
    "AsyncResourceCalls",
    "AsyncShareKitCalls",
    "CampaignCalls",
    "EventCalls",
    "ModerationCalls",
    "PetitionCalls",
    "PosterCalls",
    "ResourceCalls",
    "ShareKitCalls",
]


class CampaignCalls:
    """The day and this year's numbers."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.Campaign:
        """Read the day, this year's numbers, the languages and the links.

        ``lang`` (BCP 47) asks for a language; where the campaign does not have it, the answer is
        in its first one and says so in ``lang``.
        """
        return self._driver.one(_calls.campaign(lang=lang), options)

    def health(self, **options: Unpack[Options]) -> models.Health:
        """Ask whether the server and its database are up; `ServerError` when they are not."""
        return self._driver.one(_calls.health(), options)


class AsyncCampaignCalls:
    """The day and this year's numbers."""

    def __init__(self, driver: AsyncDriver) -> None:
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


class PetitionCalls:
    """Petitions: read them, count them, sign them."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        lang: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Petition]:
        """List the petitions.

        ``limit`` is the size of a page, 1 to 100; the server takes 20 when it is not given.
        ``cursor`` goes on from the ``next`` of an earlier page.
        """
        return self._driver.pages(_calls.petitions(lang=lang, limit=limit), cursor, options)

    def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Petition:
        """Read a petition's text and terms; `NotFound` when there is none of this name."""
        return self._driver.one(_calls.petition(slug, lang=lang), options)

    def count(self, slug: str, **options: Unpack[Options]) -> models.Count:
        """Count the confirmed signatures; ``poll_after`` says in how many seconds to ask again."""
        return self._driver.one(_calls.count(slug), options)

    def places(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.PlaceCount]:
        """List how many signed in each country, rounded down to tens, fewer than ten withheld."""
        return self._driver.pages(_calls.places(slug, limit=limit), cursor, options)

    def signers(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Signer]:
        """List, newest first, who signed, confirmed, and asked to be shown."""
        return self._driver.pages(_calls.signers(slug, limit=limit), cursor, options)

    def signatures(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Signature]:
        """List all signatures, oldest first, names and addresses sealed.

        Needs a key with the scope ``signatures:read``.
        """
        return self._driver.pages(_calls.signatures(slug, limit=limit), cursor, options)

    def sign(
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
        return self._driver.one(call, options)

    def confirmation(self, token: str, **options: Unpack[Options]) -> models.Confirmation:
        """Read what a mailed link stands for, without confirming.

        Raises `NotFound` and, seven days after the mail, `ConfirmationExpired`.
        """
        return self._driver.one(_calls.confirmation(token), options)

    def confirm(self, token: str, **options: Unpack[PostOptions]) -> models.Confirmation:
        """Confirm a signature with the token of the mailed link; twice is not an error."""
        return self._driver.one(_calls.confirm(token), options)


class AsyncPetitionCalls:
    """Petitions: read them, count them, sign them."""

    def __init__(self, driver: AsyncDriver) -> None:
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


class EventCalls:
    """Events: find them, submit one, come to one."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **filters: Unpack[EventOptions],
    ) -> Pager[models.Event]:
        """List events by start, or by distance when ``near`` is given.

        Filters (`imd_sdk.options.EventFilters`): ``bbox``, ``near`` with ``radius_km``, ``from_``,
        ``to``, ``kind``, ``language``, ``country``, ``online``, ``q``. ``bbox`` and ``near`` leave
        online events out.
        """
        call = _calls.events(_calls.pop_filters(filters), limit=limit)
        return self._driver.pages(call, cursor, filters)

    def get(self, event_id: str, **options: Unpack[Options]) -> models.Event:
        """Read one event; of a private place the area alone is told."""
        return self._driver.one(_calls.event(event_id), options)

    def clusters(
        self, *, bbox: Sequence[float], zoom: int, **filters: Unpack[ClusterOptions]
    ) -> models.Page[models.Cluster]:
        """Count the events in each cell of a map, for a ``bbox`` and a ``zoom`` of 0 to 12.

        Takes the filters of `list` except ``near``. It is always one page.
        """
        call = _calls.clusters(_calls.pop_filters(filters), bbox=bbox, zoom=zoom)
        return self._driver.one(call, filters)

    def ics(self, **filters: Unpack[EventOptions]) -> bytes:
        """Give up to 1,000 events as a calendar (RFC 5545), with the filters of `list`."""
        return self._driver.one(_calls.ics(_calls.pop_filters(filters)), filters)

    def event_ics(self, event_id: str, **options: Unpack[Options]) -> bytes:
        """Give one event as a calendar (RFC 5545)."""
        return self._driver.one(_calls.event_ics(event_id), options)

    def geojson(self, **filters: Unpack[EventOptions]) -> dict[str, Any]:
        """Give up to 1,000 events as a FeatureCollection (RFC 7946), with the filters of `list`."""
        return self._driver.one(_calls.geojson(_calls.pop_filters(filters)), filters)

    def submit(
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
        return self._driver.one(call, options)

    def attend(
        self,
        event_id: str,
        *,
        name: str,
        email: str,
        guests: int = 0,
        lang: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.AttendanceReceipt:
        """Say that somebody comes, with guests; never over capacity.

        At a private place the answer is ``waiting``: the address is mailed once a moderator
        accepts. Mails come in ``lang``, else the event's. Raises `EventClosed`, `SoldOut`.
        """
        call = _calls.attend(event_id, name=name, email=email, guests=guests, lang=lang)
        return self._driver.one(call, options)


class AsyncEventCalls:
    """Events: find them, submit one, come to one."""

    def __init__(self, driver: AsyncDriver) -> None:
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
        lang: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.AttendanceReceipt:
        """Say that somebody comes, with guests; never over capacity.

        At a private place the answer is ``waiting``: the address is mailed once a moderator
        accepts. Mails come in ``lang``, else the event's. Raises `EventClosed`, `SoldOut`.
        """
        call = _calls.attend(event_id, name=name, email=email, guests=guests, lang=lang)
        return await self._driver.one(call, options)


class PosterCalls:
    """Posters: see them, load their files, order prints."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        lang: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Poster]:
        """List the posters with their editions, prices and files."""
        return self._driver.pages(_calls.posters(lang=lang, limit=limit), cursor, options)

    def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Poster:
        """Read one poster; ``available`` of an edition is as of now."""
        return self._driver.one(_calls.poster(slug, lang=lang), options)

    def download(
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
        return self._driver.save(call, to, progress, options)

    def reserve(
        self, slug: str, *, edition: str, quantity: int = 1, **options: Unpack[PostOptions]
    ) -> models.Reservation:
        """Hold 1 to 10 prints of an edition for 15 minutes; `SoldOut` says how many are left."""
        return self._driver.one(_calls.reserve(slug, edition=edition, quantity=quantity), options)

    def order(
        self,
        reservation_id: str,
        *,
        name: str,
        email: str,
        address: models.PostalAddress,
        lang: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.Order:
        """Order what is held; again gives the same order. Mails come in ``lang``.

        Raises `ReservationExpired`.
        """
        call = _calls.order(reservation_id, name=name, email=email, address=address, lang=lang)
        return self._driver.one(call, options)

    def get_order(self, order_id: str, **options: Unpack[Options]) -> models.Order:
        """Read an order by its id, which is a secret; nothing personal is in it."""
        return self._driver.one(_calls.get_order(order_id), options)


class AsyncPosterCalls:
    """Posters: see them, load their files, order prints."""

    def __init__(self, driver: AsyncDriver) -> None:
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
        lang: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.Order:
        """Order what is held; again gives the same order. Mails come in ``lang``.

        Raises `ReservationExpired`.
        """
        call = _calls.order(reservation_id, name=name, email=email, address=address, lang=lang)
        return await self._driver.one(call, options)

    async def get_order(self, order_id: str, **options: Unpack[Options]) -> models.Order:
        """Read an order by its id, which is a secret; nothing personal is in it."""
        return await self._driver.one(_calls.get_order(order_id), options)


class ShareKitCalls:
    """What everybody posts on the day."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.ShareKit:
        """Read the hour of the storm, the hashtags and the messages."""
        return self._driver.one(_calls.share_kit(lang=lang), options)


class AsyncShareKitCalls:
    """What everybody posts on the day."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.ShareKit:
        """Read the hour of the storm, the hashtags and the messages."""
        return await self._driver.one(_calls.share_kit(lang=lang), options)


class ResourceCalls:
    """Background and tip sheets."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        lang: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Resource]:
        """List background on the day and the Convention, and tip sheets."""
        return self._driver.pages(_calls.resources(lang=lang, limit=limit), cursor, options)

    def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Resource:
        """Read one resource."""
        return self._driver.one(_calls.resource(slug, lang=lang), options)


class AsyncResourceCalls:
    """Background and tip sheets."""

    def __init__(self, driver: AsyncDriver) -> None:
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


class ModerationCalls:
    """What a moderator sees and decides; needs a key with the scope ``events:moderate``."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def events(
        self,
        *,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.EventReview]:
        """List submitted events, exact places included; ``state`` such as ``pending_review``."""
        return self._driver.pages(_calls.review_events(state=state, limit=limit), cursor, options)

    def decide_event(
        self, event_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.EventReview:
        """Decide on an event: ``approve``, ``reject`` or ``cancel``; the reason is kept.

        Raises `AlreadyDecided`.
        """
        call = _calls.decide_event(event_id, decision=decision, reason=reason)
        return self._driver.one(call, options)

    def attendances(
        self,
        *,
        event: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.AttendanceReview]:
        """List who asked to come to a private place; ``event`` is an event's id."""
        call = _calls.review_attendances(event=event, limit=limit)
        return self._driver.pages(call, cursor, options)

    def decide_attendance(
        self, attendance_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.AttendanceReview:
        """Decide on a guest: ``accept``, which mails them the address, or ``decline``.

        Raises `AlreadyDecided`.
        """
        call = _calls.decide_attendance(attendance_id, decision=decision, reason=reason)
        return self._driver.one(call, options)


class AsyncModerationCalls:
    """What a moderator sees and decides; needs a key with the scope ``events:moderate``."""

    def __init__(self, driver: AsyncDriver) -> None:
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
