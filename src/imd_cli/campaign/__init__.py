"""Run and look after a campaign server: `imd campaign …`."""

from imd_cli.argument_parser import Commands, add_group

from . import (
    backup,
    bounces,
    calendars,
    closing,
    database,
    files,
    invalidations,
    keys,
    mailboxes,
    moderation,
    partners,
    retention,
    secrets_command,
    server,
    staff,
    stock,
    switches,
)
from .export import commands as export

PARTS = (
    server,
    secrets_command,
    database,
    files,
    backup,
    retention,
    keys,
    partners,
    moderation,
    invalidations,
    switches,
    stock,
    calendars,
    mailboxes,
    bounces,
    staff,
    export,
    closing,
)


def add_commands(commands: Commands) -> None:
    verbs = add_group(commands, "campaign", help="run and look after a campaign server")
    for part in PARTS:
        part.add_commands(verbs)
