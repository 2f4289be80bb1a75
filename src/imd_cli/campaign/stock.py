import argparse

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import require_extra

PAGE_SIZE = 100


def add_commands(verbs: Commands) -> None:
    add_command(
        verbs, "stock", list_stock, help="list editions with the prints sold, held and left"
    )


def list_stock(_: argparse.Namespace) -> None:
    """Print each edition; prints of unpaid orders are held."""
    with require_extra("campaign"):
        from imd_campaign.pagination import PageRequest
        from imd_campaign.posters import moderation
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        part = moderation.list_stock(context, PageRequest(PAGE_SIZE))
        found = list(part.items)
        while part.next is not None:
            part = moderation.list_stock(context, PageRequest(PAGE_SIZE, part.next))
            found += part.items
    output.print_table(
        ("poster", "edition", "kind", "run", "sold", "held", "left"),
        [(s.poster, s.edition, s.kind, s.run, s.sold, s.held, s.left) for s in found],
    )
