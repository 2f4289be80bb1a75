from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from imd_campaign.context import Context
from imd_campaign.db import Connection
from imd_campaign.events.hosts import read_host
from imd_campaign.events.schemas import Place
from imd_campaign.mail import service as mail
from imd_campaign.mail.email_templates import (
    choose_email_language,
    compose_email,
    format_zone_note,
)
from imd_locale.language import Language

HOME_KINDS = {"approved": "approved_home", "change_approved": "change_approved_home"}
"""What hosts of private places get instead: it says what stays hidden."""

Row = Mapping[Any, Any]
Reason: TypeAlias = str | Callable[[Language], str]
"""A text, or what returns it in the language of the recipient."""


class Recipient(NamedTuple):
    address: str
    language: Language


def email_host(
    context: Context, connection: Connection, kind: str, event: Row, reason: Reason = ""
) -> None:
    person = read_host(context, connection, event)
    if person is None:
        return
    host = Recipient(person["email"], choose_email_language(event["lang"]))
    kind = HOME_KINDS.get(kind, kind) if event["private"] else kind
    manage = make_own_link(context, "hosted-events", person["token"], host.language)
    _send(
        context, connection, kind, host, event, manage=manage, reason=_write(reason, host.language)
    )


def email_guest(
    context: Context,
    connection: Connection,
    kind: str,
    guest: Mapping[str, Any],
    event: Row,
    *,
    place: Place | None = None,
    reason: Reason = "",
) -> None:
    """Write in the language of the RSVP or, if it has none, of the event."""
    recipient = Recipient(guest["email"], choose_email_language(guest.get("lang") or event["lang"]))
    more = {
        "where": _format_place(event, place, recipient.language),
        "manage": make_own_link(context, "attendances", guest["token"], recipient.language),
        "reason": _write(reason, recipient.language),
    }
    _send(context, connection, kind, recipient, event, **more)


def _write(reason: Reason, language: Language) -> str:
    return reason if isinstance(reason, str) else reason(language)


def _send(
    context: Context,
    connection: Connection,
    kind: str,
    recipient: Recipient,
    event: Row,
    **more: str,
) -> None:
    email = compose_email(
        "events",
        kind,
        to=recipient.address,
        language=recipient.language,
        title=event["title"],
        when=format_time(event, recipient.language),
        link=make_link(context, kind, event, recipient.language),
        host=event["host"],
        **more,
    )
    mail.queue(context, connection, kind=f"event-{kind}", email=email)


def make_own_link(context: Context, path: str, token: str, language: Language) -> str:
    return f"{context.settings.site_url.rstrip('/')}/{path}/{token}?lang={language.tag}"


def make_link(context: Context, kind: str, event: Row, language: Language) -> str:
    site = context.settings.site_url.rstrip("/")
    page = "w/event-list" if kind == "declined" else f"events/{event['id']}"
    return f"{site}/{page}?lang={language.tag}"


def format_time(event: Row, language: Language) -> str:
    zone = ZoneInfo(event["time_zone"])
    moment = language.moment(event["starts_at"], zone, style="full")
    return f"{moment}\n{format_zone_note(zone, language)}"


def describe_event(event: Row, language: Language) -> dict[str, str]:
    return {"title": event["title"], "when": format_time(event, language)}


def _format_place(event: Row, place: Place | None, language: Language) -> str:
    """Without an exact place, name the town of a private home, or the URL of an online event."""
    if place is None:
        return _format_town(event, language) or event["url"] or ""
    parts = (place.name, place.address, place.locality, place.region)
    return "\n".join([*(part for part in parts if part), language.territory(place.country)])


def _format_town(event: Row, language: Language) -> str:
    if event["locality"] is None:
        return ""
    parts = (event["locality"], event["region"])
    return "\n".join([*(part for part in parts if part), language.territory(event["country"])])
