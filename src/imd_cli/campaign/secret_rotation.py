"""`imd campaign secrets rotate` and `reencrypt`: replace the secret that encrypts."""

import argparse
import os
import secrets
import sys
from typing import TYPE_CHECKING

from imd_cli import server_runner
from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import CommandError, require_extra
from imd_cli.progress import ProgressLine

if TYPE_CHECKING:
    from imd_campaign.settings import Settings

SET_ELSEWHERE = (
    "{name} is set in the environment, so the secrets file is not the place to change it. Stop "
    "all servers, set IMD_CAMPAIGN_PREVIOUS_ENCRYPTION_SECRET to the present "
    "IMD_CAMPAIGN_ENCRYPTION_SECRET (or, without one, IMD_CAMPAIGN_SECRET) and "
    "IMD_CAMPAIGN_ENCRYPTION_SECRET to a new one of at least 32 characters, and start them again. "
    "Then run: imd campaign secrets reencrypt"
)
ROTATED = (
    "The secrets file has a new encryption secret; back it up, and copy it to all servers. Start "
    "them again, then run: imd campaign secrets reencrypt"
)
FINISHED = "{changed:,} of {read:,} values were encrypted again."
REMOVED = (
    "The previous secret is no longer needed, and was removed from the secrets file: back the file "
    "up, copy it to all servers and restart them."
)
REMOVE_IT = (
    "The previous secret is no longer needed: remove IMD_CAMPAIGN_PREVIOUS_ENCRYPTION_SECRET from "
    "the environment."
)
DAMAGED = "{damaged:,} values could not be decrypted with either secret, and stay as they are."


def add_commands(verbs: Commands) -> None:
    add_command(verbs, "rotate", rotate, help="create a new encryption secret, for new data")
    add_command(
        verbs, "reencrypt", reencrypt, help="encrypt all data with it, and forget the previous one"
    )


def rotate(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign import secrets_file
        from imd_campaign.secret_check import rotation
        from imd_campaign.settings import Settings
        from imd_cli.campaign.context import get_user_name, open_context

    _require_secrets_in_file()
    with open_context() as context:
        try:
            rotation.check_can_rotate(context)
        except rotation.RotationRefused as error:
            raise CommandError(str(error)) from error
        settings = context.settings
    present = settings.encryption_secret or settings.secret
    new = {
        "previous_encryption_secret": present.get_secret_value(),
        "encryption_secret": secrets.token_urlsafe(32),
    }
    secrets_file.change(settings.secrets_file, new)
    server_runner.read_settings(Settings)
    with open_context() as context:
        rotation.record_rotation(context, actor=f"shell:{get_user_name()}")
    print(ROTATED, file=sys.stderr)


def reencrypt(_: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_campaign.secret_check import rotation
        from imd_cli.campaign.context import get_user_name, open_context

    line = ProgressLine()
    with open_context() as context:
        try:
            result = rotation.reencrypt(
                context,
                lambda number: line.show(f"{number:,} values"),
                actor=f"shell:{get_user_name()}",
            )
        finally:
            line.clear()
        settings = context.settings
    print(FINISHED.format(changed=result.changed, read=result.read))
    if settings.previous_encryption_secret is not None:
        print(_forget_previous(settings), file=sys.stderr)
    if result.damaged:
        print(DAMAGED.format(damaged=result.damaged), file=sys.stderr)
    return int(bool(result.damaged))


def _forget_previous(settings: "Settings") -> str:
    from imd_campaign import secrets_file

    name = "previous_encryption_secret"
    if f"{secrets_file.PREFIX}{name.upper()}" in os.environ:
        return REMOVE_IT
    secrets_file.change(settings.secrets_file, {name: None})
    return REMOVED


def _require_secrets_in_file() -> None:
    from imd_campaign import secrets_file

    for field in ("secret", "encryption_secret", "previous_encryption_secret"):
        name = f"{secrets_file.PREFIX}{field.upper()}"
        if name in os.environ:
            raise CommandError(SET_ELSEWHERE.format(name=name))
