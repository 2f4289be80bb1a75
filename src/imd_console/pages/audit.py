"""The audit log: who has done what, when and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from starlette.responses import Response

from imd_campaign.audit import service as audit
from imd_campaign.audit.service import AuditEntry, AuditFilter
from imd_campaign.staff import accounts
from imd_console.forms import Form
from imd_console.languages import N_
from imd_console.page import Page
from imd_console.paging import make_next_link, read_page_request
from imd_console.paths import AUDIT
from imd_console.rendering import render
from imd_console.staff_request import StaffRequest

KEY_LENGTH = 16
FILTERS = ("from", "until", "actor", "action")


@dataclass(frozen=True, slots=True)
class Actor:
    key: str
    """Stands for the actor in URLs, which have no names."""

    id: str
    name: str


def show(request: StaffRequest) -> Response:
    form = Form({name: (request.query.get(name, ""),) for name in FILTERS})
    with request.context.database.read() as connection:
        actions, ids = audit.list_actions(connection), audit.list_actors(connection)
    names = _name_staff(request)
    actors = {id_: _make_actor(request, id_, names) for id_ in ids}
    filters = _read_filters(form, {actor.key: actor.id for actor in actors.values()}, actions)
    with request.context.database.read() as connection:
        part = audit.search(connection, filters, read_page_request(request))
    return render(
        request,
        "audit.html",
        form=form,
        actions=actions,
        actors=sorted(actors.values(), key=_get_name),
        entries=[(entry, actors.get(entry.actor)) for entry in part.items],
        details=_join_details,
        next_link=make_next_link(request, part.next),
    )


def _name_staff(request: StaffRequest) -> Mapping[str, str]:
    return {account.id: account.name for account in accounts.list_accounts(request.context)}


def _make_actor(request: StaffRequest, actor_id: str, names: Mapping[str, str]) -> Actor:
    key = request.context.vault.fingerprint("audit actor", actor_id).hex()[:KEY_LENGTH]
    return Actor(key, actor_id, names.get(actor_id, actor_id))


def _get_name(actor: Actor) -> str:
    return actor.name.casefold()


def _read_filters(form: Form, actors: Mapping[str, str], actions: Sequence[str]) -> AuditFilter:
    return AuditFilter(
        since=_read_day(form.get("from")),
        until=_read_day(form.get("until"), days=1),
        actor=actors.get(form.get("actor")),
        action=form.get("action") if form.get("action") in actions else None,
    )


def _read_day(text: str, *, days: int = 0) -> datetime | None:
    """Return the beginning of a day, or of a later one; None for anything else."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(day, time(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _join_details(entry: AuditEntry) -> str:
    return ", ".join(f"{name}: {value}" for name, value in entry.details.items())


PAGES = (Page(AUDIT, "read-audit", get=show, navigation=N_("Audit log")),)
