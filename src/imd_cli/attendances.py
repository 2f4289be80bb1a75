"""Commands for guests: see, change or cancel a sign-up with the token of the e-mailed link."""

import argparse
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client

if TYPE_CHECKING:
    from imd_sdk.models import Attendance


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "attendances", help="see, change or cancel a sign-up for an event")

    parser = add_client_command(verbs, "show", show, help="show a sign-up")
    parser.add_argument("token")

    parser = add_client_command(verbs, "change", change, help="bring fewer or more guests")
    parser.add_argument("token")
    parser.add_argument("--guests", type=int, required=True, help="number of people you bring")

    parser = add_client_command(verbs, "leave", leave, help="cancel and delete a sign-up")
    parser.add_argument("token")


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        _print(arguments, imd.attendances.get(arguments.token))


def change(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        changed = imd.attendances.change(arguments.token, guests=arguments.guests)
    _print(arguments, changed)


def leave(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.attendances.leave(arguments.token)
    if not arguments.json:
        print("The sign-up is cancelled and deleted.")


def _print(arguments: argparse.Namespace, attendance: "Attendance") -> None:
    if arguments.json:
        output.print_json_lines([attendance])
        return
    event = attendance.event
    output.print_details(
        {
            "event": event.id,
            "title": event.title,
            "starts": f"{event.starts_at:%Y-%m-%d %H:%M} ({event.time_zone})",
            "address": output.format_address(event.place),
            "status": attendance.status,
            "name": attendance.name,
            "guests": attendance.guests,
        }
    )
