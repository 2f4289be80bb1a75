"""Commands for the share kit and for resources."""

import argparse

from imd_cli import output
from imd_cli.client_options import client_parser, open_client


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    shared = client_parser()
    parser = commands.add_parser(
        "share-kit", parents=[shared], help="show messages to post on the day"
    )
    parser.add_argument("--lang", help="language of the messages")
    parser.set_defaults(run=share_kit)

    parser = commands.add_parser(
        "resources", parents=[shared], help="list or read background texts and tip sheets"
    )
    parser.add_argument("resource", nargs="?", help="show this resource in full")
    parser.add_argument("--lang", help="language of the texts")
    parser.set_defaults(run=resources)


def share_kit(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        kit = imd.share_kit.get(lang=arguments.lang)
    if arguments.json:
        output.lines([kit])
        return
    hashtags = " ".join(f"#{tag}" for tag in kit.hashtags)
    output.details({"storm at": kit.storm_at, "link": kit.url, "hashtags": hashtags})
    for message in kit.messages:
        print(f"\n{message.text}")


def resources(arguments: argparse.Namespace) -> None:
    if arguments.resource is not None:
        _resource(arguments)
        return
    with open_client(arguments) as imd:
        found = imd.resources.list(lang=arguments.lang)
        if arguments.json:
            output.lines(found)
            return
        rows = ((item.slug, item.kind, item.title) for item in found)
        output.table(("resource", "kind", "title"), rows)


def _resource(arguments: argparse.Namespace) -> None:
    with open_client(arguments) as imd:
        found = imd.resources.get(arguments.resource, lang=arguments.lang)
    if arguments.json:
        output.lines([found])
        return
    print(f"{found.title}\n\n{found.body}")
    if found.url:
        print(f"\n{found.url}")
