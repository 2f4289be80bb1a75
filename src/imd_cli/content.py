"""Commands for the share kit and for resources."""

import argparse

from imd_cli import output
from imd_cli.client_options import make_client_parser, open_client


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    shared = make_client_parser()
    parser = commands.add_parser(
        "share-kit", parents=[shared], help="show messages to post on the day"
    )
    parser.add_argument("--lang", help="language of the messages")
    parser.set_defaults(run=show_share_kit)

    parser = commands.add_parser(
        "resources", parents=[shared], help="list or read background texts and tip sheets"
    )
    parser.add_argument("resource", nargs="?", help="show this resource in full")
    parser.add_argument("--lang", help="language of the texts")
    parser.set_defaults(run=list_resources)


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
