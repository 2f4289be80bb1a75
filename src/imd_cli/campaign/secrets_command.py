import argparse
import getpass
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli.faults import Fault, extra_needed

if TYPE_CHECKING:
    from collections.abc import Mapping


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser(
        "secrets", help="make the secrets that a campaign needs, once, in a file"
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
        help="use the database with a changed IMD_CAMPAIGN_PUBLIC_KEY from now on",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    if arguments.accept_public_key:
        accept_public_key()
    else:
        make_secrets(arguments.private_key)


def make_secrets(private_key_file: Path | None) -> None:
    """Make them once. Without output on stdout, `export $(imd campaign secrets)` is harmless."""
    with extra_needed("campaign"):
        from imd_campaign import secrets_file
        from imd_campaign.crypto import new_key_pair
        from imd_campaign.settings import SECRETS, SecretsFileSettings, Settings
        from imd_cli import servers

    path = servers.from_environment(SecretsFileSettings).secrets_file
    if _is_there(path):
        servers.from_environment(Settings)
        _say(f"{path} is there already; nothing was changed.")
        return
    for name in sorted(f"{secrets_file.PREFIX}{field.upper()}" for field in SECRETS):
        if name in os.environ:
            raise Fault(f"{name} is set in the environment, which would win over a new {path}")
    public, private = new_key_pair()
    _create(path, {"secret": secrets.token_urlsafe(32), "public_key": public})
    _say(f"The server's secrets are in {path}; back that file up.")
    _hand_out(private, private_key_file, path)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise Fault(f"cannot look for {path}: {error.strerror}") from error


def _create(path: Path, settings: "Mapping[str, str]") -> None:
    from imd_campaign import secrets_file

    try:
        secrets_file.create(path, settings)
    except OSError as error:
        raise Fault(f"cannot write {path}: {error.strerror}") from error


def _hand_out(private: str, file: Path | None, made: Path) -> None:
    """Without a private key nobody could read what is sealed, so then nothing is left behind."""
    from imd_campaign import secrets_file

    if file is None:
        safe = "The private key, for the organisation's safe and never for the server"
        _say(f"{safe}; it is not shown again: {private}")
        return
    try:
        secrets_file.write_private(file, f"{private}\n")
    except OSError as error:
        made.unlink()
        raise Fault(f"cannot write {file}: {error.strerror}; no secrets were made") from error
    _say(f"The private key is in {file}: move it to the organisation's safe, off this server.")


def accept_public_key() -> None:
    with extra_needed("campaign"):
        from imd_campaign.db import Database
        from imd_campaign.secret_check import service
        from imd_cli.campaign.database import opened

    with opened() as context, Database(context.database.engine).write() as connection:
        actor = f"shell:{getpass.getuser()}"
        service.accept_public_key(connection, context.vault, actor=actor, now=context.now())
    _say("Names and addresses are sealed to the new public key from now on.")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
