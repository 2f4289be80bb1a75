"""Commands for the share kit and for resources."""

import argparse

from imd_cli import output
from imd_cli.argument_parser import Commands
from imd_cli.client_options import add_client_command, open_client


def add_commands(commands: Commands) -> None:
    parser = add_client_command(
        commands, "share-kit", show_share_kit, help="show messages to post on the day"
    )
    parser.add_argument("--lang", help="language of the messages")

    parser = add_client_command(
        commands, "resources", list_resources, help="list or read background texts and tip sheets"
    )
    parser.add_argument("resource", nargs="?", help="show this resource in full")
    parser.add_argument("--lang", help="language of the texts")


def show_share_kit(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        kit = imd.share_kit.get(lang=arguments.lang)
    if arguments.json:
        output.print_json_lines([kit])
        return
    hashtags = " ".join(f"#{tag}" for tag in kit.hashtags)
    output.print_details({"storm at": kit.storm_at, "link": kit.url, "hashtags": hashtags})
    for message in kit.messages:
        print(f"\n{message.text}")


def list_resources(arguments: argparse.Namespace) -> None:
    if arguments.resource is not None:
        _show_resource(arguments)
        return
    with open_client(arguments) as imd:
        found = imd.resources.list(lang=arguments.lang)
        if arguments.json:
            output.print_json_lines(found)
            return
        rows = ((item.slug, item.kind, item.title) for item in found)
        output.print_table(("resource", "kind", "title"), rows)


def _show_resource(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        found = imd.resources.get(arguments.resource, lang=arguments.lang)
    if arguments.json:
        output.print_json_lines([found])
        return
    print(f"{found.title}\n\n{found.body}")
    if found.url:
        print(f"\n{found.url}")
