import argparse
import getpass
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_commands(verbs: Commands) -> None:
    parser = add_command(
        verbs, "secrets", run, help="create the secrets of a campaign once, in a file"
    )
    acts = parser.add_mutually_exclusive_group()
    acts.add_argument(
        "--private-key",
        type=Path,
        metavar="FILE",
        help="write the private key to this file instead of showing it once",
    )
    acts.add_argument(
        "--accept-public-key",
        action="store_true",
        help="accept a changed IMD_CAMPAIGN_PUBLIC_KEY for the database",
    )


def run(arguments: argparse.Namespace) -> None:
    if arguments.accept_public_key:
        accept_public_key()
    else:
        make_secrets(arguments.private_key)


def make_secrets(private_key_file: Path | None) -> None:
    """Create the secrets once; print none to stdout, where `export $(…)` would read them."""
    with require_extra("campaign"):
        from imd_campaign import secrets_file
        from imd_campaign.crypto import new_key_pair
        from imd_campaign.settings import SECRETS, SecretsFileSettings, Settings
        from imd_cli import server_runner

    path = server_runner.read_settings(SecretsFileSettings).secrets_file
    if _has_secrets(path):
        server_runner.read_settings(Settings)
        _print_note(f"{path} exists already; nothing was changed.")
        return
    for name in sorted(f"{secrets_file.PREFIX}{field.upper()}" for field in SECRETS):
        if name in os.environ:
            raise CommandError(
                f"{name} is set in the environment and would override {path}: unset it"
            )
    public, private = new_key_pair()
    _write_secrets(path, {"secret": secrets.token_urlsafe(32), "public_key": public})
    _print_note(f"The server's secrets are in {path}; back that file up.")
    _deliver_private_key(private, private_key_file, path)


def _has_secrets(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise CommandError(f"cannot check {path}: {error.strerror}") from error


def _write_secrets(path: Path, settings: "Mapping[str, str]") -> None:
    from imd_campaign import secrets_file

    try:
        secrets_file.create(path, settings)
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from error


def _deliver_private_key(private: str, file: Path | None, secrets_path: Path) -> None:
    """Show or write the private key; on failure delete the secrets, which need it."""
    from imd_campaign import secrets_file

    if file is None:
        safe = "The private key, which belongs in the organisation's safe and not on this server"
        _print_note(f"{safe}; it is not shown again: {private}")
        return
    try:
        secrets_file.write_private(file, f"{private}\n")
    except OSError as error:
        secrets_path.unlink()
        raise CommandError(
            f"cannot write {file}: {error.strerror}; no secrets were created"
        ) from error
    _print_note(
        f"The private key is in {file}: move it to the organisation's safe, off this server."
    )


def accept_public_key() -> None:
    with require_extra("campaign"):
        from imd_campaign.db import Database
        from imd_campaign.secret_check import service
        from imd_cli.campaign.context import open_context

    with open_context() as context, Database(context.database.engine).write() as connection:
        actor = f"shell:{getpass.getuser()}"
        service.accept_public_key(connection, context.vault, actor=actor, now=context.now())
    _print_note("Names and e-mail addresses are encrypted with the new public key from now on.")


def _print_note(text: str) -> None:
    print(text, file=sys.stderr)
