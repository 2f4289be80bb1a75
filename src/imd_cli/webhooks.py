"""Commands for the webhooks of an API key."""

import argparse

from imd_cli import output
from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client

DELIVERY = {
    "created": "created_at",
    "type": "type",
    "state": "state",
    "attempts": "attempts",
    "status": "response_status",
    "error": "error",
    "next attempt": "next_attempt_at",
}
"""The columns of the delivery log."""


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "webhooks", help="subscribe to webhooks, and see what was sent")

    add_client_command(verbs, "list", list_webhooks, help="list the webhooks of your key")

    parser = add_client_command(
        verbs, "subscribe", subscribe, help="subscribe a URL, and print its secret, once"
    )
    parser.add_argument("target", metavar="TARGET", help="an address that begins with https://")
    parser.add_argument(
        "--type",
        dest="types",
        action="append",
        required=True,
        help="such as event.approved; may be given several times",
    )

    for name, run, explanation in (
        ("unsubscribe", unsubscribe, "delete a webhook and its log"),
        ("rotate-secret", rotate_secret, "print a new secret; the old one works for a day more"),
        ("test", send_test, "send a test"),
        ("deliveries", list_deliveries, "list what was sent, newest first"),
    ):
        parser = add_client_command(verbs, name, run, help=explanation)
        parser.add_argument("webhook")

    parser = add_client_command(verbs, "sample", show_sample, help="print a sample of a type")
    parser.add_argument("type")


def list_webhooks(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        webhooks = imd.webhooks.list()
        if arguments.json:
            output.print_json_lines(webhooks)
            return
        rows = ((w.id, w.state, w.failing_since, ", ".join(w.types), w.url) for w in webhooks)
        output.print_table(("webhook", "state", "failing since", "types", "target"), rows)


def subscribe(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        made = imd.webhooks.subscribe(arguments.target, types=arguments.types)
    if arguments.json:
        output.print_json_lines([made])
        return
    output.print_details({"webhook": made.id, "secret": made.secret})


def unsubscribe(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        imd.webhooks.unsubscribe(arguments.webhook)
    if not arguments.json:
        print("The webhook is deleted.")


def rotate_secret(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        new = imd.webhooks.rotate_secret(arguments.webhook)
    if arguments.json:
        output.print_json_lines([new])
        return
    output.print_details({"secret": new.secret, "previous until": new.previous_valid_until})


def send_test(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        delivery = imd.webhooks.test(arguments.webhook)
    if arguments.json:
        output.print_json_lines([delivery])
        return
    print(f"A test is being sent; see: imd webhooks deliveries {arguments.webhook}")


def list_deliveries(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        deliveries = imd.webhooks.deliveries(arguments.webhook)
        if arguments.json:
            output.print_json_lines(deliveries)
            return
        rows = ([getattr(one, name) for name in DELIVERY.values()] for one in deliveries)
        output.print_table(list(DELIVERY), rows)


def show_sample(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        sample = imd.webhooks.sample(arguments.type)
    output.print_json(sample.model_dump(mode="json"))
