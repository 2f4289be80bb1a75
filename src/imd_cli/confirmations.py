"""Commands for what the owner of a mailbox decides: confirm a signature, or reject it."""

import argparse
import json

from imd_cli import output
from imd_cli.argument_parser import Commands
from imd_cli.client_options import add_client_command, open_client, prompt_for


def add_commands(verbs: Commands) -> None:
    parser = add_client_command(
        verbs, "confirmation", show, help="show what the token of an e-mailed link confirms"
    )
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "confirm", confirm, help="confirm a signature with the token of the e-mailed link"
    )
    parser.add_argument("token")
    parser.add_argument("--public", action="store_true", help="show the name and country in public")
    parser.add_argument(
        "--updates", action="store_true", help="receive news of the campaign by e-mail"
    )
    parser.add_argument("--name", help="correct the spelling of the name")

    parser = add_client_command(
        verbs, "reject", reject, help="delete what somebody else entered, and get no more e-mail"
    )
    parser.add_argument("token")

    parser = add_client_command(
        verbs, "undo-rejection", undo_rejection, help="get e-mail again after a rejection"
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
        confirmation = imd.confirmations.get(arguments.token)
    if arguments.json:
        output.print_json_lines([confirmation])
        return
    output.print_details(
        {
            "petition": confirmation.petition,
            "title": confirmation.title,
            "state": confirmation.state,
            "name": confirmation.name,
            "expires": confirmation.expires_at,
        }
    )


def confirm(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        confirmation = imd.confirmations.confirm(
            arguments.token,
            public=arguments.public,
            updates=arguments.updates,
            name=arguments.name,
        )
    if arguments.json:
        output.print_json_lines([confirmation])
        return
    print(f"Confirmed: {confirmation.title}")


def reject(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        confirmation = imd.confirmations.reject(arguments.token)
    if arguments.json:
        output.print_json_lines([confirmation])
        return
    print(f"Rejected: {confirmation.title}")
    print("The campaign sends no more e-mail to this address.")


def undo_rejection(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.confirmations.undo_rejection(arguments.token)
    if not arguments.json:
        print("The campaign may send e-mail to this address again.")


def find_token(arguments: argparse.Namespace) -> None:
    email = prompt_for(arguments.email, "Email")
    code = prompt_for(arguments.code, "Code")
    with open_client(arguments) as imd:
        token = imd.confirmations.find(email=email, code=code)
    print(json.dumps({"token": token}) if arguments.json else token)
