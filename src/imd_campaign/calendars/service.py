"""Follows calendars: what is new, changed or cancelled waits for a moderator's decision.

Nothing is published by itself: a new event waits for review, and a change of a published event is a
proposal beside it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from imd_campaign.audit import service as audit
from imd_campaign.audit.service import Author
from imd_campaign.calendars import store
from imd_campaign.calendars.entries import Entry, Feed, read_feed
from imd_campaign.calendars.fetching import Fetched, Validators, parse_url
from imd_campaign.calendars.proposals import Proposal, is_likely_same, make_proposal
from imd_campaign.context import Context
from imd_campaign.crypto import new_id
from imd_campaign.db import Connection
from imd_campaign.errors import InvalidBody, NotFound
from imd_campaign.events import change_store, event_changes
from imd_campaign.events import store as events
from imd_campaign.events.schemas import EventChangeForm, EventForm, ExactPlace
from imd_campaign.events.service import get_exact_place
from imd_campaign.events.submission import make_row
from imd_campaign.switches import service as switches

Row = Mapping[Any, Any]

PURPOSE = "calendar"
INTERVAL = timedelta(hours=3)
FIRST_DELAY = timedelta(hours=1)
MAX_DELAY = timedelta(days=1)
MAX_DOUBLINGS = 5
# For as long as a calendar is being read: within it, nobody else reads it.
LEASE = timedelta(minutes=5)
MAX_UNDECIDED = 200
TOO_MANY = f"more than {MAX_UNDECIDED} of its events wait for a decision; the rest is left out"
UNDECIDED, PUBLIC = "pending_review", "public"
FOLLOWED, DIFFERENT = "followed", "different"
NO_DIGEST = b""


@dataclass(frozen=True, slots=True)
class Followed:
    id: str
    name: str
    host: str
    checked_at: datetime | None
    read_at: datetime | None
    failures: int
    """How often in a row it could not be read."""

    problem: str | None


class AlreadyFollowed(ValueError):  # noqa: N818 - a state that is shown, not a fault
    pass


@dataclass(frozen=True, slots=True)
class Due:
    id: str
    url: str
    validators: Validators


# --- staff ---------------------------------------------------------------------------------------


def add(context: Context, url: str, values: Mapping[str, Any], author: Author) -> str:
    """Follow a calendar; raise AlreadyFollowed, or FetchError for a URL that is not allowed."""
    url, calendar = url.strip(), new_id("cal")
    row = {
        "id": calendar,
        "locked_url": context.vault.encrypt({"url": url}),
        "url_fingerprint": context.vault.fingerprint(PURPOSE, url),
        "host": parse_url(url).host,
        "created_at": author.now,
        "due_at": author.now,
    }
    with context.database.write() as connection:
        if not store.add(connection, {**values, **row}):
            raise AlreadyFollowed("this calendar is followed already")
        _record(connection, author, "calendar.add", calendar)
    return calendar


def remove(context: Context, calendar: str, author: Author) -> None:
    """Stop following a calendar; its events stay as they are."""
    with context.database.write() as connection:
        if not store.remove(connection, calendar):
            raise NotFound
        _record(connection, author, "calendar.remove", calendar)


def _record(connection: Connection, author: Author, action: str, calendar: str) -> None:
    audit.record(
        connection,
        now=author.now,
        actor=author.actor,
        action=action,
        subject=calendar,
        reason=author.reason,
    )


def find_followed(context: Context, calendar: str) -> Followed:
    with context.database.read() as connection:
        row = store.find(connection, calendar)
    if row is None:
        raise NotFound
    return _make_followed(row)


def list_followed(context: Context) -> Sequence[Followed]:
    with context.database.read() as connection:
        rows = store.list_calendars(connection)
    return [_make_followed(row) for row in rows]


def _make_followed(row: Row) -> Followed:
    return Followed(**{name: row[name] for name in Followed.__dataclass_fields__})


# --- reading -------------------------------------------------------------------------------------


def claim(context: Context, calendar: str | None = None) -> Due | None:
    """Take the calendar that is due next, or a certain one; nobody else reads it meanwhile."""
    now = context.now()
    if calendar is None:  # look before writing: writers wait for each other
        with context.database.read() as connection:
            is_read_only = switches.is_on(connection, switches.READ_ONLY)
            if is_read_only or not store.is_any_due(connection, now):
                return None
    with context.database.write() as connection:
        found = store.lock(connection, calendar) if calendar else store.find_due(connection, now)
        if found is None:
            return None
        store.change(connection, found["id"], due_at=now + LEASE)
    url = context.vault.decrypt(found["locked_url"])["url"]
    return Due(found["id"], url, Validators(found["etag"], found["last_modified"]))


def record_unchanged(context: Context, due: Due) -> None:
    now = context.now()
    values = {"checked_at": now, "read_at": now, "failures": 0, "due_at": now + INTERVAL}
    with context.database.write() as connection:
        store.change(connection, due.id, problem=None, **values)


def record_failure(context: Context, due: Due, problem: str) -> None:
    """Try again later, and each time later than before."""
    now = context.now()
    with context.database.write() as connection:
        calendar = store.lock(connection, due.id)
        if calendar is None:
            return
        delay = min(MAX_DELAY, FIRST_DELAY * 2 ** min(calendar["failures"], MAX_DOUBLINGS))
        values = {"checked_at": now, "problem": problem[:200], "due_at": now + delay}
        store.change(connection, due.id, failures=calendar["failures"] + 1, **values)


def record_read(context: Context, due: Due, fetched: Fetched) -> None:
    """Compare a calendar with what is known of it; raise InvalidCalendar if it is none."""
    now = context.now()
    with context.database.read() as connection:
        calendar = store.find(connection, due.id)
    if calendar is None:
        return
    feed = read_feed(fetched.data, ZoneInfo(calendar["time_zone"]), now)
    with context.database.write() as connection:
        calendar = store.lock(connection, due.id)
        if calendar is None:
            return
        problem = _Comparison(context, connection, calendar, now).compare(feed)
        values = {"checked_at": now, "read_at": now, "failures": 0, "due_at": now + INTERVAL}
        seen = fetched.validators if problem is None else Validators()
        validators = {"etag": seen.etag, "last_modified": seen.last_modified}
        store.change(connection, due.id, problem=problem, **values, **validators)


@dataclass(frozen=True, slots=True)
class _Comparison:
    context: Context
    connection: Connection
    calendar: Row
    now: datetime

    def compare(self, feed: Feed) -> str | None:
        """Propose what differs; return what staff have to know about the whole calendar."""
        known = store.list_entries(self.connection, self.calendar["id"])
        room = MAX_UNDECIDED - store.count_undecided(self.connection, self.calendar["id"])
        seen = set()
        problem = None
        for entry in feed.entries:
            identity = self._identify(entry)
            seen.add(identity)
            if identity in known:
                self._update(known[identity], entry)
            elif room > 0:
                room -= self._propose(identity, entry)
            else:
                problem = TOO_MANY
        if feed.is_complete:
            self._mark_vanished(row for key, row in known.items() if key not in seen)
        return problem

    def _identify(self, entry: Entry) -> bytes:
        parts = (self.calendar["id"], entry.uid, entry.recurrence)
        return hashlib.sha256("\0".join(parts).encode()).digest()

    def _propose(self, identity: bytes, entry: Entry) -> bool:
        """Add a new event that waits for review; return whether there is one."""
        proposal = make_proposal(entry, self.calendar, self.now)
        if proposal is None or entry.is_cancelled:
            return False
        row = self._make_row(proposal.form) | {"id": new_id("evt")}
        same = self._find_likely_same(proposal.form, row)
        events.add(self.connection, row)
        store.add_entry(
            self.connection,
            {
                "calendar": self.calendar["id"],
                "identity": identity,
                "event": row["id"],
                "digest": proposal.digest,
                "state": FOLLOWED,
                "private": proposal.is_private,
                "duplicate_of": same,
                "starts_at": entry.starts_at,
            },
        )
        return True

    def _make_row(self, form: EventForm) -> dict[str, Any]:
        row = make_row(self.context.vault, form, now=self.now)
        return row | {"locked_host": None, "host_token": None}

    def _find_likely_same(self, form: EventForm, row: Row) -> str | None:
        found = store.list_events_on(self.connection, row["first_day"])
        return next((event["id"] for event in found if is_likely_same(form, event)), None)

    def _update(self, known: Row, entry: Entry) -> None:
        event = events.lock(self.connection, known["event"])
        if event is None or event["state"] not in (UNDECIDED, PUBLIC):
            return
        if entry.is_cancelled:
            self._cancel(known, event)
            return
        is_home = event["made_private_at"] is not None
        proposal = make_proposal(entry, self.calendar, self.now, is_home=is_home)
        if proposal is None:
            if event["state"] == PUBLIC:
                self._change_entry(known, state=DIFFERENT, digest=NO_DIGEST)
        elif proposal.digest != known["digest"]:
            self._change(known, event, proposal)
        else:
            state = DIFFERENT if known["state"] == DIFFERENT else FOLLOWED
            self._change_entry(known, state=state, starts_at=entry.starts_at)

    def _cancel(self, known: Row, event: Row) -> None:
        """Delete an event that nobody has decided on; staff cancel one that is published."""
        if event["state"] == UNDECIDED:
            events.delete(self.connection, event["id"])
        self._change_entry(known, state="cancelled")

    def _change_entry(self, known: Row, **values: Any) -> None:
        """Change an entry; if it differs from what staff may have decided on, they decide again."""
        if known["state"] == DIFFERENT != values["state"]:
            values = {"digest": NO_DIGEST, **values}  # it is compared anew when it comes back
        new = {**known, **values}
        if any(new[name] != known[name] for name in ("state", "digest")):
            is_noted = new["state"] != FOLLOWED or new["private"]
            values["noted_at"] = self.now if is_noted else None
        store.change_entry(self.connection, known, **values)

    def _change(self, known: Row, event: Row, proposal: Proposal) -> None:
        values = {"digest": proposal.digest, "private": proposal.is_private}
        values |= {"state": FOLLOWED, "starts_at": proposal.form.starts_at}
        if event["state"] == UNDECIDED:
            values["event"] = self._replace(event, proposal)
        elif not self._propose_change(event, proposal):
            values["state"] = DIFFERENT
        self._change_entry(known, **values)

    def _replace(self, event: Row, proposal: Proposal) -> str:
        """Let another event take its place, so that a moderator approves only what they read."""
        events.delete(self.connection, event["id"])
        new = {"id": new_id("evt"), "made_private_at": event["made_private_at"]}
        row = self._make_row(proposal.form) | new
        events.add(self.connection, row)
        store.replace_event(self.connection, event["id"], row["id"])
        return str(row["id"])

    def _propose_change(self, event: Row, proposal: Proposal) -> bool:
        """Return False for what no change can hold, such as a place for an event that was online.

        What was proposed earlier is out of date then.
        """
        try:
            form = self._make_change(event, proposal)
            event_changes.propose(self.context, self.connection, event, form)
        except InvalidBody:
            change_store.delete_for_event(self.connection, event["id"])
            return False
        return True

    def _make_change(self, event: Row, proposal: Proposal) -> EventChangeForm:
        """Keep the place of a public event if the new one is probably private."""
        form = proposal.form
        place: ExactPlace | None = None
        if proposal.is_private and not event["private"]:
            known = get_exact_place(self.context, event)
            place = ExactPlace(**known.model_dump(exclude={"precision"})) if known else None
        elif form.place:
            place = ExactPlace(**form.place.model_dump(exclude={"private"}))
        fields = EventChangeForm.model_fields.keys() - {"place"}
        values = {name: getattr(form, name) for name in fields}
        return EventChangeForm.model_construct(**values, place=place)

    def _mark_vanished(self, missing: Iterator[Row]) -> None:
        for known in missing:
            if known["state"] in (FOLLOWED, DIFFERENT) and known["starts_at"] > self.now:
                self._change_entry(known, state="vanished")
