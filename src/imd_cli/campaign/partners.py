import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from imd_cli import output
from imd_cli.argument_parser import Commands, Run, add_command, add_group, add_reason
from imd_cli.errors import CommandError, require_extra

SCOPES = ("partners:read", "signatures:attest", "signatures:write")


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "partners", help="manage partners, their links and their keys")

    parser = add_command(acts, "add", add, help="add a partner who collects signatures")
    parser.add_argument("source", help="its short name in embed codes and signatures, for ever")
    parser.add_argument("name", help="name that is shown with signatures on its own line")

    add_command(acts, "list", list_partners, help="list partners")

    parser = _add_act(acts, "link", make_link, "make a link to its own page and show it once")
    parser.add_argument(
        "--replace", action="store_true", help="end the earlier links of the partner"
    )

    parser = add_command(acts, "key", make_key, help="make an API key of it and show it once")
    parser.add_argument("source")
    parser.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        default=[],
        help="what the key may do (default: partners:read); may be repeated",
    )

    _add_act(acts, "revoke", revoke, "end all links and keys of it; its signatures stay")


def _add_act(acts: Commands, name: str, act: Run, meaning: str) -> argparse.ArgumentParser:
    parser = add_command(acts, name, act, help=meaning)
    parser.add_argument("source")
    add_reason(parser, required=True)
    return parser


def add(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.partners import service
        from imd_cli.campaign.context import open_context

    with open_context() as context, _translate_errors():
        service.add(context, arguments.source, arguments.name, actor=_name_actor())
    print(f"{arguments.source} is added.")


def list_partners(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.partners import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = service.list_partners(context)
    output.print_table(
        ("source", "name", "links", "added", "revoked", "published"),
        [
            (p.source, p.name, p.links, *_format_days(p.created_at, p.revoked_at), p.published_on)
            for p in found
        ],
    )


def _format_days(*moments: object) -> list[str | None]:
    return [None if moment is None else f"{moment:%Y-%m-%d}" for moment in moments]


def make_link(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.partners import service
        from imd_cli.campaign.context import open_context

    source, reason, actor = arguments.source, arguments.reason, _name_actor()
    with open_context() as context, _translate_errors():
        link = service.make_link(
            context, source, actor=actor, reason=reason, replaces_earlier=arguments.replace
        )
    print("Send the link to the partner only; it is not shown again.", file=sys.stderr)
    print(link)


def make_key(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.partners import service
        from imd_cli.campaign.context import open_context

    with open_context() as context, _translate_errors():
        key = service.make_key(context, arguments.source, arguments.scope, actor=_name_actor())
    print("Store the key now; it is not shown again.", file=sys.stderr)
    print(key)


def revoke(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.partners import service
        from imd_cli.campaign.context import open_context

    with open_context() as context, _translate_errors():
        service.revoke(context, arguments.source, actor=_name_actor(), reason=arguments.reason)
    print(f"{arguments.source} is revoked.")


@contextmanager
def _translate_errors() -> Iterator[None]:
    from imd_campaign.partners.service import PartnerError

    try:
        yield
    except PartnerError as error:
        raise CommandError(str(error), status=2) from error


def _name_actor() -> str:
    from imd_cli.campaign.context import get_user_name

    return f"shell:{get_user_name()}"
