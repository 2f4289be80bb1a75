"""Accounts of the staff console: `imd campaign staff …`."""

import argparse
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imd_campaign.context import Context
    from imd_campaign.staff.accounts import Account

ROLES = ("moderator", "fulfilment", "admin")
ONCE = "The link works once, within three days. It is not shown again; keep it private."
ID_HELP = "ID of the account, as `imd campaign staff list` shows it"


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "staff", help="manage the accounts of the staff console")

    parser = add_command(acts, "invite", invite, help="make a link for a new account")
    parser.add_argument("--role", choices=ROLES, required=True, help="what the account may do")
    add_reason(parser, required=True)

    parser = add_command(acts, "list", list_accounts, help="list accounts, with names")

    parser = add_command(acts, "disable", disable, help="lock an account out at once")
    _add_account(parser)

    parser = add_command(acts, "enable", enable, help="let a disabled account sign in again")
    _add_account(parser)

    parser = add_command(
        acts,
        "reset-totp",
        reset,
        help="make a link with which an account chooses a new password and authenticator app",
    )
    _add_account(parser)

    parser = add_command(
        acts, "sessions", sessions, help="list sessions, or end those of an account"
    )
    parser.add_argument("id", nargs="?", help=f"{ID_HELP}; all accounts if left out")
    parser.add_argument("--end", action="store_true", help="end all sessions of the account")
    add_reason(parser, help="reason for the audit trail, with --end")


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help=ID_HELP)
    add_reason(parser, required=True)


@contextmanager
def _open_context() -> "Iterator[Context]":
    with require_extra("campaign"):
        from imd_campaign.staff.errors import LastAdmin, UnknownAccount
        from imd_cli.campaign.context import open_context

    try:
        with open_context() as context:
            yield context
    except UnknownAccount as error:
        raise CommandError("not found: `imd campaign staff list` shows the IDs") from error
    except LastAdmin as error:
        raise CommandError(
            "this is the last active administrator; invite another one before"
        ) from error


def _sign(arguments: argparse.Namespace) -> dict[str, str]:
    from imd_cli.campaign.context import get_user_name

    return {"actor": f"shell:{get_user_name()}", "reason": arguments.reason}


def invite(arguments: argparse.Namespace) -> None:
    with _open_context() as context:
        from imd_campaign.staff import invitations

        link = invitations.invite(context, arguments.role, **_sign(arguments))
    print(ONCE, file=sys.stderr)
    print(link)


def list_accounts(_: argparse.Namespace) -> None:
    with _open_context() as context:
        from imd_campaign.staff import accounts

        found = accounts.list_accounts(context)
    output.print_table(
        ("id", "name", "e-mail", "role", "created", "last login", "disabled"),
        [_make_row(account) for account in found],
    )


def _make_row(account: "Account") -> list[object]:
    moments = (account.created_at, account.last_login_at, account.disabled_at)
    days = [moment and f"{moment:%Y-%m-%d}" for moment in moments]
    return [account.id, account.name, account.email, account.role, *days]


def disable(arguments: argparse.Namespace) -> None:
    with _open_context() as context:
        from imd_campaign.staff import accounts

        accounts.disable(context, arguments.id, **_sign(arguments))
    print(f"{arguments.id} is disabled, and its sessions have ended.")


def enable(arguments: argparse.Namespace) -> None:
    with _open_context() as context:
        from imd_campaign.staff import accounts

        accounts.enable(context, arguments.id, **_sign(arguments))
    print(f"{arguments.id} is enabled.")


def reset(arguments: argparse.Namespace) -> None:
    with _open_context() as context:
        from imd_campaign.staff import invitations

        link = invitations.reset(context, arguments.id, **_sign(arguments))
    print(f"The password and the app of {arguments.id} no longer work. {ONCE}", file=sys.stderr)
    print(link)


def sessions(arguments: argparse.Namespace) -> None:
    if arguments.end and not (arguments.id and arguments.reason):
        raise CommandError("--end needs the ID of an account and --reason", status=2)
    with _open_context() as context:
        if arguments.end:
            _end_sessions(context, arguments)
        else:
            _list_sessions(context, arguments.id)


def _end_sessions(context: "Context", arguments: argparse.Namespace) -> None:
    from imd_campaign.staff import accounts
    from imd_campaign.staff import sessions as service

    accounts.get_account(context, arguments.id)
    ended = service.end_all(context, arguments.id, **_sign(arguments))
    print(f"{ended} sessions of {arguments.id} have ended.")


def _list_sessions(context: "Context", account_id: str | None) -> None:
    from imd_campaign.staff import sessions as service

    rows: list[list[Any]] = [
        [one.id, one.account_id, one.client, one.created_at, one.last_used_at]
        for one in service.list_sessions(context, account_id)
    ]
    output.print_table(("id", "account", "browser", "signed in", "last used"), rows)
