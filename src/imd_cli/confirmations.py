"""Commands for what the owner of a mailbox decides: confirm what was submitted, or reject it."""

import argparse
import json
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client, prompt_for

if TYPE_CHECKING:
    from imd_sdk.models import Confirmation, DeliveryAddress

FIELDS = {
    "kind": "kind",
    "state": "state",
    "petition": "petition",
    "poster": "poster",
    "event": "event",
    "title": "title",
    "starts": "starts_at",
    "time zone": "time_zone",
    "guests": "guests",
    "message": "message",
    "status": "status",
    "edition": "edition_title",
    "quantity": "quantity",
    "total": "total",
    "order": "order",
    "name": "name",
    "address": "address",
    "expires": "expires_at",
}
"""The fields of all kinds, by their label."""


def add_commands(commands: Commands) -> None:
    verbs = add_group(
        commands,
        "confirmations",
        help="confirm or reject signatures, events, attendances and orders",
    )

    parser = add_client_command(
        verbs, "show", show, help="show what the token of an e-mailed link confirms"
    )
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "confirm", confirm, help="confirm with the token of the e-mailed link"
    )
    parser.add_argument("token")
    parser.add_argument(
        "--public", action="store_true", help="for signatures: show the name and country in public"
    )
    parser.add_argument(
        "--updates",
        action="store_true",
        help="for signatures: receive news of the campaign by e-mail",
    )
    parser.add_argument("--name", help="correct the spelling of the name")
    parser.add_argument("--edition", help="for orders: another edition of the poster")
    parser.add_argument("--quantity", type=int, help="for orders: fewer prints")

    parser = add_client_command(
        verbs, "reject", reject, help="delete what somebody else entered, and get no more e-mail"
    )
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "undo-rejection", undo_rejection, help="get e-mail again after a rejection"
    )
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "unsubscribe", unsubscribe, help="stop reminders and news; a signature stays"
    )
    parser.add_argument("token")

    parser = add_client_command(
        verbs,
        "find-token",
        find_token,
        help="print the token that an e-mailed code stands for",
    )
    parser.add_argument("--email", help="prompted for if left out")
    parser.add_argument("--code", help="such as ABCD-EFGH; prompted for if left out")


def show(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        _print(arguments, imd.confirmations.get(arguments.token))


def confirm(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        confirmation = imd.confirmations.confirm(
            arguments.token,
            public=arguments.public,
            updates=arguments.updates,
            name=arguments.name,
            edition=arguments.edition,
            quantity=arguments.quantity,
        )
    _print(arguments, confirmation)


def reject(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        confirmation = imd.confirmations.reject(arguments.token)
    _print(arguments, confirmation)
    if not arguments.json:
        print("The campaign sends no more e-mail to this address.")


def _print(arguments: argparse.Namespace, confirmation: "Confirmation") -> None:
    if arguments.json:
        output.print_json_lines([confirmation])
        return
    fields = {label: getattr(confirmation, name, None) for label, name in FIELDS.items()}
    output.print_details({**fields, "address": _format_address(fields["address"])})


def _format_address(address: "DeliveryAddress | None") -> list[str] | None:
    if address is None:
        return None
    parts = (*address.lines, address.postal_code, address.locality, address.country)
    return [part for part in parts if part]


def undo_rejection(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.confirmations.undo_rejection(arguments.token)
    if not arguments.json:
        print("The campaign may send e-mail to this address again.")


def unsubscribe(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.confirmations.unsubscribe(arguments.token)
    if not arguments.json:
        print("The campaign sends no more reminders and news to this address.")


def find_token(arguments: argparse.Namespace) -> None:
    email = prompt_for(arguments.email, "Email")
    code = prompt_for(arguments.code, "Code")
    with open_client(arguments) as imd:
        token = imd.confirmations.find(email=email, code=code)
    print(json.dumps({"token": token}) if arguments.json else token)
