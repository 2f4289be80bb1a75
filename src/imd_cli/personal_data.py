"""Commands for what a campaign keeps about a mailbox: its owner sees, withdraws and erases it."""

import argparse
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client, prompt_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imd_sdk.models import PersonalData


def add_commands(commands: Commands) -> None:
    verbs = add_group(
        commands, "personal-data", help="see, withdraw or erase what is kept about a mailbox"
    )

    parser = add_client_command(
        verbs, "request-link", request_link, help="e-mail the owner of a mailbox their link"
    )
    parser.add_argument("--email", help="prompted for if left out")
    parser.add_argument("--lang", help="the language of the e-mail, such as pt-BR")

    parser = add_client_command(
        verbs, "show", show, help="show what is kept, with the token of the e-mailed link"
    )
    parser.add_argument("token")

    for name, run, item, words in ITEM_COMMANDS:
        parser = add_client_command(verbs, name, run, help=words)
        parser.add_argument("token")
        parser.add_argument(item)

    parser = add_client_command(verbs, "block", block, help="get no more e-mail")
    parser.add_argument("token")

    parser = add_client_command(verbs, "unblock", unblock, help="get e-mail again")
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "erase", erase, help="delete everything that is kept; it cannot be undone"
    )
    parser.add_argument("token")
    parser.add_argument("--block", action="store_true", help="and get no more e-mail")


def request_link(arguments: argparse.Namespace) -> None:
    email = prompt_for(arguments.email, "Email")
    with open_client(arguments) as imd:
        receipt = imd.personal_data.request_link(email=email, lang=arguments.lang)
    if arguments.json:
        output.print_json_lines([receipt])
    else:
        print(receipt.detail)


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        data = imd.personal_data.get(arguments.token)
    if arguments.json:
        output.print_json_lines([data])
    else:
        _print(data)


def _print(data: "PersonalData") -> None:
    fields = {"state": data.state, "e-mail": data.email, "blocked": data.blocked}
    output.print_details({**fields, "expires": data.expires_at})
    for row in _list_rows(data):
        print()
        output.print_details(row)


def _list_rows(data: "PersonalData") -> "Iterator[dict[str, object]]":
    for signature in data.signatures:
        yield {
            "signature": signature.id,
            "petition": signature.petition,
            "title": signature.title,
            "public name": signature.public_name,
            "news": signature.updates,
            "confirmed": signature.confirmed_at,
        }
    for attendance in data.attendances:
        yield {
            "attendance": attendance.id,
            "event": attendance.event,
            "title": attendance.title,
            "starts": attendance.starts_at,
            "status": attendance.status,
            "guests": attendance.guests,
        }
    for event in data.events:
        yield {
            "hosted event": event.id,
            "title": event.title,
            "starts": event.starts_at,
            "state": event.state,
        }
    for order in data.orders:
        yield {
            "order": order.id,
            "poster": order.poster,
            "edition": order.edition,
            "quantity": order.quantity,
            "state": order.state,
        }
    for pending in data.pending:
        yield {"pending": pending.kind, "submitted": pending.submitted_at}


def withdraw_signature(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.withdraw_signature(arguments.token, arguments.signature)
    _report(arguments, "The signature is withdrawn and no longer counts.")


def hide_name(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.hide_name(arguments.token, arguments.signature)
    _report(arguments, "The name is no longer shown.")


def stop_updates(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.stop_updates(arguments.token, arguments.signature)
    _report(arguments, "The campaign sends no more news to this signer.")


def cancel_attendance(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.cancel_attendance(arguments.token, arguments.attendance)
    _report(arguments, "The attendance is cancelled, and its places are free.")


def cancel_event(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.cancel_event(arguments.token, arguments.event)
    _report(arguments, "The event is cancelled, and its guests get an e-mail.")


def delete_host_address(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.delete_host_address(arguments.token, arguments.event)
    _report(arguments, "The host's e-mail address is deleted. The event stays.")


def cancel_order(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.cancel_order(arguments.token, arguments.order)
    _report(arguments, "The order is cancelled.")


ITEM_COMMANDS = (
    ("withdraw-signature", withdraw_signature, "signature", "withdraw a signature"),
    ("hide-name", hide_name, "signature", "stop showing the name of a signature"),
    ("stop-updates", stop_updates, "signature", "stop news about the campaign"),
    ("cancel-attendance", cancel_attendance, "attendance", "cancel an attendance"),
    ("cancel-event", cancel_event, "event", "cancel an event as its host"),
    ("cancel-order", cancel_order, "order", "cancel an order that is not paid"),
    ("delete-host-address", delete_host_address, "event", "delete the host's e-mail address"),
)


def block(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.block(arguments.token)
    _report(arguments, "The campaign sends no more e-mail to this address.")


def unblock(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.unblock(arguments.token)
    _report(arguments, "The campaign may send e-mail to this address again.")


def erase(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.personal_data.erase(arguments.token, block=arguments.block)
    _report(arguments, "Everything that was kept is deleted.")


def _report(arguments: argparse.Namespace, sentence: str) -> None:
    if not arguments.json:
        print(sentence)
