import argparse

from imd_cli import output
from imd_cli.partner import client, common


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    shared = common()
    parser = commands.add_parser("share-kit", parents=[shared], help="what to post on the day")
    parser.add_argument("--lang", help="the language of the messages")
    parser.set_defaults(run=share_kit)

    parser = commands.add_parser("resources", parents=[shared], help="background and tip sheets")
    parser.add_argument("resource", nargs="?", help="one of them, whole")
    parser.add_argument("--lang", help="the language of the texts")
    parser.set_defaults(run=resources)


def share_kit(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
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
    with client(arguments) as imd:
        found = imd.resources.list(lang=arguments.lang)
        if arguments.json:
            output.lines(found)
            return
        rows = ((item.slug, item.kind, item.title) for item in found)
        output.table(("resource", "kind", "title"), rows)


def _resource(arguments: argparse.Namespace) -> None:
    with client(arguments) as imd:
        found = imd.resources.get(arguments.resource, lang=arguments.lang)
    if arguments.json:
        output.lines([found])
        return
    print(f"{found.title}\n\n{found.body}")
    if found.url:
        print(f"\n{found.url}")
