"""What is kept for how long, and why: the table of `imd campaign retention` and of the docs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Column, ColumnElement, Table, func, null, or_, select, true

from imd_campaign import retention
from imd_campaign.api_keys.tables import api_keys
from imd_campaign.audit.tables import audit
from imd_campaign.calendars.tables import calendar_entries, calendars
from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events.personal_data import RETENTION as GUEST_RETENTION
from imd_campaign.events.tables import attendances, event_changes, events
from imd_campaign.idempotency.service import RETENTION as RESPONSE_RETENTION
from imd_campaign.idempotency.tables import idempotent_requests
from imd_campaign.mail.tables import outbox
from imd_campaign.networks.tables import network_keys, network_uses
from imd_campaign.petitions.tables import invalidations, ledger, petitions, signatures
from imd_campaign.posters.store import OPEN_STATES
from imd_campaign.posters.tables import orders
from imd_campaign.proofs.tables import spent_proofs
from imd_campaign.restores.tables import restores
from imd_campaign.settings import Settings
from imd_campaign.staff import store as staff
from imd_campaign.staff.login_limits import WINDOW as LOGIN_WINDOW
from imd_campaign.staff.sessions import LONGEST as LONGEST_SESSION
from imd_campaign.staff.tables import (
    staff_accounts,
    staff_invitations,
    staff_login_failures,
    staff_recovery_codes,
    staff_sessions,
)
from imd_campaign.submissions.tables import blocked_mailboxes, mailbox_uses, submissions
from imd_campaign.submissions.windows import LONGEST
from imd_campaign.suppressions.service import MEMORY
from imd_campaign.suppressions.tables import bounced_addresses
from imd_campaign.webhooks.tables import webhook_deliveries, webhooks

FOREVER = "forever"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    data: str
    kept: str
    why: str
    table: Table
    rows: ColumnElement[bool] = true()  # noqa: RUF009 it never changes
    since: Column[datetime] | Column[date] | None = None
    """When the time begins after which a row is deleted; None if no time does."""
    period: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Kept:
    rule: Rule
    rows: int
    next_deletion: datetime | None


def measure(context: Context) -> Sequence[Kept]:
    """Count the rows of each rule now."""
    with context.database.read() as connection:
        return [_measure(connection, rule) for rule in list_rules(context.settings)]


def _measure(connection: Connection, rule: Rule) -> Kept:
    source = rule.table.join(events) if rule.table in (attendances, event_changes) else rule.table
    first = null() if rule.since is None else func.min(rule.since)
    query = select(func.count(), first).select_from(source).where(rule.rows)
    row = connection.execute(query).one()
    since: date | datetime | None = row[1]
    return Kept(rule, row[0], _to_moment(since) + rule.period if since else None)


def _to_moment(since: date | datetime) -> datetime:
    """Return the moment from which a period counts: a day counts until its end."""
    if isinstance(since, datetime):
        return since
    return datetime.combine(since + DAY, time(tzinfo=UTC))


def list_rules(settings: Settings) -> Sequence[Rule]:
    return [
        *_list_petition_rules(),
        *_list_form_rules(),
        *_list_email_rules(),
        *_list_event_rules(),
        *_list_calendar_rules(),
        *_list_webhook_rules(),
        *_list_order_rules(timedelta(days=settings.order_days)),
        *_list_staff_rules(),
    ]


def _describe(period: timedelta) -> str:
    hours = round(period.total_seconds() / 3600)
    number, unit = (hours // 24, "day") if hours % 24 == 0 and hours > 48 else (hours, "hour")  # noqa: PLR2004
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _list_petition_rules() -> Iterator[Rule]:
    yield Rule(
        data="signatures, with the signer's name and address sealed",
        kept="until the signer withdraws, or the campaign is closed",
        why="they are handed over to the addressee of the petition",
        table=signatures,
    )
    yield Rule(
        data="the ledger of the count: countries, sources and days",
        kept=FOREVER,
        why="anybody can check the total; it names nobody",
        table=ledger,
    )
    yield Rule(
        data="texts, totals and settings of the campaign",
        kept=FOREVER,
        why="they are public, and name nobody but artists",
        table=petitions,
    )


def _list_form_rules() -> Iterator[Rule]:
    yield Rule(
        data="forms that were sent, encrypted; without content once they have ended",
        kept=_describe(retention.SUBMISSION_RETENTION),
        why="a form can wait so long for its e-mail, and a repeated one must not count twice",
        table=submissions,
        rows=submissions.c.state != "rejected",
        since=submissions.c.created_at,
        period=retention.SUBMISSION_RETENTION,
    )
    yield Rule(
        data="forms that the owner of the mailbox rejected, without content",
        kept=FOREVER,
        why="their links let the owner allow e-mail again",
        table=submissions,
        rows=submissions.c.state == "rejected",
    )
    yield Rule(
        data="mailboxes that get no e-mail, as fingerprints",
        kept="until their owner or staff allow e-mail again",
        why="their owner wants no e-mail",
        table=blocked_mailboxes,
    )
    yield Rule(
        data="when a mailbox was written to, or a code was tried",
        kept=_describe(LONGEST),
        why="limits that protect a mailbox look back so far",
        table=mailbox_uses,
        since=mailbox_uses.c.used_at,
        period=LONGEST,
    )
    yield Rule(
        data="which form came from which network, as a code",
        kept=_describe(retention.NETWORK_RETENTION),
        why="floods are recognised within two days",
        table=submissions,
        rows=submissions.c.network.is_not(None),
        since=submissions.c.created_at,
        period=retention.NETWORK_RETENTION,
    )
    yield Rule(
        data="the keys of the codes of networks",
        kept=_describe(retention.NETWORK_RETENTION),
        why="without its key, nobody can test a code against an address",
        table=network_keys,
        since=network_keys.c.created_at,
        period=retention.NETWORK_RETENTION,
    )
    yield Rule(
        data="how many e-mails a network caused, by its code",
        kept=_describe(retention.NETWORK_USE_RETENTION),
        why="limits look back ten minutes, and plan up to two hours ahead",
        table=network_uses,
        since=network_uses.c.used_at,
        period=retention.NETWORK_USE_RETENTION,
    )
    yield Rule(
        data="proofs of work that were used",
        kept="until they expire",
        why="none counts twice; they name nobody",
        table=spent_proofs,
        since=spent_proofs.c.expires_at,
    )
    yield Rule(
        data="responses to requests with an idempotency key, encrypted",
        kept=_describe(RESPONSE_RETENTION),
        why="a client that repeats a request gets the same response",
        table=idempotent_requests,
        since=idempotent_requests.c.expires_at,
    )


def _list_email_rules() -> Iterator[Rule]:
    yield Rule(
        data="e-mails that wait, encrypted",
        kept="until they are sent or given up: four days after the first attempt at most",
        why="mail servers can be down for days",
        table=outbox,
        rows=outbox.c.state == "queued",
    )
    yield Rule(
        data="e-mails that have ended: kind, times, and fingerprints of the address",
        kept=_describe(retention.EMAIL_RETENTION),
        why="reports that an e-mail bounced can come so late",
        table=outbox,
        rows=outbox.c.state != "queued",
        since=outbox.c.done_at,
        period=retention.EMAIL_RETENTION,
    )
    yield Rule(
        data="addresses that bounced, as fingerprints",
        kept=_describe(MEMORY),
        why="a second bounce within that time lasts longer",
        table=bounced_addresses,
        since=bounced_addresses.c.last_at,
        period=MEMORY,
    )


def _list_event_rules() -> Iterator[Rule]:
    after_event = f"{_describe(GUEST_RETENTION)} after the event"
    yield Rule(
        data="guests, encrypted",
        kept=after_event,
        why="hosts may still have to reach their guests",
        table=attendances,
        since=events.c.last_day,
        period=GUEST_RETENTION,
    )
    yield Rule(
        data="hosts' addresses and private places, encrypted",
        kept=after_event,
        why="guests may still ask where they were, and hosts answer",
        table=events,
        rows=or_(events.c.locked_place.is_not(None), events.c.locked_host.is_not(None)),
        since=events.c.last_day,
        period=GUEST_RETENTION,
    )
    yield Rule(
        data="changes to events that nobody has decided on, encrypted",
        kept=after_event,
        why="moderators decide on them before the event",
        table=event_changes,
        since=events.c.last_day,
        period=GUEST_RETENTION,
    )
    yield Rule(
        data="events, with the host's public name",
        kept="until the host deletes them",
        why="they are public, and the campaign's history",
        table=events,
    )


def _list_webhook_rules() -> Iterator[Rule]:
    period = _describe(retention.WEBHOOK_RETENTION)
    yield Rule(
        data="subscriptions to webhooks: the URL and the secret, encrypted",
        kept=f"until the key unsubscribes, or {period} after it was disabled or revoked",
        why="they are sent to it",
        table=webhooks,
    )
    yield Rule(
        data="the log of webhooks, without their content once they have ended",
        kept=period,
        why="subscribers look up what was sent to them; it names nobody",
        table=webhook_deliveries,
        since=webhook_deliveries.c.created_at,
        period=retention.WEBHOOK_RETENTION,
    )


def _list_calendar_rules() -> Iterator[Rule]:
    yield Rule(
        data="calendars of partners that are followed: the URL, encrypted, and the group's name",
        kept="until staff remove them",
        why="they are read every three hours",
        table=calendars,
    )
    yield Rule(
        data="which event came from which calendar",
        kept=f"{_describe(retention.ENTRY_RETENTION)} after the event begins",
        why="changes of the calendar are recognised by it",
        table=calendar_entries,
        since=calendar_entries.c.starts_at,
        period=retention.ENTRY_RETENTION,
    )


def _list_order_rules(order_period: timedelta) -> Iterator[Rule]:
    yield Rule(
        data="unpaid orders: the buyer's name and address, sealed, and e-mail address, encrypted",
        kept="until they are paid or expire (IMD_CAMPAIGN_PAYMENT_DAYS)",
        why="the prints are kept for the buyer",
        table=orders,
        rows=orders.c.state == "placed",
        since=orders.c.kept_until,
    )
    yield Rule(
        data="paid orders: the buyer's name and address, sealed",
        kept=f"{_describe(order_period)} (IMD_CAMPAIGN_ORDER_DAYS)",
        why="the law on invoices; it differs between countries",
        table=orders,
        rows=(orders.c.state != "placed") & orders.c.sealed.is_not(None),
        since=orders.c.created_at,
        period=order_period,
    )
    yield Rule(
        data="e-mail addresses of buyers who have paid, encrypted",
        kept=f"{_describe(retention.BUYER_ADDRESS_RETENTION)} after they are sent or cancelled",
        why="the buyer is told that the order was sent or paid back",
        table=orders,
        rows=orders.c.state.not_in(OPEN_STATES) & orders.c.locked_buyer.is_not(None),
        since=orders.c.changed_at,
        period=retention.BUYER_ADDRESS_RETENTION,
    )
    yield Rule(
        data="orders without their buyer",
        kept=FOREVER,
        why="they say which numbered prints are sold",
        table=orders,
        rows=orders.c.sealed.is_(None),
    )


def _list_staff_rules() -> Iterator[Rule]:
    yield Rule(
        data="the audit trail: who on the staff decided what, and why",
        kept="forever; names and reasons until the campaign is closed",
        why="a decision must stay accountable",
        table=audit,
    )
    yield Rule(
        data="who declared signatures invalid, and why",
        kept="until the campaign is closed",
        why="it can be undone, and must stay accountable",
        table=invalidations,
    )
    yield Rule(
        data="API keys, as digests, also those that were revoked",
        kept=FOREVER,
        why="the audit trail names them",
        table=api_keys,
    )
    yield Rule(
        data="when the database was restored from a backup",
        kept=FOREVER,
        why="it explains what is missing",
        table=restores,
    )
    yield Rule(
        data="accounts of staff: name, e-mail address, password and app, encrypted",
        kept=f"until {_describe(retention.STAFF_RETENTION)} after it was disabled",
        why="the audit trail shows names until then",
        table=staff_accounts,
        rows=staff_accounts.c.locked != staff.ERASED,
        since=staff_accounts.c.disabled_at,
        period=retention.STAFF_RETENTION,
    )
    yield Rule(
        data="recovery codes of staff, as digests",
        kept="until they are used or replaced",
        why="each replaces a code of the app once",
        table=staff_recovery_codes,
    )
    yield Rule(
        data="sessions of staff, as digests",
        kept=f"{_describe(LONGEST_SESSION)}, or half an hour after the last request",
        why="they show who is signed in",
        table=staff_sessions,
        since=staff_sessions.c.created_at,
        period=LONGEST_SESSION,
    )
    yield Rule(
        data="invitations of staff, as digests",
        kept="until they are used or expire",
        why="each makes one account",
        table=staff_invitations,
        since=staff_invitations.c.expires_at,
    )
    yield Rule(
        data="failed logins of staff, by a code of the account, the network or the session",
        kept="15 minutes",
        why="limits look back so far",
        table=staff_login_failures,
        since=staff_login_failures.c.failed_at,
        period=LOGIN_WINDOW,
    )
