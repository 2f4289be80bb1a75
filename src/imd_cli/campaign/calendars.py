"""`imd campaign calendars`: follow the public calendars of partner groups."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from imd_cli.argument_parser import Commands, add_command, add_group
from imd_cli.errors import CommandError, require_extra
from imd_cli.output import print_table

if TYPE_CHECKING:
    from imd_campaign.audit.service import Author
    from imd_campaign.calendars.notices import Notice
    from imd_campaign.context import Context

OPTIONS = {
    "name": "--group",
    "point": "--near",
    "locality": "--locality",
    "country": "--country",
    "time_zone": "--time-zone",
    "lang": "--lang",
}

NOTES = {
    "new": "new",
    "changed": "changed",
    "cancelled": "cancelled",
    "vanished": "not in the calendar any more",
    "different": "changed in a way that cannot be proposed here; look at the calendar",
    "home": "probably a private home",
    "moved": "probably moved to a private home; its place here has not changed",
    "duplicate": "probably the same as {same}",
}


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "calendars", help="follow the public calendars of partner groups")

    parser = add_command(acts, "add", add, help="follow a calendar, whose events wait for review")
    parser.add_argument("url", help="its public address, which ends in .ics as a rule")
    parser.add_argument("--group", required=True, metavar="NAME", help="who hosts its events")
    parser.add_argument(
        "--near",
        required=True,
        metavar="LAT,LON",
        help="where its events are if the calendar names no coordinates",
    )
    parser.add_argument("--locality", required=True, help="the town of the group")
    parser.add_argument("--country", required=True, help="its country, such as KE")
    parser.add_argument("--time-zone", required=True, help="its time zone, such as Africa/Nairobi")
    parser.add_argument("--lang", required=True, help="the language of its events, such as sw")

    add_command(acts, "list", list_all, help="list the calendars that are followed")

    parser = add_command(acts, "remove", remove, help="stop following a calendar")
    parser.add_argument("id")

    parser = add_command(
        acts, "check", check, help="read a calendar now, and list its events with notes"
    )
    parser.add_argument("id")


def add(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.calendars import fetching, schemas, service
        from imd_cli.campaign.context import open_context

    try:
        values = schemas.read_settings(
            name=arguments.group,
            point=arguments.near,
            locality=arguments.locality,
            country=arguments.country,
            time_zone=arguments.time_zone,
            lang=arguments.lang,
        )
    except schemas.InvalidSettings as error:
        raise CommandError(_describe_first(error.problems), status=2) from None
    with open_context() as context:
        try:
            calendar = service.add(context, arguments.url, values, _make_author(context))
        except fetching.FetchError as error:
            raise CommandError(str(error), status=2) from None
        except service.AlreadyFollowed as error:
            raise CommandError(str(error)) from None
    print(f"{calendar} is followed. Its events wait for review: imd campaign moderate events")


def _describe_first(problems: Mapping[str, str]) -> str:
    field, problem = next(iter(problems.items()))
    return f"{OPTIONS[field]} {problem}"


def _make_author(context: "Context") -> "Author":
    from imd_campaign.audit.service import Author
    from imd_cli.campaign.context import get_user_name

    return Author(f"shell:{get_user_name()}", "requested on the command line", context.now())


def list_all(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.calendars import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        followed = service.list_followed(context)
    rows = [
        (one.id, one.name, one.host, one.checked_at, one.read_at, one.problem) for one in followed
    ]
    print_table(("id", "group", "host", "checked", "read", "problem"), rows)


def remove(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.calendars import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        service.remove(context, arguments.id, _make_author(context))
    print(f"{arguments.id} is not followed any more. Its events stay as they are.")


def check(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_campaign.calendars import following, notices, service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        following.read_now(context, arguments.id)
        found = notices.list_for_calendar(context, arguments.id)
        (calendar,) = [one for one in service.list_followed(context) if one.id == arguments.id]
    rows = [(one.event, one.starts_at, one.title, "; ".join(_describe(one))) for one in found]
    print_table(("event", "starts", "title", "notes"), rows)
    if calendar.problem:
        raise CommandError(f"the calendar: {calendar.problem}")
    return 0


def _describe(notice: "Notice") -> list[str]:
    same = notice.likely_same.id if notice.likely_same else ""
    return [NOTES[note].format(same=same) for note in notice.notes]
