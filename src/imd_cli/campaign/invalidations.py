import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.campaign.times import parse_time
from imd_cli.client_options import read_private
from imd_cli.errors import CommandError, require_extra

if TYPE_CHECKING:
    from imd_campaign.context import Context
    from imd_campaign.petitions.invalidation.selection import Selection
    from imd_campaign.petitions.invalidation.service import Preview

SHOWN_ROWS = 20
NO_SOURCE = "(none)"
STATES = {
    "done": "done",
    "stopped": "stopped half-way",
    "undone": "undone",
    "undo-stopped": "undoing stopped half-way",
}


def add_commands(verbs: Commands) -> None:
    parser = add_command(
        verbs,
        "invalidate",
        invalidate,
        help="declare signatures invalid; without --yes, count them",
    )
    _add_conditions(parser)
    add_reason(parser, help="reason for the audit trail; needed with --yes")
    parser.add_argument("--yes", action="store_true", help="do it, instead of only counting")

    acts = add_group(verbs, "invalidations", help="list what was declared invalid, and undo it")
    add_command(acts, "list", list_invalidations, help="list invalidations, newest first")
    parser = add_command(acts, "undo", undo, help="count the signatures of an invalidation again")
    parser.add_argument("id")
    add_reason(parser, required=True)


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--petition", metavar="SLUG", help="only of this petition")
    parser.add_argument("--country", metavar="CODE", help="only from this country, such as ES")
    sources = parser.add_mutually_exclusive_group()
    sources.add_argument("--source", help="only with this source")
    sources.add_argument("--no-source", action="store_true", help="only without a source")
    parser.add_argument(
        "--since", type=parse_time, metavar="TIME", help="confirmed at this time or later"
    )
    parser.add_argument(
        "--until", type=parse_time, metavar="TIME", help="confirmed before this time (default: now)"
    )
    parser.add_argument(
        "--burst-minutes",
        type=int,
        metavar="MINUTES",
        help="only of bursts: many that were confirmed within so many minutes of each other",
    )
    parser.add_argument(
        "--burst-size", type=int, metavar="N", help="how many make a burst (default 10)"
    )
    parser.add_argument(
        "--mailbox",
        action="store_true",
        help="only of one mailbox: prompts for the address or reads it from standard input",
    )


def invalidate(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.petitions.invalidation import service
        from imd_cli.campaign.context import get_user_name, open_context

    if arguments.yes and not arguments.reason:
        raise CommandError("--yes needs a --reason for the audit trail", status=2)
    with open_context() as context:
        selection = _read_selection(context, arguments)
        if not arguments.yes:
            _print_preview(service.preview(context, selection))
            return
        actor = f"shell:{get_user_name()}"
        done = service.invalidate(context, selection, actor=actor, reason=arguments.reason)
    print(f"{done.id}: {done.invalid:,} signatures are invalid and not counted any more.")
    print(f"To undo it: imd campaign invalidations undo {done.id} --reason TEXT")


def _read_selection(context: "Context", arguments: argparse.Namespace) -> "Selection":
    from imd_campaign.petitions.invalidation.selection import DEFAULT_BURST_SIZE, Burst, Selection

    minutes, size = arguments.burst_minutes, arguments.burst_size
    if size is not None and minutes is None:
        raise CommandError("--burst-size needs --burst-minutes", status=2)
    return Selection(
        petition=arguments.petition,
        country=arguments.country,
        source="" if arguments.no_source else arguments.source,
        since=arguments.since,
        until=arguments.until or context.now(),
        burst=None if minutes is None else Burst(minutes, size or DEFAULT_BURST_SIZE),
        email=read_private("E-mail address") if arguments.mailbox else None,
    )


def _print_preview(found: "Preview") -> None:
    print(f"{found.total:,} signatures meet these conditions.")
    if not found.total:
        return
    _print_numbers("petition", found.by_petition)
    _print_numbers("country", found.by_country)
    _print_numbers("day", found.by_day)
    _print_numbers("source", {source or NO_SOURCE: n for source, n in found.by_source.items()})
    print("\nSome of them, from the oldest to the newest:")
    output.print_table(
        ("id", "petition", "country", "source", "confirmed"),
        [(s.id, s.petition, s.country, s.source, s.confirmed_at) for s in found.sample],
    )
    print("\nNothing was changed. To declare them invalid, add --yes and --reason TEXT.")


def _print_numbers(name: str, numbers: Mapping[Any, int]) -> None:
    print()
    shown = list(numbers.items())[:SHOWN_ROWS]
    output.print_table((name, "signatures"), shown)
    if len(numbers) > SHOWN_ROWS:
        print(f"… and {len(numbers) - SHOWN_ROWS} more")


def list_invalidations(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.petitions.invalidation import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        found = service.list_invalidations(context)
    output.print_table(
        ("id", "when", "state", "selected", "invalid", "by", "conditions", "reason"),
        [
            (
                each.id,
                each.created_at,
                STATES[each.state],
                each.selected,
                each.invalid,
                each.actor,
                [f"{name}={value}" for name, value in each.criteria.items()],
                each.reason,
            )
            for each in found
        ],
    )


def undo(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.errors import AlreadyDecided
        from imd_campaign.petitions.invalidation import service
        from imd_cli.campaign.context import get_user_name, open_context

    signed = {"actor": f"shell:{get_user_name()}", "reason": arguments.reason}
    with open_context() as context:
        try:
            restored = service.undo(context, arguments.id, **signed)
        except AlreadyDecided as error:
            raise CommandError("this has already been undone") from error
    print(f"{restored:,} signatures are counted again.")
