"""Commands for hosts: manage an event with the token of the e-mailed link."""

import argparse
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client

if TYPE_CHECKING:
    from imd_sdk.models import AttendanceReview, HostedEvent

DECISIONS = {
    "accept": "accept a guest of a private home, who is e-mailed the address",
    "decline": "decline or remove a guest of a private home",
}


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "hosted-events", help="manage an event as its host")

    parser = add_client_command(verbs, "show", show, help="show the event and who is coming")
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "guests", list_guests, help="list the guests of a private home"
    )
    parser.add_argument("token")

    for decision, meaning in DECISIONS.items():
        parser = add_client_command(verbs, decision, decide_guest, help=meaning)
        parser.add_argument("token")
        parser.add_argument("attendance")
        parser.set_defaults(decision=decision)

    parser = add_client_command(
        verbs, "capacity", set_capacity, help="change how many people can come"
    )
    parser.add_argument("token")
    parser.add_argument("people", type=int, nargs="?", help="no limit if left out")

    parser = add_client_command(
        verbs, "cancel", cancel, help="cancel a published event and e-mail its guests"
    )
    parser.add_argument("token")
    parser.add_argument("--reason", required=True, help="in one line, without links")

    parser = add_client_command(
        verbs, "withdraw", withdraw, help="delete an event that waits for review"
    )
    parser.add_argument("token")


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        _print(arguments, imd.hosted_events.get(arguments.token))


def list_guests(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        guests = imd.hosted_events.guests(arguments.token)
        if arguments.json:
            output.print_json_lines(guests)
            return
        columns = ("attendance", "status", "guests", "name", "email", "message")
        output.print_table(columns, map(_make_row, guests))


def _make_row(guest: "AttendanceReview") -> tuple[object, ...]:
    return (guest.id, guest.status, guest.guests, guest.name, guest.email, guest.message)


def decide_guest(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        guest = imd.hosted_events.decide_guest(
            arguments.token, arguments.attendance, decision=arguments.decision
        )
    if arguments.json:
        output.print_json_lines([guest])
        return
    print(f"{guest.id} is {guest.status}.")


def set_capacity(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        _print(arguments, imd.hosted_events.set_capacity(arguments.token, arguments.people))


def cancel(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        _print(arguments, imd.hosted_events.cancel(arguments.token, reason=arguments.reason))


def withdraw(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.hosted_events.withdraw(arguments.token)
    if not arguments.json:
        print("The event is deleted.")


def _print(arguments: argparse.Namespace, hosted: "HostedEvent") -> None:
    if arguments.json:
        output.print_json_lines([hosted])
        return
    event, people = hosted.event, hosted.people
    output.print_details(
        {
            "event": event.id,
            "title": event.title,
            "state": hosted.state,
            "starts": f"{event.starts_at:%Y-%m-%d %H:%M} ({event.time_zone})",
            "address": output.format_address(event.place),
            "capacity": event.capacity,
            "coming": people.accepted,
            "waiting": people.waiting,
            "requests": people.requested,
            "proposed title": hosted.change and hosted.change.title,
        }
    )
