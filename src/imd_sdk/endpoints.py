"""The endpoints of the HTTP API as blocking methods, in one group per namespace.

Generated from `imd_sdk.async_endpoints` by ``scripts/make_sync_endpoints.py``: change that module.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack

from imd_sdk import _calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from os import PathLike

    from imd_sdk import models
    from imd_sdk._download import DownloadedFile
    from imd_sdk._driver import Driver
    from imd_sdk._paging import Pager
    from imd_sdk.options import ClusterOptions, EventOptions, Options, PostOptions

__all__ = [
    "AttendanceCalls",
    "BounceCalls",
    "CampaignCalls",
    "ConfirmationCalls",
    "EventCalls",
    "HostedEventCalls",
    "ModerationCalls",
    "PartnerCalls",
    "PersonalDataCalls",
    "PetitionCalls",
    "PosterCalls",
    "ResourceCalls",
    "ShareKitCalls",
    "WebhookCalls",
]


class CampaignCalls:
    """The campaign: its day, its figures, its languages and links."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.Campaign:
        """Get the day, this year's figures, the languages and the links.

        ``lang`` (BCP 47) selects a language; if the campaign does not have it, the text is in
        the campaign's first language, and the result's ``lang`` says which.
        """
        return self._driver.call(_calls.campaign(lang=lang), options)

    def health(self, **options: Unpack[Options]) -> models.Health:
        """Check whether the server and its database work; raises `ServerError` if they do not."""
        return self._driver.call(_calls.health(), options)

    def challenge(self, **options: Unpack[Options]) -> models.Challenge | None:
        """Get a proof of work for a browser to solve; None: the campaign needs none now.

        A form that is sent with a ``proof`` is e-mailed first when its network is busy. Without
        one it is accepted all the same. Raises `RateLimited`.
        """
        return self._driver.call(_calls.challenge(), options)


class PetitionCalls:
    """Petitions: text, counts, and signing."""

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

        ``limit`` is the size of a page, 1 to 100, by default 20. ``cursor`` continues after an
        earlier page: it is that page's ``next``.
        """
        return self._driver.pages(_calls.petitions(lang=lang, limit=limit), cursor, options)

    def get(
        self, slug: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.Petition:
        """Get a petition's text and terms; raises `NotFound` if there is none with this slug."""
        return self._driver.call(_calls.petition(slug, lang=lang), options)

    def count(self, slug: str, **options: Unpack[Options]) -> models.Count:
        """Get the number of confirmed signatures; ask again after ``poll_after`` seconds."""
        return self._driver.call(_calls.count(slug), options)

    def places(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.PlaceCount]:
        """List the signatures by country, rounded down to tens; fewer than ten are withheld."""
        return self._driver.pages(_calls.places(slug, limit=limit), cursor, options)

    def signers(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Signer]:
        """List the confirmed signers who chose to be shown, newest first."""
        return self._driver.pages(_calls.signers(slug, limit=limit), cursor, options)

    def signatures(
        self,
        slug: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Signature]:
        """List the confirmed signatures in the order of confirmation, with the signers sealed.

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
        source: str | None = None,
        proof: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SubmissionReceipt:
        """Sign for a person who asked for it; it counts once they confirm it by e-mail.

        ``name`` has 1 to 100 characters; ``country`` is ISO 3166-1 alpha-2; ``lang`` (BCP 47) is
        the language of the e-mail. ``source`` names your organisation. ``proof`` is a solved
        `Challenge`, which puts the e-mail first at busy times. Whether the name is shown,
        and whether they get news, is asked when they confirm (``client.confirmations``).

        The receipt is the same whether the e-mail address is new, unconfirmed or has signed
        before. Raises `InvalidRequest`, `PetitionClosed`, `RateLimited`, or a `ServerError` if too
        many forms are waiting. After `OutcomeUnknown`,
        sign again with the error's ``idempotency_key``.
        """
        call = _calls.sign(
            slug, name=name, email=email, country=country, lang=lang, source=source, proof=proof
        )
        return self._driver.call(call, options)

    def attest(
        self,
        slug: str,
        *,
        name: str,
        country: str,
        email: str | None = None,
        reference: str | None = None,
        lang: str | None = None,
        public: bool = False,
        updates: bool = False,
        **options: Unpack[PostOptions],
    ) -> models.AttestationReceipt:
        """Add a signature that you have verified yourself, with a key of ``signatures:attest``.

        It counts at once, on the line of your organisation, and no e-mail is sent. Without an
        e-mail address, ``reference`` has to name the signature, such as the sheet and the line, so
        that it counts once. Set ``public`` and ``updates`` only if the person has agreed to them.

        The result is the same for a mailbox that has signed before, which is not counted again.
        Raises `PetitionClosed`, `NotFound`, `InvalidRequest`, `RateLimited`.
        """
        call = _calls.attest(
            slug,
            name=name,
            email=email,
            reference=reference,
            country=country,
            lang=lang,
            public=public,
            updates=updates,
        )
        return self._driver.call(call, options)


class PartnerCalls:
    """The numbers of signatures with a partner's source, in tens and published once a day."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def numbers(
        self, source: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.PartnerNumbers:
        """Get the numbers of the partner's own source, with a key of the scope ``partners:read``.

        Raises `NotFound` for the source of another partner.
        """
        return self._driver.call(_calls.partner_numbers(source, lang=lang), options)

    def page(
        self, token: str, *, lang: str | None = None, **options: Unpack[Options]
    ) -> models.PartnerNumbers:
        """Get the numbers behind a partner's own link, whose last part is ``token``.

        Raises `NotFound` if the link is unknown or was revoked.
        """
        return self._driver.call(_calls.partner_page(token, lang=lang), options)


class ConfirmationCalls:
    """Confirmations: the owner of a mailbox decides on what was entered with its address.

    The campaign's e-mail has a link with a token, and a code for people who do not open the link.
    Anyone who knows the token can decide, so treat it as a secret. A token that nobody confirms or
    rejects expires after seven days; methods that take it then raise `ConfirmationExpired`, except
    `unsubscribe`.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, token: str, **options: Unpack[Options]) -> models.Confirmation:
        """Get what a token is about, without deciding; raises `NotFound`.

        The result is a `SignatureConfirmation`, an `EventConfirmation`, an
        `AttendanceConfirmation` or an `OrderConfirmation`, as its ``kind`` says.
        """
        return self._driver.call(_calls.confirmation(token), options)

    def confirm(
        self,
        token: str,
        *,
        public: bool = False,
        updates: bool = False,
        name: str | None = None,
        edition: str | None = None,
        quantity: int | None = None,
        **options: Unpack[PostOptions],
    ) -> models.Confirmation:
        """Confirm, with the consent of the person who does.

        ``name`` corrects the spelling of the signer's, host's, guest's or buyer's name (1 to 100
        characters); None: as entered. ``public`` publishes a signer's name, ``updates`` subscribes
        a signer to news: set them only if the person chose so on the page that confirms, and never
        for anything but a signature.

        A confirmed event goes to the moderators. A confirmed guest takes places if there are
        enough, and the result's ``status`` says so. A confirmed order is placed, and the result's
        ``order`` is its id. Repeating it is not an error and changes nothing: the first
        confirmation counts.

        If the prints of an order are sold out, it stays pending. Confirm again with what the
        person takes instead: ``edition`` is another edition of the poster, at its present price,
        and ``quantity`` a smaller number of prints. Both are for orders only.

        Raises `NotFound`, `InvalidRequest`, `EventClosed` for an attendance, `SoldOut` and
        `OrderLimitReached` for an order, and `AlreadyDecided` for what was rejected.
        """
        call = _calls.confirm(
            token, public=public, updates=updates, name=name, edition=edition, quantity=quantity
        )
        return self._driver.call(call, options)

    def reject(self, token: str, **options: Unpack[PostOptions]) -> models.Confirmation:
        """Reject what somebody else entered; repeating it is not an error.

        What was entered is deleted, and the mailbox gets no more e-mail. Raises `NotFound`, and
        `AlreadyDecided` once it is confirmed.
        """
        return self._driver.call(_calls.reject(token), options)

    def undo_rejection(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Allow e-mail to the mailbox again after `reject`; repeating it is not an error.

        What was entered stays deleted, and the state stays ``rejected``. Raises `NotFound`, also
        if the token was not rejected.
        """
        self._driver.call(_calls.undo_rejection(token), options)

    def unsubscribe(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Stop reminders and news to the mailbox, as a mail program does with ``List-Unsubscribe``.

        What is pending, also if the token has expired, is rejected as by `reject`. A confirmed
        signature stays, and its owner gets no more news; other things that are confirmed stay as
        they are. Repeating it is not an error. Raises `NotFound`.
        """
        self._driver.call(_calls.unsubscribe_mailbox(token), options)

    def find(self, *, email: str, code: str, **options: Unpack[PostOptions]) -> str:
        """Return the token that belongs to the code of an e-mail, such as ``ABCD-EFGH``.

        ``email`` is the address that the e-mail went to. In ``code``, case, spaces and hyphens do
        not matter, and letters that look like digits are read as digits. It works until the token
        is confirmed, rejected or expired.

        Raises `NotFound`, whatever the reason, `InvalidRequest`, and `RateLimited` after 100
        attempts for one mailbox in an hour.
        """
        call = _calls.find_confirmation(email=email, code=code)
        return self._driver.call(call, options)


class PersonalDataCalls:
    """Personal data: what a campaign keeps about a mailbox, for its owner to see and delete.

    `request_link` sends the owner an e-mail whose link has a token. Anyone who knows the token can
    see and delete the data, so treat it as a secret. It works for 24 hours, any number of times;
    methods that take it then raise `PersonalLinkExpired`. All of them raise `NotFound` for a token
    that is unknown, or whose data has been erased.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def request_link(
        self,
        *,
        email: str,
        lang: str | None = None,
        proof: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SubmissionReceipt:
        """Send the owner of a mailbox the link to what is kept about it.

        ``lang`` (BCP 47) is the language of the e-mail. ``proof`` is a solved `Challenge`. The
        receipt and the e-mail are the same whether anything is kept or not.

        Raises `InvalidRequest`, `RateLimited`.
        """
        call = _calls.request_personal_link(email=email, lang=lang, proof=proof)
        return self._driver.call(call, options)

    def get(self, token: str, **options: Unpack[Options]) -> models.PersonalData:
        """Get what is kept: signatures, attendances, hosted events, and what is pending."""
        return self._driver.call(_calls.personal_data(token), options)

    def withdraw_signature(
        self, token: str, signature_id: str, **options: Unpack[PostOptions]
    ) -> None:
        """Delete a signature, which no longer counts and is no longer shown.

        Raises `NotFound` if it is not among the data of this token, or no longer.
        """
        self._driver.call(_calls.withdraw_signature(token, signature_id), options)

    def hide_name(self, token: str, signature_id: str, **options: Unpack[PostOptions]) -> None:
        """Stop showing the name of a signer; repeating it is not an error. Raises `NotFound`."""
        self._driver.call(_calls.hide_name(token, signature_id), options)

    def stop_updates(self, token: str, signature_id: str, **options: Unpack[PostOptions]) -> None:
        """Stop news about the campaign to a signer; repeating it is not an error.

        Raises `NotFound`.
        """
        self._driver.call(_calls.stop_updates(token, signature_id), options)

    def cancel_attendance(
        self, token: str, attendance_id: str, **options: Unpack[PostOptions]
    ) -> None:
        """Delete a guest, whose places are free again.

        Raises `NotFound` if they are not among the data of this token, or no longer.
        """
        self._driver.call(_calls.cancel_attendance(token, attendance_id), options)

    def cancel_event(self, token: str, event_id: str, **options: Unpack[PostOptions]) -> None:
        """Cancel an event as its host; its guests get an e-mail. Repeating it is not an error.

        An event that was never public is rejected instead. Raises `NotFound`, and `EventClosed`
        for an event that is over.
        """
        self._driver.call(_calls.cancel_own_event(token, event_id), options)

    def delete_host_address(
        self, token: str, event_id: str, **options: Unpack[PostOptions]
    ) -> None:
        """Delete the host's e-mail address and keep the event, which the token then loses.

        Raises `NotFound`.
        """
        self._driver.call(_calls.delete_host_address(token, event_id), options)

    def cancel_order(self, token: str, order_id: str, **options: Unpack[PostOptions]) -> None:
        """Cancel an order that is not paid, and delete its buyer's data.

        Raises `AlreadyDecided` if it is paid: such orders are kept as the law requires. Raises
        `NotFound`.
        """
        self._driver.call(_calls.cancel_order(token, order_id), options)

    def block(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Send no more e-mail to the mailbox, and delete what is pending.

        The token is closed: from then on it can only `unblock`, without a time limit. What was
        confirmed stays.
        """
        self._driver.call(_calls.block(token), options)

    def unblock(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Allow e-mail to the mailbox again; repeating it is not an error."""
        self._driver.call(_calls.unblock(token), options)

    def erase(self, token: str, *, block: bool = False, **options: Unpack[PostOptions]) -> None:
        """Delete everything that is kept, also what is pending; it cannot be undone.

        Signatures are withdrawn, attendances cancelled, and events of this host cancelled and
        anonymised. With ``block``, the mailbox gets no more e-mail until the token is used to
        `unblock` it; otherwise the token ends.
        """
        self._driver.call(_calls.erase(token, block=block), options)


class EventCalls:
    """Events: search, submission and attendance."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **filters: Unpack[EventOptions],
    ) -> Pager[models.Event]:
        """List events by start, or by distance if ``near`` is given.

        Filters (`imd_sdk.options.EventFilters`): ``bbox``, ``near`` with ``radius_km``, ``from_``,
        ``to``, ``kind``, ``language``, ``country``, ``online``, ``q``. ``bbox`` and ``near``
        leave out online events.
        """
        call = _calls.events(_calls.pop_filters(filters), limit=limit)
        return self._driver.pages(call, cursor, filters)

    def get(self, event_id: str, **options: Unpack[Options]) -> models.Event:
        """Get one event; of a private place only the area is public."""
        return self._driver.call(_calls.event(event_id), options)

    def clusters(
        self, *, bbox: Sequence[float], zoom: int, **filters: Unpack[ClusterOptions]
    ) -> models.Page[models.Cluster]:
        """Count the events in each cell of a map, for a ``bbox`` and a ``zoom`` from 0 to 12.

        Accepts the filters of `list` except ``near``. The result is always one page.
        """
        call = _calls.clusters(_calls.pop_filters(filters), bbox=bbox, zoom=zoom)
        return self._driver.call(call, filters)

    def ics(self, *, limit: int | None = None, **filters: Unpack[EventOptions]) -> bytes:
        """Get events as a calendar (RFC 5545), with the filters of `list`.

        ``limit``: at most this many; None: all of them, in one piece of memory.
        """
        call = _calls.ics(_calls.pop_filters(filters), limit=limit)
        return self._driver.call(call, filters)

    def event_ics(self, event_id: str, **options: Unpack[Options]) -> bytes:
        """Get one event as a calendar (RFC 5545)."""
        return self._driver.call(_calls.event_ics(event_id), options)

    def geojson(
        self, *, limit: int | None = None, **filters: Unpack[EventOptions]
    ) -> dict[str, Any]:
        """Get events as a FeatureCollection (RFC 7946), with the filters and limit of `ics`.

        The property ``page_url`` of a feature is the URL of the event's public page.
        """
        call = _calls.geojson(_calls.pop_filters(filters), limit=limit)
        return self._driver.call(call, filters)

    def csv(self, *, limit: int | None = None, **filters: Unpack[EventOptions]) -> bytes:
        """Get events as a table for spreadsheets (RFC 4180), with the filters and limit of `ics`.

        Text that a spreadsheet would read as a formula gets a ``'`` in front.
        """
        call = _calls.csv(_calls.pop_filters(filters), limit=limit)
        return self._driver.call(call, filters)

    def atom(self, *, limit: int | None = None, **filters: Unpack[EventOptions]) -> bytes:
        """Get the events that changed last as a news feed (RFC 4287), with the filters of `list`.

        ``limit``: up to 1,000; None: the server's, 100.
        """
        call = _calls.atom(_calls.pop_filters(filters), limit=limit)
        return self._driver.call(call, filters)

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
        proof: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SubmissionReceipt:
        """Submit an event; its host confirms it by e-mail, then a moderator approves it.

        ``kind`` is an `EventKind`; ``time_zone`` an IANA name. A time without an offset is local
        time in that zone; an offset must be the zone's own. An online event has a ``url`` and no
        ``place``; any other event has a ``place``, whose ``private`` keeps the address from the
        public. ``lang`` is the language of the text, ``languages`` are those spoken at the
        event. ``capacity`` None: no limit. ``proof`` is a solved `Challenge`. Raises
        `InvalidRequest`, `RateLimited`.
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
            proof=proof,
        )
        return self._driver.call(call, options)

    def attend(
        self,
        event_id: str,
        *,
        name: str,
        email: str,
        guests: int = 0,
        lang: str | None = None,
        message: str | None = None,
        proof: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SubmissionReceipt:
        """Sign up a person and their guests; they take places once they confirm it by e-mail.

        ``guests`` is the number of people they bring (0 to 10); ``lang`` is the language of the
        e-mails, by default the event's. At a private home they are accepted or declined by the
        host or a moderator, who see name, e-mail address and ``message`` (up to 500 characters);
        only accepted guests get the address. At other events nobody sees a message. ``proof`` is
        a solved `Challenge`.

        Raises `NotFound`, `EventClosed`, `InvalidRequest`, `RateLimited`.
        """
        call = _calls.attend(
            event_id,
            name=name,
            email=email,
            guests=guests,
            lang=lang,
            message=message,
            proof=proof,
        )
        return self._driver.call(call, options)


class AttendanceCalls:
    """Attendances: what guests see and change with the token in their e-mails.

    Anyone who knows the token can act for the guest, so treat it as a secret. It works until a
    month after the event.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, token: str, **options: Unpack[Options]) -> models.Attendance:
        """Get a guest's own sign-up; raises `NotFound`, also once the guest has left."""
        return self._driver.call(_calls.attendance(token), options)

    def change(
        self, token: str, *, guests: int, **options: Unpack[PostOptions]
    ) -> models.Attendance:
        """Bring fewer or more guests (0 to 10).

        A guest of a private home can only bring fewer, or leave and sign up again. Places that
        become free go to those who wait. Raises `NotFound`, `EventClosed`, `AlreadyDecided` once
        declined, and `SoldOut`, whose ``available`` is the number that they can bring.
        """
        return self._driver.call(_calls.change_attendance(token, guests=guests), options)

    def leave(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Cancel the sign-up and delete it; the same mailbox can sign up again.

        Raises `NotFound`, and `AlreadyDecided` once declined.
        """
        self._driver.call(_calls.leave(token), options)


class HostedEventCalls:
    """Hosted events: what hosts see and change with the token in their e-mails.

    Anyone who knows the token can act for the host, so treat it as a secret. It works until a
    month after the event.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, token: str, **options: Unpack[Options]) -> models.HostedEvent:
        """Get the event with its exact place, the number of people, and a proposed change."""
        return self._driver.call(_calls.hosted_event(token), options)

    def guests(
        self,
        token: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.AttendanceReview]:
        """List the confirmed guests of a private home, oldest first.

        Raises `NotFound` for other events: there, hosts see numbers only.
        """
        return self._driver.pages(_calls.hosted_guests(token, limit=limit), cursor, options)

    def decide_guest(
        self, token: str, attendance_id: str, *, decision: str, **options: Unpack[PostOptions]
    ) -> models.AttendanceReview:
        """Decide on a guest of a private home: ``accept`` or ``decline``.

        An accepted guest is e-mailed the address or, if the home is full, waits for a place.
        ``decline`` also removes a guest who has a place. Raises `NotFound`, `EventClosed`,
        `AlreadyDecided`, and `SoldOut` for a guest who waits while there is no place.
        """
        call = _calls.decide_guest(token, attendance_id, decision=decision)
        return self._driver.call(call, options)

    def set_capacity(
        self, token: str, capacity: int | None, **options: Unpack[PostOptions]
    ) -> models.HostedEvent:
        """Change how many people can come, at once; None: no limit.

        Those who wait move up, and nobody who has a place loses it. Raises `EventClosed`.
        """
        return self._driver.call(_calls.set_capacity(token, capacity), options)

    def propose_change(
        self,
        token: str,
        *,
        title: str,
        description: str,
        starts_at: datetime | str,
        time_zone: str,
        ends_at: datetime | str | None = None,
        url: str | None = None,
        place: models.NewPlace | None = None,
        **options: Unpack[PostOptions],
    ) -> models.HostedEvent:
        """Propose a change of a published event; nothing changes until a moderator approves it.

        Pass all fields, also those that stay. It replaces an earlier proposal. Whether the event is
        online, and whether its place is private, cannot change. Raises `InvalidRequest` and, also
        while the event waits for review, `EventClosed`.
        """
        call = _calls.propose_change(
            token,
            title=title,
            description=description,
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=time_zone,
            url=url,
            place=place,
        )
        return self._driver.call(call, options)

    def withdraw_change(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Withdraw the proposed change; raises `NotFound` if there is none."""
        self._driver.call(_calls.withdraw_change(token), options)

    def cancel(
        self, token: str, *, reason: str, **options: Unpack[PostOptions]
    ) -> models.HostedEvent:
        """Cancel a published event; the reason is e-mailed to its guests.

        ``reason`` has up to 300 characters, in one line, without links or e-mail addresses. Raises
        `InvalidRequest`, `EventClosed`.
        """
        return self._driver.call(_calls.cancel_event(token, reason=reason), options)

    def withdraw(self, token: str, **options: Unpack[PostOptions]) -> None:
        """Withdraw and delete an event that waits for review; raises `AlreadyDecided` after it."""
        self._driver.call(_calls.withdraw_event(token), options)


class PosterCalls:
    """Posters: editions, files and orders."""

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
        """Get one poster; ``available`` of an edition is the current number."""
        return self._driver.call(_calls.poster(slug, lang=lang), options)

    def download(
        self,
        slug: str,
        name: str,
        *,
        to: str | PathLike[str] | BinaryIO,
        progress: Callable[[int, int | None], object] | None = None,
        **options: Unpack[Options],
    ) -> DownloadedFile:
        """Download a file of a poster to a path or an open binary file.

        After a broken connection only the rest is requested, and the digest that the server
        states (RFC 9530) is checked. A path has its file only once the download is complete.
        ``progress`` is called with the bytes so far and, if known, the total.
        """
        call = partial(_calls.download, slug, name)
        return self._driver.download(call, to, progress, options)

    def reserve(
        self, slug: str, *, edition: str, quantity: int = 1, **options: Unpack[PostOptions]
    ) -> models.Reservation:
        """Fix the price of prints for an hour: 1 or 2 of a limited edition, 1 to 10 of an open one.

        It keeps no prints: their numbers are assigned when the order is confirmed. Raises `SoldOut`
        if fewer are left, `NotFound`, and `InvalidRequest`.
        """
        return self._driver.call(_calls.reserve(slug, edition=edition, quantity=quantity), options)

    def order(
        self,
        reservation: str,
        *,
        name: str,
        email: str,
        address: models.PostalAddress,
        lang: str | None = None,
        proof: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.SubmissionReceipt:
        """Order reserved prints; the campaign sends an e-mail to confirm.

        ``reservation`` is the ``token`` of a reservation, ``lang`` the language of the e-mails. The
        order is placed once the owner of the mailbox confirms it, and until then nobody else is
        kept from buying the prints. ``proof`` is a solved `Challenge`. The response is the same for
        every e-mail address.

        Raises `InvalidRequest`, `ReservationExpired`, `RateLimited`.
        """
        call = _calls.order(
            reservation, name=name, email=email, address=address, lang=lang, proof=proof
        )
        return self._driver.call(call, options)

    def get_order(self, order_id: str, **options: Unpack[Options]) -> models.Order:
        """Get an order by its id, which is a secret; it contains nothing personal.

        Raises `NotFound`.
        """
        return self._driver.call(_calls.get_order(order_id), options)


class ShareKitCalls:
    """The share kit: what supporters post on the day."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def get(self, *, lang: str | None = None, **options: Unpack[Options]) -> models.ShareKit:
        """Get the time of the share storm, the hashtags and the messages."""
        return self._driver.call(_calls.share_kit(lang=lang), options)


class ResourceCalls:
    """Resources: background and tip sheets."""

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
        """Get one resource."""
        return self._driver.call(_calls.resource(slug, lang=lang), options)


class ModerationCalls:
    """Decisions of staff on events and guests, and on orders of posters.

    Events and guests need a key with the scope ``events:moderate``, orders one with the scope
    ``orders:manage``.
    """

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
        """List submitted events with their exact places; ``state`` such as ``pending_review``."""
        return self._driver.pages(_calls.review_events(state=state, limit=limit), cursor, options)

    def decide_event(
        self, event_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.EventReview:
        """Decide on an event: ``approve``, ``reject`` or ``cancel``; the reason is recorded.

        Raises `AlreadyDecided`.
        """
        call = _calls.decide_event(event_id, decision=decision, reason=reason)
        return self._driver.call(call, options)

    def make_place_private(
        self, event_id: str, *, reason: str, **options: Unpack[PostOptions]
    ) -> models.EventReview:
        """Show only the area of a place from now on; the reason is recorded.

        For an event that waits, is published or was cancelled, and whose host submitted a home as a
        public place. It cannot be undone. Guests keep their places; new ones need a decision.
        Raises `AlreadyDecided` if the place is private or the event is rejected, and
        `InvalidRequest` if it is online.
        """
        call = _calls.make_place_private(event_id, reason=reason)
        return self._driver.call(call, options)

    def event_changes(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.EventChangeReview]:
        """List the changes that hosts propose, beside the approved events, oldest first."""
        return self._driver.pages(_calls.review_event_changes(limit=limit), cursor, options)

    def decide_event_change(
        self, change_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.EventReview:
        """Decide on a proposed change: ``approve`` or ``reject``; the reason is recorded.

        If the time or the place changes, guests are e-mailed. Raises `NotFound` if the host has
        replaced or withdrawn the change.
        """
        call = _calls.decide_event_change(change_id, decision=decision, reason=reason)
        return self._driver.call(call, options)

    def attendances(
        self,
        *,
        event: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.AttendanceReview]:
        """List the confirmed guests; ``event`` is an event's id.

        Name, e-mail address and message are there for private homes only.
        """
        call = _calls.review_attendances(event=event, limit=limit)
        return self._driver.pages(call, cursor, options)

    def decide_attendance(
        self, attendance_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.AttendanceReview:
        """Decide on a guest: ``accept``, which e-mails them the address, or ``decline``.

        A guest who is accepted at a full home waits for a place. ``decline`` also removes a guest
        who has a place. Raises `AlreadyDecided`, and `SoldOut` for a guest who waits.
        """
        call = _calls.decide_attendance(attendance_id, decision=decision, reason=reason)
        return self._driver.call(call, options)

    def orders(
        self,
        *,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.ManagedOrder]:
        """List orders with their sealed buyers, oldest first; ``state`` such as ``paid``.

        None lists the orders that are not paid yet. Needs a key with the scope ``orders:manage``.
        """
        return self._driver.pages(_calls.orders(state=state, limit=limit), cursor, options)

    def order(self, order_id: str, **options: Unpack[Options]) -> models.ManagedOrder:
        """Get an order with its sealed buyer and its payments; raises `NotFound`."""
        return self._driver.call(_calls.managed_order(order_id), options)

    def stock(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.Stock]:
        """List the editions with the prints that are sold, held by unpaid orders, and left.

        Needs a key with the scope ``orders:manage``.
        """
        return self._driver.pages(_calls.stock(limit=limit), cursor, options)

    def decide_order(
        self, order_id: str, *, decision: str, reason: str, **options: Unpack[PostOptions]
    ) -> models.ManagedOrder:
        """Decide on an order; the reason is recorded.

        ``decision`` is ``paid``, ``sent``, ``cancel``, ``refund``, or ``paid_late`` for a payment
        that arrived after the order had ended. Only a paid order can be sent or refunded.
        Cancelling puts the prints on sale again and deletes the buyer's data of an order that is
        not paid. The buyer gets an e-mail when the order is sent, cancelled or refunded; the
        reason is in the one about a cancelled order.

        Needs a key with the scope ``orders:manage``. Raises `NotFound`, `InvalidRequest`, and
        `AlreadyDecided` if the decision is not for an order in this state.
        """
        call = _calls.decide_order(order_id, decision=decision, reason=reason)
        return self._driver.call(call, options)


class BounceCalls:
    """Bounces of the campaign's e-mails; needs a key with the scope ``bounces:report``."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def report(
        self,
        *,
        status: str,
        message_id: str | None = None,
        return_path: str | None = None,
        **options: Unpack[PostOptions],
    ) -> models.BounceReceipt:
        """Report that an e-mail bounced for good, for a mail server that says so to your software.

        Pass its ``Message-ID`` as ``message_id``, or its envelope sender as ``return_path``; no
        e-mail address of a person is needed. ``status`` is the enhanced status code (RFC 3463),
        such as ``5.1.1`` for a mailbox that does not exist, which gets no e-mail for a time. Do
        not report delays.

        The result's ``recorded`` is False if the campaign does not know the e-mail or it was
        reported before; repeating a report changes nothing. Raises `InvalidRequest`.
        """
        call = _calls.report_bounce(status=status, message_id=message_id, return_path=return_path)
        return self._driver.call(call, options)


class WebhookCalls:
    """Webhooks: where the campaign reports what has changed.

    Needs a key with the scope ``webhooks:manage``, which sees its own webhooks only. To verify
    what you receive, use `imd_sdk.webhooks`.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def subscribe(
        self, url: str, *, types: Iterable[str], **options: Unpack[PostOptions]
    ) -> models.NewWebhook:
        """Subscribe a URL to webhooks of some `WebhookType`; the result has the secret, once.

        The URL begins with ``https://`` and has a public host. Types about moderation and orders
        need the scope ``events:moderate`` or ``orders:manage`` too.

        Raises `InvalidRequest`, `Forbidden` if a type needs a scope that the key lacks,
        `Conflict` if it has 20, and `RateLimited` if it subscribes too often.
        """
        call = _calls.subscribe(url=url, types=types)
        return self._driver.call(call, options)

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, **options: Unpack[Options]
    ) -> Pager[models.Webhook]:
        """List the webhooks of this key, oldest first."""
        return self._driver.pages(_calls.webhooks(limit=limit), cursor, options)

    def get(self, webhook_id: str, **options: Unpack[Options]) -> models.Webhook:
        """Get a webhook, to see whether it works; raises `NotFound`."""
        return self._driver.call(_calls.webhook(webhook_id), options)

    def unsubscribe(self, webhook_id: str, **options: Unpack[PostOptions]) -> None:
        """Delete a webhook and its log; raises `NotFound`."""
        self._driver.call(_calls.unsubscribe(webhook_id), options)

    def rotate_secret(
        self, webhook_id: str, **options: Unpack[PostOptions]
    ) -> models.NewWebhookSecret:
        """Replace the secret; for a day, webhooks are signed with the previous one too.

        Raises `NotFound`.
        """
        return self._driver.call(_calls.rotate_webhook_secret(webhook_id), options)

    def test(self, webhook_id: str, **options: Unpack[PostOptions]) -> models.WebhookDelivery:
        """Send a webhook of the type ``webhook.test``, once; see `deliveries` for the outcome.

        If it is delivered, a webhook that was disabled is active again. Raises `NotFound`, and
        `RateLimited` after ten tests within an hour.
        """
        return self._driver.call(_calls.test_webhook(webhook_id), options)

    def deliveries(
        self,
        webhook_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        **options: Unpack[Options],
    ) -> Pager[models.WebhookDelivery]:
        """List what was sent to a webhook within 30 days, newest first; raises `NotFound`."""
        call = _calls.webhook_deliveries(webhook_id, limit=limit)
        return self._driver.pages(call, cursor, options)

    def sample(self, kind: str, **options: Unpack[Options]) -> models.WebhookPayload:
        """Get a sample of what webhooks of a type send; raises `NotFound` for an unknown type."""
        return self._driver.call(_calls.webhook_sample(kind), options)
