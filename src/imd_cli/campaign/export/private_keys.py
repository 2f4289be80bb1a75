"""The private keys of the organisation: read from protected files or a prompt, never arguments."""

import os
import stat
import sys
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

from imd_campaign.sealing import Opener, WrongKey, parse_private_key
from imd_campaign.secrets_file import OTHERS
from imd_cli.errors import CommandError

MAX_KEY_FILE = 1000


def read_opener(files: Sequence[Path]) -> Opener:
    texts = [(str(file), _read_file(file)) for file in files] or [("the key", _read_prompt())]
    keys = []
    for name, text in texts:
        try:
            keys.append(parse_private_key(text))
        except ValueError as error:
            raise CommandError(f"{name} {error}", status=2) from None
    return Opener(keys)


def _read_file(file: Path) -> str:
    try:
        with file.open(encoding="ascii") as opened:
            _check_mode(file, os.fstat(opened.fileno()).st_mode)
            return opened.read(MAX_KEY_FILE)
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not a private key: it is not text", status=2) from None
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}", status=2) from error


def _check_mode(file: Path, mode: int) -> None:
    if os.name == "posix" and stat.S_IMODE(mode) & OTHERS:
        shown = f"{stat.S_IMODE(mode):04o}"
        raise CommandError(f"{file} can be read by others (mode {shown}): chmod 600 {file}")


def _read_prompt() -> str:
    if sys.stdin.isatty():
        return getpass("Private key: ")
    return sys.stdin.readline(MAX_KEY_FILE)


def explain_wrong_key(error: WrongKey, opener: Opener) -> str:
    """Say which key is needed; what an earlier version has sealed does not name it."""
    given = _describe("the key", "the keys", opener.fingerprints)
    if not error.needed:
        return (
            f"{given} cannot open this, and an earlier version sealed it without a fingerprint. "
            "Pass the private key that the campaign had then."
        )
    needed = " or ".join(error.needed)
    return f"{given} cannot open this: it needs the private key with the fingerprint {needed}"


def _describe(one: str, many: str, names: Sequence[str]) -> str:
    return f"{one if len(names) == 1 else many} with the fingerprint {' and '.join(names)}"
