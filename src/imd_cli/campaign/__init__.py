"""Run and look after a campaign server: `imd campaign …`."""

from imd_cli.argument_parser import Commands, add_group

from . import bounces, closing, database, keys, mailboxes, moderation, secrets_command, server
from .export import commands as export


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "campaign", help="run and look after a campaign server")
    for part in (
        *(server, secrets_command, database, keys, moderation, mailboxes, bounces),
        *(export, closing),
    ):
        part.add_commands(verbs)
