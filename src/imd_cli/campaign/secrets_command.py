import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli.argument_parser import Commands, add_command
from imd_cli.campaign import secret_rotation
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def add_commands(verbs: Commands) -> None:
    parser = add_command(
        verbs, "secrets", run, help="create the secrets of a campaign once, in a file"
    )
    acts = parser.add_mutually_exclusive_group()
    acts.add_argument(
        "--private-key",
        action="append",
        type=Path,
        metavar="FILE",
        dest="private_keys",
        help="write the private key to this file instead of showing it once; may be repeated for "
        "several keys, each of which opens everything",
    )
    acts.add_argument(
        "--new-key",
        type=Path,
        metavar="FILE",
        help="make one more key pair: write the private key to this file, print the public key",
    )
    acts.add_argument(
        "--accept-public-key",
        action="store_true",
        help="accept a changed IMD_CAMPAIGN_PUBLIC_KEY for the database",
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND")
    secret_rotation.add_commands(verbs)


def run(arguments: argparse.Namespace) -> None:
    if arguments.accept_public_key:
        accept_public_keys()
    elif arguments.new_key:
        make_key_pair(arguments.new_key)
    else:
        make_secrets(arguments.private_keys or [])


def make_secrets(private_key_files: "Sequence[Path]") -> None:
    """Create the secrets once; print none to stdout, where `export $(…)` would read them."""
    with require_extra("campaign"):
        from imd_campaign import secrets_file
        from imd_campaign.sealing import new_key_pair
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
    pairs = [new_key_pair() for _ in range(max(1, len(private_key_files)))]
    public_keys = ",".join(public for public, _ in pairs)
    _write_secrets(path, {"secret": secrets.token_urlsafe(32), "public_key": public_keys})
    if private_key_files:
        _write_private_keys([private for _, private in pairs], private_key_files, path)
    _print_note(f"The server's secrets are in {path}; back that file up.")
    if not private_key_files:
        _show_private_key(pairs[0][1])
    for (public, _), file in zip(pairs, private_key_files, strict=False):
        _print_location(file, public)


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


def _show_private_key(private: str) -> None:
    safe = "The private key, which belongs in the organisation's safe and not on this server"
    _print_note(f"{safe}; it is not shown again: {private}")


def _write_private_keys(
    private_keys: "Sequence[str]", files: "Sequence[Path]", secrets_path: Path
) -> None:
    """Write all private keys; on failure delete what was written, as the parts need each other."""
    written = [secrets_path]
    for private, file in zip(private_keys, files, strict=True):
        try:
            _write_private_key(private, file)
        except CommandError as error:
            for path in written:
                path.unlink()
            raise CommandError(f"{error}; no secrets were created") from error
        written.append(file)


def _write_private_key(private: str, file: Path) -> None:
    from imd_campaign import secrets_file

    try:
        secrets_file.write_private(file, f"{private}\n")
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}") from error


def _print_location(file: Path, public: str) -> None:
    from imd_campaign.sealing import fingerprint_key, parse_public_key

    fingerprint = fingerprint_key(parse_public_key(public))
    _print_note(
        f"The private key with the fingerprint {fingerprint} is in {file}: move it to the "
        "organisation's safe, off this server."
    )


def make_key_pair(file: Path) -> None:
    """Make a key pair for a campaign that exists; the server needs the public key only."""
    with require_extra("campaign"):
        from imd_campaign.sealing import new_key_pair

    public, private = new_key_pair()
    _write_private_key(private, file)
    print(public)
    _print_location(file, public)
    _print_note(
        "Add the public key, which is printed above, to IMD_CAMPAIGN_PUBLIC_KEY after a comma, and "
        "run: imd campaign secrets --accept-public-key"
    )


def accept_public_keys() -> None:
    with require_extra("campaign"):
        from imd_campaign.db import Database
        from imd_campaign.sealing import list_fingerprints
        from imd_campaign.secret_check import service
        from imd_cli.campaign.context import get_user_name, open_context

    with open_context() as context, Database(context.database.engine).write() as connection:
        actor = f"shell:{get_user_name()}"
        changes = service.accept_public_keys(
            connection, context.vault, actor=actor, now=context.now()
        )
    for action, names in (("Added", changes.added), ("Removed", changes.removed)):
        for name in names:
            _print_note(f"{action}: the key with the fingerprint {name}.")
    names = ", ".join(list_fingerprints(context.vault.public_keys))
    _print_note(f"Names and addresses are encrypted to these keys from now on: {names}.")


def _print_note(text: str) -> None:
    print(text, file=sys.stderr)
