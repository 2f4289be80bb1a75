import argparse
import sys
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from imd_campaign.audit.service import Author
    from imd_campaign.context import Context


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "keys", help="manage the API keys of partners and staff")

    parser = add_command(acts, "create", create, help="create a key and show it once")
    parser.add_argument("name", help="owner of the key")
    parser.add_argument(
        "--scope",
        action="append",
        required=True,
        help="what the key may do, such as signatures:read; may be repeated",
    )
    parser.add_argument(
        "--hourly-quota",
        type=int,
        help="signatures per hour for a key with signatures:write (default 10000)",
    )
    add_reason(parser)

    add_command(acts, "list", list_keys, help="list keys, without their secrets")

    parser = add_command(
        acts, "set-quota", set_quota, help="change the hourly quota of a key with signatures:write"
    )
    parser.add_argument("id")
    parser.add_argument("quota", type=int, help="signatures per hour")
    add_reason(parser)

    parser = add_command(acts, "revoke", revoke, help="revoke a key immediately")
    parser.add_argument("id")
    add_reason(parser)


def create(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.api_keys import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        try:
            text, key = service.create(
                context.database,
                name=arguments.name,
                scopes=arguments.scope,
                now=context.now(),
                hourly_quota=arguments.hourly_quota,
                author=_make_author(context, arguments),
            )
        except ValueError as error:
            raise CommandError(str(error), status=2) from error
    print(f"{key.id}: store the key now; it is not shown again.", file=sys.stderr)
    print(text)


def _make_author(context: "Context", arguments: argparse.Namespace) -> "Author":
    from imd_campaign.audit.service import Author
    from imd_cli.campaign.context import get_user_name

    return Author(f"shell:{get_user_name()}", arguments.reason or "", context.now())


def list_keys(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.api_keys import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        keys = service.list_keys(context.database)
    output.print_table(
        ("id", "begins", "name", "scopes", "hourly quota", "created", "last used", "revoked"),
        [
            (
                k.id,
                k.hint,
                k.name,
                k.scopes,
                k.effective_quota,
                *_format_days(k.created_at, k.last_used_at, k.revoked_at),
            )
            for k in keys
        ],
    )


def _format_days(*moments: object) -> list[str | None]:
    return [None if moment is None else f"{moment:%Y-%m-%d}" for moment in moments]


def set_quota(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.api_keys import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        try:
            author = _make_author(context, arguments)
            service.set_quota(context.database, arguments.id, arguments.quota, author)
        except ValueError as error:
            raise CommandError(str(error), status=2) from error
    print(f"{arguments.id} may now submit {arguments.quota:,} signatures an hour.")


def revoke(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.api_keys import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        author = _make_author(context, arguments)
        service.revoke(context.database, arguments.id, now=context.now(), author=author)
    print(f"{arguments.id} is revoked.")
