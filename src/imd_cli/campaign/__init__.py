"""Run and look after a campaign server: `imd campaign …`."""

from typing import TYPE_CHECKING

from . import database, keys, moderation, secrets_command, server

if TYPE_CHECKING:
    import argparse


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    group = commands.add_parser("campaign", help="run and look after a campaign server")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in (server, secrets_command, database, keys, moderation):
        part.add_commands(verbs)
