"""`imd campaign backup`, `restore` and `resume`."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli.argument_parser import Commands, add_command, add_reason
from imd_cli.errors import CommandError, require_extra
from imd_cli.output import print_table
from imd_cli.progress import ProgressLine

if TYPE_CHECKING:
    from imd_campaign.backup.archive import Unlock
    from imd_campaign.backup.contents import Contents
    from imd_campaign.backup.resumption import Decision, Held

CHOICES = ("send", "drop")

SECRETS_NOTE = (
    "It has no secrets. Keep a copy of {path} elsewhere: without it, the backup cannot be restored."
)
ENCRYPTED_NOTE = "It is encrypted: only the private key opens it."
HELD_NOTE = (
    "No form is processed and no e-mail is sent until you have run: imd campaign resume\n"
    "Keys and links of partners that were revoked after the backup work again; see:\n"
    "imd campaign keys list, imd campaign partners list"
)
WHAT_NEXT = (
    "To decide, run: imd campaign resume --emails send|drop --forms send|drop --reason TEXT\n"
    "Numbered prints that were sold after the backup need --sold POSTER/EDITION:NUMBERS."
)


def add_commands(verbs: Commands) -> None:
    parser = add_command(verbs, "backup", backup, help="back up the campaign into one file")
    parser.add_argument("file", type=Path, help="the new file, or an existing one with --check")
    acts = parser.add_mutually_exclusive_group()
    acts.add_argument(
        "--encrypt", action="store_true", help="let only the holder of the private key open it"
    )
    acts.add_argument("--check", action="store_true", help="check a backup instead of making one")
    _add_private_key(parser)

    parser = add_command(verbs, "restore", restore, help="restore a backup into an empty database")
    parser.add_argument("file", type=Path)
    _add_private_key(parser)

    parser = add_command(
        verbs, "resume", resume, help="show or decide what happens to e-mail after a restore"
    )
    parser.add_argument(
        "--emails", choices=CHOICES, help="the e-mails and webhooks that waited in the backup"
    )
    parser.add_argument("--forms", choices=CHOICES, help="the forms that waited for an e-mail")
    parser.add_argument(
        "--sold",
        action="append",
        default=[],
        metavar="POSTER/EDITION:NUMBERS",
        help="prints that were sold after the backup, such as paths/limited:7,9-12",
    )
    add_reason(parser)


def _add_private_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--private-key", type=Path, metavar="FILE", help="opens a backup that is encrypted"
    )


# --- backing up ----------------------------------------------------------------------------------


def backup(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_campaign.backup import service
        from imd_cli.campaign.context import open_context

    if arguments.private_key and not arguments.check:
        raise CommandError("--private-key opens a backup, so it needs --check", status=2)
    with open_context() as context, _translate_errors() as report:
        if arguments.check:
            found = service.check(context, arguments.file, _make_unlock(arguments.private_key))
        else:
            found = service.make(context, arguments.file, report, is_encrypted=arguments.encrypt)
    _describe(arguments.file, found)
    if not arguments.check:
        print(SECRETS_NOTE.format(path=context.settings.secrets_file))
    if arguments.encrypt:
        print(ENCRYPTED_NOTE)
    return _warn(found)


@contextmanager
def _translate_errors() -> Iterator[Callable[[str], None]]:
    from imd_campaign.backup.errors import BackupFailed
    from imd_campaign.database_copy.errors import CopyFailed

    line = ProgressLine()
    try:
        yield line.show
    except (BackupFailed, CopyFailed) as error:
        raise CommandError(str(error)) from error
    finally:
        line.clear()


def _make_unlock(private_key: Path | None) -> "Unlock":
    from imd_campaign.backup.archive import unlock_with

    if private_key is None:
        return unlock_with(None)
    try:
        return unlock_with(private_key.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise CommandError(f"cannot read {private_key}: {reason}") from None


def _describe(file: Path, found: "Contents") -> None:
    from imd_campaign.backup.manifest import describe_moment

    manifest, rows = found.manifest, sum(found.manifest.rows.values())
    print(
        f"{file}: the campaign as of {describe_moment(manifest.created_at)}, {rows:,} rows and "
        f"{len(manifest.poster_files)} files of posters, {file.stat().st_size:,} bytes. Checked."
    )


def _warn(found: "Contents") -> int:
    for name in found.manifest.missing_files:
        print(f"Not in the backup, since it is missing or was changed: {name}", file=sys.stderr)
    for difference in found.differences:
        print(f"The totals do not agree: {difference}", file=sys.stderr)
    return int(bool(found.manifest.missing_files or found.differences))


# --- restoring -----------------------------------------------------------------------------------


def restore(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_campaign.backup import service
        from imd_campaign.backup.manifest import describe_moment
        from imd_cli.campaign.context import get_user_name, open_context

    unlock, actor = _make_unlock(arguments.private_key), f"shell:{get_user_name()}"
    with open_context() as context, _translate_errors() as report:
        restored = service.restore(context, arguments.file, unlock, actor, report)
    print(
        f"{restored.copy.rows:,} rows and {len(restored.manifest.poster_files)} files of posters "
        f"were restored: the campaign as of {describe_moment(restored.manifest.created_at)}."
    )
    print(HELD_NOTE)
    for difference in restored.copy.differences:
        print(f"The totals do not agree: {difference}", file=sys.stderr)
    return int(bool(restored.copy.differences))


# --- resuming ------------------------------------------------------------------------------------


def resume(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.backup import resumption
        from imd_cli.campaign.context import open_context

    decision = _read_decision(arguments)
    with open_context() as context, _translate_errors():
        if decision is None:
            _show_held(resumption.describe(context))
            print(WHAT_NEXT)
        else:
            held = resumption.resume(context, decision)
            _show_held(held)
            print(f"E-mails: {arguments.emails}. Forms: {arguments.forms}. E-mail is sent again.")


def _read_decision(arguments: argparse.Namespace) -> "Decision | None":
    from imd_campaign.backup.resumption import Decision
    from imd_cli.campaign.context import get_user_name

    given = (arguments.emails, arguments.forms, arguments.reason)
    if not any(given) and not arguments.sold:
        return None
    if not all(given):
        raise CommandError("a decision needs --emails, --forms and --reason", status=2)
    return Decision(
        actor=f"shell:{get_user_name()}",
        reason=arguments.reason,
        drops_emails=arguments.emails == "drop",
        drops_forms=arguments.forms == "drop",
        sold=_read_sold(arguments.sold),
    )


def _read_sold(options: Sequence[str]) -> Mapping[tuple[str, str], Sequence[int]]:
    try:
        return dict(map(_read_edition, options))
    except ValueError:
        message = "--sold needs POSTER/EDITION:NUMBERS, such as paths/limited:7,9-12"
        raise CommandError(message, status=2) from None


def _read_edition(option: str) -> tuple[tuple[str, str], Sequence[int]]:
    edition, _, numbers = option.partition(":")
    poster, slash, name = edition.partition("/")
    if not slash:
        raise ValueError(option)
    return (poster, name), [n for part in numbers.split(",") for n in _read_range(part)]


def _read_range(text: str) -> Sequence[int]:
    first, dash, last = text.partition("-")
    return range(int(first), int(last if dash else first) + 1)


def _show_held(held: "Held") -> None:
    from imd_campaign.backup.manifest import describe_moment

    restored = describe_moment(held.restore.restored_at)
    print(f"Restored on {restored}, from {describe_moment(held.restore.backup_made_at)}.")
    rows = [(one.what, one.number, one.oldest, one.newest) for one in held.waiting]
    print_table(("waiting", "number", "oldest", "newest"), rows)
